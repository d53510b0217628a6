using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EdgeCnn.Training.Scenes;

/// <summary>
/// Three numbers: a point in metres, a direction, or linear light in red, green, blue. Plain IEEE operations in this order, because a
/// processor's own dot product adds in an order of its own. They lie in one register, so that calls hand them over whole.
/// </summary>
internal readonly record struct Vector
{
    private readonly Vector128<float> _lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector(float x, float y, float z) => _lanes = Vector128.Create(x, y, z, 0);

    private Vector(Vector128<float> lanes) => _lanes = lanes;

    public static Vector One => new(1, 1, 1);

    public static Vector Up => new(0, 0, 1);

    public float X => _lanes.ToScalar();

    public float Y => _lanes.GetElement(1);

    public float Z
    {
        get => _lanes.GetElement(2);
        init => _lanes = _lanes.WithElement(2, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector operator +(Vector a, Vector b) => new(a._lanes + b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector operator -(Vector a, Vector b) => new(a._lanes - b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector operator -(Vector a) => new(-a._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector operator *(Vector a, Vector b) => new(a._lanes * b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector operator *(Vector a, float b) => new(a._lanes * b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Dot(Vector b)
    {
        Vector products = this * b;
        return products.X + products.Y + products.Z;
    }

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
        Vector z = new(random.Normal(), random.Normal(), random.Normal() + 0.001f), x = new(
            random.Normal(), random.Normal() + 0.001f, random.Normal());
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
