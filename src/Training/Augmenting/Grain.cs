using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Augmenting;

/// <summary>
/// Noise of a sensor: more in brightness than in colour. Numbers come from a table, begun anew at a random place for every row.
/// </summary>
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
        // Brightness and colour together have the deviation asked for: 0.8^2 + 0.6^2 = 1.
        int luma = (int)MathF.Round(0.8f * deviation * (1 << 12) / DeviationInTable), chroma = luma * 3 / 4;
        int length = 3 * picture.Width;
        for (int y = 0; y < picture.Height; y++)
        {
            Span<byte> row = picture.Pixels.AsSpan(y * length, length);
            int at = random.Below(Count), colour = random.Below(Count);
            for (int i = 0; i + 2 < row.Length; i += 3, at++)
            {
                int grey = (Table[at & (Count - 1)] * luma) + (1 << 11);
                row[i] = Level(row[i] + ((grey + (Table[(colour + i) & (Count - 1)] * chroma)) >> 12));
                row[i + 1] = Level(row[i + 1] + ((grey + (Table[(colour + i + 1) & (Count - 1)] * chroma)) >> 12));
                row[i + 2] = Level(row[i + 2] + ((grey + (Table[(colour + i + 2) & (Count - 1)] * chroma)) >> 12));
            }
        }
    }

    private static byte Level(int value) => (byte)Math.Clamp(value, 0, 255);

    private static sbyte[] Fill()
    {
        Random64 random = new(1);
        sbyte[] table = new sbyte[Count];
        for (int i = 0; i < Count; i++) table[i] = (sbyte)MathF.Round(DeviationInTable * random.Normal());
        return table;
    }
}
