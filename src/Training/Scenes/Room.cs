namespace EdgeCnn.Training.Scenes;

/// <summary>What is around: a floor, walls on three sides up to some height, and whatever lies behind them.</summary>
/// <param name="Floor">At z = 0.</param>
/// <param name="Wall">At x = Left, x = Right and y = Far.</param>
/// <param name="Beyond">Painted by direction.</param>
/// <param name="Left">In metres.</param>
/// <param name="Right">In metres.</param>
/// <param name="Far">In metres.</param>
/// <param name="Height">Of the walls, in metres.</param>
internal sealed record Room(Surface Floor, Surface Wall, Paint Beyond, float Left, float Right, float Far, float Height)
{
    public const int FloorId = -1, WallId = -2, BeyondId = -3;

    private static readonly int[] Grounds =
        [0x8A8A88, 0xB0AEA8, 0x6A6E70, 0xC8C0B0, 0x3A7A3A, 0x2F6F35, 0x9A7048, 0xB88A58, 0x444A55, 0xD8D8D4, 0x7A3030, 0x305080];

    public static Room Make(ref Random64 random)
    {
        float size = random.Chance(0.5) ? random.Between(1.2f, 3) : random.Between(2.5f, 9);
        return new(
            new Surface(FloorPaint(ref random), random.Chance(0.35) ? random.Between(0.05f, 0.5f) : 0, 2 + random.Below(3)),
            new Surface(Layered(Patterns.Walls, Palette.Muted(ref random), random.Between(0.3f, 3), ref random), 0),
            BeyondPaint(ref random),
            -size * random.Between(0.5f, 1.2f),
            size * random.Between(0.5f, 1.2f),
            size,
            random.Chance(0.4) ? random.Between(0.1f, 0.5f) : random.Between(0.8f, 3));
    }

    /// <summary>What a ray from the eye meets, and how far away.</summary>
    public (int Id, float Distance) Meet(Vector eye, Vector ray)
    {
        float floor = ray.Z < 0 ? -eye.Z / ray.Z : Solid.Missed;
        float side = ray.X > 0 ? (Right - eye.X) / ray.X : (Left - eye.X) / ray.X;
        float wall = Math.Min(side > 0 ? side : Solid.Missed, ray.Y > 0 ? (Far - eye.Y) / ray.Y : Solid.Missed);
        if (floor <= wall) return floor < 1e4f ? (FloorId, floor) : (BeyondId, 1e4f);
        return wall < 1e4f && eye.Z + (wall * ray.Z) <= Height ? (WallId, wall) : (BeyondId, 1e4f);
    }

    public Vector WallNormal(Vector point)
    {
        float far = Math.Abs(Far - point.Y), left = Math.Abs(point.X - Left), right = Math.Abs(Right - point.X);
        if (far <= left && far <= right) return new(0, -1, 0);
        return left < right ? new(1, 0, 0) : new(-1, 0, 0);
    }

    private static Paint Layered(ReadOnlySpan<Pattern> patterns, Vector colour, float size, ref Random64 random)
    {
        Vector other = random.Chance(0.6)
            ? Palette.Near(colour, 0.5f, ref random) * random.Between(0.4f, 0.95f)
            : Palette.Muted(ref random);
        Paint ground = Surface.Patterned(random.Of(patterns), other, colour, size);
        Pattern stains = random.Of([Patterns.Clouds, Patterns.Carpet, Patterns.Grain]);
        float strength = random.Between(0, 0.5f), stainSize = size * random.Between(0.3f, 4);
        return (point, normal, blur) =>
        {
            (float u, float v) = Surface.Flat(point, normal);
            return ground(point, normal, blur) * (1 - (strength * stains.At(u / stainSize, v / stainSize, blur / stainSize)));
        };
    }

    private static Paint FloorPaint(ref Random64 random)
    {
        Vector colour = random.Chance(0.65) ? Palette.Any(Grounds, 0.3f, ref random) : Palette.Muted(ref random);
        Paint ground = Layered(Patterns.Floors, colour, random.Between(0.3f, 2.5f), ref random);
        (float sin, float cos) = Angle.SinCos(random.Between(0, MathF.Tau));
        Paint turned = (point, normal, blur) =>
            ground(new((cos * point.X) - (sin * point.Y), (sin * point.X) + (cos * point.Y), 0), normal, blur);
        Paint lined = random.Chance(0.35) ? Lines(turned, ref random) : turned;
        return random.Chance(0.2) ? Cable(lined, ref random) : lined;
    }

    /// <summary>Marks of a playing field: two straight lines and an arc.</summary>
    private static Paint Lines(Paint ground, ref Random64 random)
    {
        Vector colour = random.Chance(0.7) ? Palette.Screen(0xEAEAE6) : Palette.Vivid(ref random);
        float width = random.Between(0.02f, 0.06f), across = random.Between(0.4f, 3), along = random.Between(-1.5f, 1.5f);
        float radius = random.Between(0.4f, 1.5f), slant = random.Between(-0.3f, 0.3f);
        Vector centre = new(random.Between(-1, 1), random.Between(0.5f, 4), 0);
        bool circle = random.Chance(0.5);
        return (point, normal, blur) =>
        {
            float paint = Math.Max(
                Surface.Line(point.Y - across - (slant * point.X), width, blur),
                Surface.Line(point.X - along + (slant * point.Y), width, blur));
            float x = point.X - centre.X, y = point.Y - centre.Y;
            if (circle) paint = Math.Max(paint, Surface.Line(MathF.Sqrt((x * x) + (y * y)) - radius, width, blur));
            return ground(point, normal, blur).Towards(colour, 0.9f * paint);
        };
    }

    private static Paint Cable(Paint ground, ref Random64 random)
    {
        Vector colour = random.Chance(0.7) ? Palette.Screen(0x1C1C1C) : Palette.Vivid(ref random);
        float at = random.Between(0.4f, 3), swing = random.Between(0.02f, 0.4f), wave = random.Between(
            0.8f, 4), width = random.Between(0.006f, 0.02f);
        float phase = random.Between(0, 6), slope = random.Between(-0.8f, 0.8f);
        return (point, normal, blur) =>
        {
            Vector floor = ground(point, normal, blur);
            float distance = point.Y - at - (slope * point.X);
            if (Math.Abs(distance) > swing + width + blur) return floor;
            return floor.Towards(colour, Surface.Line(distance - (swing * Angle.Sin((wave * point.X) + phase)), width, blur));
        };
    }

    /// <summary>A hall, a garden, a window: large soft shapes by azimuth and elevation, with some hard edges.</summary>
    private static Paint BeyondPaint(ref Random64 random)
    {
        Vector low = Palette.Muted(ref random), high = Palette.Muted(ref random) * random.Between(0.6f, 1.4f), other = Palette.Muted(
            ref random);
        float shift = random.Single(), mix = random.Between(0, 1), size = random.Between(1, 4);
        Pattern shapes = random.Of([Patterns.Clouds, Patterns.Panels, Patterns.Blotches, Patterns.Carpet, Patterns.Bricks]);
        float window = random.Chance(0.3) ? random.Between(1.5f, 5) : 0;
        return (direction, _, blur) =>
        {
            float azimuth = direction.X / (Math.Abs(direction.Y) + 0.3f), elevation = direction.Z / (Math.Abs(direction.Y) + 0.3f);
            Vector colour = low.Towards(high, Math.Clamp((elevation * 1.2f) + 0.3f, 0, 1));
            float shape = shapes.At((azimuth / size) + shift, (elevation / size) + shift, blur);
            colour = colour.Towards(other, mix * shape);
            bool lit = window > 0 && Patterns.Panels.At((azimuth * 0.4f) + shift, elevation * 0.5f, blur) > 0.85f;
            return lit ? Vector.One * window : colour;
        };
    }
}
