using System.Runtime.ExceptionServices;
using Google.Protobuf;

namespace EdgeCnn.Models.Onnx;

/// <summary>
/// The weights of a model file, left in the file until each is asked for. A parser of messages copies all bytes several times before
/// anybody can look at the graph; here the messages are parsed without them, and each tensor is then read once, into the place where it
/// stays.
/// </summary>
internal sealed class RawWeights
{
    /// <summary>Fewer bytes are parsed with everything else.</summary>
    private const int Small = 256;

    private const int ChunkBytes = 1 << 22;

    private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;

    private readonly Stream _file;
    private readonly List<(long Offset, int Length)> _places = [];

    private RawWeights(Stream file) => _file = file;

    private enum Message
    {
        Model,
        Graph,
        Tensor,
        Other,
    }

    /// <summary>The model, in which a weight index stands for the raw data of each larger initialiser.</summary>
    /// <param name="file">Stays open until the last tensor is read.</param>
    /// <exception cref="InvalidProtocolBufferException">It is no model.</exception>
    public static (ModelProto Model, RawWeights Weights) LeaveOut(Stream file)
    {
        if (!file.CanSeek)
        {
            MemoryStream copy = new();
            file.CopyTo(copy);
            copy.Position = 0;
            file = copy;
        }
        RawWeights weights = new(file);
        MemoryStream rest = new();
        weights.Copy(Message.Model, file.Length, rest);
        ReadOnlySpan<byte> messages = rest.GetBuffer().AsSpan(0, (int)rest.Length);
        return (ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(messages), weights);
    }

    /// <summary>Reads the bytes of a tensor.</summary>
    /// <param name="index">What stood for them in the message.</param>
    /// <param name="expected">How many its shape needs.</param>
    /// <param name="tensor">For people: its name, type and shape.</param>
    /// <exception cref="ModelException">The file has another number of bytes for it.</exception>
    public byte[] Read(long index, long expected, string tensor)
    {
        if (index < 0 || index >= _places.Count) throw Damaged(tensor, expected, 0);
        (long offset, int length) = _places[(int)index];
        // Before anything is allocated: a shape may claim what it likes.
        if (length != expected) throw Damaged(tensor, expected, length);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
        if (_file is FileStream file) ReadParallel(file, offset, bytes);
        else
        {
            _file.Position = offset;
            _file.ReadExactly(bytes);
        }
        return bytes;
    }

    public static ModelException Damaged(string tensor, long expected, long length) =>
        new($"The tensor {tensor} needs {expected} bytes and has {length}; the file is damaged.");

    /// <summary>On all cores: what a thread reads it also touches first.</summary>
    private static void ReadParallel(FileStream file, long offset, byte[] bytes)
    {
        int chunks = (bytes.Length + ChunkBytes - 1) / ChunkBytes;
        if (chunks == 1)
        {
            ReadChunk(0);
            return;
        }
        try
        {
            Parallel.For(0, chunks, ReadChunk);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        void ReadChunk(int chunk)
        {
            int first = chunk * ChunkBytes;
            Span<byte> part = bytes.AsSpan(first, Math.Min(ChunkBytes, bytes.Length - first));
            for (int done = 0; done < part.Length;)
            {
                int read = RandomAccess.Read(file.SafeFileHandle, part[done..], offset + first + done);
                if (read == 0) throw new EndOfStreamException("it became shorter while it was read.");
                done += read;
            }
        }
    }

    /// <summary>
    /// Copies a message up to its end, but for raw data. What is no sound message is copied too, for the parser to refuse.
    /// </summary>
    private void Copy(Message message, long end, MemoryStream to)
    {
        while (_file.Position < end)
        {
            long start = _file.Position;
            if (!TryReadField(end, out int field, out long body, out long bodyEnd))
            {
                CopyBytes(start, end, to);
                return;
            }
            Message inner = (message, field) switch
            {
                (Message.Model, ModelProto.GraphFieldNumber) => Message.Graph,
                (Message.Graph, GraphProto.InitializerFieldNumber) => Message.Tensor,
                _ => Message.Other,
            };
            bool isRawData = body >= 0 && message == Message.Tensor && field == TensorProto.RawDataFieldNumber;
            if (isRawData && bodyEnd - body is >= Small and <= int.MaxValue)
            {
                WriteVarint(to, (TensorProto.WeightIndexFieldNumber << 3) | Varint);
                WriteVarint(to, (ulong)_places.Count);
                _places.Add((body, (int)(bodyEnd - body)));
                _file.Position = bodyEnd;
            }
            else if (body >= 0 && inner != Message.Other)
            {
                MemoryStream part = new();
                _file.Position = body;
                Copy(inner, bodyEnd, part);
                WriteVarint(to, (ulong)(field << 3) | Delimited);
                WriteVarint(to, (ulong)part.Length);
                part.WriteTo(to);
            }
            else CopyBytes(start, bodyEnd, to);
        }
    }

    /// <summary>Finds out where a field ends.</summary>
    /// <param name="end">Of the message.</param>
    /// <param name="field">The field's number.</param>
    /// <param name="body">Where the bytes of a delimited field begin; -1 for others.</param>
    /// <param name="bodyEnd">Where the field ends.</param>
    private bool TryReadField(long end, out int field, out long body, out long bodyEnd)
    {
        (field, body, bodyEnd) = (0, -1, 0);
        if (!TryReadVarint(end, out ulong tag) || tag > uint.MaxValue) return false;
        field = (int)(tag >> 3);
        ulong length = 0;
        switch ((int)tag & 7)
        {
            case Varint:
                if (!TryReadVarint(end, out _)) return false;
                break;
            case Fixed64:
                length = 8;
                break;
            case Fixed32:
                length = 4;
                break;
            case Delimited:
                if (!TryReadVarint(end, out length)) return false;
                body = _file.Position;
                break;
            default:
                return false;
        }
        if (length > (ulong)(end - _file.Position)) return false;
        bodyEnd = _file.Position + (long)length;
        return true;
    }

    private bool TryReadVarint(long end, out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 64 && _file.Position < end; shift += 7)
        {
            int next = _file.ReadByte();
            if (next < 0) return false;
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return true;
        }
        return false;
    }

    private void CopyBytes(long start, long end, MemoryStream to)
    {
        _file.Position = start;
        byte[] block = new byte[Math.Min(end - start, 1 << 16)];
        for (long left = end - start; left > 0;)
        {
            int read = _file.Read(block, 0, (int)Math.Min(left, block.Length));
            if (read == 0) return;
            to.Write(block, 0, read);
            left -= read;
        }
    }

    private static void WriteVarint(MemoryStream to, ulong value)
    {
        for (; value >= 0x80; value >>= 7) to.WriteByte((byte)(value | 0x80));
        to.WriteByte((byte)value);
    }
}
