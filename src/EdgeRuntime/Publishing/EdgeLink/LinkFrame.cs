using System.Buffers.Binary;

namespace EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

/// <summary>
/// The frame around a message: <c>COBS(type, sequence, payload, CRC-16/CCITT-FALSE little-endian) 00</c>, the check over type to payload.
/// </summary>
public static class LinkFrame
{
    /// <summary>Bytes before COBS at most, so that the overhead is always exactly one byte.</summary>
    public const int MaxContent = 253;

    /// <summary>Bytes of payload at most.</summary>
    public const int MaxPayload = MaxContent - HeaderSize - CheckSize;

    /// <summary>Bytes on the wire at most, with the delimiter.</summary>
    public const int MaxWire = MaxContent + 2;

    /// <summary>The byte that ends a frame and never lies within one.</summary>
    public const byte Delimiter = 0;

    internal const int HeaderSize = 2;
    internal const int CheckSize = 2;

    /// <summary>Writes a whole frame with its delimiter; returns its length on the wire.</summary>
    /// <param name="message">What to send.</param>
    /// <param name="sequence">The sender's running number, modulo 256.</param>
    /// <param name="wire">At least <see cref="MaxWire"/> bytes.</param>
    public static int Encode<T>(T message, byte sequence, Span<byte> wire) where T : IMessage<T>, allows ref struct
    {
        Span<byte> content = stackalloc byte[MaxContent];
        content[0] = (byte)T.Type;
        content[1] = sequence;
        int length = HeaderSize + message.Write(content[HeaderSize..^CheckSize]);
        BinaryPrimitives.WriteUInt16LittleEndian(content[length..], Crc16.CcittFalse(content[..length]));
        length = Cobs.Encode(content[..(length + CheckSize)], wire);
        wire[length] = Delimiter;
        return length + 1;
    }
}

/// <summary>A frame that arrived whole; its payload is a view into the reader, good until the next call.</summary>
public readonly ref struct ReceivedFrame(MessageType type, byte sequence, ReadOnlySpan<byte> payload)
{
    public MessageType Type { get; } = type;

    public byte Sequence { get; } = sequence;

    public ReadOnlySpan<byte> Payload { get; } = payload;
}
