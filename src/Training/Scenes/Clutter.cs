namespace EdgeCnn.Training.Scenes;

/// <summary>What stands around and is none of the objects: boxes that are no cubes, cans, poles, discs, people, posters.</summary>
internal static class Clutter
{
    private static readonly int[] Skins = [0xF0C8A8, 0xD8A078, 0xA87048, 0x704830, 0xE8B898];

    public static Body Make(Vector place, ref Random64 random) => random.Below(12) switch
    {
        0 or 1 or 2 => Box(place, ref random),
        3 or 4 => Can(place, ref random),
        5 => Pole(place, ref random),
        6 => Disc(place, ref random),
        7 => Dome(place, ref random),
        8 => Poster(place, ref random),
        9 => Table(place, ref random),
        _ => Person(place, ref random),
    };

    /// <summary>A box to put something on: wider than high.</summary>
    public static Block Pedestal(Vector place, float radius, float height, ref Random64 random)
    {
        Pose pose = Pose.Upright(place with { Z = height / 2 }, random.Between(0, 3));
        return new Block(
            pose, new(radius * random.Between(1.2f, 2.5f), radius * random.Between(1.2f, 2), height / 2), Any(0.5f, ref random));
    }

    private static Surface Any(float size, ref Random64 random)
    {
        Vector colour = random.Chance(0.35) ? Palette.Vivid(ref random) : Palette.Muted(ref random);
        Vector other = random.Chance(0.7) ? colour * random.Between(0.4f, 0.9f) : Palette.Muted(ref random);
        float shine = random.Chance(0.3) ? random.Between(0.1f, 0.6f) : 0.03f;
        return new Surface(
            Surface.Patterned(random.Of(Patterns.Things), other, colour, size * random.Between(0.3f, 2)), shine, 2 + random.Below(4));
    }

    /// <summary>Sides that differ enough for nobody to call it a cube.</summary>
    private static Body Box(Vector place, ref Random64 random)
    {
        float side = random.Between(0.04f, 0.3f);
        Vector half = new(
            side * random.Between(1.7f, 3), side, side * (random.Chance(0.5) ? random.Between(0.1f, 0.5f) : random.Between(2, 4)));
        Surface surface = random.Chance(0.3) ? Card(ref random) : Any(side * 2, ref random);
        return new([new Block(Pose.Upright(place + new Vector(0, 0, half.Z), random.Between(0, 3)), half, surface)], place, half.X,
            2 * half.Z, -1);
    }

    private static Surface Card(ref Random64 random)
    {
        Vector card = Palette.Any([0xB08858, 0xC09868, 0x987048], 0.2f, ref random);
        return new Surface(Surface.Patterned(random.Of([Patterns.Clouds, Patterns.Print]), card * 0.8f, card, 0.5f));
    }

    private static Body Can(Vector place, ref Random64 random)
    {
        float radius = random.Between(0.025f, 0.09f), height = radius * random.Between(2, 5), neck = random.Chance(0.3) ? 0.4f : 1;
        Surface surface = Any(radius * 2, ref random);
        if (random.Chance(0.2))
        {
            // Fallen over: a log.
            Pose lying = new(place + new Vector(0, 0, radius), new(0, 0, 1), new(0, 1, 0), new(-1, 0, 0));
            lying = lying.Rolled(Vector.Up, random.Between(0, MathF.Tau));
            return new([new Frustum(lying, radius, radius, height, surface)], place, radius, 2 * radius, -1);
        }
        List<Solid> parts = [new Frustum(Pose.Upright(place, 0), radius, radius, height * (neck < 1 ? 0.65f : 1), surface)];
        if (neck < 1)
            parts.Add(
                new Frustum(Pose.Upright(place + new Vector(0, 0, height * 0.65f), 0), radius, radius * neck, height * 0.35f, surface));
        return new(parts, place, radius, height, -1);
    }

    private static Body Pole(Vector place, ref Random64 random)
    {
        float radius = random.Between(0.01f, 0.05f), height = random.Between(0.5f, 2.5f);
        return new([new Frustum(Pose.Upright(place, 0), radius, radius, height, Any(0.3f, ref random))], place, radius, height * 0.4f, -1);
    }

    /// <summary>Round as a ball from one side and flat: a plate, a lid, a wheel, a sign.</summary>
    private static Body Disc(Vector place, ref Random64 random)
    {
        float radius = random.Between(0.05f, 0.2f), thickness = radius * random.Between(0.05f, 0.3f);
        Vector rim = Palette.Muted(ref random), hub = Palette.Vivid(ref random), ink = Palette.Muted(ref random);
        float hole = random.Between(0.15f, 0.6f);
        Surface surface = new(
            (point, _, blur) =>
            {
                Vector print = ink.Towards(hub, Patterns.Print.At(point.X / radius / 2, point.Y / radius / 2, blur / radius / 2));
                return print.Towards(
                    rim, Surface.Edge(((point.X * point.X) + (point.Y * point.Y)) / (radius * radius) - hole, blur / radius));
            },
            0.1f, 4);
        if (random.Chance(0.4))
            return new([new Frustum(Pose.Upright(place, 0), radius, radius, thickness, surface)], place, radius, thickness, -1);
        Vector facing = new Vector(random.Between(-0.8f, 0.8f), -1, random.Between(-0.1f, 0.3f)).Unit;
        Vector across = facing.Cross(Vector.Up).Unit;
        Pose pose = new(place + new Vector(0, 0, radius), across, facing.Cross(across), facing);
        return new([new Frustum(pose, radius, radius, thickness, surface)], place, radius * 0.5f, 2 * radius, -1);
    }

    /// <summary>Half round: a bowl upside down, a stone, a beanbag.</summary>
    private static Body Dome(Vector place, ref Random64 random)
    {
        float radius = random.Between(0.1f, 0.4f);
        Vector colour = Palette.Muted(ref random);
        Surface surface = new(Surface.Patterned(random.Of(Patterns.Things), colour * 0.5f, colour, radius), 0.03f);
        return new(
            [new Sphere(Pose.Upright(place - new Vector(0, 0, radius * random.Between(0.45f, 0.75f)), 0), radius, surface)], place,
            radius * 0.8f, radius * 0.4f, -1);
    }

    private static Body Poster(Vector place, ref Random64 random)
    {
        Vector half = new(random.Between(0.1f, 0.6f), 0.006f, random.Between(0.1f, 0.6f));
        Vector colour = Palette.Muted(ref random), other = random.Chance(0.5) ? Palette.Vivid(ref random) : Palette.Muted(ref random);
        Surface surface = new(
            Surface.Patterned(random.Of([Patterns.Print, Patterns.Panels, Patterns.Blotches, Patterns.Clouds]), other, colour, half.X * 2));
        Pose pose = Pose.Upright(
            place + new Vector(0, 0, half.Z + (random.Chance(0.5) ? 0 : random.Between(0.1f, 0.8f))), random.Between(-0.7f, 0.7f));
        return new([new Block(pose, half, surface)], place, half.X * 0.7f, half.Z, -1);
    }

    private static Body Table(Vector place, ref Random64 random)
    {
        Surface surface = Any(0.5f, ref random);
        float x = random.Between(0.2f, 0.7f), y = random.Between(0.2f, 0.5f), height = random.Between(
            0.35f, 0.8f), leg = random.Between(0.01f, 0.03f);
        Pose pose = Pose.Upright(place, random.Between(0, 3));
        List<Solid> parts = [new Block(pose with { Origin = place + new Vector(0, 0, height) }, new(x, y, 0.02f), surface)];
        foreach ((float sx, float sy) in (ReadOnlySpan<(float, float)>)[(-1, -1), (1, -1), (-1, 1), (1, 1)])
        {
            Vector foot = pose.ToWorld(new(sx * (x - leg), sy * (y - leg), height / 2));
            parts.Add(new Block(pose with { Origin = foot }, new(leg, leg, height / 2), surface));
        }
        return new(parts, place, Math.Max(x, y), height, -1);
    }

    /// <summary>Shoes, legs, trunk, arms and head.</summary>
    private static Body Person(Vector place, ref Random64 random)
    {
        float tall = random.Between(1.1f, 1.9f), hip = tall * 0.5f, heading = random.Between(0, MathF.Tau), stride = random.Between(
            0.05f, 0.3f);
        Surface trousers = Any(0.4f, ref random), shirt = Any(0.5f, ref random), shoe = Any(0.2f, ref random);
        Vector skinColour = Palette.Any(Skins, 0.15f, ref random), hairColour = Palette.Muted(ref random) * 0.3f;
        Surface skin = new(Surface.Patterned(Patterns.Clouds, skinColour * 0.9f, skinColour, 0.3f));
        Surface head = new((point, _, blur) => skinColour.Towards(hairColour, Surface.Edge(point.Z - (0.3f * point.X) - 0.02f, blur)));
        Pose pose = Pose.Upright(place, heading);
        List<Solid> parts = [];
        foreach (float side in (ReadOnlySpan<float>)[-1, 1])
        {
            float ahead = side * stride;
            Vector foot = new(ahead, side * tall * 0.06f, 0);
            parts.Add(
                new Block(pose with { Origin = pose.ToWorld(foot + new Vector(0.03f, 0, 0.035f)) }, new(0.13f, 0.045f, 0.035f), shoe));
            parts.Add(Limb(pose, foot + new Vector(0, 0, 0.05f), new(0, side * tall * 0.05f, hip), 0.05f, 0.08f, trousers));
            parts.Add(
                Limb(pose, new(0, side * tall * 0.12f, tall * 0.82f), new(-ahead * 0.6f, side * tall * 0.15f, hip), 0.045f, 0.035f, shirt));
        }
        parts.Add(new Frustum(pose with { Origin = pose.ToWorld(new(0, 0, hip)) }, tall * 0.09f, tall * 0.12f, tall * 0.34f, shirt));
        parts.Add(Limb(pose, new(0, 0, tall * 0.82f), new(0, 0, tall * 0.9f), 0.05f, 0.05f, skin));
        parts.Add(new Sphere(pose with { Origin = pose.ToWorld(new(0, 0, tall * 0.93f)) }, tall * 0.065f, head));
        return new(parts, place, 0.2f, tall * 0.5f, -1);
    }

    /// <summary>A round bar from one point of a pose to another.</summary>
    private static Frustum Limb(Pose pose, Vector from, Vector to, float below, float above, Surface surface)
    {
        Vector along = pose.Turned(to - from);
        float length = along.Length;
        Vector z = along * (1 / length), x = z.Cross(Math.Abs(z.Z) < 0.9f ? Vector.Up : new(1, 0, 0)).Unit;
        return new Frustum(new(pose.ToWorld(from), x, z.Cross(x), z), below, above, length, surface);
    }
}
