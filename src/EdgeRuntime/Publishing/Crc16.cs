namespace EdgeCnn.EdgeRuntime.Publishing;

/// <summary>
/// The two 16-bit cyclic redundancy checks of the links: polynomial 0x1021, start 0xFFFF, no final inversion.
/// Parameters and check values: the "Catalogue of parametrised CRC algorithms" (reveng.sourceforge.io).
/// </summary>
public static class Crc16
{
    private static readonly ushort[] CcittTable = Table(static crc => (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1, shift: 8);
    private static readonly ushort[] McrfTable = Table(static crc => (crc & 1) != 0 ? (crc >> 1) ^ 0x8408 : crc >> 1, shift: 0);

    /// <summary>The value that both checks start from.</summary>
    public const ushort Start = 0xFFFF;

    /// <summary>CRC-16/CCITT-FALSE (IBM-3740), most significant bit first; "123456789" gives 0x29B1.</summary>
    public static ushort CcittFalse(ReadOnlySpan<byte> bytes, ushort crc = Start)
    {
        foreach (byte value in bytes)
            crc = (ushort)((crc << 8) ^ CcittTable[(crc >> 8) ^ value]);
        return crc;
    }

    /// <summary>CRC-16/MCRF4XX, least significant bit first, as MAVLink uses it; "123456789" gives 0x6F91.</summary>
    public static ushort Mcrf4xx(ReadOnlySpan<byte> bytes, ushort crc = Start)
    {
        foreach (byte value in bytes)
            crc = (ushort)((crc >> 8) ^ McrfTable[(crc ^ value) & 0xFF]);
        return crc;
    }

    private static ushort[] Table(Func<int, int> step, int shift)
    {
        var table = new ushort[256];
        for (int index = 0; index < table.Length; index++)
        {
            int crc = index << shift;
            for (int bit = 0; bit < 8; bit++)
                crc = step(crc) & 0xFFFF;
            table[index] = (ushort)crc;
        }
        return table;
    }
}
