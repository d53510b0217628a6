using EdgeCnn.Models;

namespace EdgeCnn.Quantization.Calibration;

/// <summary>
/// What calibration sees of one value: first its bounds, mean and power, in each channel, then, in a second pass, how it is distributed
/// between the bounds, and in a third one what rounding does to its mean.
/// </summary>
internal sealed class Observer
{
    private const int Bins = 8192, BinsPerChannel = 1024;

    private readonly int _channels;
    private readonly int _inner;
    private readonly float[] _low, _high;
    private readonly double[] _sum, _squares, _quantized, _quantizedPerChannel;
    private Histogram? _histogram;
    private Histogram[]? _perChannel;
    private long _count, _quantizedCount;

    /// <param name="name">The value.</param>
    /// <param name="shape">Its extents.</param>
    /// <param name="axis">Along which its channels lie.</param>
    public Observer(string name, Shape shape, int axis)
    {
        (Name, Axis) = (name, axis);
        _channels = shape.Rank == 0 ? 1 : shape[axis];
        _inner = shape.Rank == 0 ? 1 : (int)shape.CountBetween(axis + 1, shape.Rank);
        (_low, _high, _sum, _squares) = (new float[_channels], new float[_channels], new double[_channels], new double[_channels]);
        (_quantized, _quantizedPerChannel) = (new double[_channels], new double[_channels]);
        Array.Fill(_low, float.PositiveInfinity);
        Array.Fill(_high, float.NegativeInfinity);
    }

    public string Name { get; }

    public int Axis { get; }

    public int Channels => _channels;

    /// <summary>Whether the value was infinite or no number once.</summary>
    public bool IsBroken { get; private set; }

    public ValueRange Bounds => new(_low.Min(), _high.Max());

    /// <summary>The bounds of each channel.</summary>
    public ValueRange[] ChannelBounds => [.. _low.Zip(_high, (low, high) => new ValueRange(low, high))];

    /// <summary>The mean of each channel.</summary>
    public double[] Means => [.. _sum.Select(sum => sum / _count)];

    /// <summary>The mean square of each channel.</summary>
    public double[] Powers => [.. _squares.Select(square => square / _count)];

    public void Measure(ReadOnlySpan<float> values)
    {
        for (int at = 0, c = 0; at < values.Length; at += _inner, c = c + 1 == _channels ? 0 : c + 1)
        {
            float low = float.PositiveInfinity, high = float.NegativeInfinity;
            double sum = 0, squares = 0;
            foreach (float value in values.Slice(at, _inner))
            {
                low = Math.Min(low, value);
                high = Math.Max(high, value);
                sum += value;
                squares += (double)value * value;
            }
            IsBroken |= !double.IsFinite(squares);
            _low[c] = Math.Min(_low[c], low);
            _high[c] = Math.Max(_high[c], high);
            _sum[c] += sum;
            _squares[c] += squares;
        }
        _count += values.Length / _channels;
    }

    public void Distribute(ReadOnlySpan<float> values, bool perTensor, bool perChannel)
    {
        if (perTensor) (_histogram ??= new Histogram(Bounds.Low, Bounds.High, Bins)).Add(values);
        if (!perChannel) return;
        _perChannel ??= [.. _low.Zip(_high, (low, high) => new Histogram(low, high, BinsPerChannel))];
        for (int at = 0, c = 0; at < values.Length; at += _inner, c = c + 1 == _channels ? 0 : c + 1)
            _perChannel[c].Add(values.Slice(at, _inner));
    }

    /// <summary>Takes in what is left of the values when they are quantised.</summary>
    public void MeasureQuantized(ReadOnlySpan<float> values, AffineScale? perTensor, AffineScale[]? perChannel, int levels)
    {
        for (int at = 0, c = 0; at < values.Length; at += _inner, c = c + 1 == _channels ? 0 : c + 1)
        {
            ReadOnlySpan<float> channel = values.Slice(at, _inner);
            if (perTensor is { } one) _quantized[c] += Sum(channel, one, levels);
            if (perChannel is not null) _quantizedPerChannel[c] += Sum(channel, perChannel[c], levels);
        }
        _quantizedCount += values.Length / _channels;
    }

    /// <summary>The mean that each channel has after it was quantised as its readers want it.</summary>
    public double[] QuantizedMeans(bool perChannel) =>
        [.. (perChannel ? _quantizedPerChannel : _quantized).Select(sum => sum / _quantizedCount)];

    private static double Sum(ReadOnlySpan<float> values, AffineScale scale, int levels)
    {
        float inverse = 1 / scale.Scale;
        long sum = 0;
        foreach (float value in values)
            sum += (int)Math.Clamp(MathF.Round(value * inverse) + scale.Zero, 0, levels) - scale.Zero;
        return sum * (double)scale.Scale;
    }

    public ValueRange Range(RangeMethod method, double percentile) =>
        _histogram is null ? Bounds : RangeSearch.Find(_histogram, method, percentile);

    public ValueRange[] ChannelRanges(RangeMethod method, double percentile) => _perChannel is null
        ? ChannelBounds
        : [.. _perChannel.Select(histogram => RangeSearch.Find(histogram, method, percentile))];
}
