using EdgeCnn.EdgeRuntime.Capture;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Debugging.Sheets;

/// <summary>
/// A page of 1600 x 900 for a slide: title, pictures with captions, legend. It is drawn at twice the size and shrunk, which makes OpenCV's
/// letters smooth.
/// </summary>
internal sealed class Sheet : IDisposable
{
    public const int Width = 1600, Height = 900, Margin = 60;

    private const int Scale = 2;

    private const HersheyFonts Font = HersheyFonts.HersheyDuplex;

    public static readonly Scalar Paper = new(255, 255, 255), Ink = new(48, 38, 32), Faint = new(
        140, 130, 124), Line = new(222, 218, 214), Accent = new(52, 72, 232);

    private readonly Mat _page = new(Height * Scale, Width * Scale, MatType.CV_8UC3, Scalar.All(255));

    public Sheet(string title, string subtitle)
    {
        Text(title, Margin, 76, 34, Ink);
        Text(subtitle, Margin, 114, 17, Faint);
    }

    /// <summary>Where pictures go: below the titles, above the legend.</summary>
    public static Rect Content { get; } = new(Margin, 146, Width - 2 * Margin, Height - 146 - 74);

    /// <summary>Places side by side and below each other, as large as fits, centred as a block.</summary>
    /// <param name="count">How many.</param>
    /// <param name="aspect">Width by height of each.</param>
    /// <param name="area">Where.</param>
    /// <param name="gap">Between them.</param>
    /// <param name="caption">Room below each.</param>
    public static Rect[] Grid(int count, double aspect, Rect area, int gap, int caption = 0)
    {
        (int columns, double width) best = (1, 0);
        for (int columns = 1; columns <= count; columns++)
        {
            int rows = (count + columns - 1) / columns;
            double across = (area.Width - (columns - 1.0) * gap) / columns;
            double down = (area.Height - (rows - 1.0) * gap - rows * (double)caption) / rows;
            double width = Math.Min(across, down * aspect);
            if (width > best.width) best = (columns, width);
        }
        int w =
            Math.Max(1, (int)best.width), h = Math.Max(1, (int)(best.width / aspect)), lines = (count + best.columns - 1) / best.columns;
        int left = area.X + (area.Width - best.columns * w - (best.columns - 1) * gap) / 2;
        int top = area.Y + (area.Height - lines * (h + caption) - (lines - 1) * gap) / 2;
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
                new Rect(left + i % best.columns * (w + gap), top + i / best.columns * (h + caption + gap), w, h)),
        ];
    }

    /// <summary>The largest place of a picture's shape in the middle of an area.</summary>
    public static Rect Fit(int width, int height, Rect area)
    {
        double scale = Math.Min((double)area.Width / width, (double)area.Height / height);
        (int w, int h) = (Math.Max(1, (int)(width * scale)), Math.Max(1, (int)(height * scale)));
        return new Rect(area.X + (area.Width - w) / 2, area.Y + (area.Height - h) / 2, w, h);
    }

    /// <summary>
    /// Stretches a picture over a place. What is enlarged keeps its pixels as squares, unless it is <paramref name="smooth"/>.
    /// </summary>
    public void Put(Mat picture, Rect place, bool smooth = false)
    {
        Size size = new(place.Width * Scale, place.Height * Scale);
        InterpolationFlags how = size.Width < picture.Cols ? InterpolationFlags.Area
            : smooth ? InterpolationFlags.Cubic : InterpolationFlags.Nearest;
        using Mat resized = new();
        Cv2.Resize(picture, resized, size, 0, 0, how);
        using Mat target = _page[Scaled(place)];
        resized.CopyTo(target);
    }

    public void Box(Rect place, Scalar colour, int thickness = 1) =>
        Cv2.Rectangle(_page, Scaled(place), colour, thickness * Scale, LineTypes.AntiAlias);

    /// <summary>
    /// Letters of about <paramref name="size"/> pixels, their feet at <paramref name="y"/>; shortened where they do not fit.
    /// </summary>
    /// <param name="text">ASCII.</param>
    /// <param name="x">Left end, or the middle or right end as <paramref name="align"/> says: 0, 0.5, 1.</param>
    /// <param name="y">The baseline.</param>
    /// <param name="size">Of capital letters and what hangs below them.</param>
    /// <param name="colour">Of the letters.</param>
    /// <param name="align">Which part of the text lies at x.</param>
    /// <param name="room">Pixels that it may take; 0: all to the margin.</param>
    public void Text(string text, int x, int y, int size, Scalar colour, double align = 0, int room = 0)
    {
        if (text.Length == 0) return;
        double scale = size * Scale / 30.0;
        int thickness = Math.Max(1, (int)Math.Round(scale * 1.1));
        int most = (room > 0 ? room : Width - 2 * Margin) * Scale;
        string shown = text;
        Size extent = Cv2.GetTextSize(shown, Font, scale, thickness, out _);
        while (extent.Width > most && shown.Length > 4)
        {
            shown = shown[..^4] + "...";
            if (shown.EndsWith("....", StringComparison.Ordinal)) shown = shown.TrimEnd('.')[..^1] + "...";
            extent = Cv2.GetTextSize(shown, Font, scale, thickness, out _);
        }
        Point origin = new(x * Scale - (int)(align * extent.Width), y * Scale);
        Cv2.PutText(_page, shown, origin, Font, scale, colour, thickness, LineTypes.AntiAlias);
    }

    /// <summary>What colours mean, at the lower right.</summary>
    public void Legend(ColourMap map, string low, string high, string what)
    {
        Rect bar = new(Width - Margin - 260, Height - 50, 260, 12);
        float[] ramp = [.. Enumerable.Range(0, 256).Select(i => (float)i)];
        using Mat colours = map.Paint(ramp, 1, ramp.Length, 0, 255);
        Put(colours, bar, smooth: true);
        Box(bar, Line);
        Text(low, bar.X, bar.Y + 32, 13, Faint);
        Text(high, bar.X + bar.Width, bar.Y + 32, 13, Faint, align: 1);
        Text(what, bar.X - 20, bar.Y + 12, 13, Faint, align: 1, room: 600);
    }

    /// <summary>Where things come from, at the lower left.</summary>
    public void Footer(string text) => Text(text, Margin, Height - 34, 13, Faint, room: 760);

    /// <exception cref="EdgeException">It cannot be written.</exception>
    public void Save(string path)
    {
        Mat shrunk = new();
        Cv2.Resize(_page, shrunk, new Size(Width, Height), 0, 0, InterpolationFlags.Area);
        using Frame frame = new(shrunk);
        ImageFile.Write(path, frame);
    }

    public void Dispose() => _page.Dispose();

    private static Rect Scaled(Rect place) => new(place.X * Scale, place.Y * Scale, place.Width * Scale, place.Height * Scale);
}
