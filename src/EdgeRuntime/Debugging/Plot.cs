using System.Globalization;
using EdgeCnn.EdgeRuntime.Capture;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>
/// Lines over a grid with titles, a scale on either side, and a legend. Drawn in twice the size, so that lines and letters are smooth.
/// </summary>
internal sealed class Plot : IDisposable
{
    private const int Fine = 2, Left = 90, Right = 90, Top = 80, Bottom = 70;

    private const HersheyFonts Font = HersheyFonts.HersheySimplex;

    private static readonly Scalar Ink = new(50, 50, 50), Pale = new(228, 228, 228), White = new(255, 255, 255);

    private readonly Mat _mat;
    private readonly int _width;
    private readonly int _height;
    private (int First, int Last) _columns;
    private int _legend = Left;

    public Plot(int width, int height)
    {
        OpenCv.Load();
        (_width, _height) = (width, height);
        _mat = new Mat(Fine * height, Fine * width, MatType.CV_8UC3, White);
    }

    public void Title(string text) => Write(text, Left, 34, 0.62, Ink, 2);

    /// <summary>The horizontal scale, in whole numbers.</summary>
    public void Columns(string name, int first, int last)
    {
        _columns = (first, Math.Max(last, first + 1));
        int step = Math.Max(1, (int)Math.Ceiling(PlotAxis.Linear(0, Math.Max(1, (last - first) / 2.0)).Marks[1]));
        for (int mark = (first + step - 1) / step * step; mark <= last; mark += step)
        {
            double x = X(mark);
            Stroke(x, Top, x, _height - Bottom, Pale, 1);
            string text = mark.ToString(CultureInfo.InvariantCulture);
            Write(text, x - (Length(text, 0.45) / 2), _height - Bottom + 24, 0.45, Ink, 1);
        }
        Write(name, (Left + _width - Right - Length(name, 0.5)) / 2, _height - 18, 0.5, Ink, 1);
    }

    /// <summary>A vertical scale; the left one has the grid.</summary>
    public void Rows(string name, PlotAxis axis, bool onTheLeft)
    {
        foreach (double mark in axis.Marks)
        {
            double y = Y(axis, mark);
            if (onTheLeft) Stroke(Left, y, _width - Right, y, Pale, 1);
            string text = PlotAxis.Text(mark);
            Write(text, onTheLeft ? Left - 10 - Length(text, 0.45) : _width - Right + 10, y + 5, 0.45, Ink, 1);
        }
        Write(name, onTheLeft ? Left - 10 - Length(name, 0.5) : _width - Right + 10, Top - 14, 0.5, Ink, 1);
        double edge = onTheLeft ? Left : _width - Right;
        Stroke(edge, Top, edge, _height - Bottom, Ink, 1);
        Stroke(Left, _height - Bottom, _width - Right, _height - Bottom, Ink, 1);
    }

    /// <summary>A line through the points that have a value, and its name in the legend.</summary>
    public void Line(string name, Scalar colour, IReadOnlyList<(int Column, double? Value)> points, PlotAxis axis)
    {
        (double X, double Y)[] places =
            [.. points.Where(point => point.Value is not null).Select(point => (X(point.Column), Y(axis, point.Value!.Value)))];
        for (int i = 1; i < places.Length; i++) Stroke(places[i - 1].X, places[i - 1].Y, places[i].X, places[i].Y, colour, 2);
        // Few points are marked, and a single one would not be seen otherwise.
        if (places.Length <= 40)
        {
            foreach ((double x, double y) in places) Dot(x, y, 3, colour, -1);
        }
        Stroke(_legend + 70, Top - 19, _legend + 98, Top - 19, colour, 2);
        Write(name, _legend + 105, Top - 14, 0.5, Ink, 1);
        _legend += 60 + (int)Length(name, 0.5);
    }

    /// <summary>A ring around a point, with a word beside it.</summary>
    public void Ring(Scalar colour, int column, double value, PlotAxis axis, string text)
    {
        double x = X(column), y = Y(axis, value);
        Dot(x, y, 8, colour, 2);
        double left = Math.Min(x + 12, _width - Right - 6 - Length(text, 0.5));
        Write(text, left, y < Top + 40 ? y + 28 : y - 14, 0.5, colour, 1);
    }

    /// <summary>The picture; the caller disposes it.</summary>
    public Frame Finish() => new(_mat.Resize(new Size(_width, _height), 0, 0, InterpolationFlags.Area));

    public void Dispose() => _mat.Dispose();

    private double X(int column) => Left + ((_width - Left - Right) * (double)(column - _columns.First) / (_columns.Last - _columns.First));

    private double Y(PlotAxis axis, double value) => _height - Bottom - ((_height - Top - Bottom) * axis.Share(value));

    private void Stroke(double x1, double y1, double x2, double y2, Scalar colour, int thickness) =>
        Cv2.Line(_mat, At(x1, y1), At(x2, y2), colour, Fine * thickness, LineTypes.AntiAlias);

    private void Dot(double x, double y, int radius, Scalar colour, int thickness) =>
        Cv2.Circle(_mat, At(x, y), Fine * radius, colour, thickness < 0 ? thickness : Fine * thickness, LineTypes.AntiAlias);

    private void Write(string text, double x, double y, double scale, Scalar colour, int thickness) =>
        Cv2.PutText(_mat, text, At(x, y), Font, Fine * scale, colour, Fine * thickness, LineTypes.AntiAlias);

    private static double Length(string text, double scale) => Cv2.GetTextSize(text, Font, Fine * scale, Fine, out _).Width / (double)Fine;

    private static Point At(double x, double y) => new((int)Math.Round(Fine * x), (int)Math.Round(Fine * y));
}
