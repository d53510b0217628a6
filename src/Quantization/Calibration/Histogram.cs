namespace EdgeCnn.Quantization.Calibration;

/// <summary>How often values occur, in bins of equal width over a range that is known before.</summary>
public sealed class Histogram
{
    private readonly long[] _counts;
    private readonly float _perBin;

    /// <param name="low">The smallest value that will be added.</param>
    /// <param name="high">The largest one.</param>
    /// <param name="bins">How many bins there are.</param>
    public Histogram(float low, float high, int bins)
    {
        (Low, High, _counts) = (low, high, new long[bins]);
        _perBin = high > low ? bins / (high - low) : 0;
    }

    public float Low { get; }

    public float High { get; }

    public ReadOnlySpan<long> Counts => _counts;

    public double BinWidth => ((double)High - Low) / _counts.Length;

    /// <summary>The value in the middle of a bin.</summary>
    public double Centre(int bin) => Low + ((bin + 0.5) * BinWidth);

    public void Add(ReadOnlySpan<float> values)
    {
        int last = _counts.Length - 1;
        foreach (float value in values) _counts[Math.Clamp((int)((value - Low) * _perBin), 0, last)]++;
    }

    /// <summary>The bounds that leave at most a share of <paramref name="outside"/> of all values below, and as much above.</summary>
    public ValueRange Inner(double outside)
    {
        long total = 0;
        foreach (long count in _counts) total += count;
        double allowed = total * outside;
        int low = 0, high = _counts.Length - 1;
        for (long below = _counts[0]; below <= allowed && low < high; below += _counts[low]) low++;
        for (long above = _counts[^1]; above <= allowed && high > low; above += _counts[high]) high--;
        return new ValueRange((float)(Low + (low * BinWidth)), high == _counts.Length - 1 ? High : (float)(Low + ((high + 1) * BinWidth)));
    }
}
