namespace EdgeCnn.Training.Scenes;

/// <summary>Rubber ducks: none of the arena's classes, but something new to teach a detector that knows those.</summary>
internal static class Ducks
{
    private static readonly int[] Rubber = [0xFFD81A, 0xF8C80A, 0xFFE244], Beaks = [0xF07A10, 0xE85A10, 0xD83A10];

    /// <summary>A duck of the given height that sits at a pose and looks along its x.</summary>
    public static List<Solid> Make(Pose pose, float height, ref Random64 random)
    {
        float trunk = height * 0.32f, head = height * 0.23f;
        Vector colour = Palette.Any(Rubber, 0.12f, ref random), beak = Palette.Any(Beaks, 0.15f, ref random);
        float shine = random.Between(0.1f, 0.6f);
        Surface rubber = new(Surface.Patterned(Patterns.Clouds, colour * 0.85f, colour, height), shine, 4);
        Surface face = new(
            (_, normal, blur) => colour.Towards(Vector.One * 0.01f, Math.Max(Eye(normal, 1, blur / head), Eye(normal, -1, blur / head))),
            shine, 4);
        Surface bill = new((_, _, _) => beak, shine, 4);
        Vector neck = new(trunk * 0.5f, 0, height - head), mouth = neck + new Vector(head * 0.8f, 0, -head * 0.15f);
        return
        [
            new Sphere(At(new(trunk * 0.15f, 0, trunk)), trunk, rubber),
            new Sphere(At(new(-trunk * 0.55f, 0, trunk * 0.95f)), trunk * 0.8f, rubber),
            Tapered(pose, new(-trunk * 0.9f, 0, trunk * 1.1f), new(-trunk * 1.7f, 0, trunk * 1.9f), trunk * 0.5f, trunk * 0.08f, rubber),
            new Sphere(At(neck), head, face),
            Tapered(pose, mouth, mouth + new Vector(head * 0.8f, 0, -head * 0.05f), head * 0.42f, head * 0.2f, bill),
        ];

        Pose At(Vector point) => pose with { Origin = pose.ToWorld(point) };
    }

    /// <summary>How much of an eye is seen at a direction from the head's middle; side is 1 on the left, -1 on the right.</summary>
    private static float Eye(Vector normal, int side, float blur) =>
        Surface.Edge(normal.Dot(new(0.74f, side * 0.5f, 0.45f)) - 0.955f, 0.3f * blur);

    /// <summary>A round body from one point of a pose to another.</summary>
    private static Frustum Tapered(Pose pose, Vector from, Vector to, float thick, float thin, Surface surface)
    {
        Vector along = pose.Turned(to - from);
        float length = along.Length;
        Vector z = along * (1 / length), x = z.Cross(Math.Abs(z.Z) < 0.9f ? Vector.Up : new(1, 0, 0)).Unit;
        return new Frustum(new(pose.ToWorld(from), x, z.Cross(x), z), thick, thin, length, surface);
    }
}
