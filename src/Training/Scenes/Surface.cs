using System.Runtime.CompilerServices;

namespace EdgeCnn.Training.Scenes;

/// <summary>
/// The colour of a solid at a point: both, and the normal there, in the solid's own coordinates; blur is how wide a pixel is there, in
/// metres.
/// </summary>
internal delegate Vector Paint(Vector point, Vector normal, float blur);

/// <summary>What a solid looks like.</summary>
/// <param name="paint">Its colour, as the share of red, green and blue light that it gives back.</param>
/// <param name="shine">The strength of its highlight.</param>
/// <param name="gloss">The highlight's sharpness: a power of two of the cosine.</param>
internal sealed class Surface(Paint paint, float shine = 0.03f, int gloss = 4)
{
    public float Shine => shine;

    public Vector Colour(Vector point, Vector normal, float blur) => paint(point, normal, blur);

    /// <summary>The highlight for the cosine between the normal and the middle of light and eye.</summary>
    public float Highlight(float cosine)
    {
        if (shine <= 0 || cosine <= 0) return 0;
        for (int i = 0; i < gloss; i++) cosine *= cosine;
        return shine * cosine;
    }

    /// <summary>Two colours mixed by a pattern that is projected along the main axis of the normal.</summary>
    public static Paint Patterned(Pattern pattern, Vector dark, Vector light, float size) => (point, normal, blur) =>
    {
        (float u, float v) = Flat(point, normal);
        return dark.Towards(light, pattern.At(u / size, v / size, blur / size));
    };

    /// <summary>The two coordinates that lie across the main axis of the normal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (float U, float V) Flat(Vector point, Vector normal)
    {
        float x = Math.Abs(normal.X), y = Math.Abs(normal.Y), z = Math.Abs(normal.Z);
        if (z >= x && z >= y) return (point.X, point.Y);
        return x >= y ? (point.Y, point.Z) : (point.X, point.Z);
    }

    /// <summary>1 where the value is above 0, 0 below, and in between where a pixel sees both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Edge(float value, float blur) => Math.Clamp((value / (blur + 1e-9f)) + 0.5f, 0, 1);

    /// <summary>1 within a line around 0, 0 outside; lines thinner than a pixel grow faint.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Line(float distance, float width, float blur)
    {
        float inside = (width / 2) - Math.Abs(distance);
        return inside <= -blur / 2 ? 0 : Edge(inside, blur) * Math.Min(1, width / (blur + 1e-9f));
    }
}

/// <summary>Colours as shares of light that come back, from the levels that a screen shows them with.</summary>
internal static class Palette
{
    public static Vector Screen(int rgb)
    {
        float red = ((rgb >> 16) & 255) / 255f, green = ((rgb >> 8) & 255) / 255f, blue = (rgb & 255) / 255f;
        // A display's curve is near a square, and a square is the same on every machine.
        return new(red * red, green * green, blue * blue);
    }

    /// <summary>A colour near another one, as paints and prints differ.</summary>
    public static Vector Near(Vector colour, float spread, ref Random64 random)
    {
        float level = 1 + (spread * random.Between(-1, 1));
        return new(
            Math.Clamp(colour.X * level * (1 + (spread * 0.6f * random.Between(-1, 1))), 0.004f, 0.95f),
            Math.Clamp(colour.Y * level * (1 + (spread * 0.6f * random.Between(-1, 1))), 0.004f, 0.95f),
            Math.Clamp(colour.Z * level * (1 + (spread * 0.6f * random.Between(-1, 1))), 0.004f, 0.95f));
    }

    /// <summary>Any hue, strong.</summary>
    public static Vector Vivid(ref Random64 random) => Of(random.Single(), random.Between(0.6f, 1), random.Between(0.35f, 1));

    /// <summary>Any hue, weak: most of what is in rooms.</summary>
    public static Vector Muted(ref Random64 random)
    {
        float saturation = random.Single();
        return Of(random.Single(), 0.5f * saturation * saturation, random.Between(0.12f, 0.95f));
    }

    /// <summary>One of the list, varied.</summary>
    public static Vector Any(ReadOnlySpan<int> screens, float spread, ref Random64 random) =>
        Near(Screen(random.Of(screens)), spread, ref random);

    /// <summary>Hue, saturation and value, each from 0 to 1.</summary>
    private static Vector Of(float hue, float saturation, float value)
    {
        float x = Channel(hue * 6), y = Channel((hue * 6) + 4), z = Channel((hue * 6) + 2);
        return new(x * x, y * y, z * z);

        float Channel(float at)
        {
            float k = at % 6;
            return value * (1 - (saturation * Math.Clamp(Math.Min(k, 4 - k), 0, 1)));
        }
    }
}
