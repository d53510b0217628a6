namespace EdgeCnn.Training.Scenes;

/// <summary>A body that a ray can meet. Rays are given in its own coordinates; directions need not have the length 1.</summary>
/// <param name="pose">Where it is.</param>
/// <param name="surface">What it looks like.</param>
internal abstract class Solid(Pose pose, Surface surface)
{
    public const float Missed = float.PositiveInfinity;

    public Pose Pose { get; set; } = pose;

    public Surface Surface { get; } = surface;

    /// <summary>Which object of the scene it belongs to; -1 for clutter.</summary>
    public int Owner { get; set; } = -1;

    /// <summary>The box around it, in its own coordinates.</summary>
    public abstract (Vector Low, Vector High) Bounds { get; }

    /// <summary>The first point of the ray at or after its origin, in lengths of the direction, or <see cref="Missed"/>.</summary>
    public abstract float Meet(Vector origin, Vector direction);

    /// <summary>Outwards at a point of the surface, of length 1.</summary>
    public abstract Vector Normal(Vector point);
}

internal sealed class Sphere(Pose pose, float radius, Surface surface) : Solid(pose, surface)
{
    public float Radius => radius;

    public override (Vector Low, Vector High) Bounds => (Vector.One * -radius, Vector.One * radius);

    public override float Meet(Vector origin, Vector direction)
    {
        float a = direction.Dot(direction), b = origin.Dot(direction), c = origin.Dot(origin) - (radius * radius);
        float discriminant = (b * b) - (a * c);
        if (discriminant < 0) return Missed;
        float t = (-b - MathF.Sqrt(discriminant)) / a;
        return t > 0 ? t : Missed;
    }

    public override Vector Normal(Vector point) => point * (1 / radius);
}

/// <summary>A cone without its tip, a cylinder or a disc: upright on z = 0, with a radius below and another above.</summary>
internal sealed class Frustum(Pose pose, float below, float above, float height, Surface surface) : Solid(pose, surface)
{
    private readonly float _slope = (above - below) / height;

    public float Height => height;

    public override (Vector Low, Vector High) Bounds
    {
        get
        {
            float radius = Math.Max(below, above);
            return (new(-radius, -radius, 0), new(radius, radius, height));
        }
    }

    public override float Meet(Vector origin, Vector direction)
    {
        float best = Missed;
        // x^2 + y^2 = (below + slope z)^2 along the ray.
        float radius = below + (_slope * origin.Z), change = _slope * direction.Z;
        float a = (direction.X * direction.X) + (direction.Y * direction.Y) - (change * change);
        float b = (origin.X * direction.X) + (origin.Y * direction.Y) - (radius * change);
        float c = (origin.X * origin.X) + (origin.Y * origin.Y) - (radius * radius);
        float discriminant = (b * b) - (a * c);
        if (discriminant >= 0 && a != 0)
        {
            float root = MathF.Sqrt(discriminant);
            Try((-b - root) / a);
            Try((-b + root) / a);
        }
        Cap(0, below);
        Cap(height, above);
        return best;

        void Try(float t)
        {
            float z = origin.Z + (t * direction.Z);
            if (t > 0 && t < best && z >= 0 && z <= height) best = t;
        }

        void Cap(float z, float capRadius)
        {
            float t = (z - origin.Z) / direction.Z;
            if (!(t > 0 && t < best)) return;
            float x = origin.X + (t * direction.X), y = origin.Y + (t * direction.Y);
            if ((x * x) + (y * y) <= capRadius * capRadius) best = t;
        }
    }

    public override Vector Normal(Vector point)
    {
        float edge = 1e-3f * height;
        if (point.Z >= height - edge && Inside(above)) return Vector.Up;
        if (point.Z <= edge && Inside(below)) return -Vector.Up;
        float length = MathF.Sqrt((point.X * point.X) + (point.Y * point.Y)) + 1e-9f;
        return new Vector(point.X / length, point.Y / length, -_slope).Unit;

        bool Inside(float radius) => (point.X * point.X) + (point.Y * point.Y) < 0.998f * radius * radius;
    }
}

/// <summary>A box around its origin, given by half its sides.</summary>
internal sealed class Block(Pose pose, Vector half, Surface surface) : Solid(pose, surface)
{
    public Vector Half => half;

    public override (Vector Low, Vector High) Bounds => (-half, half);

    public override float Meet(Vector origin, Vector direction)
    {
        float near = 0, far = Missed;
        Slab(origin.X, direction.X, half.X, ref near, ref far);
        Slab(origin.Y, direction.Y, half.Y, ref near, ref far);
        Slab(origin.Z, direction.Z, half.Z, ref near, ref far);
        return near <= far && near > 0 ? near : Missed;

        static void Slab(float origin, float direction, float half, ref float near, ref float far)
        {
            float inverse = 1 / direction, a = (-half - origin) * inverse, b = (half - origin) * inverse;
            near = Math.Max(near, Math.Min(a, b));
            far = Math.Min(far, Math.Max(a, b));
        }
    }

    public override Vector Normal(Vector point)
    {
        float x = Math.Abs(point.X) - half.X, y = Math.Abs(point.Y) - half.Y, z = Math.Abs(point.Z) - half.Z;
        if (x >= y && x >= z) return new(MathF.CopySign(1, point.X), 0, 0);
        return y >= z ? new(0, MathF.CopySign(1, point.Y), 0) : new(0, 0, MathF.CopySign(1, point.Z));
    }
}
