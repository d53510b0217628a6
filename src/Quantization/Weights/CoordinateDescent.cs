namespace EdgeCnn.Quantization.Weights;

/// <summary>
/// Rounds the weights of an output channel so that the errors of different weights cancel in the sum: minimises the variance of the
/// output's error, d' C d with d the weights' errors and C the covariance of what they multiply, over one integer after the other (Behdin
/// et al., "QuantEase: optimization-based quantization for language models", 2023), none of them out of the bounds that its groups keep to.
/// </summary>
internal sealed class CoordinateDescent
{
    private const int Largest = 127, Sweeps = 20;

    private readonly int[][] _groups;
    private readonly int[][] _groupsOf;

    public CoordinateDescent(int[][] groups, int size)
    {
        _groups = groups;
        List<int>[] of = [.. Enumerable.Range(0, size).Select(_ => new List<int>())];
        for (int group = 0; group < groups.Length; group++)
        {
            foreach (int k in groups[group]) of[k].Add(group);
        }
        _groupsOf = [.. of.Select(list => list.ToArray())];
    }

    public void Refine(ReadOnlySpan<float> weights, float scale, ReadOnlySpan<float> covariance, Span<sbyte> integers)
    {
        int size = weights.Length;
        float[] gradient = new float[size];
        for (int k = 0; k < size; k++)
            InputCovariance.AddScaled(gradient, covariance.Slice(k * size, size), (float)(((double)scale * integers[k]) - weights[k]));
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            bool changed = false;
            for (int k = 0; k < size; k++)
            {
                float step = -gradient[k] / (covariance[(k * size) + k] * scale);
                if (!(MathF.Abs(step) > 0.5f)) continue;
                (int low, int high) = Bounds(integers, k);
                int integer = (int)Math.Clamp(MathF.Round(integers[k] + step), low, high);
                if (integer == integers[k]) continue;
                InputCovariance.AddScaled(gradient, covariance.Slice(k * size, size), scale * (integer - integers[k]));
                integers[k] = (sbyte)integer;
                changed = true;
            }
            if (!changed) break;
        }
    }

    /// <summary>What the other weights of its groups leave to a weight.</summary>
    private (int Low, int High) Bounds(ReadOnlySpan<sbyte> integers, int k)
    {
        int low = -Largest, high = Largest;
        foreach (int group in _groupsOf[k])
        {
            int positive = 0, negative = 0;
            foreach (int other in _groups[group])
            {
                if (other == k) continue;
                positive += Math.Max((int)integers[other], 0);
                negative += Math.Max(-integers[other], 0);
            }
            high = Math.Min(high, OverflowGroups.Bound - positive);
            low = Math.Max(low, negative - OverflowGroups.Bound);
        }
        return (low, high);
    }
}
