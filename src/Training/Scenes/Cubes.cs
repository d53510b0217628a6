namespace EdgeCnn.Training.Scenes;

/// <summary>Cubes: of paint, wood, card and foam, with letters, dots, frames, grids and crosses on their faces.</summary>
internal static class Cubes
{
    private static readonly int[] Screens =
        [0xF4D21F, 0xFFD800, 0xD8201F, 0xC41830, 0x1F55C8, 0x2E8FE0, 0x17963F, 0x58B838, 0xF26A1B, 0xF2F2EE, 0x7B3FB0];

    private static readonly int[] Woods = [0xC89858, 0xD8B078, 0xB88848, 0xE0C090, 0xA87840, 0xB08850];

    public static Surface Make(float half, ref Random64 random)
    {
        bool wooden = random.Chance(0.25);
        Vector colour = wooden ? Palette.Any(Woods, 0.2f, ref random) : Palette.Any(Screens, 0.25f, ref random);
        Vector ink = random.Chance(0.5)
            ? Palette.Screen(0xF2F2EE)
            : Palette.Any([0x202020, 0x2040A0, 0xB02020, 0x206020], 0.3f, ref random);
        Pattern pattern = wooden ? Patterns.Wood : random.Of(Patterns.Things[..3]);
        float contrast = wooden ? random.Between(0.3f, 0.6f) : random.Between(0, 0.3f), size = half * random.Between(1.5f, 6);
        Paint ground = Surface.Patterned(pattern, colour * (1 - contrast), colour, size);
        float width = random.Between(0.05f, 0.16f);
        uint letters = (uint)random.Next64();
        Vector[] stickers = [.. Enumerable.Range(0, 6).Select(i => Palette.Screen(Screens[(i * 2) % Screens.Length]))];
        Func<float, float, int, float, (Vector Colour, float Share)> face = random.Below(9) switch
        {
            0 => (u, v, _, blur) => (ink, Surface.Line(Math.Max(Math.Abs(u), Math.Abs(v)) - 0.8f, width, blur)),
            1 => (u, v, axis, blur) => (ink, Letter(u, v, letters >> axis, blur)),
            2 => (u, v, axis, blur) => (ink, Dots(u, v, 1 + axis, blur)),
            3 => (u, v, axis, blur) => Sticker(u, v, stickers, letters, axis, blur),
            4 => (u, v, _, blur) => (colour * 0.45f, Math.Max(
                Surface.Line(Math.Max(Math.Abs(u), Math.Abs(v)) - 0.92f, 0.16f, blur), Surface.Line(u - v, 0.16f, blur))),
            5 => (u, v, _, blur) => (colour * 0.35f, Math.Max(Seam(u, width, blur), Seam(v, width, blur))),
            _ => (u, v, _, blur) => (colour * 0.6f, Surface.Line(Math.Max(Math.Abs(u), Math.Abs(v)) - 1, 0.08f, blur)),
        };
        return new Surface(
            (point, normal, blur) =>
            {
                (float u, float v) = Surface.Flat(point, normal);
                int axis = Math.Abs(normal.Z) > 0.5f ? 0 : Math.Abs(normal.X) > 0.5f ? 1 : 2;
                (Vector over, float share) = face(u / half, v / half, axis, blur / half);
                return ground(point, normal, blur).Towards(over, share);
            },
            random.Chance(0.3) ? random.Between(0.1f, 0.4f) : 0.03f,
            2 + random.Below(3));
    }

    /// <summary>Something like a letter: strokes of a grid of four by five.</summary>
    private static float Letter(float u, float v, uint bits, float blur)
    {
        int column = (int)MathF.Floor((u + 0.6f) / 0.3f), row = (int)MathF.Floor((v + 0.6f) / 0.24f);
        bool ink = column is >= 0 and < 4 && row is >= 0 and < 5 && ((bits | (1u << column)) >> ((row * 4) + column) & 1) != 0;
        // Too far away, a letter is a stain.
        return blur > 0.4f ? (column is >= 0 and < 4 && row is >= 0 and < 5 ? 0.5f : 0) : ink ? 1 : 0;
    }

    private static float Dots(float u, float v, int count, float blur)
    {
        float ink = count % 2 == 1 ? Dot(u, v) : 0;
        return count < 2 ? ink : Math.Max(ink, Math.Max(Dot(u - 0.5f, v - 0.5f), Dot(u + 0.5f, v + 0.5f)));

        float Dot(float x, float y) => Surface.Edge(0.22f - MathF.Sqrt((x * x) + (y * y)), blur);
    }

    private static (Vector, float) Sticker(float u, float v, Vector[] stickers, uint choice, int axis, float blur)
    {
        int column = Math.Clamp((int)((u + 1) * 1.5f), 0, 2), row = Math.Clamp((int)((v + 1) * 1.5f), 0, 2);
        Vector colour = stickers[(int)((choice >> (((3 * row) + column + axis) % 28)) % (uint)stickers.Length)];
        return (colour.Towards(Palette.Screen(0x181818), Math.Max(Seam(u, 0.1f, blur), Seam(v, 0.1f, blur))), 1);
    }

    /// <summary>The lines that cut a side into three.</summary>
    private static float Seam(float at, float width, float blur) =>
        Math.Max(Surface.Line(Math.Abs(at) - (1f / 3), width, blur), Surface.Line(Math.Abs(at) - 1, width, blur));
}
