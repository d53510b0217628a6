using System.Runtime.InteropServices;
using EdgeCnn.Quantization.Placement;

namespace EdgeCnn.Quantization.Weights;

/// <summary>A product's weights as integers.</summary>
/// <param name="Integers">In the order of the file.</param>
/// <param name="Scales">One for each output channel.</param>
/// <param name="Bias">Float, the mean error of weights and data taken back.</param>
internal sealed record QuantizedWeights(sbyte[] Integers, float[] Scales, float[] Bias);

/// <summary>Rounds the weights of whole products.</summary>
internal static class WeightQuantizer
{
    /// <summary>Biases stay below this in integers, so that sums with them fit 32 bits.</summary>
    private const double LargestBias = 1 << 30;

    /// <param name="product">What is quantised.</param>
    /// <param name="dataScales">Scale of the data: one, or one per input channel.</param>
    /// <param name="means">The mean of each input channel.</param>
    /// <param name="quantizedMeans">The mean of each input channel after it was quantised.</param>
    /// <param name="powers">The mean square of each input channel.</param>
    /// <param name="covariance">How the input varies; null where that is not known.</param>
    /// <param name="range">What the scales leave room for.</param>
    public static QuantizedWeights Quantize(
        Product product,
        float[] dataScales,
        double[] means,
        double[] quantizedMeans,
        double[] powers,
        InputCovariance? covariance,
        WeightRange range)
    {
        int depth = product.Depth * product.Taps;
        int[][] groups = OverflowGroups.Of(product, range);
        ChannelRounding rounding = new(groups);
        CoordinateDescent descent = new(groups, depth);
        float[]? shared = covariance is { Groups: 1 } ? covariance.Of(0) : null;
        ReadOnlyMemory<byte> memory = product.Weights.Memory;
        QuantizedWeights result = new(new sbyte[product.Weights.Shape.Count], new float[product.Channels], new float[product.Channels]);
        Parallel.For(0, product.Channels, channel =>
        {
            ReadOnlySpan<float> all = MemoryMarshal.Cast<byte, float>(memory.Span);
            float[] weights = new float[depth];
            double[] importance = new double[depth];
            sbyte[] integers = new sbyte[depth];
            for (int k = 0; k < depth; k++)
            {
                weights[k] = all[product.Index(channel, k)];
                // Nothing tells which weights of an input that was always zero matter; they are all alike then.
                importance[k] = Math.Max(powers[product.InputChannel(channel, k)], 1e-12);
            }
            float bias = product.Bias is null ? 0 : product.Bias.As<float>()[channel];
            float dataScale = dataScales[dataScales.Length == 1 ? 0 : product.InputChannel(channel, 0)];
            float scale = rounding.Round(weights, importance, (float)(Math.Abs(bias) / (dataScale * LargestBias)), integers);
            if (covariance is not null) descent.Refine(weights, scale, shared ?? covariance.Of(channel), integers);
            double shift = 0;
            for (int k = 0; k < depth; k++)
            {
                result.Integers[product.Index(channel, k)] = integers[k];
                int input = product.InputChannel(channel, k);
                shift += (weights[k] * means[input]) - ((double)scale * integers[k] * quantizedMeans[input]);
            }
            result.Scales[channel] = scale;
            result.Bias[channel] = (float)(bias + shift);
        });
        return result;
    }
}
