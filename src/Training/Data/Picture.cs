using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Training.Data;

/// <summary>
/// A picture in memory of its own: 8-bit, three interleaved channels in the order blue, green, red, rows from top to bottom.
/// </summary>
public sealed class Picture
{
    /// <exception cref="ArgumentException">The pixels are not width x height x 3 bytes.</exception>
    public Picture(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (pixels.Length != 3L * width * height)
            throw new ArgumentException(
                $"A picture of {width}x{height} needs {3L * width * height} bytes, not {pixels.Length}.", nameof(pixels));
        (Width, Height, Pixels) = (width, height, pixels);
    }

    /// <summary>A black picture.</summary>
    public Picture(int width, int height) : this(width, height, new byte[checked(3 * width * height)])
    {
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Height x width x 3, to be read and written.</summary>
    public byte[] Pixels { get; }

    public Picture Copy() => new(Width, Height, [.. Pixels]);

    public ImageView View => new(Pixels, Width, Height, 3 * Width);
}
