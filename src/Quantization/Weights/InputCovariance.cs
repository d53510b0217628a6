using System.Numerics;
using System.Runtime.InteropServices;
using EdgeCnn.Models;
using EdgeCnn.Quantization.Placement;

namespace EdgeCnn.Quantization.Weights;

/// <summary>
/// How what a product multiplies varies together: the covariance of the values under its kernel, k against k, for each of its groups.
/// Errors of weights cancel each other, or add up, by it.
/// </summary>
internal sealed class InputCovariance
{
    /// <summary>Kernels of more values would take too long to refine; they are wide enough for errors to average out.</summary>
    private const int LargestSize = 1200;

    /// <summary>Places looked at in all pictures together, for each value of the kernel at least so many.</summary>
    private const int Samples = 4096, SamplesPerValue = 3;

    /// <summary>Places that are gathered before they are taken in.</summary>
    private const int Block = 16;

    private readonly Conv _conv;
    private readonly Product _product;
    private readonly Shape _data, _output;
    private readonly double[] _means;
    private readonly float[][] _sums;
    private readonly int _perPicture;
    private readonly Random _random = new(1);
    private long _count;

    private InputCovariance(Product product, Conv conv, Shape data, Shape output, double[] means, int pictures)
    {
        (_product, _conv, _data, _output, _means) = (product, conv, data, output, means);
        Size = product.Depth * product.Taps;
        _perPicture = Math.Min((Math.Max(Samples, SamplesPerValue * Size) + pictures - 1) / pictures, output[2] * output[3]);
        _sums = [.. Enumerable.Range(0, conv.Groups).Select(_ => new float[Size * Size])];
    }

    /// <summary>Values that an output sums over.</summary>
    public int Size { get; }

    /// <summary>Output channels of one group have the same input.</summary>
    public int Groups => _sums.Length;

    /// <returns>Null where it cannot be had at a sensible cost.</returns>
    public static InputCovariance? For(Product product, Graph graph, double[] means, int pictures)
    {
        Shape output = graph.Values[product.Output].Shape;
        if (product.Node.Operator is not Conv conv || product.Depth * product.Taps > LargestSize) return null;
        InputCovariance covariance = new(product, conv, graph.Values[product.Data].Shape, output, means, pictures);
        return (long)covariance._perPicture * pictures >= SamplesPerValue * covariance.Size ? covariance : null;
    }

    /// <summary>Looks at some places of a picture.</summary>
    /// <param name="data">The product's data, N x C x H x W.</param>
    public void Add(ReadOnlySpan<float> data)
    {
        float[][] patches = [.. Enumerable.Range(0, Block).Select(_ => new float[Size])];
        for (int sample = 0; sample < _perPicture; sample += Block)
        {
            int count = Math.Min(Block, _perPicture - sample);
            (int Y, int X)[] places = [.. Enumerable.Range(0, count).Select(_ => Place())];
            for (int group = 0; group < _sums.Length; group++)
            {
                for (int i = 0; i < count; i++) Gather(data, group, places[i].Y, places[i].X, patches[i]);
                Accumulate(_sums[group], patches.AsSpan(0, count));
            }
        }
        _count += _perPicture;
    }

    private (int Y, int X) Place() => (
        (_random.Next(_output[2]) * _conv.Strides[0]) - _conv.Pads[0],
        (_random.Next(_output[3]) * _conv.Strides[1]) - _conv.Pads[1]);

    /// <summary>
    /// The covariance for an output channel, row by row; its diagonal is made a little larger, which keeps rare coincidences from
    /// mattering.
    /// </summary>
    public float[] Of(int channel)
    {
        float[] sums = _sums[channel / (_product.Channels / _conv.Groups)], result = new float[sums.Length];
        double trace = 0;
        for (int k = 0; k < Size; k++) trace += sums[(k * Size) + k];
        float damping = (float)(0.01 * trace / Size / _count);
        for (int i = 0; i < Size; i++)
        {
            for (int j = 0; j < Size; j++) result[(i * Size) + j] = sums[i >= j ? (i * Size) + j : (j * Size) + i] / _count;
            result[(i * Size) + i] += Math.Max(damping, 1e-12f);
        }
        return result;
    }

    private void Gather(ReadOnlySpan<float> data, int group, int top, int left, float[] patch)
    {
        int height = _data[2], width = _data[3], kernelWidth = _product.Weights.Shape[3], k = 0;
        for (int tap = 0; tap < _product.Taps; tap++)
        {
            int y = top + (tap / kernelWidth * _conv.Dilations[0]), x = left + (tap % kernelWidth * _conv.Dilations[1]);
            bool inside = (uint)y < (uint)height && (uint)x < (uint)width;
            for (int depth = 0; depth < _product.Depth; depth++, k++)
            {
                int channel = (group * _product.Depth) + depth;
                patch[k] = (inside ? data[(((channel * height) + y) * width) + x] : 0) - (float)_means[channel];
            }
        }
    }

    /// <summary>
    /// Adds the products of all pairs of values to the lower triangle, a row for all patches at once so that it stays in the cache.
    /// </summary>
    private static void Accumulate(float[] sums, ReadOnlySpan<float[]> patches)
    {
        int size = patches[0].Length;
        for (int i = 0; i < size; i++)
        {
            Span<float> row = sums.AsSpan(i * size, i + 1);
            foreach (float[] patch in patches) AddScaled(row, patch.AsSpan(0, i + 1), patch[i]);
        }
    }

    /// <summary>sums += factor * values.</summary>
    public static void AddScaled(Span<float> sums, ReadOnlySpan<float> values, float factor)
    {
        Span<Vector<float>> wide = MemoryMarshal.Cast<float, Vector<float>>(sums);
        ReadOnlySpan<Vector<float>> wideValues = MemoryMarshal.Cast<float, Vector<float>>(values);
        for (int i = 0; i < wide.Length; i++) wide[i] += wideValues[i] * factor;
        for (int i = wide.Length * Vector<float>.Count; i < sums.Length; i++) sums[i] += values[i] * factor;
    }
}
