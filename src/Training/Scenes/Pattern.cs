using System.Runtime.CompilerServices;

namespace EdgeCnn.Training.Scenes;

/// <summary>A grey picture that continues at its edges, from 0 to 1, and the same at half, quarter ... size, so that far away it does not flicker.</summary>
internal sealed class Pattern
{
    /// <summary>Pixels along each side.</summary>
    public const int Side = 256;

    private const int Levels = 9;

    private readonly float[][] _levels = new float[Levels][];

    /// <param name="values">Side x Side; they are stretched to reach from 0 to 1.</param>
    public Pattern(float[] values)
    {
        float low = values.Min(), range = Math.Max(values.Max() - low, 1e-6f);
        _levels[0] = Array.ConvertAll(values, value => (value - low) / range);
        for (int level = 1; level < Levels; level++) _levels[level] = Halved(_levels[level - 1], Side >> level);
    }

    /// <param name="u">1 is once around.</param>
    /// <param name="v">1 is once around.</param>
    /// <param name="footprint">The width, in the same unit, of what a pixel of the picture sees.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float At(float u, float v, float footprint)
    {
        // The exponent of a float is its logarithm.
        int level = Math.Clamp((BitConverter.SingleToInt32Bits(footprint * (Side * 1.4f)) >> 23) - 127, 0, Levels - 1);
        int side = Side >> level, mask = side - 1;
        float[] values = _levels[level];
        float x = (u * side) - 0.5f, y = (v * side) - 0.5f, floorX = MathF.Floor(x), floorY = MathF.Floor(y);
        float fx = x - floorX, fy = y - floorY;
        int x0 = (int)floorX & mask, y0 = ((int)floorY & mask) * side, x1 = (x0 + 1) & mask, y1 = (y0 + side) & ((side * side) - 1);
        float above = values[y0 + x0] + ((values[y0 + x1] - values[y0 + x0]) * fx);
        float below = values[y1 + x0] + ((values[y1 + x1] - values[y1 + x0]) * fx);
        return above + ((below - above) * fy);
    }

    private static float[] Halved(float[] values, int side)
    {
        float[] halved = new float[side * side];
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                int at = (4 * y * side) + (2 * x);
                halved[(y * side) + x] = (values[at] + values[at + 1] + values[at + (2 * side)] + values[at + (2 * side) + 1]) / 4;
            }
        }
        return halved;
    }
}
