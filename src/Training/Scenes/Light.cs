namespace EdgeCnn.Training.Scenes;

/// <summary>Light that falls on a scene.</summary>
/// <param name="Towards">The direction to the main light, of length 1, from above.</param>
/// <param name="Key">The main light.</param>
/// <param name="Sky">What comes from above.</param>
/// <param name="Bounce">What comes from the floor.</param>
/// <param name="Lamp">The middle of a pool of light on the floor.</param>
/// <param name="LampRadius">Of the pool, in metres.</param>
/// <param name="LampGain">How much brighter it is there.</param>
/// <param name="Softness">Of shadows' edges, in their radii.</param>
internal sealed record Light(
    Vector Towards, Vector Key, Vector Sky, Vector Bounce, Vector Lamp, float LampRadius, float LampGain, float Softness)
{
    public static Light Make(ref Random64 random)
    {
        Vector towards = new Vector(random.Normal(), random.Normal() - 0.4f, random.Between(0.5f, 2.5f)).Unit;
        Vector tint = random.Chance(0.5) ? Tint(0.08f, ref random) : Tint(0.2f, ref random);
        float key = random.Between(0.15f, 1), sky = random.Between(0.25f, 0.6f);
        Vector skyTint = Tint(0.15f, ref random);
        return new(
            towards, tint * key, skyTint * sky, Tint(0.2f, ref random) * (sky * random.Between(0.3f, 0.8f)),
            new(random.Between(-2, 2), random.Between(0, 4), 0), random.Between(0.5f, 3), random.Chance(0.4) ? random.Between(0.2f, 2) : 0,
            random.Between(0.06f, 0.6f));
    }

    /// <summary>How much brighter or darker it is at a place.</summary>
    public float At(Vector point)
    {
        if (LampGain == 0) return 1;
        float x = (point.X - Lamp.X) / LampRadius, y = (point.Y - Lamp.Y) / LampRadius;
        return 1 + (LampGain / (1 + (x * x) + (y * y)));
    }

    /// <summary>What a point gives back.</summary>
    /// <param name="normal">Of length 1.</param>
    /// <param name="colour">Of the surface.</param>
    /// <param name="open">Share of the surroundings' light that reaches it.</param>
    public Vector Reflect(Vector normal, Vector colour, float open)
    {
        // Lamps and skies have a size: light reaches a little around the edge.
        float facing = Math.Clamp((normal.Dot(Towards) + 0.15f) / 1.15f, 0, 1);
        return colour * ((Key * facing) + (Bounce.Towards(Sky, 0.5f + (0.5f * normal.Z)) * open));
    }

    private static Vector Tint(float strength, ref Random64 random)
    {
        // Warm to cold, with a little green or magenta.
        float warm = strength * random.Between(-1, 1), green = strength * 0.25f * random.Between(-1, 1);
        return new(1 + warm, 1 + green, 1 - warm);
    }
}

/// <summary>A dark ellipse on the floor.</summary>
internal readonly record struct Shadow(Vector Centre, Vector Along, float Length, float Width, float Strength, float Softness)
{
    /// <summary>The share of light that is left at a place.</summary>
    public float At(float x, float y)
    {
        (x, y) = (x - Centre.X, y - Centre.Y);
        float a = ((x * Along.X) + (y * Along.Y)) / Length, b = ((y * Along.X) - (x * Along.Y)) / Width;
        float distance = MathF.Sqrt((a * a) + (b * b));
        float dark = Math.Clamp((1 + Softness - distance) / (2 * Softness), 0, 1);
        return 1 - (Strength * dark * dark * (3 - (2 * dark)));
    }

    public float Reach => Math.Max(Length, Width) * (1 + Softness);
}
