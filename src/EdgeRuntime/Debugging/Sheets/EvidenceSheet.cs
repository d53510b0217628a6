using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Insight;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Debugging.Sheets;

/// <summary>The picture, and where in it the network sees each of some classes.</summary>
internal static class EvidenceSheet
{
    /// <summary>Weak evidence is to be seen beside strong.</summary>
    private const double Softness = 0.7;

    /// <param name="picture">What was shown to the network.</param>
    /// <param name="placement">Where it lay in the network's input.</param>
    /// <param name="input">Width and height of that input.</param>
    /// <param name="evidence">Of one class or more.</param>
    /// <param name="captions">Of each.</param>
    /// <param name="box">Where a detector found it; null for others.</param>
    /// <param name="source">Where things come from.</param>
    public static Sheet Of(
        Frame picture,
        Placement placement,
        (int Width, int Height) input,
        IReadOnlyList<ClassEvidence> evidence,
        IReadOnlyList<string> captions,
        Box? box,
        string source)
    {
        Sheet sheet = new(
            "Class evidence",
            $"Grad-CAM at {evidence[0].Layer}: its maps, weighed by how much the class's score rises with them");
        Rect[] places = Sheet.Grid(1 + evidence.Count, (double)picture.Width / picture.Height, Sheet.Content, gap: 24, caption: 34);
        sheet.Put(picture.Mat, places[0], smooth: true);
        if (box is { } detected) sheet.Box(On(places[0], detected, picture), Sheet.Paper, 2);
        Caption(sheet, places[0], "picture");
        for (int i = 0; i < evidence.Count; i++)
        {
            using Mat glowing = Over(picture, placement, input, evidence[i]);
            sheet.Put(glowing, places[i + 1], smooth: true);
            if (box is { } found) sheet.Box(On(places[i + 1], found, picture), Sheet.Paper, 2);
            Caption(sheet, places[i + 1], captions[i]);
        }
        sheet.Legend(ColourMap.Inferno, "none", "most", "evidence, each class by itself");
        sheet.Footer(source);
        return sheet;
    }

    /// <summary>The picture, darkened, with the heat glowing on it.</summary>
    private static Mat Over(Frame picture, Placement placement, (int Width, int Height) input, ClassEvidence evidence)
    {
        Mat result = picture.Mat.Clone();
        for (int y = 0; y < picture.Height; y++)
        {
            for (int x = 0; x < picture.Width; x++)
            {
                double across = (x + 0.5 - placement.OffsetX) / placement.ScaleX * evidence.Width / input.Width - 0.5;
                double down = (y + 0.5 - placement.OffsetY) / placement.ScaleY * evidence.Height / input.Height - 0.5;
                // What was cut off before the network saw the picture is left dark.
                bool seen = across >= -0.5 && down >= -0.5 && across <= evidence.Width - 0.5 && down <= evidence.Height - 0.5;
                double share = seen ? At(evidence, down, across) : 0;
                share = Math.Pow(share, Softness);
                Vec3b colour = ColourMap.Inferno.Of(0.15 + 0.85 * share), level = result.Get<Vec3b>(y, x);
                double glow = 0.25 + 0.5 * share;
                byte Mix(byte a, byte b) => (byte)Math.Round(a + (b - a) * glow);
                result.Set(y, x, new Vec3b(Mix(level.Item0, colour.Item0), Mix(level.Item1, colour.Item1), Mix(level.Item2, colour.Item2)));
            }
        }
        return result;
    }

    private static double At(ClassEvidence map, double y, double x)
    {
        (x, y) = (Math.Clamp(x, 0, map.Width - 1), Math.Clamp(y, 0, map.Height - 1));
        (int left, int top) = ((int)x, (int)y);
        (int right, int bottom) = (Math.Min(left + 1, map.Width - 1), Math.Min(top + 1, map.Height - 1));
        double Row(int row) =>
            map.Heat[row * map.Width + left] + (map.Heat[row * map.Width + right] - map.Heat[row * map.Width + left]) * (x - left);
        return Row(top) + (Row(bottom) - Row(top)) * (y - top);
    }

    private static void Caption(Sheet sheet, Rect place, string text) =>
        sheet.Text(text, place.X, place.Y + place.Height + 24, 16, Sheet.Ink, room: place.Width);

    private static Rect On(Rect place, Box box, Frame picture)
    {
        double scale = (double)place.Width / picture.Width;
        return new Rect(
            place.X + (int)(box.X * scale), place.Y + (int)(box.Y * scale), (int)(box.Width * scale), (int)(box.Height * scale));
    }
}
