using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Augmenting;

/// <summary>Brightness, contrast, saturation and hue as one matrix over blue, green and red.</summary>
internal static class Colours
{
    private const int FractionBits = 12;
    private const float MiddleLevel = 128;

    /// <param name="picture">Is changed.</param>
    /// <param name="gain">Of all levels.</param>
    /// <param name="contrast">Of the distances from the middle level.</param>
    /// <param name="saturation">Of the distances from grey.</param>
    /// <param name="hue">In radians.</param>
    public static void Apply(Picture picture, float gain, float contrast, float saturation, float hue)
    {
        (float sin, float cos) = Angle.SinCos(hue);
        (sin, cos) = (sin * saturation, cos * saturation);
        float factor = gain * contrast;
        (int bb, int gb, int rb) = Column(1, 0, 0);
        (int bg, int gg, int rg) = Column(0, 1, 0);
        (int br, int gr, int rr) = Column(0, 0, 1);
        int offset = Fixed(MiddleLevel * (1 - contrast)) + (1 << (FractionBits - 1));

        Span<byte> pixels = picture.Pixels;
        for (int i = 0; i + 2 < pixels.Length; i += 3)
        {
            int b = pixels[i], g = pixels[i + 1], r = pixels[i + 2];
            pixels[i] = Level((b * bb) + (g * bg) + (r * br) + offset);
            pixels[i + 1] = Level((b * gb) + (g * gg) + (r * gr) + offset);
            pixels[i + 2] = Level((b * rb) + (g * rg) + (r * rr) + offset);
        }

        // What a colour becomes: its brightness stays, its differences U and V from it turn (as in PAL, in whose scale they turn evenly).
        (int, int, int) Column(float b, float g, float r)
        {
            float y = (0.114f * b) + (0.587f * g) + (0.299f * r), u = 0.492f * (b - y), v = 0.877f * (r - y);
            float blue = ((cos * u) - (sin * v)) / 0.492f, red = ((sin * u) + (cos * v)) / 0.877f;
            float green = -((0.114f * blue) + (0.299f * red)) / 0.587f;
            return (Fixed(factor * (y + blue)), Fixed(factor * (y + green)), Fixed(factor * (y + red)));
        }
    }

    private static int Fixed(float value) => (int)MathF.Round(value * (1 << FractionBits));

    private static byte Level(int value) => (byte)Math.Clamp(value >> FractionBits, 0, 255);
}
