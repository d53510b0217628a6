using System.Buffers.Binary;

namespace EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

/// <summary>
/// Reads little-endian fields in order. Payloads only ever grow at the end, so a field beyond the end reads as zero and what lies
/// behind the last known field is never looked at.
/// </summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    /// <summary>All that has not been read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte U8() => (byte)Next(1);

    public sbyte I8() => (sbyte)Next(1);

    public ushort U16() => (ushort)Next(2);

    public short I16() => (short)Next(2);

    public uint U32() => Next(4);

    private uint Next(int size)
    {
        int present = Math.Min(size, _rest.Length);
        uint value = 0;
        for (int index = 0; index < present; index++)
            value |= (uint)_rest[index] << (8 * index);
        _rest = _rest[present..];
        return value;
    }
}

/// <summary>Writes little-endian fields in order.</summary>
internal ref struct PayloadWriter(Span<byte> payload)
{
    private readonly Span<byte> _payload = payload;

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    public void U8(byte value) => Take(1)[0] = value;

    public void I8(sbyte value) => Take(1)[0] = (byte)value;

    public void U16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(2), value);

    public void I16(short value) => BinaryPrimitives.WriteInt16LittleEndian(Take(2), value);

    public void U32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(4), value);

    public void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    private Span<byte> Take(int size)
    {
        Span<byte> field = _payload.Slice(Length, size);
        Length += size;
        return field;
    }
}
