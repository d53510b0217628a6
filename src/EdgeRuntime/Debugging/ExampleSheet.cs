using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.Training.Data;
using OpenCvSharp;
using Box = EdgeCnn.Training.Data.Box;
using Picture = EdgeCnn.Training.Data.Picture;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>Training pictures side by side with what they are said to show: a word under each, or boxes in it.</summary>
internal static unsafe class ExampleSheet
{
    private const int Width = 1280, Gap = 8, Strip = 24;

    private const HersheyFonts Font = HersheyFonts.HersheySimplex;

    private static readonly Scalar Ink = new(50, 50, 50), White = new(255, 255, 255);

    /// <param name="examples">All of one size, as a network sees them.</param>
    /// <param name="labels">Class names by class id.</param>
    /// <returns>The sheet, the caller's.</returns>
    public static Frame Draw(IReadOnlyList<Example> examples, IReadOnlyList<string> labels)
    {
        OpenCv.Load();
        int columns = Math.Max(1, Math.Min(examples[0].Picture.Width < 100 ? 8 : 4, examples.Count));
        int cell = (Width - Gap) / columns - Gap, rows = (examples.Count + columns - 1) / columns;
        int height = (int)Math.Round((double)cell * examples[0].Picture.Height / examples[0].Picture.Width);
        int below = examples.Any(example => example.ClassId >= 0) ? Strip : 0;
        Mat sheet = new(Gap + (rows * (height + below + Gap)), Gap + (columns * (cell + Gap)), MatType.CV_8UC3, White);
        foreach ((int i, Example example) in examples.Index())
        {
            Rect place = new(Gap + (i % columns * (cell + Gap)), Gap + (i / columns * (height + below + Gap)), cell, height);
            using Mat target = sheet[place];
            Paste(Coloured(example, labels), target);
            foreach (Box box in example.Boxes) Mark(target, box, (double)cell / example.Picture.Width, labels);
            if (example.ClassId >= 0)
                Cv2.PutText(sheet, Name(example.ClassId, labels), new Point(place.X, place.Y + height + 17), Font, 0.5, Ink, 1,
                    LineTypes.AntiAlias);
        }
        return new Frame(sheet);
    }

    /// <summary>A picture with a mask as the mask's classes colour it.</summary>
    private static Picture Coloured(Example example, IReadOnlyList<string> labels)
    {
        if (example.Mask is null) return example.Picture;
        using Frame frame = Frame.Of(example.Picture.View);
        Overlay.Draw(frame, example.Mask, labels);
        return new Picture(frame.Width, frame.Height, frame.Pixels.ToArray());
    }

    private static void Paste(Picture picture, Mat target)
    {
        fixed (byte* pixels = picture.Pixels)
        {
            using Mat source = Mat.FromPixelData(picture.Height, picture.Width, MatType.CV_8UC3, (nint)pixels);
            bool grows = target.Cols >= picture.Width;
            Cv2.Resize(source, target, target.Size(), 0, 0, grows ? InterpolationFlags.Nearest : InterpolationFlags.Area);
        }
    }

    private static void Mark(Mat mat, Box box, double scale, IReadOnlyList<string> labels)
    {
        Scalar colour = Overlay.ClassColour(box.ClassId);
        Point from = new((int)Math.Round(box.Left * scale), (int)Math.Round(box.Top * scale));
        Point to = new((int)Math.Round(box.Right * scale) - 1, (int)Math.Round(box.Bottom * scale) - 1);
        Cv2.Rectangle(mat, from, to, colour, 2, LineTypes.AntiAlias);
        Point origin = new(from.X + 2, from.Y > 14 ? from.Y - 4 : to.Y + 13);
        string name = Name(box.ClassId, labels);
        Cv2.PutText(mat, name, origin, Font, 0.42, Ink, 3, LineTypes.AntiAlias);
        Cv2.PutText(mat, name, origin, Font, 0.42, White, 1, LineTypes.AntiAlias);
    }

    private static string Name(int classId, IReadOnlyList<string> labels) =>
        (uint)classId < (uint)labels.Count ? labels[classId] : FormattableString.Invariant($"class {classId}");
}
