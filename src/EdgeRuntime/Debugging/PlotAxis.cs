using System.Globalization;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>
/// A scale from the lowest to the highest value with round numbers at its marks; logarithmic where values span more than a factor of
/// thirty.
/// </summary>
internal sealed class PlotAxis
{
    private const double LogarithmicFrom = 30;

    private readonly double _low;
    private readonly double _high;
    private readonly bool _logarithmic;

    private PlotAxis(double low, double high, bool logarithmic, IReadOnlyList<double> marks)
    {
        (_low, _high, _logarithmic) = (low, high, logarithmic);
        Marks = marks;
    }

    public IReadOnlyList<double> Marks { get; }

    /// <summary>From zero, or in powers of ten where the values, none of them negative, lie that far apart.</summary>
    public static PlotAxis Over(IReadOnlyCollection<double> values)
    {
        double high = values.DefaultIfEmpty(1).Max(), low = values.Where(value => value > 0).DefaultIfEmpty(high).Min();
        if (high <= 0) return Linear(0, 1);
        return high / low > LogarithmicFrom ? Logarithmic(low, high) : Linear(0, high);
    }

    /// <summary>About five marks at 1, 2 or 5 times a power of ten, the outermost of them the ends.</summary>
    public static PlotAxis Linear(double low, double high)
    {
        double step = RoundStep((high - low) / 5);
        int first = (int)Math.Floor((low / step) + 1e-9), last = (int)Math.Ceiling((high / step) - 1e-9);
        double[] marks = [.. Enumerable.Range(first, last - first + 1).Select(i => i * step)];
        return new PlotAxis(marks[0], marks[^1], logarithmic: false, marks);
    }

    /// <summary>Where a value lies between the ends, 0 to 1.</summary>
    public double Share(double value)
    {
        double share = _logarithmic
            ? Math.Log10(Math.Max(value, _low) / _low) / Math.Log10(_high / _low)
            : (value - _low) / (_high - _low);
        return Math.Clamp(share, 0, 1);
    }

    public static string Text(double mark) => mark.ToString("0.######", CultureInfo.InvariantCulture);

    private static PlotAxis Logarithmic(double low, double high)
    {
        int first = (int)Math.Floor(Math.Log10(low)), last = (int)Math.Ceiling(Math.Log10(high));
        double[] marks =
        [
            .. from power in Enumerable.Range(first, last - first)
               from digit in (double[])[1, 2, 5]
               let mark = digit * Math.Pow(10, power)
               where mark >= low / 2.5 && mark <= high * 2.5
               select mark,
        ];
        // The ends are the marks next to the values.
        marks = [.. marks.Where((mark, i) => (i + 1 == marks.Length || marks[i + 1] > low) && (i == 0 || marks[i - 1] < high))];
        return new PlotAxis(Math.Min(marks[0], low), Math.Max(marks[^1], high), logarithmic: true, marks);
    }

    private static double RoundStep(double step)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        return power * (step / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
    }
}
