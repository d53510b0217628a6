namespace EdgeCnn.Training.Scenes;

/// <summary>How a thing moves: to and fro about its place, up and down, turning, rolling if it is a ball.</summary>
/// <param name="SwingX">In metres.</param>
/// <param name="SwingY">In metres.</param>
/// <param name="Rate">Radians per second of the swing.</param>
/// <param name="Phase">Where in the swing it begins.</param>
/// <param name="Bounce">Metres upwards.</param>
/// <param name="Spin">Radians per second about the vertical.</param>
/// <param name="Rolls">Whether it rolls where it swings.</param>
internal readonly record struct Motion(float SwingX, float SwingY, float Rate, float Phase, float Bounce, float Spin, bool Rolls)
{
    public static Motion Make(float size, bool ball, ref Random64 random)
    {
        float swing = random.Between(0.5f, ball ? 4 : 1.2f) * size;
        (float sin, float cos) = Angle.SinCos(random.Between(0, MathF.Tau));
        return new(
            swing * cos, swing * sin, random.Between(0.4f, ball ? 1.6f : 0.6f), random.Between(0, MathF.Tau),
            ball && random.Chance(0.25) ? random.Between(0.3f, 1.5f) * size : 0, ball ? 0 : random.Between(-0.5f, 0.5f), ball);
    }

    public Vector At(double seconds)
    {
        // Everything begins where it was put.
        double turn = (Rate * seconds) + Phase;
        float along = Angle.Sin(turn) - Angle.Sin(Phase), across = Angle.Sin((0.7 * turn) + 1) - Angle.Sin((0.7 * Phase) + 1);
        return new((SwingX * along) - (0.5f * SwingY * across), (SwingY * along) + (0.5f * SwingX * across),
            Bounce * Math.Abs(Angle.Sin(2.3 * Rate * seconds)));
    }
}

/// <summary>Solids that stay together: a thing of the scene.</summary>
/// <param name="solids">Its parts, posed for time 0.</param>
/// <param name="origin">Where it stands.</param>
/// <param name="radius">Of the circle on the floor that it needs.</param>
/// <param name="height">Of its shadow's cause.</param>
/// <param name="classId">-1 for clutter.</param>
/// <param name="motion">How it moves.</param>
internal sealed class Body(IReadOnlyList<Solid> solids, Vector origin, float radius, float height, int classId, Motion motion = default)
{
    private readonly Pose[] _poses = [.. solids.Select(solid => solid.Pose)];

    public IReadOnlyList<Solid> Solids => solids;

    public Vector Origin => origin;

    public float Radius => radius;

    public int ClassId => classId;

    /// <summary>Puts the parts where they are at a time.</summary>
    public void MoveTo(double seconds)
    {
        if (motion == default) return;
        Vector moved = motion.At(seconds), rolled = moved with { Z = 0 };
        float distance = rolled.Length;
        for (int i = 0; i < solids.Count; i++)
        {
            Pose pose = _poses[i] with { Origin = _poses[i].Origin - origin };
            if (motion.Spin != 0) pose = Turned(pose, Vector.Up, (float)(motion.Spin * seconds));
            if (motion.Rolls && distance > 1e-5f) pose = pose.Rolled(Vector.Up.Cross(rolled * (1 / distance)), distance / radius);
            solids[i].Pose = pose with { Origin = pose.Origin + origin + moved };
        }
    }

    /// <summary>What it darkens: a spot where it touches the floor, and a longer one away from the light.</summary>
    public void CastShadows(Light light, double seconds, List<Shadow> shadows)
    {
        Vector place = origin + motion.At(seconds);
        float key = light.Key.Y / (light.Key.Y + light.Sky.Y + 1e-6f), above = Math.Max(0, place.Z);
        Vector along = (light.Towards with { Z = 0 }) + new Vector(1e-4f, 0, 0);
        float slope = Math.Min(along.Length / light.Towards.Z, 2.5f), reach = slope * height / 2;
        along = along.Unit;
        Vector centre = place - (along * (slope * (above + (height / 2))));
        shadows.Add(new(centre, along, radius + reach, radius, 0.85f * key, light.Softness + (0.3f * above / (above + radius))));
        if (above < radius) shadows.Add(new(place, along, radius * 1.1f, radius * 1.1f, 0.55f * (1 - (above / radius)), 0.5f));
    }

    private static Pose Turned(Pose pose, Vector axis, float radians)
    {
        // The part's own place goes around with its axes.
        Pose place = new Pose(default, pose.Origin, default, default).Rolled(axis, radians);
        return pose.Rolled(axis, radians) with { Origin = place.X };
    }
}
