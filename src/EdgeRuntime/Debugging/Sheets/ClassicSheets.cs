using System.Globalization;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Insight;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Debugging.Sheets;

/// <summary>Filters that somebody designed, each as a network of one layer, run by the engine.</summary>
internal static class ClassicSheets
{
    private const int LongestSide = 480;

    public static Sheet Edges(Frame picture, string source, int threads)
    {
        Planes grey = Grey(picture);
        IReadOnlyList<ClassicFilter> filters = ClassicFilter.All;
        Sheet sheet = new("Classic filters", "each a network of one convolution, computed by the engine; its kernel in the corner");
        Rect[] places = Sheet.Grid(1 + filters.Count, (double)grey.Width / grey.Height, Sheet.Content, gap: 18, caption: 26);
        sheet.Put(picture.Mat, places[0], smooth: true);
        sheet.Text("picture", places[0].X, places[0].Y + places[0].Height + 18, 13, Sheet.Ink);
        for (int i = 0; i < filters.Count; i++)
        {
            ClassicFilter filter = filters[i];
            Rect place = places[i + 1];
            float[] answer = ClassicFilter.Run(filter.Network(grey.Height, grey.Width), grey.Values, threads);
            // The border sees the padding, which is no part of the picture.
            double most = Spread(answer, grey.Height, grey.Width, filter.Size / 2);
            using Mat painted = filter.Signed
                ? ColourMap.Diverging.Paint(answer, grey.Height, grey.Width, -most, most)
                : ColourMap.Grey.Paint(answer, grey.Height, grey.Width, 0, 1);
            sheet.Put(painted, place, smooth: true);
            float largest = filter.Kernel.Max(Math.Abs);
            using Mat kernel = ColourMap.Diverging.Paint(filter.Kernel, filter.Size, filter.Size, -largest, largest);
            int side = place.Height / 4;
            Rect corner = new(place.X + place.Width - side - 6, place.Y + place.Height - side - 6, side, side);
            sheet.Put(kernel, corner);
            sheet.Box(corner, Sheet.Ink);
            sheet.Text(
                string.Create(CultureInfo.InvariantCulture, $"{filter.Name}, {filter.Size} x {filter.Size}"),
                place.X, place.Y + place.Height + 18, 13, Sheet.Ink, room: place.Width);
        }
        sheet.Legend(ColourMap.Diverging, "against", "with", "answer, and weights of kernels");
        sheet.Footer(source);
        return sheet;
    }

    /// <param name="picture">Where to look.</param>
    /// <param name="template">What for, as a part of the picture in its pixels; null takes the part of most contrast.</param>
    /// <param name="source">Where things come from.</param>
    /// <param name="threads">How many compute.</param>
    /// <exception cref="EdgeException">The template does not lie in the picture, or is all of one colour.</exception>
    public static Sheet Template(Frame picture, Box? template, string source, int threads)
    {
        Planes grey = Grey(picture);
        double scale = (double)grey.Width / picture.Width;
        Rect part = template is { } given ? Inside(given, scale, grey) : MostContrast(grey);
        float[] values = new float[part.Width * part.Height];
        for (int i = 0; i < values.Length; i++) values[i] = grey.Values[(part.Y + i / part.Width) * grey.Width + part.X + i % part.Width];
        if (values.Max() - values.Min() < 0.02f)
            throw new EdgeException(
                "The template is all of one brightness, so that everything matches it; choose another part with --template.");
        int height = grey.Height - part.Height + 1, width = grey.Width - part.Width + 1;
        float[] match = ClassicFilter.Run(
            ClassicFilter.Matching(values, part.Height, part.Width, grey.Height, grey.Width), grey.Values, threads);
        int best = Array.IndexOf(match, match.Max());

        Sheet sheet = new(
            "Template matching",
            "a convolution whose kernel is the template, divided by each window's contrast: 1 is the same up to brightness");
        Rect[] places = Sheet.Grid(2, (double)grey.Width / grey.Height, Sheet.Content, gap: 24, caption: 34);
        sheet.Put(picture.Mat, places[0], smooth: true);
        sheet.Box(On(places[0], part, grey), Sheet.Accent, 2);
        using Mat kernel = ColourMap.Grey.Paint(values, part.Height, part.Width, 0, 1);
        int side = places[0].Height / 3;
        Rect corner = Sheet.Fit(part.Width, part.Height, new Rect(places[0].X + 8, places[0].Y + 8, side, side));
        sheet.Put(kernel, corner, smooth: true);
        sheet.Box(corner, Sheet.Accent, 2);
        sheet.Text("picture and template", places[0].X, places[0].Y + places[0].Height + 24, 16, Sheet.Ink);

        using Mat answer = new(grey.Height, grey.Width, MatType.CV_8UC3, new Scalar(247, 247, 247));
        using (Mat painted = ColourMap.Diverging.Paint(match, height, width, -1, 1))
        using (Mat middle = answer[new Rect(part.Width / 2, part.Height / 2, width, height)])
            painted.CopyTo(middle);
        sheet.Put(answer, places[1], smooth: true);
        sheet.Box(On(places[1], new Rect(best % width, best / width, part.Width, part.Height), grey), Sheet.Ink, 2);
        sheet.Text(
            string.Create(CultureInfo.InvariantCulture, $"match, at most {match[best]:0.00}"),
            places[1].X, places[1].Y + places[1].Height + 24, 16, Sheet.Ink);
        sheet.Legend(ColourMap.Diverging, "-1", "1", "normalised cross-correlation at the window's centre");
        sheet.Footer(source);
        return sheet;
    }

    /// <summary>Brightness 0 to 1, the longer side at most 480 pixels.</summary>
    private static Planes Grey(Frame picture)
    {
        double scale = Math.Min(1, (double)LongestSide / Math.Max(picture.Width, picture.Height));
        Planes grey = DreamSheet.Levels(
            picture, Math.Max(1, (int)(picture.Width * scale)), Math.Max(1, (int)(picture.Height * scale)), ChannelOrder.Grey);
        for (int i = 0; i < grey.Values.Length; i++) grey.Values[i] /= 255;
        return grey;
    }

    /// <summary>The magnitude that one value in a hundred exceeds.</summary>
    private static double Spread(float[] answer, int height, int width, int border)
    {
        List<float> inner = [];
        for (int y = border; y < height - border; y++)
        {
            for (int x = border; x < width - border; x++) inner.Add(Math.Abs(answer[y * width + x]));
        }
        if (inner.Count == 0) inner.AddRange(answer.Select(Math.Abs));
        inner.Sort();
        return Math.Max(inner[(int)(0.99 * (inner.Count - 1))], 1e-6);
    }

    private static Rect Inside(Box template, double scale, Planes grey)
    {
        Rect part = new(
            (int)(template.X * scale), (int)(template.Y * scale), (int)(template.Width * scale), (int)(template.Height * scale));
        if (part.X < 0 || part.Y < 0 || part.Width < 4 || part.Height < 4 || part.X + part.Width > grey.Width
            || part.Y + part.Height > grey.Height)
            throw new EdgeException(
                "--template does not lie in the picture, or is smaller than four pixels; it is X,Y,WIDTH,HEIGHT in the picture's pixels.");
        return part;
    }

    /// <summary>
    /// Of squares of a fifth of the shorter side the one of the largest variance, rather in the middle than at the border.
    /// </summary>
    private static Rect MostContrast(Planes grey)
    {
        int side = Math.Max(4, Math.Min(grey.Width, grey.Height) / 5);
        (double most, Rect place) best = (-1, new Rect(0, 0, side, side));
        for (int y = 0; y + side <= grey.Height; y += Math.Max(1, side / 4))
        {
            for (int x = 0; x + side <= grey.Width; x += Math.Max(1, side / 4))
            {
                double sum = 0, squares = 0;
                for (int i = 0; i < side * side; i++)
                {
                    double value = grey.Values[(y + i / side) * grey.Width + x + i % side];
                    sum += value;
                    squares += value * value;
                }
                double variance = squares / (side * side) - Math.Pow(sum / (side * side), 2);
                double across = (x + side / 2.0) / grey.Width - 0.5, down = (y + side / 2.0) / grey.Height - 0.5;
                double worth = variance * Math.Exp(-8 * (across * across + down * down));
                if (worth > best.most) best = (worth, new Rect(x, y, side, side));
            }
        }
        return best.place;
    }

    private static Rect On(Rect place, Rect part, Planes grey)
    {
        double scale = (double)place.Width / grey.Width;
        return new Rect(
            place.X + (int)(part.X * scale), place.Y + (int)(part.Y * scale), (int)(part.Width * scale), (int)(part.Height * scale));
    }
}
