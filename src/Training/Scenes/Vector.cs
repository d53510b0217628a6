using System.Runtime.CompilerServices;

namespace EdgeCnn.Training.Scenes;

/// <summary>
/// Three numbers: a point in metres, a direction, or linear light in red, green, blue. Plain IEEE operations in this order, because a processor's own
/// dot product adds in an order of its own.
/// </summary>
internal readonly record struct Vector(float X, float Y, float Z)
{
    public static Vector One => new(1, 1, 1);

    public static Vector Up => new(0, 0, 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector operator +(Vector a, Vector b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector operator -(Vector a, Vector b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector operator -(Vector a) => new(-a.X, -a.Y, -a.Z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector operator *(Vector a, Vector b) => new(a.X * b.X, a.Y * b.Y, a.Z * b.Z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector operator *(Vector a, float b) => new(a.X * b, a.Y * b, a.Z * b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Dot(Vector b) => (X * b.X) + (Y * b.Y) + (Z * b.Z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector Cross(Vector b) => new((Y * b.Z) - (Z * b.Y), (Z * b.X) - (X * b.Z), (X * b.Y) - (Y * b.X));

    public float Length => MathF.Sqrt(Dot(this));

    public Vector Unit => this * (1 / Length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector Towards(Vector b, float share) => this + ((b - this) * share);
}

/// <summary>Where a thing is and how it is turned: its own axes, written in the world's. Nothing is scaled.</summary>
internal readonly record struct Pose(Vector Origin, Vector X, Vector Y, Vector Z)
{
    public static Pose Upright(Vector origin, float heading)
    {
        (float sin, float cos) = Angle.SinCos(heading);
        return new(origin, new(cos, sin, 0), new(-sin, cos, 0), Vector.Up);
    }

    /// <summary>Any direction is equally likely to be up.</summary>
    public static Pose Tumbled(Vector origin, ref Random64 random)
    {
        Vector z = new(random.Normal(), random.Normal(), random.Normal() + 0.001f), x = new(random.Normal(), random.Normal() + 0.001f, random.Normal());
        z = z.Unit;
        x = (x - (z * x.Dot(z))).Unit;
        return new(origin, x, z.Cross(x), z);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector ToWorld(Vector point) => Origin + Turned(point);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector Turned(Vector direction) => (X * direction.X) + (Y * direction.Y) + (Z * direction.Z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector ToLocal(Vector point) => Local(point - Origin);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector Local(Vector direction) => new(direction.Dot(X), direction.Dot(Y), direction.Dot(Z));

    /// <summary>Turned by an angle about an axis of the world through the origin (Rodrigues).</summary>
    public Pose Rolled(Vector axis, float radians)
    {
        (float sin, float cos) = Angle.SinCos(radians);
        return this with { X = Turn(X), Y = Turn(Y), Z = Turn(Z) };

        Vector Turn(Vector v) => (v * cos) + (axis.Cross(v) * sin) + (axis * (axis.Dot(v) * (1 - cos)));
    }
}
