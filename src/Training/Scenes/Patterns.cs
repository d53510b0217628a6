namespace EdgeCnn.Training.Scenes;

/// <summary>What floors, walls and things are made of, made once.</summary>
internal static class Patterns
{
    private const int Side = Pattern.Side;

    public static Pattern Clouds { get; } = new(Noise(1, 4, 6, 0.5f));

    public static Pattern Grain { get; } = new(Noise(2, 64, 3, 0.8f));

    public static Pattern Carpet { get; } = new(Noise(3, 8, 6, 0.85f));

    public static Pattern Marble { get; } = Make((x, y) => Angle.Sin(((4 * x) + (2 * y) + (3 * Turbulence(x, y))) * MathF.Tau));

    public static Pattern Wood { get; } = Make(Planks);

    public static Pattern Tiles { get; } = Make((x, y) => Grout(x, y, 4, 4, 0.02f) * (0.75f + (0.25f * Cell(x, y, 4, 4))));

    public static Pattern LargeTiles { get; } = Make((x, y) => Grout(x, y, 2, 2, 0.008f) * (0.9f + (0.1f * Cell(x, y, 2, 2))));

    public static Pattern Bricks { get; } = Make((x, y) =>
    {
        float row = MathF.Floor(y * 8), shifted = x + (((int)row & 1) * 0.125f);
        return Grout(shifted, y, 4, 8, 0.012f) * (0.6f + (0.4f * Cell(shifted, y, 4, 8)));
    });

    public static Pattern Checks { get; } = Make((x, y) => ((int)(x * 8) + (int)(y * 8)) & 1);

    public static Pattern Stripes { get; } = Make((x, _) => ((int)(x * 8) & 1) + (0.2f * Cell(x, 0, 16, 1)));

    public static Pattern Weave { get; } = Make((x, y) =>
        Math.Abs(Angle.Sin(x * 32 * MathF.PI)) * (((int)(x * 32) + (int)(y * 32)) & 1) + (Math.Abs(Angle.Sin(y * 32 * MathF.PI)) * 0.7f));

    public static Pattern Blotches { get; } = Make((x, y) => MathF.Round(Turbulence(x, y) * 4));

    public static Pattern Print { get; } = Make(Printed);

    public static Pattern Panels { get; } = Make((x, y) => MathF.Round(4 * Cell(x, y, 3, 5)) / 4 * Grout(x, y, 3, 5, 0.01f));

    private static readonly Pattern[] ForFloors =
        [Clouds, Grain, Carpet, Marble, Wood, Wood, Tiles, LargeTiles, Checks, Weave, Blotches, Stripes];

    private static readonly Pattern[] ForWalls =
        [Clouds, Grain, Carpet, Marble, Wood, Bricks, Tiles, Stripes, Panels, Panels, Blotches, Print];

    private static readonly Pattern[] ForThings = [Clouds, Grain, Carpet, Wood, Stripes, Weave, Print, Panels, Checks, Blotches];

    public static ReadOnlySpan<Pattern> Floors => ForFloors;

    public static ReadOnlySpan<Pattern> Walls => ForWalls;

    public static ReadOnlySpan<Pattern> Things => ForThings;

    private static Pattern Make(Func<float, float, float> value)
    {
        float[] values = new float[Side * Side];
        for (int i = 0; i < values.Length; i++) values[i] = value(i % Side / (float)Side, i / Side / (float)Side);
        return new Pattern(values);
    }

    /// <summary>Smooth noise of several sizes, the next one half as large and <paramref name="fade"/> as strong.</summary>
    private static float[] Noise(ulong seed, int cells, int octaves, float fade)
    {
        float[] values = new float[Side * Side];
        float strength = 1;
        for (int octave = 0; octave < octaves && cells <= Side; octave++, cells *= 2, strength *= fade)
        {
            float[] knots = new float[cells * cells];
            Random64 random = Random64.For(seed, octave, 0);
            for (int i = 0; i < knots.Length; i++) knots[i] = random.Single();
            for (int y = 0; y < Side; y++)
            {
                for (int x = 0; x < Side; x++)
                    values[(y * Side) + x] += strength * Between(knots, cells, x * cells / (float)Side, y * cells / (float)Side);
            }
        }
        return values;
    }

    private static float Between(float[] knots, int cells, float x, float y)
    {
        int x0 = (int)x, y0 = (int)y, x1 = (x0 + 1) % cells, y1 = (y0 + 1) % cells;
        float fx = Smooth(x - x0), fy = Smooth(y - y0);
        float above = knots[(y0 * cells) + x0] + ((knots[(y0 * cells) + x1] - knots[(y0 * cells) + x0]) * fx);
        float below = knots[(y1 * cells) + x0] + ((knots[(y1 * cells) + x1] - knots[(y1 * cells) + x0]) * fx);
        return above + ((below - above) * fy);

        static float Smooth(float t) => t * t * (3 - (2 * t));
    }

    private static float Turbulence(float x, float y) => Clouds.At(x, y, 0);

    /// <summary>1 inside of tiles, 0 between them.</summary>
    private static float Grout(float x, float y, int columns, int rows, float width)
    {
        float fx = (x * columns) - MathF.Floor(x * columns), fy = (y * rows) - MathF.Floor(y * rows);
        float edge = Math.Min(Math.Min(fx, 1 - fx) / columns, Math.Min(fy, 1 - fy) / rows);
        return Math.Clamp(edge / width, 0, 1);
    }

    /// <summary>A random number for each cell of a grid.</summary>
    private static float Cell(float x, float y, int columns, int rows)
    {
        int column = (int)MathF.Floor(x * columns) % columns, row = (int)MathF.Floor(y * rows) % rows;
        return Random64.For(99, column, row).Single();
    }

    private static float Planks(float x, float y)
    {
        float plank = Cell(x, 0, 6, 1), along = y + plank;
        float grain = Turbulence(x * 2, along / 8) + (0.5f * Grain.At((x * 2) + plank, along / 16, 0));
        float ends = (along * 2) - MathF.Floor(along * 2);
        float gap = Math.Min(Grout(x, 0.5f, 6, 1, 0.006f), Math.Clamp(Math.Min(ends, 1 - ends) / 0.006f, 0, 1));
        return ((0.5f * plank) + grain) * (0.4f + (0.6f * gap));
    }

    /// <summary>Lines of something like words, and a few pictures.</summary>
    private static float Printed(float x, float y)
    {
        bool picture = Cell(x, y, 2, 3) < 0.3f;
        if (picture) return 0.3f + (0.6f * Turbulence(x * 2, y * 2));
        float line = (y * 24) - MathF.Floor(y * 24);
        bool ink = line is > 0.3f and < 0.75f && Cell(x, y, 80, 24) > 0.3f && Cell(x, y, 20, 24) > 0.2f;
        return ink ? 0 : 1;
    }
}
