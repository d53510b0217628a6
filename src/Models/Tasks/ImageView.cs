namespace EdgeCnn.Models.Tasks;

/// <summary>
/// A picture that somebody else owns: 8-bit, three interleaved channels in the order blue, green, red, rows from top to bottom.
/// </summary>
public readonly ref struct ImageView
{
    /// <param name="pixels">At least (height - 1) * stride + 3 * width bytes.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="stride">Bytes from the start of one row to the start of the next.</param>
    public ImageView(ReadOnlySpan<byte> pixels, int width, int height, int stride)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 3L * width);
        ArgumentOutOfRangeException.ThrowIfLessThan(pixels.Length, ((height - 1L) * stride) + (3L * width));
        Pixels = pixels;
        (Width, Height, Stride) = (width, height, stride);
    }

    public ReadOnlySpan<byte> Pixels { get; }

    public int Width { get; }

    public int Height { get; }

    public int Stride { get; }

    /// <summary>The bytes of one row: 3 * Width.</summary>
    public ReadOnlySpan<byte> Row(int y) => Pixels.Slice(y * Stride, 3 * Width);
}
