namespace EdgeCnn.Training.Scenes;

/// <summary>Printed marks to aim at: rings, quartered discs, crosses, checkers and square codes, on paper or board.</summary>
internal static class Targets
{
    /// <summary>A mark around the pose's origin that faces along its Z axis, and the paper that it is printed on.</summary>
    /// <param name="pose">Z points away from the paper.</param>
    /// <param name="half">Half of the mark's width.</param>
    /// <param name="random">Goes on.</param>
    public static (Solid Mark, Solid? Paper) Make(Pose pose, float half, ref Random64 random)
    {
        Vector white = Palette.Near(Palette.Screen(0xF0F0EC), 0.12f, ref random), black = Palette.Near(
            Palette.Screen(0x181818), 0.5f, ref random);
        Vector ink = random.Chance(0.65) ? black : Palette.Any([0xD02018, 0x1840B0, 0x107030, 0xE06010], 0.2f, ref random);
        bool round = random.Chance(0.6);
        float thickness = 0.004f + (0.03f * half);
        Pose back = pose with { Origin = pose.ToWorld(new(0, 0, -thickness)) };
        Paint paint = round ? Round(ink, white, half, ref random) : Square(ink, white, half, ref random);
        Surface surface = new(paint, random.Chance(0.2) ? 0.2f : 0.02f);
        Solid mark = round
            ? new Frustum(back, half, half, thickness, surface)
            : new Block(back with { Origin = pose.ToWorld(new(0, 0, -thickness / 2)) }, new(half, half, thickness / 2), surface);
        if (!random.Chance(0.75)) return (mark, null);

        Vector sheet = random.Chance(0.7) ? white : Palette.Muted(ref random);
        float width = half * random.Between(1.05f, 1.6f), height = half * random.Between(1.05f, 1.6f);
        Pose behind = pose with { Origin = pose.ToWorld(new(0, 0, -(1.6f * thickness))) };
        return (mark,
            new Block(behind, new(width, height, thickness / 2), new Surface(Surface.Patterned(Patterns.Clouds, sheet * 0.9f, sheet, 1))));
    }

    private static Paint Round(Vector ink, Vector white, float half, ref Random64 random)
    {
        int rings = 2 + random.Below(5);
        Vector[] archery = [.. ((int[])[0xF0F0F0, 0x202020, 0x30A0D8, 0xE03028, 0xF8E030]).Select(Palette.Screen)];
        float cross = random.Chance(0.3) ? random.Between(0.03f, 0.08f) : 0;
        bool inverse = random.Chance(0.3);
        return random.Below(6) switch
        {
            0 => (point, _, blur) => Blend(archery, Radius(point, half), blur / half),
            1 => (point, _, blur) => (point.X * point.Y > 0) ^ inverse ? ink : white,
            2 => (point, _, blur) =>
            {
                float radius = Radius(point, half);
                Vector quarter = point.X * point.Y > 0 ? ink : white;
                return quarter.Towards(ink, Surface.Edge(radius - 0.75f, blur / half));
            }
            ,
            _ => (point, _, blur) =>
            {
                float soft = blur / half, at = Radius(point, half) * rings, share = 0;
                // The outermost ring is of ink unless the mark is inverse; rings thinner than a pixel are grey.
                for (int ring = 1; ring <= rings; ring++)
                    share += (((rings - ring) & 1) == 0 ? 1 : -1) * Surface.Edge(ring - at, soft * rings);
                Vector colour = (inverse ? ink : white).Towards(inverse ? white : ink, Math.Clamp(share, 0, 1));
                return cross == 0
                    ? colour
                    : colour.Towards(ink, Math.Max(Surface.Line(point.X / half, cross, soft), Surface.Line(point.Y / half, cross, soft)));
            }
            ,
        };
    }

    private static float Radius(Vector point, float half) => MathF.Sqrt((point.X * point.X) + (point.Y * point.Y)) / half;

    private static Vector Blend(Vector[] colours, float radius, float blur)
    {
        Vector colour = colours[^1];
        for (int ring = colours.Length - 1; ring > 0; ring--)
            colour = colour.Towards(colours[ring - 1], Surface.Edge(radius - ((colours.Length - ring) / (float)colours.Length), blur));
        return colour;
    }

    private static Paint Square(Vector ink, Vector white, float half, ref Random64 random)
    {
        int cells = random.Below(4) == 0 ? 2 : 3 + random.Below(4);
        ulong bits = random.Next64();
        bool code = random.Chance(0.55);
        int across = code ? 6 + random.Below(3) : cells;
        float[] levels = new float[across * across];
        for (int i = 0; i < levels.Length; i++)
        {
            int column = i % across, row = i / across;
            bool border = column == 0 || row == 0 || column == across - 1 || row == across - 1;
            levels[i] = code ? (border || ((bits >> (i % 64)) & 1) == 0 ? 1 : 0) : (column + row) & 1;
        }
        float middle = levels.Average();
        return (point, normal, blur) =>
        {
            (float u, float v) = ((point.X / half) + 1, (point.Y / half) + 1);
            int column = Math.Clamp((int)(u * across / 2), 0, across - 1), row = Math.Clamp((int)(v * across / 2), 0, across - 1);
            float soft = Math.Clamp((blur / half * across / 2) - 0.4f, 0, 1);
            float share = levels[(row * across) + column];
            return white.Towards(ink, share + ((middle - share) * soft));
        };
    }
}
