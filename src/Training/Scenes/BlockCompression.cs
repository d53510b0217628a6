using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Scenes;

/// <summary>
/// What JPEG loses (ITU-T T.81): colour at half the resolution, and in blocks of 8 x 8 the finer waves, by the tables of its annex K scaled
/// for a quality as the Independent JPEG Group does.
/// </summary>
internal static class BlockCompression
{
    private const int Side = 8;

    private static readonly byte[] Luma =
    [
        16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100,
        103, 99,
    ];

    private static readonly byte[] Chroma =
    [
        17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    ];

    /// <summary>Rows are the waves of the cosine transform, of length 1.</summary>
    private static readonly float[] Waves = MakeWaves();

    /// <summary>Columns are.</summary>
    private static readonly float[] TurnedWaves = [.. Enumerable.Range(0, Side * Side).Select(i => Waves[(i % Side * Side) + (i / Side)])];

    /// <param name="picture">Is changed.</param>
    /// <param name="quality">1 to 100.</param>
    /// <param name="planes">Three, of the picture's size, to work in.</param>
    public static void Apply(Picture picture, int quality, float[][] planes)
    {
        int width = picture.Width, height = picture.Height, halfWidth = (width + 1) / 2, halfHeight = (height + 1) / 2;
        float[] y = planes[0], u = planes[1], v = planes[2];
        byte[] pixels = picture.Pixels;
        for (int i = 0; i < y.Length; i++)
            y[i] = (0.114f * pixels[3 * i]) + (0.587f * pixels[(3 * i) + 1]) + (0.299f * pixels[(3 * i) + 2]) - 128;
        for (int row = 0; row < halfHeight; row++)
        {
            for (int column = 0; column < halfWidth; column++)
            {
                int at = (2 * row * width) + (2 * column);
                u[(row * halfWidth) + column] = (pixels[3 * at] - (y[at] + 128)) * 0.564f;
                v[(row * halfWidth) + column] = (pixels[(3 * at) + 2] - (y[at] + 128)) * 0.713f;
            }
        }
        Span<float> steps = stackalloc float[Side * Side];
        Scale(Luma, quality, steps);
        Quantise(y, width, height, steps);
        Scale(Chroma, quality, steps);
        Quantise(u, halfWidth, halfHeight, steps);
        Quantise(v, halfWidth, halfHeight, steps);
        for (int row = 0, i = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++, i++)
            {
                int at = (row / 2 * halfWidth) + (column / 2);
                float level = y[i] + 128.5f;
                pixels[3 * i] = (byte)Math.Clamp(level + (1.772f * u[at]), 0, 255);
                pixels[(3 * i) + 1] = (byte)Math.Clamp(level - (0.344f * u[at]) - (0.714f * v[at]), 0, 255);
                pixels[(3 * i) + 2] = (byte)Math.Clamp(level + (1.402f * v[at]), 0, 255);
            }
        }
    }

    private static void Scale(ReadOnlySpan<byte> table, int quality, Span<float> steps)
    {
        int scale = quality < 50 ? 5000 / quality : 200 - (2 * quality);
        // The steps of columns and rows have changed places; they are symmetrical enough to be read either way.
        for (int i = 0; i < steps.Length; i++) steps[(i % Side * Side) + (i / Side)] = Math.Clamp(((table[i] * scale) + 50) / 100, 1, 255);
    }

    /// <summary>Whole blocks; what is left at the right and lower edges stays as it is.</summary>
    private static void Quantise(float[] plane, int width, int height, ReadOnlySpan<float> steps)
    {
        Span<Vector256<float>> block = stackalloc Vector256<float>[Side], waves = stackalloc Vector256<float>[Side];
        for (int top = 0; top + Side <= height; top += Side)
        {
            for (int left = 0; left + Side <= width; left += Side)
            {
                for (int row = 0; row < Side; row++) block[row] = Vector256.Create(plane.AsSpan(((top + row) * width) + left, Side));
                // W B W', and back W' B W.
                MixRows(block, waves, inverse: false);
                MixColumns(waves, block, inverse: false);
                for (int row = 0; row < Side; row++)
                {
                    Vector256<float> step = Vector256.Create(steps.Slice(row * Side, Side));
                    block[row] = Vector256.Round(block[row] / step) * step;
                }
                MixColumns(block, waves, inverse: true);
                MixRows(waves, block, inverse: true);
                for (int row = 0; row < Side; row++) block[row].CopyTo(plane.AsSpan(((top + row) * width) + left, Side));
            }
        }
    }

    /// <summary>The product from the left: rows are sums of rows.</summary>
    private static void MixRows(ReadOnlySpan<Vector256<float>> from, Span<Vector256<float>> to, bool inverse)
    {
        for (int row = 0; row < Side; row++)
        {
            Vector256<float> sum = default;
            for (int k = 0; k < Side; k++) sum += from[k] * Waves[inverse ? (k * Side) + row : (row * Side) + k];
            to[row] = sum;
        }
    }

    /// <summary>The product from the right: each row is a sum of waves.</summary>
    private static void MixColumns(ReadOnlySpan<Vector256<float>> from, Span<Vector256<float>> to, bool inverse)
    {
        ReadOnlySpan<float> values = MemoryMarshal.Cast<Vector256<float>, float>(from), waves = inverse ? Waves : TurnedWaves;
        for (int row = 0; row < Side; row++)
        {
            Vector256<float> sum = default;
            for (int k = 0; k < Side; k++) sum += Vector256.Create(waves.Slice(k * Side, Side)) * values[(row * Side) + k];
            to[row] = sum;
        }
    }

    private static float[] MakeWaves()
    {
        float[] waves = new float[Side * Side];
        for (int k = 0; k < Side; k++)
        {
            for (int x = 0; x < Side; x++)
            {
                float cosine = Angle.Sin((((2 * x) + 1) * k * Math.PI / 16) + (Math.PI / 2));
                waves[(k * Side) + x] = cosine * (k == 0 ? MathF.Sqrt(0.125f) : 0.5f);
            }
        }
        return waves;
    }
}
