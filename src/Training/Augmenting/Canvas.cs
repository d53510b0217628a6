using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;
using Box = EdgeCnn.Training.Data.Box;

namespace EdgeCnn.Training.Augmenting;

/// <summary>The picture that augmentation draws upon: of the network's size, so that a picture is resampled once.</summary>
/// <param name="Width">Columns of the network's input.</param>
/// <param name="Height">Rows of the network's input.</param>
/// <param name="Resize">How pictures come to this size.</param>
/// <param name="Fill">The level of what no picture covers.</param>
public readonly record struct Canvas(int Width, int Height, ResizePolicy Resize, byte Fill)
{
    private const byte NoClass = 255;
    private const int One = 1 << 16;

    /// <summary>Pixels of a region: right and bottom are outside.</summary>
    internal readonly record struct Region(int Left, int Top, int Right, int Bottom);

    /// <summary>
    /// What to draw upon, by one thread that needs a picture no longer than until the next one; null: each has memory of its own.
    /// </summary>
    internal Picture? Paper { get; init; }

    internal Region All => new(0, 0, Width, Height);

    internal Picture Blank()
    {
        Picture picture = Paper ?? new(Width, Height);
        picture.Pixels.AsSpan().Fill(Fill);
        return picture;
    }

    internal byte[] BlankMask()
    {
        byte[] mask = new byte[Width * Height];
        mask.AsSpan().Fill(NoClass);
        return mask;
    }

    /// <summary>From the picture's coordinates to the canvas's, as inference would bring it there.</summary>
    internal Affine Fit(Picture picture)
    {
        float x = (float)Width / picture.Width, y = (float)Height / picture.Height;
        (float scaleX, float scaleY) = Resize switch
        {
            ResizePolicy.Stretch => (x, y),
            ResizePolicy.CentreCrop => (Math.Max(x, y), Math.Max(x, y)),
            _ => (Math.Min(x, y), Math.Min(x, y)),
        };
        (float left, float top) = Resize == ResizePolicy.LetterboxTopLeft
            ? (0, 0)
            : ((Width - (picture.Width * scaleX)) / 2, (Height - (picture.Height * scaleY)) / 2);
        return new(scaleX, 0, left, 0, scaleY, top);
    }

    /// <summary>Draws the part of a picture that comes to lie in the region, bilinearly sampled.</summary>
    internal void Draw(Picture source, Affine placement, Picture target, Region region)
    {
        Affine back = placement.Inverse();
        ref byte from = ref MemoryMarshal.GetArrayDataReference(source.Pixels);
        int right = source.Width - 1, bottom = source.Height - 1, stride = 3 * source.Width;
        long stepX = Fixed(back.Xx), stepY = Fixed(back.Yx);
        for (int y = region.Top; y < region.Bottom; y++)
        {
            (float beginX, float beginY) = back.Apply(region.Left + 0.5f, y + 0.5f);
            long sx = Fixed(beginX - 0.5f), sy = Fixed(beginY - 0.5f);
            Span<byte> row = target.Pixels.AsSpan(3 * ((y * Width) + region.Left), 3 * (region.Right - region.Left));
            for (int i = 0; i < row.Length; i += 3, sx += stepX, sy += stepY)
            {
                int x0 = (int)(sx >> 16), y0 = (int)(sy >> 16);
                // Half a pixel beyond the outermost centres the picture ends.
                if (sx < -One / 2 || sy < -One / 2 || sx >= ((long)right << 16) + (One / 2) || sy >= ((long)bottom << 16) + (One / 2))
                    continue;
                int fx = (int)(sx >> 8) & 255, fy = (int)(sy >> 8) & 255;
                int left = 3 * Math.Max(x0, 0), far = 3 * Math.Min(x0 + 1, right);
                int top = stride * Math.Max(y0, 0), low = stride * Math.Min(y0 + 1, bottom);
                for (int c = 0; c < 3; c++)
                {
                    int above = (At(ref from, top + left + c) * (256 - fx)) + (At(ref from, top + far + c) * fx);
                    int below = (At(ref from, low + left + c) * (256 - fx)) + (At(ref from, low + far + c) * fx);
                    row[i + c] = (byte)(((above * (256 - fy)) + (below * fy) + (1 << 15)) >> 16);
                }
            }
        }
    }

    /// <summary>The same for classes of pixels: the nearest one counts.</summary>
    internal void DrawMask(byte[] source, Picture picture, Affine placement, byte[] target, Region region)
    {
        Affine back = placement.Inverse();
        for (int y = region.Top; y < region.Bottom; y++)
        {
            for (int x = region.Left; x < region.Right; x++)
            {
                (float sx, float sy) = back.Apply(x + 0.5f, y + 0.5f);
                if (sx >= 0 && sy >= 0 && sx < picture.Width && sy < picture.Height)
                    target[(y * Width) + x] = source[((int)sy * picture.Width) + (int)sx];
            }
        }
    }

    /// <summary>The boxes of which enough is left in the region, cut at its edges.</summary>
    internal static IEnumerable<Box> Keep(ImmutableArray<Box> boxes, Affine placement, Region region, float leastVisible)
    {
        foreach (Box box in boxes)
        {
            Box moved = placement.Apply(box);
            Box cut = new(
                box.ClassId,
                Math.Max(moved.Left, region.Left), Math.Max(moved.Top, region.Top), Math.Min(moved.Right, region.Right),
                Math.Min(moved.Bottom, region.Bottom));
            if (cut is { Width: >= 2, Height: >= 2 } && cut.Width * cut.Height >= leastVisible * moved.Width * moved.Height)
                yield return cut;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int At(ref byte from, int offset) => Unsafe.Add(ref from, offset);

    private static long Fixed(float value) => (long)Math.Round(Math.Clamp((double)value, -1e9, 1e9) * One);
}
