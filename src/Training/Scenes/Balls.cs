namespace EdgeCnn.Training.Scenes;

/// <summary>
/// Balls as they are bought: plain, felt with a seam, footballs, basketballs, beach balls, with holes, stripes and halves.
/// </summary>
internal static class Balls
{
    private static readonly int[] Screens =
    [
        0xF26A1B, 0xFF7A00, 0xE8541E, 0xF4D21F, 0xFFE03A, 0xD8201F, 0xC01028, 0x1F55C8, 0x2E8FE0, 0x17963F, 0x6CC43A, 0xE85AA0, 0x7B3FB0, 0xF2F2EE, 0xF5F5F5,
    ];

    private static readonly Vector[] Icosahedron = Directions();

    public static Surface Make(ref Random64 random)
    {
        Vector colour = Palette.Any(Screens, 0.25f, ref random), other = Palette.Any(Screens, 0.25f, ref random);
        Vector white = Palette.Near(Palette.Screen(0xF0F0EC), 0.1f, ref random), black = Palette.Near(
            Palette.Screen(0x202024), 0.4f, ref random);
        float shine = random.Chance(0.4) ? random.Between(0.15f, 0.8f) : random.Between(0, 0.08f);
        int gloss = 2 + random.Below(4);
        Paint paint = random.Below(14) switch
        {
            0 or 1 => Felt(Palette.Any([0xC8E028, 0xD6E63A, 0xB4D43C, 0xE0E85A], 0.2f, ref random), white),
            2 or 3 => Spots(white, random.Chance(0.7) ? black : colour, 0.885f),
            4 => Basket(Palette.Any([0xC8601E, 0xB5531C, 0xD87828], 0.2f, ref random), black),
            5 => Segments(colour, random.Chance(0.5) ? white : other),
            6 => Halves(colour, random.Chance(0.5) ? white : other),
            7 => Spots(colour, colour * 0.12f, 0.965f),
            8 => Felt(white, Palette.Any([0xC02020, 0x2040C0], 0.2f, ref random)),
            9 => Stripe(random.Chance(0.5) ? white : colour, random.Chance(0.5) ? black : other, random.Between(0.08f, 0.4f)),
            _ => Plain(colour, random.Between(0, 0.35f), ref random),
        };
        return new Surface(paint, shine, gloss);
    }

    private static Paint Plain(Vector colour, float dirt, ref Random64 random)
    {
        Pattern pattern = random.Of(Patterns.Things[..3]);
        float size = random.Between(0.05f, 0.3f);
        return Surface.Patterned(pattern, colour * (1 - dirt), colour, size);
    }

    /// <summary>A tennis or base ball: one seam that winds around, in the fuzz of felt.</summary>
    private static Paint Felt(Vector colour, Vector seam) => (point, normal, blur) =>
    {
        float across = (normal.X * normal.X) - (normal.Y * normal.Y) - (0.75f * normal.Z);
        float fuzz = 0.8f + (0.2f * Patterns.Grain.At(point.X * 6, point.Y * 6, blur * 6));
        return (colour * fuzz).Towards(seam, Surface.Line(across, 0.14f, Blur(point, blur)));
    };

    private static Paint Spots(Vector ground, Vector spot, float cosine) => (point, normal, blur) =>
    {
        float nearest = 0;
        foreach (Vector direction in Icosahedron) nearest = Math.Max(nearest, direction.Dot(normal));
        return ground.Towards(spot, Surface.Edge(nearest - cosine, 0.5f * Blur(point, blur)));
    };

    private static Paint Basket(Vector leather, Vector line) => (point, normal, blur) =>
    {
        float soft = Blur(point, blur);
        float bent = Math.Abs(normal.X) - 0.55f - (0.3f * normal.Z * normal.Z);
        float ink = Math.Max(
            Math.Max(Surface.Line(normal.X, 0.045f, soft), Surface.Line(normal.Y, 0.045f, soft)), Surface.Line(bent, 0.045f, soft));
        return (leather * (0.8f + (0.2f * Patterns.Grain.At(point.X * 8, point.Z * 8, blur * 8)))).Towards(line, ink);
    };

    /// <summary>Eight segments from pole to pole.</summary>
    private static Paint Segments(Vector a, Vector b) => (point, normal, blur) =>
    {
        float soft = Blur(point, blur);
        float x = Surface.Edge(normal.X, soft) * 2 - 1, y = Surface.Edge(normal.Y, soft) * 2 - 1;
        float diagonal = Surface.Edge(Math.Abs(normal.X) - Math.Abs(normal.Y), soft) * 2 - 1;
        return a.Towards(b, 0.5f + (0.5f * x * y * diagonal));
    };

    private static Paint Halves(Vector a, Vector b) => (point, normal, blur) => a.Towards(b, Surface.Edge(normal.Z, Blur(point, blur)));

    private static Paint Stripe(Vector ground, Vector stripe, float half) => (point, normal, blur) =>
        ground.Towards(stripe, Surface.Edge(half - Math.Abs(normal.Z), Blur(point, blur)));

    /// <summary>A pixel's width on the ball of radius 1.</summary>
    private static float Blur(Vector point, float blur) => blur / (point.Length + 1e-9f);

    /// <summary>The twelve corners of the icosahedron: the middles of a football's black fields.</summary>
    private static Vector[] Directions()
    {
        float golden = (1 + MathF.Sqrt(5)) / 2;
        List<Vector> corners = [];
        foreach (float a in (ReadOnlySpan<float>)[-1, 1])
        {
            foreach (float b in (ReadOnlySpan<float>)[-golden, golden])
                corners.AddRange([new Vector(0, a, b).Unit, new Vector(a, b, 0).Unit, new Vector(b, 0, a).Unit]);
        }
        return [.. corners];
    }
}
