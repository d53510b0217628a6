namespace EdgeCnn.Training.Losses;

/// <summary>A box's corners; as a gradient, what each corner's coordinate contributes.</summary>
public readonly record struct Corners(double Left, double Top, double Right, double Bottom)
{
    public double Width => Right - Left;

    public double Height => Bottom - Top;

    public static Corners operator +(Corners a, Corners b) => new(a.Left + b.Left, a.Top + b.Top, a.Right + b.Right, a.Bottom + b.Bottom);

    public static Corners operator *(double factor, Corners a) =>
        new(factor * a.Left, factor * a.Top, factor * a.Right, factor * a.Bottom);
}

/// <summary>How alike two boxes are: 1 for equal ones.</summary>
public enum BoxMeasure
{
    /// <summary>Intersection over union.</summary>
    Iou,

    /// <summary>Less the share of the enclosing box that neither covers. Rezatofighi 2019, "Generalized Intersection over Union".</summary>
    Giou,

    /// <summary>
    /// Less the squared distance of the centres over that of the enclosing box's corners. Zheng 2020, "Distance-IoU Loss".
    /// </summary>
    Diou,

    /// <summary>
    /// <see cref="Diou"/> less alpha v, with v = 4/pi^2 (atan(w'/h') - atan(w/h))^2 and alpha = v / (1 - IoU + v), which counts as
    /// constant. Zheng 2020.
    /// </summary>
    Ciou,
}

/// <summary>Measures of two boxes' likeness, and their gradients. The loss of a box is 1 less the measure.</summary>
public static class BoxOverlap
{
    /// <summary>Keeps quotients of empty boxes finite.</summary>
    private const double Tiny = 1e-7;

    /// <summary>The measure of a box against another.</summary>
    public static double Of(BoxMeasure measure, in Corners box, in Corners target) => Of(measure, box, target, out _);

    /// <param name="measure">Which.</param>
    /// <param name="box">As predicted; right is not less than left, bottom not less than top.</param>
    /// <param name="target">As it should be.</param>
    /// <param name="gradient">d(measure) / d(corner) of <paramref name="box"/>.</param>
    public static double Of(BoxMeasure measure, in Corners box, in Corners target, out Corners gradient)
    {
        double union = Union(box, target, out double intersection, out Corners dIntersection, out Corners dUnion);
        double value = intersection / (union + Tiny);
        gradient = 1 / (union + Tiny) * (dIntersection + -value * dUnion);
        if (measure == BoxMeasure.Iou) return value;

        double iou = value;
        Enclosing enclosing = new(box, target);
        if (measure == BoxMeasure.Giou)
        {
            // -(C - U) / C = U / C - 1
            double area = enclosing.Width * enclosing.Height + Tiny, filled = union / area;
            gradient += 1 / area * (dUnion + -filled * enclosing.Area);
            return value + filled - 1;
        }
        double dx = (box.Left + box.Right - target.Left - target.Right) / 2, dy = (box.Top + box.Bottom - target.Top - target.Bottom) / 2;
        double diagonal = enclosing.Width * enclosing.Width + enclosing.Height * enclosing.Height + Tiny;
        double distance = (dx * dx + dy * dy) / diagonal;
        value -= distance;
        gradient += -1 / diagonal * (new Corners(dx, dy, dx, dy) + -distance * enclosing.Diagonal);
        if (measure == BoxMeasure.Diou) return value;

        double w = box.Width, h = box.Height, turn = Math.Atan2(target.Width, target.Height) - Math.Atan2(w, h);
        double v = 4 / (Math.PI * Math.PI) * turn * turn, alpha = v / (1 - iou + v + Tiny);
        double slope = 8 / (Math.PI * Math.PI) * turn / (w * w + h * h + Tiny) * alpha;
        // d(atan(w/h))/dw = h / (w^2 + h^2), and -w / (w^2 + h^2) to h; the measure loses alpha v.
        gradient += new Corners(-slope * h, slope * w, slope * h, -slope * w);
        return value - alpha * v;
    }

    private static double Union(in Corners a, in Corners b, out double intersection, out Corners dIntersection, out Corners dUnion)
    {
        double width = Math.Min(a.Right, b.Right) - Math.Max(a.Left, b.Left);
        double height = Math.Min(a.Bottom, b.Bottom) - Math.Max(a.Top, b.Top);
        bool meet = width > 0 && height > 0;
        intersection = meet ? width * height : 0;
        dIntersection = meet
            ? new Corners(
                a.Left > b.Left ? -height : 0, a.Top > b.Top ? -width : 0, a.Right < b.Right ? height : 0, a.Bottom < b.Bottom ? width : 0)
            : default;
        dUnion = new Corners(-a.Height, -a.Width, a.Height, a.Width) + -1 * dIntersection;
        return a.Width * a.Height + b.Width * b.Height - intersection;
    }

    /// <summary>The smallest box around two, and how its area and squared diagonal follow the first one's corners.</summary>
    private readonly ref struct Enclosing(in Corners a, in Corners b)
    {
        private readonly bool _left = a.Left < b.Left, _top = a.Top < b.Top, _right = a.Right > b.Right, _bottom = a.Bottom > b.Bottom;

        public double Width { get; } = Math.Max(a.Right, b.Right) - Math.Min(a.Left, b.Left);

        public double Height { get; } = Math.Max(a.Bottom, b.Bottom) - Math.Min(a.Top, b.Top);

        public Corners Area => Sides(Height, Width);

        public Corners Diagonal => Sides(2 * Width, 2 * Height);

        private Corners Sides(double perWidth, double perHeight) =>
            new(_left ? -perWidth : 0, _top ? -perHeight : 0, _right ? perWidth : 0, _bottom ? perHeight : 0);
    }
}
