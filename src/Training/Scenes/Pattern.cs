using System.Runtime.CompilerServices;

namespace EdgeCnn.Training.Scenes;

/// <summary>
/// A grey picture that continues at its edges, from 0 to 1, and the same at half, quarter ... size, so that far away it does not flicker.
/// </summary>
internal sealed class Pattern
{
    /// <summary>Pixels along each side.</summary>
    public const int Side = 256;

    private const int Levels = 9;

    /// <summary>A multiple of all sides, beyond which no picture reaches to the left.</summary>
    private const int Origin = 1 << 15;

    private readonly byte[][] _levels = new byte[Levels][];

    /// <param name="values">Side x Side; they are stretched to reach from 0 to 1.</param>
    public Pattern(float[] values)
    {
        float low = values.Min(), range = Math.Max(values.Max() - low, 1e-6f);
        for (int level = 0, side = Side; level < Levels; level++, side /= 2)
        {
            if (level > 0) values = Halved(values, side);
            _levels[level] = Array.ConvertAll(values, value => (byte)((255 * (value - low) / range) + 0.5f));
        }
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
        byte[] values = _levels[level];
        // Far from the origin nothing is below zero: a cast rounds down there, for less.
        float x = (u * side) + (Origin - 0.5f), y = (v * side) + (Origin - 0.5f);
        int wholeX = (int)x, wholeY = (int)y;
        float fx = x - wholeX, fy = y - wholeY;
        int x0 = wholeX & mask, y0 = (wholeY & mask) * side, x1 = (x0 + 1) & mask, y1 = (y0 + side) & ((side * side) - 1);
        int a = values[y0 + x0], b = values[y0 + x1], c = values[y1 + x0], d = values[y1 + x1];
        float above = a + ((b - a) * fx), below = c + ((d - c) * fx);
        return (above + ((below - above) * fy)) * (1 / 255f);
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
