using EdgeCnn.Training.Augmenting;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Scenes;

/// <summary>
/// What a cheap camera makes of light: out of focus, moving, darker at its edges, wrongly balanced, noisy, sharpened, squeezed.
/// </summary>
/// <param name="Focus">Deviation of the blur in pixels of a picture 320 wide.</param>
/// <param name="SmearX">Of motion, in pixels of a picture 320 wide.</param>
/// <param name="SmearY">Of motion, in pixels of a picture 320 wide.</param>
/// <param name="Exposure">Of the middle brightness, 1 as it should be.</param>
/// <param name="Balance">What white becomes.</param>
/// <param name="Vignette">How much darker the corners are.</param>
/// <param name="Contrast">Of the tone curve.</param>
/// <param name="Lift">Level of black: haze and flare.</param>
/// <param name="Saturation">1 as it should be.</param>
/// <param name="Noise">Deviation in levels in the shadows.</param>
/// <param name="Denoising">Passes of 1-2-1 that smear the noise.</param>
/// <param name="Sharpening">Strength of the halo.</param>
/// <param name="Quality">Of the compression, 1 to 100; 0 for none.</param>
internal sealed record Sensor(
    float Focus, float SmearX, float SmearY, float Exposure, Vector Balance, float Vignette, float Contrast, float Lift, float Saturation,
    float Noise,
    int Denoising, float Sharpening, int Quality)
{
    private const int Steps = 1024;

    /// <summary>Light so many times brighter than the middle is white.</summary>
    private const float White = 4;

    private byte[]? _tones;

    public static Sensor Make(ref Random64 random)
    {
        float smear = random.Chance(0.25) ? random.Between(1, 6) : 0;
        (float sin, float cos) = Angle.SinCos(random.Between(0, MathF.Tau));
        return new(
            random.Chance(0.25) ? random.Between(0.8f, 2) : random.Between(0.25f, 0.7f),
            smear * cos,
            smear * sin * 0.6f,
            random.Between(0.6f, 1.6f),
            new(random.Between(0.85f, 1.18f), random.Between(0.94f, 1.06f), random.Between(0.85f, 1.18f)),
            random.Between(0, 0.5f),
            random.Between(0, 0.6f),
            random.Chance(0.3) ? random.Between(0, 0.08f) : 0,
            random.Between(0.6f, 1.25f),
            random.Chance(0.3) ? random.Between(5, 14) : random.Between(0.5f, 5),
            random.Chance(0.4) ? 1 : 0,
            random.Chance(0.5) ? random.Between(0.2f, 1.2f) : 0,
            random.Chance(0.65) ? 25 + random.Below(70) : 0);
    }

    /// <summary>Develops light into a picture.</summary>
    /// <param name="light">Red, green and blue planes; used up.</param>
    /// <param name="spare">Another such plane.</param>
    /// <param name="picture">Of the planes' size.</param>
    /// <param name="random">Decides the noise.</param>
    public void Develop(float[][] light, float[] spare, Picture picture, ref Random64 random)
    {
        float scale = picture.Width / 320f;
        float gain = Exposure * 0.2f / Math.Max(Middle(light[1]), 1e-4f);
        for (int channel = 0; channel < 3; channel++)
        {
            LensBlur.Gaussian(light[channel], spare, picture.Width, picture.Height, Focus * scale);
            if (SmearX != 0) LensBlur.Motion(light[channel], spare, picture.Width, picture.Height, SmearX * scale, SmearY * scale);
        }
        byte[] tones = _tones ??= Tones();
        Expose(light[2], 0, Balance.Z * gain, tones, picture);
        Expose(light[1], 1, Balance.Y * gain, tones, picture);
        Expose(light[0], 2, Balance.X * gain, tones, picture);
        Colours.Apply(picture, 1, 1, Saturation, 0);
        Grain.Apply(picture, Noise * (1 + Denoising), ref random);
        if (Denoising > 0) Blurring.Apply(picture, Denoising);
        if (Sharpening > 0) LensBlur.Sharpen(picture, Sharpening);
        if (Quality > 0) BlockCompression.Apply(picture, Quality, light);
    }

    /// <summary>The mean of what is not glaring: cameras meter like that.</summary>
    private static float Middle(float[] plane)
    {
        double sum = 0;
        for (int i = 0; i < plane.Length; i += 7) sum += Math.Min(plane[i], 1.5f);
        return (float)(sum / ((plane.Length + 6) / 7));
    }

    /// <summary>Levels by light: the square root that displays undo, a shoulder for highlights, and contrast.</summary>
    private byte[] Tones()
    {
        byte[] tones = new byte[(int)(White * Steps) + 1];
        for (int i = 0; i < tones.Length; i++)
        {
            float x = i / (float)Steps, shouldered = x * (1 + (x / (White * White))) / (0.85f + (0.4f * x));
            float tone = MathF.Sqrt(Math.Min(shouldered, 1));
            float curved = tone + (Contrast * tone * (1 - tone) * ((2 * tone) - 1));
            tones[i] = (byte)Math.Clamp((255 * (Lift + ((1 - Lift) * curved))) + 0.5f, 0, 255);
        }
        return tones;
    }

    private void Expose(float[] plane, int channel, float gain, byte[] tones, Picture picture)
    {
        float middleX = picture.Width / 2f, middleY = picture.Height / 2f, radius = 1 / ((middleX * middleX) + (middleY * middleY));
        int last = tones.Length - 1;
        for (int y = 0, i = 0; y < picture.Height; y++)
        {
            float dy = y - middleY;
            for (int x = 0; x < picture.Width; x++, i++)
            {
                float dx = x - middleX, fall = 1 - (Vignette * ((dx * dx) + (dy * dy)) * radius);
                int step = (int)(plane[i] * gain * fall * Steps);
                picture.Pixels[(3 * i) + channel] = tones[Math.Clamp(step, 0, last)];
            }
        }
    }
}
