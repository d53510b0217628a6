using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Augmenting;

/// <summary>
/// Moves points of one picture into another: (Xx x + Xy y + X0, Yx x + Yy y + Y0). Coordinates are those of boxes: 0 is the left edge of
/// the first pixel.
/// </summary>
internal readonly record struct Affine(float Xx, float Xy, float X0, float Yx, float Yy, float Y0)
{
    public static Affine Move(float x, float y) => new(1, 0, x, 0, 1, y);

    public static Affine Scale(float x, float y) => new(x, 0, 0, 0, y, 0);

    /// <summary>Clockwise as seen, because y points down.</summary>
    public static Affine Rotate(float radians)
    {
        (float sin, float cos) = Angle.SinCos(radians);
        return new(cos, -sin, 0, sin, cos, 0);
    }

    public static Affine Shear(float x) => new(1, x, 0, 0, 1, 0);

    /// <summary>First this one, then <paramref name="next"/>.</summary>
    public Affine Then(Affine next)
    {
        (float x0, float y0) = next.Apply(X0, Y0);
        return new(
            (next.Xx * Xx) + (next.Xy * Yx), (next.Xx * Xy) + (next.Xy * Yy), x0,
            (next.Yx * Xx) + (next.Yy * Yx), (next.Yx * Xy) + (next.Yy * Yy), y0);
    }

    public Affine Inverse()
    {
        float determinant = (Xx * Yy) - (Xy * Yx);
        float xx = Yy / determinant, xy = -Xy / determinant, yx = -Yx / determinant, yy = Xx / determinant;
        return new(xx, xy, -((xx * X0) + (xy * Y0)), yx, yy, -((yx * X0) + (yy * Y0)));
    }

    public (float X, float Y) Apply(float x, float y) => ((Xx * x) + (Xy * y) + X0, (Yx * x) + (Yy * y) + Y0);

    /// <summary>The upright box around the moved one.</summary>
    public Box Apply(Box box)
    {
        (float x0, float y0) = Apply(box.Left, box.Top);
        (float x1, float y1) = Apply(box.Right, box.Top);
        (float x2, float y2) = Apply(box.Left, box.Bottom);
        (float x3, float y3) = Apply(box.Right, box.Bottom);
        return new(
            box.ClassId,
            Math.Min(Math.Min(x0, x1), Math.Min(x2, x3)),
            Math.Min(Math.Min(y0, y1), Math.Min(y2, y3)),
            Math.Max(Math.Max(x0, x1), Math.Max(x2, x3)),
            Math.Max(Math.Max(y0, y1), Math.Max(y2, y3)));
    }
}
