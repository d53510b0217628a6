using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Models.Tests.Tasks;

/// <summary>A picture with memory of its own, rows padded to an odd stride.</summary>
internal sealed class Picture(int width, int height, int padding = 5)
{
    public int Width => width;

    public int Height => height;

    public int Stride { get; } = (3 * width) + padding;

    public byte[] Pixels { get; } = new byte[((3 * width) + padding) * height];

    public ImageView View => new(Pixels, width, height, Stride);

    public byte this[int x, int y, int channel]
    {
        get => Pixels[(y * Stride) + (3 * x) + channel];
        set => Pixels[(y * Stride) + (3 * x) + channel] = value;
    }

    /// <summary>The picture of eng/golden/resize.py: steep everywhere, so that a slip of a fraction of a pixel shows.</summary>
    public static Picture Steep(int width, int height)
    {
        Picture picture = new(width, height);
        picture.Fill((x, y, c) => (byte)(((x * x * 7) + (y * 31) + (c * 57) + (x * y * 3)) % 256));
        return picture;
    }

    public static Picture Noise(int width, int height, int seed)
    {
        Random random = new(seed);
        Picture picture = new(width, height, random.Next(4));
        random.NextBytes(picture.Pixels);
        return picture;
    }

    public void Fill(Func<int, int, int, byte> level)
    {
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                for (int c = 0; c < 3; c++) this[x, y, c] = level(x, y, c);
            }
        }
    }
}
