using System.Buffers.Binary;

namespace EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

/// <summary>
/// Finds frames in a stream of bytes that comes in any pieces. Whatever goes wrong, it is in step again at the next delimiter.
/// </summary>
public sealed class FrameReader
{
    private readonly byte[] _encoded = new byte[LinkFrame.MaxContent + 1];
    private readonly byte[] _content = new byte[LinkFrame.MaxContent];
    private int _length;
    private bool _overlong;

    /// <summary>Frames that arrived whole.</summary>
    public long Frames { get; private set; }

    /// <summary>Frames rejected because their check, their stuffing or their length was wrong.</summary>
    public long CrcErrors { get; private set; }

    /// <summary>Runs of bytes without a delimiter that were longer than any frame.</summary>
    public long OverlongFrames { get; private set; }

    /// <summary>
    /// Takes bytes off the front of <paramref name="bytes"/> until a frame is whole (true) or none are left (false). Call it until it
    /// says false.
    /// </summary>
    public bool TryRead(ref ReadOnlySpan<byte> bytes, out ReceivedFrame frame)
    {
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf(LinkFrame.Delimiter);
            Keep(end < 0 ? bytes : bytes[..end]);
            bytes = end < 0 ? [] : bytes[(end + 1)..];
            if (end >= 0 && Finish(out frame))
                return true;
        }
        frame = default;
        return false;
    }

    /// <summary>Forgets a half frame, as after a port was reopened.</summary>
    public void Reset() => (_length, _overlong) = (0, false);

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_overlong || bytes.Length > _encoded.Length - _length)
        {
            _overlong = true;
            return;
        }
        bytes.CopyTo(_encoded.AsSpan(_length));
        _length += bytes.Length;
    }

    private bool Finish(out ReceivedFrame frame)
    {
        (int length, bool overlong) = (_length, _overlong);
        Reset();
        frame = default;
        if (overlong)
        {
            OverlongFrames++;
            return false;
        }
        if (length == 0)
            return false; // an idle line: a lone delimiter is legal
        if (!Cobs.TryDecode(_encoded.AsSpan(0, length), _content, out int size) || !IsIntact(_content.AsSpan(0, size)))
        {
            CrcErrors++;
            return false;
        }
        Frames++;
        frame = new((MessageType)_content[0], _content[1], _content.AsSpan(LinkFrame.HeaderSize..(size - LinkFrame.CheckSize)));
        return true;
    }

    private static bool IsIntact(ReadOnlySpan<byte> content) =>
        content.Length >= LinkFrame.HeaderSize + LinkFrame.CheckSize
        && BinaryPrimitives.ReadUInt16LittleEndian(content[^LinkFrame.CheckSize..]) == Crc16.CcittFalse(content[..^LinkFrame.CheckSize]);
}
