using System.Buffers;
using System.Numerics;
using EdgeCnn.Training.Augmenting;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Scenes;

/// <summary>Blur of light, before it becomes levels, and its opposite after.</summary>
internal static class LensBlur
{
    private const int MaxRadius = 8;

    /// <summary>A Gaussian along rows, then along columns; edges are repeated.</summary>
    public static void Gaussian(float[] plane, float[] spare, int width, int height, float deviation)
    {
        int radius = Math.Min(MaxRadius, (int)MathF.Ceiling(2.5f * deviation));
        Span<float> weights = stackalloc float[radius + 1];
        float sum = 0;
        for (int i = 0; i <= radius; i++)
        {
            // (1 + x^2 / 8)^-4 is a bell close to the Gaussian, without an exponential.
            float x = i / deviation, bell = 1 / (1 + (x * x / 8));
            weights[i] = bell * bell * bell * bell;
            sum += i == 0 ? weights[i] : 2 * weights[i];
        }
        for (int i = 0; i <= radius; i++) weights[i] /= sum;

        Span<float> padded = stackalloc float[width + (2 * MaxRadius)];
        for (int y = 0; y < height; y++)
        {
            Span<float> row = plane.AsSpan(y * width, width);
            row.CopyTo(padded[radius..]);
            padded[..radius].Fill(row[0]);
            padded.Slice(radius + width, radius).Fill(row[^1]);
            Span<float> blurred = spare.AsSpan(y * width, width);
            Scaled(padded.Slice(radius, width), weights[0], blurred);
            for (int i = 1; i <= radius; i++) Add(padded.Slice(radius - i, width), padded.Slice(radius + i, width), weights[i], blurred);
        }
        for (int y = 0; y < height; y++)
        {
            Span<float> blurred = plane.AsSpan(y * width, width);
            Scaled(spare.AsSpan(y * width, width), weights[0], blurred);
            for (int i = 1; i <= radius; i++)
            {
                Span<float> above = spare.AsSpan(Math.Max(y - i, 0) * width, width), below = spare.AsSpan(
                    Math.Min(y + i, height - 1) * width, width);
                Add(above, below, weights[i], blurred);
            }
        }
    }

    /// <summary>The mean of the picture moved along a line, by whole pixels.</summary>
    public static void Motion(float[] plane, float[] spare, int width, int height, float x, float y)
    {
        int taps = Math.Clamp((int)MathF.Ceiling(MathF.Max(Math.Abs(x), Math.Abs(y))), 1, 2 * MaxRadius) + 1;
        Array.Clear(spare);
        for (int tap = 0; tap < taps; tap++)
        {
            float along = (tap / (float)(taps - 1)) - 0.5f;
            int dx = (int)MathF.Round(along * x), dy = (int)MathF.Round(along * y);
            for (int row = 0; row < height; row++)
            {
                ReadOnlySpan<float> from = plane.AsSpan(Math.Clamp(row + dy, 0, height - 1) * width, width);
                Span<float> to = spare.AsSpan(row * width, width);
                int left = Math.Max(0, -dx), right = Math.Min(width, width - dx);
                AddOne(from[(left + dx)..(right + dx)], 1f / taps, to[left..right]);
                for (int i = 0; i < left; i++) to[i] += from[0] / taps;
                for (int i = right; i < width; i++) to[i] += from[^1] / taps;
            }
        }
        spare.CopyTo(plane, 0);
    }

    /// <summary>Adds the difference from the blurred picture: the light and dark rims of cheap cameras.</summary>
    public static void Sharpen(Picture picture, float strength)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(picture.Pixels.Length);
        Span<byte> sharp = picture.Pixels, soft = rented.AsSpan(0, sharp.Length);
        sharp.CopyTo(soft);
        Blurring.Apply(soft, picture.Width, picture.Height, 1);
        int factor = (int)MathF.Round(256 * strength);
        for (int i = 0; i < sharp.Length; i++) sharp[i] = (byte)Math.Clamp(sharp[i] + (((sharp[i] - soft[i]) * factor) >> 8), 0, 255);
        ArrayPool<byte>.Shared.Return(rented);
    }

    private static void Scaled(ReadOnlySpan<float> from, float weight, Span<float> to)
    {
        int i = 0;
        for (; i <= to.Length - Vector<float>.Count; i += Vector<float>.Count) (new Vector<float>(from[i..]) * weight).CopyTo(to[i..]);
        for (; i < to.Length; i++) to[i] = from[i] * weight;
    }

    private static void Add(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float weight, Span<float> to)
    {
        int i = 0;
        for (; i <= to.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(to[i..]) + ((new Vector<float>(a[i..]) + new Vector<float>(b[i..])) * weight)).CopyTo(to[i..]);
        for (; i < to.Length; i++) to[i] += (a[i] + b[i]) * weight;
    }

    private static void AddOne(ReadOnlySpan<float> from, float weight, Span<float> to)
    {
        int i = 0;
        for (; i <= to.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(to[i..]) + (new Vector<float>(from[i..]) * weight)).CopyTo(to[i..]);
        for (; i < to.Length; i++) to[i] += from[i] * weight;
    }
}
