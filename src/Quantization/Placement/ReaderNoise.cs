using EdgeCnn.Quantization.Calibration;

namespace EdgeCnn.Quantization.Placement;

/// <summary>
/// What rounding of its data, with one scale, and of its weights, with one for each output channel, is likely to do to a product: each
/// rounding is taken for noise of a twelfth of its squared step.
/// </summary>
/// <param name="product">A convolution.</param>
/// <param name="data">What calibration saw of its data.</param>
internal sealed class ReaderNoise(Product product, Observer data)
{
    private const double Largest = 127;

    private readonly ValueRange[] _ranges = data.ChannelBounds;
    private readonly double[] _powers = data.Powers;
    private readonly float[] _weights = product.Weights.As<float>().ToArray();

    /// <summary>
    /// What to divide each channel of the data by, and to multiply its weights by, so that its range and that of its weights become
    /// alike; for depthwise products, whose weights have a scale for each channel, all ranges of the data. None becomes larger than the
    /// largest was.
    /// </summary>
    public float[] Factors(double mostChange)
    {
        double[] ranges = [.. _ranges.Select(range => (double)Math.Max(range.High, -range.Low))], weights = LargestWeights();
        double[] factors =
        [
            .. ranges.Select((range, c) => range == 0 || weights[c] == 0 ? 0 : product.IsDepthwise ? range : Math.Sqrt(range / weights[c])),
        ];
        double after = ranges.Select((range, c) => factors[c] == 0 ? 0 : range / factors[c]).Max(), shared = after / ranges.Max();
        return [.. factors.Select(factor => factor == 0 ? 1 : (float)Math.Clamp(factor * shared, 1 / mostChange, mostChange))];
    }

    /// <summary>The noise's share of the output's energy, on average over the output channels.</summary>
    /// <param name="factors">Of the data's channels; null: as it is.</param>
    public double After(float[]? factors)
    {
        double high = 0, low = 0;
        for (int c = 0; c < _ranges.Length; c++)
        {
            high = Math.Max(high, _ranges[c].High / Factor(c));
            low = Math.Min(low, _ranges[c].Low / Factor(c));
        }
        double dataNoise = Rounding((high - low) / ChosenScales.Levels), sum = 0;
        int length = product.Depth * product.Taps;
        for (int channel = 0; channel < product.Channels; channel++)
        {
            double largest = 0, squares = 0, signal = 0, power = 0;
            for (int k = 0; k < length; k++)
            {
                int c = product.InputChannel(channel, k);
                double weight = _weights[product.Index(channel, k)] * Factor(c), energy = _powers[c] / (Factor(c) * Factor(c));
                largest = Math.Max(largest, Math.Abs(weight));
                squares += weight * weight;
                signal += weight * weight * energy;
                power += energy;
            }
            if (signal > 0) sum += ((squares * dataNoise) + (power * Rounding(largest / Largest))) / signal;
        }
        return sum / product.Channels;

        double Factor(int c) => factors?[c] ?? 1;
    }

    private static double Rounding(double step) => step * step / 12;

    private double[] LargestWeights()
    {
        double[] largest = new double[_ranges.Length];
        for (int channel = 0; channel < product.Channels; channel++)
        {
            for (int k = 0; k < product.Depth * product.Taps; k++)
            {
                ref double of = ref largest[product.InputChannel(channel, k)];
                of = Math.Max(of, Math.Abs(_weights[product.Index(channel, k)]));
            }
        }
        return largest;
    }
}
