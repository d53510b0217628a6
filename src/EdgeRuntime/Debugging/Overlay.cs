using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Tracking;
using EdgeCnn.Models.Tasks;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>
/// Draws what was seen upon the picture it was seen in. Lines and letters grow with the picture, each class has its own colour, and the
/// same one in every picture.
/// </summary>
public static class Overlay
{
    private static readonly Scalar White = new(255, 255, 255);
    private static readonly Scalar Black = new(0, 0, 0);

    /// <summary>Boxes with class and confidence.</summary>
    public static void Draw(Frame frame, IReadOnlyList<Detection> detections, IReadOnlyList<string> labels)
    {
        var pen = new Pen(frame.Mat);
        // The most confident last, so that it is on top.
        for (int i = detections.Count - 1; i >= 0; i--)
        {
            Detection detection = detections[i];
            Scalar colour = ClassColour(detection.ClassId);
            pen.Box(detection.Box, colour, pen.Thickness);
            pen.Label(detection.Box, Text($"{Name(detection.ClassId, labels)} {detection.Confidence:0.00}"), colour);
        }
    }

    /// <summary>The classifier's answers, best first, in the top-left corner.</summary>
    public static void Draw(Frame frame, IReadOnlyList<ClassScore> classes, IReadOnlyList<string> labels)
    {
        var pen = new Pen(frame.Mat);
        int y = 0;
        foreach (ClassScore answer in classes)
            y = pen.Plate(0, y, Text($"{Name(answer.ClassId, labels)} {answer.Confidence:0.00}"), ClassColour(answer.ClassId));
    }

    /// <summary>
    /// The classes of all pixels as colours that let the picture through, with their borders, and a legend of what covers a hundredth or
    /// more; a class called background has no colour.
    /// </summary>
    /// <param name="frame">Drawn upon.</param>
    /// <param name="mask">The class of each pixel, the frame's height x width.</param>
    /// <param name="labels">By class id.</param>
    public static void Draw(Frame frame, ReadOnlySpan<byte> mask, IReadOnlyList<string> labels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(mask.Length, frame.Width * frame.Height);
        Scalar[] colours = [.. Enumerable.Range(0, Segmenter.MostClasses + 1).Select(ClassColour)];
        int background = labels.ToList()
            .FindIndex(label => label == "background"), border = Math.Max(1, Math.Min(frame.Width, frame.Height) / 300);
        int[] counts = new int[colours.Length];
        Span<byte> pixels = frame.Pixels;
        for (int y = 0; y < frame.Height; y++)
        {
            Span<byte> row = pixels.Slice(y * frame.Stride, 3 * frame.Width);
            for (int x = 0; x < frame.Width; x++)
            {
                int at = (y * frame.Width) + x, id = mask[at];
                counts[id]++;
                bool edge = (x >= border && mask[at - border] != id) || (y >= border && mask[at - (border * frame.Width)] != id);
                if (id == background && !edge) continue;
                Scalar colour = edge ? White : colours[id];
                double share = edge ? 0.8 : 0.5;
                Span<byte> pixel = row.Slice(3 * x, 3);
                pixel[0] = (byte)(pixel[0] + (share * (colour.Val0 - pixel[0])));
                pixel[1] = (byte)(pixel[1] + (share * (colour.Val1 - pixel[1])));
                pixel[2] = (byte)(pixel[2] + (share * (colour.Val2 - pixel[2])));
            }
        }
        Pen pen = new(frame.Mat);
        int top = 0;
        foreach (int id in Enumerable.Range(0, counts.Length).OrderByDescending(id => counts[id]))
        {
            double share = 100.0 * counts[id] / mask.Length;
            if (id == background || share < 1) continue;
            top = pen.Plate(0, top, Text($"{Name(id, labels)} {share:0} %"), colours[id]);
        }
    }

    /// <summary>
    /// Everything that the pipeline made of a frame: tracks where there are any, else detections; the target; the classifier's answers.
    /// </summary>
    public static void Draw(Frame frame, Report report)
    {
        if (report.Tracks.Count == 0) Draw(frame, report.Detections, report.Labels);
        Draw(frame, report.Classes, report.Labels);
        var pen = new Pen(frame.Mat);
        // Below the tracks, so that it hides no label.
        if (report.Target is { } target) Draw(pen, target);
        foreach (Track track in report.Tracks)
        {
            Scalar colour = ClassColour(track.ClassId);
            // What is only predicted is thin.
            pen.Box(track.Box, colour, track.Predicted ? 1 : pen.Thickness);
            pen.Label(track.Box, Text($"#{track.Id} {Name(track.ClassId, report.Labels)} {track.Confidence:0.00}"), colour);
        }
    }

    private static void Draw(Pen pen, Target target)
    {
        pen.Cross(pen.Width / 2f, pen.Height / 2f);
        pen.Corners(target.Track.Box);
        pen.Line(pen.Width / 2f, pen.Height / 2f, target.Track.Box.CentreX, target.Track.Box.CentreY);
        string distance = target.DistanceMillimetres > 0 ? Text($"  {target.DistanceMillimetres / 1000:0.0} m") : "";
        pen.Plate(0, pen.Height,
            Text($"target #{target.Track.Id}  yaw {target.YawDegrees:+0.0;-0.0}  pitch {target.PitchDegrees:+0.0;-0.0}{distance}"), White);
    }

    /// <summary>Hues a golden angle apart: neighbouring class ids differ most.</summary>
    internal static Scalar ClassColour(int classId)
    {
        double hue = ((classId * 137.508) + 140) % 360 / 60;
        return new Scalar(Channel(1), Channel(3), Channel(5));

        // HSV with saturation 0.8 and value 1, as the formula of one channel each (blue 1, green 3, red 5).
        double Channel(int n)
        {
            double k = (n + hue) % 6;
            return 255 * (1 - (0.8 * Math.Clamp(Math.Min(k, 4 - k), 0, 1)));
        }
    }

    private static string Name(int classId, IReadOnlyList<string> labels) =>
        classId >= 0 && classId < labels.Count ? labels[classId] : Text($"class {classId}");

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    /// <summary>Draws upon one picture, in sizes that suit it.</summary>
    private sealed class Pen(Mat mat)
    {
        private const HersheyFonts Font = HersheyFonts.HersheySimplex;

        private readonly double _scale = Math.Clamp(Math.Min(mat.Cols, mat.Rows) / 850.0, 0.4, 3);

        public int Width { get; } = mat.Cols;

        public int Height { get; } = mat.Rows;

        public int Thickness { get; } = Math.Max(1, (int)Math.Round(Math.Min(mat.Cols, mat.Rows) / 260.0));

        private int LetterThickness => Math.Max(1, (int)Math.Round(1.4 * _scale));

        public void Box(Box box, Scalar colour, int thickness) => Cv2.Rectangle(mat, Rounded(box), colour, thickness, LineTypes.AntiAlias);

        /// <summary>A label on top of a box, or in it where there is no room above.</summary>
        public void Label(Box box, string text, Scalar colour)
        {
            Rect rect = Rounded(box);
            int height = PlateHeight();
            int left = rect.X - (Thickness / 2);
            Plate(left, rect.Y >= height ? rect.Y - height : rect.Y, text, colour);
        }

        /// <summary>
        /// Text on a ground of the given colour, moved into the picture where it would stick out; gives the row below it.
        /// </summary>
        public int Plate(int left, int top, string text, Scalar colour)
        {
            Size size = Cv2.GetTextSize(text, Font, _scale, LetterThickness, out _);
            int padding = Padding();
            int height = PlateHeight();
            left = Math.Clamp(left, 0, Math.Max(0, Width - size.Width - (2 * padding)));
            top = Math.Clamp(top, 0, Math.Max(0, Height - height));
            Cv2.Rectangle(mat, new Rect(left, top, size.Width + (2 * padding), height), colour, -1);
            bool bright = (0.114 * colour.Val0) + (0.587 * colour.Val1) + (0.299 * colour.Val2) > 140;
            var origin = new Point(left + padding, top + height - (int)(0.3 * height));
            Cv2.PutText(mat, text, origin, Font, _scale, bright ? Black : White, LetterThickness, LineTypes.AntiAlias);
            return top + height;
        }

        /// <summary>The camera's axis.</summary>
        public void Cross(float x, float y)
        {
            float arm = 8 * Thickness;
            Line(x - arm, y, x + arm, y);
            Line(x, y - arm, x, y + arm);
        }

        /// <summary>The four corners of a box, outside of its own line.</summary>
        public void Corners(Box box)
        {
            float arm = Math.Clamp(Math.Min(box.Width, box.Height) / 3, 4, 16 * Thickness);
            float gap = 2 * Thickness;
            foreach ((float x, float y, int right, int down) in ((float, float, int, int)[])
            [
                (box.X - gap, box.Y - gap, 1, 1), (box.Right + gap, box.Y - gap, -1, 1),
                (box.X - gap, box.Bottom + gap, 1, -1), (box.Right + gap, box.Bottom + gap, -1, -1),
            ])
            {
                Line(x, y, x + (right * arm), y);
                Line(x, y, x, y + (down * arm));
            }
        }

        /// <summary>White with a dark edge: seen on any ground.</summary>
        public void Line(float x1, float y1, float x2, float y2)
        {
            Point from = Rounded(x1, y1), to = Rounded(x2, y2);
            Cv2.Line(mat, from, to, Black, Thickness + 2, LineTypes.AntiAlias);
            Cv2.Line(mat, from, to, White, Thickness, LineTypes.AntiAlias);
        }

        private int Padding() => Math.Max(2, (int)Math.Round(9 * _scale));

        private int PlateHeight() => (int)Math.Ceiling(34 * _scale);

        private Rect Rounded(Box box)
        {
            Point from = Rounded(box.X, box.Y), to = Rounded(box.Right, box.Bottom);
            return new Rect(from.X, from.Y, Math.Max(1, to.X - from.X), Math.Max(1, to.Y - from.Y));
        }

        /// <summary>Boxes may lie anywhere; what is far outside is drawn as just outside.</summary>
        private Point Rounded(float x, float y) => new(
            (int)Math.Round(Math.Clamp(float.IsNaN(x) ? 0 : x, -Width, 2f * Width)),
            (int)Math.Round(Math.Clamp(float.IsNaN(y) ? 0 : y, -Height, 2f * Height)));
    }
}
