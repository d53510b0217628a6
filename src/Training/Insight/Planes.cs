namespace EdgeCnn.Training.Insight;

/// <summary>A picture as floats, channel by channel: channels x height x width.</summary>
public sealed record Planes(int Channels, int Height, int Width, float[] Values)
{
    public Planes(int channels, int height, int width) : this(channels, height, width, new float[channels * height * width]) { }

    public Span<float> Channel(int channel) => Values.AsSpan(channel * Height * Width, Height * Width);

    /// <summary>This picture and another one times a factor.</summary>
    public Planes Plus(Planes other, float factor = 1)
    {
        Planes sum = new(Channels, Height, Width);
        for (int i = 0; i < Values.Length; i++) sum.Values[i] = Values[i] + factor * other.Values[i];
        return sum;
    }

    /// <summary>Bilinear, with half-pixel centres and a clamped border.</summary>
    public Planes Resized(int height, int width)
    {
        if ((height, width) == (Height, Width)) return this;
        Planes to = new(Channels, height, width);
        for (int y = 0; y < height; y++)
        {
            (int top, float down) = Near(y, height, Height);
            int bottom = Math.Min(top + 1, Height - 1);
            for (int x = 0; x < width; x++)
            {
                (int left, float right) = Near(x, width, Width);
                int next = Math.Min(left + 1, Width - 1);
                for (int c = 0; c < Channels; c++)
                {
                    ReadOnlySpan<float> from = Channel(c);
                    float above = from[top * Width + left] + (from[top * Width + next] - from[top * Width + left]) * right;
                    float below = from[bottom * Width + left] + (from[bottom * Width + next] - from[bottom * Width + left]) * right;
                    to.Channel(c)[y * width + x] = above + (below - above) * down;
                }
            }
        }
        return to;
    }

    /// <summary>Moved right and down; what leaves on one side enters on the other.</summary>
    public Planes Rolled(int down, int right)
    {
        Planes to = new(Channels, Height, Width);
        for (int c = 0; c < Channels; c++)
        {
            for (int y = 0; y < Height; y++)
            {
                ReadOnlySpan<float> row = Channel(c).Slice(y * Width, Width);
                int shift = ((right % Width) + Width) % Width, target = (((y + down) % Height) + Height) % Height;
                row[..(Width - shift)].CopyTo(to.Channel(c).Slice(target * Width + shift, Width - shift));
                row[(Width - shift)..].CopyTo(to.Channel(c).Slice(target * Width, shift));
            }
        }
        return to;
    }

    /// <summary>A Gaussian of this deviation in pixels, first along rows, then along columns; the border repeats.</summary>
    public Planes Blurred(double deviation)
    {
        int reach = (int)Math.Ceiling(3 * deviation);
        float[] kernel = [.. Enumerable.Range(-reach, 2 * reach + 1).Select(i => (float)Math.Exp(-i * i / (2 * deviation * deviation)))];
        float sum = kernel.Sum();
        for (int i = 0; i < kernel.Length; i++) kernel[i] /= sum;
        Planes across = new(Channels, Height, Width), to = new(Channels, Height, Width);
        for (int c = 0; c < Channels; c++)
        {
            Span<float> from = Channel(c), middle = across.Channel(c), result = to.Channel(c);
            for (int y = 0; y < Height; y++)
            {
                for (int x = 0; x < Width; x++)
                {
                    float value = 0;
                    for (int i = -reach; i <= reach; i++) value += kernel[i + reach] * from[y * Width + Math.Clamp(x + i, 0, Width - 1)];
                    middle[y * Width + x] = value;
                }
            }
            for (int y = 0; y < Height; y++)
            {
                for (int i = -reach; i <= reach; i++)
                {
                    ReadOnlySpan<float> row = middle.Slice(Math.Clamp(y + i, 0, Height - 1) * Width, Width);
                    for (int x = 0; x < Width; x++) result[y * Width + x] += kernel[i + reach] * row[x];
                }
            }
        }
        return to;
    }

    private static (int Near, float Weight) Near(int pixel, int to, int from)
    {
        float place = Math.Clamp((pixel + 0.5f) * from / to - 0.5f, 0, from - 1);
        return ((int)place, place - (int)place);
    }
}
