using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace EdgeCnn.EdgeRuntime.Recording.Export;

/// <summary>The operation codes of MCAP's records (mcap.dev/spec).</summary>
internal enum McapOpcode : byte
{
    Header = 0x01,
    Footer = 0x02,
    Schema = 0x03,
    Channel = 0x04,
    Message = 0x05,
    Chunk = 0x06,
    MessageIndex = 0x07,
    ChunkIndex = 0x08,
    Statistics = 0x0B,
    SummaryOffset = 0x0E,
    DataEnd = 0x0F,
}

/// <summary>The content of records as it grows: little-endian numbers, strings and arrays with their length in bytes before them.</summary>
internal sealed class McapRecord
{
    private readonly ArrayBufferWriter<byte> _bytes = new(4096);

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    public int Length => _bytes.WrittenCount;

    public McapRecord Clear()
    {
        _bytes.ResetWrittenCount();
        return this;
    }

    public McapRecord U8(byte value)
    {
        _bytes.Write([value]);
        return this;
    }

    public McapRecord U16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.GetSpan(2), value);
        _bytes.Advance(2);
        return this;
    }

    public McapRecord U32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.GetSpan(4), value);
        _bytes.Advance(4);
        return this;
    }

    public McapRecord U64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.GetSpan(8), value);
        _bytes.Advance(8);
        return this;
    }

    public McapRecord Text(string value) => Sized(Encoding.UTF8.GetBytes(value));

    /// <summary>Bytes with their length before them.</summary>
    public McapRecord Sized(ReadOnlySpan<byte> value) => U32((uint)value.Length).Raw(value);

    public McapRecord Raw(ReadOnlySpan<byte> value)
    {
        _bytes.Write(value);
        return this;
    }

    /// <summary>A whole record: its code, its length, its content.</summary>
    public McapRecord Record(McapOpcode opcode, McapRecord content) =>
        U8((byte)opcode).U64((ulong)content.Length).Raw(content.Written);
}
