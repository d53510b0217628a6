using System.Buffers;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Augmenting;

/// <summary>Passes of 1-2-1 along rows and columns: so many of them are a Gaussian of deviation sqrt(passes / 2).</summary>
internal static class Blurring
{
    public static void Apply(Picture picture, int passes) => Apply(picture.Pixels, picture.Width, picture.Height, passes);

    public static void Apply(Span<byte> pixels, int width, int height, int passes)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(pixels.Length);
        Span<byte> blurred = rented.AsSpan(0, pixels.Length);
        for (int pass = 0; pass < passes; pass++)
        {
            Along(pixels, blurred, height, 3 * width, 3);
            Down(blurred, pixels, height, 3 * width);
        }
        ArrayPool<byte>.Shared.Return(rented);
    }

    private static void Along(ReadOnlySpan<byte> from, Span<byte> to, int rows, int length, int step)
    {
        for (int y = 0; y < rows; y++)
        {
            ReadOnlySpan<byte> row = from.Slice(y * length, length);
            Span<byte> blurred = to.Slice(y * length, length);
            row.CopyTo(blurred);
            for (int i = step; i < row.Length - step; i++) blurred[i] = (byte)((row[i - step] + (2 * row[i]) + row[i + step] + 2) >> 2);
        }
    }

    private static void Down(ReadOnlySpan<byte> from, Span<byte> to, int rows, int length)
    {
        for (int y = 0; y < rows; y++)
        {
            ReadOnlySpan<byte> row = from.Slice(y * length, length);
            ReadOnlySpan<byte> above = from.Slice(Math.Max(y - 1, 0) * length, length), below = from.Slice(
                Math.Min(y + 1, rows - 1) * length, length);
            Span<byte> blurred = to.Slice(y * length, length);
            for (int i = 0; i < blurred.Length; i++) blurred[i] = (byte)((above[i] + (2 * row[i]) + below[i] + 2) >> 2);
        }
    }
}
