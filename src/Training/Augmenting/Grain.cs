using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Augmenting;

/// <summary>Noise of a sensor: a table of normal numbers, begun anew at a random place for every row.</summary>
internal static class Grain
{
    private const int Count = 1 << 15;
    private const int DeviationInTable = 24;

    private static readonly sbyte[] Table = Fill();

    /// <param name="picture">Is changed.</param>
    /// <param name="deviation">In levels.</param>
    /// <param name="random">Goes on.</param>
    public static void Apply(Picture picture, float deviation, ref Random64 random)
    {
        int factor = (int)MathF.Round(deviation * (1 << 12) / DeviationInTable);
        int length = 3 * picture.Width;
        for (int y = 0; y < picture.Height; y++)
        {
            Span<byte> row = picture.Pixels.AsSpan(y * length, length);
            int at = random.Below(Count);
            for (int i = 0; i < row.Length; i++)
            {
                int level = row[i] + (((Table[(at + i) & (Count - 1)] * factor) + (1 << 11)) >> 12);
                row[i] = (byte)Math.Clamp(level, 0, 255);
            }
        }
    }

    private static sbyte[] Fill()
    {
        Random64 random = new(1);
        sbyte[] table = new sbyte[Count];
        for (int i = 0; i < Count; i++) table[i] = (sbyte)MathF.Round(DeviationInTable * random.Normal());
        return table;
    }
}
