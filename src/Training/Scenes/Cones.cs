namespace EdgeCnn.Training.Scenes;

/// <summary>Traffic and sports cones: with stripes or plain, on a plate or not, tall or flat.</summary>
internal static class Cones
{
    private static readonly int[] Screens =
        [0xF26A1B, 0xFF6A00, 0xF05A14, 0xE8541E, 0xF4C81F, 0xFFD820, 0xD8201F, 0x1F55C8, 0x17963F, 0xB8E020, 0xF2F2EE];

    /// <summary>A cone of the given height that stands at a pose.</summary>
    public static IEnumerable<Solid> Make(Pose pose, float height, ref Random64 random)
    {
        bool flat = random.Chance(0.12);
        if (flat) height *= 0.4f;
        Vector colour = Palette.Any(Screens, 0.25f, ref random);
        float below = height * (flat ? random.Between(1.2f, 1.9f) : random.Between(0.24f, 0.42f));
        float above = below * (flat ? random.Between(0.3f, 0.5f) : random.Between(0.08f, 0.3f));
        int stripes = flat ? 0 : random.Below(3);
        Vector stripe = random.Chance(0.85)
            ? Palette.Near(Palette.Screen(0xEEEEEA), 0.12f, ref random)
            : Palette.Any([0x202020, 0xF0D020, 0xD02020], 0.2f, ref random);
        float first = random.Between(0.3f, 0.5f), width = random.Between(0.1f, 0.2f), gap = random.Between(0.06f, 0.14f);
        float dirt = random.Between(0, 0.4f);
        float shine = random.Chance(0.3) ? random.Between(0.1f, 0.4f) : 0.03f;
        Surface body = new(
            (point, normal, blur) =>
            {
                float at = point.Z / height, soft = blur / height, share = 0;
                for (int i = 0; i < stripes; i++)
                    share = Math.Max(share, Surface.Line(at - first - (i * (width + gap)) - (width / 2), width, soft));
                float clean = 1 - (dirt * Patterns.Clouds.At((point.X + point.Y) / height, point.Z / height, blur / height) * (1.2f - at));
                return colour.Towards(stripe, share) * clean;
            },
            shine, 3);
        List<Solid> cone = [];
        float plate = 0;
        if (!flat && random.Chance(0.7))
        {
            plate = height * random.Between(0.03f, 0.07f);
            float half = below * random.Between(1.15f, 1.45f);
            Vector plateColour = random.Chance(0.5) ? colour * 0.9f : Palette.Any([0x202020, 0x303030, 0x484848], 0.3f, ref random);
            Surface surface = new(Surface.Patterned(Patterns.Clouds, plateColour * 0.7f, plateColour, height));
            Pose middle = pose with { Origin = pose.ToWorld(new(0, 0, plate / 2)) };
            cone.Add(random.Chance(0.75)
                ? new Block(middle, new(half, half, plate / 2), surface)
                : new Frustum(pose, half, half * 0.95f, plate, surface));
        }
        cone.Add(new Frustum(pose with { Origin = pose.ToWorld(new(0, 0, plate)) }, below, above, height - plate, body));
        return cone;
    }
}
