using EdgeCnn.Models;

namespace EdgeCnn.Quantization;

/// <summary>
/// How far the values of one tensor lie from those of a reference, over any number of runs. Values that are infinite or no number are equal
/// when both sides have the same; otherwise the difference is infinite.
/// </summary>
public sealed class TensorComparison(string name, Shape shape)
{
    private double _signal;
    private double _noise;
    private double _largestReference;

    public string Name => name;

    public Shape Shape => shape;

    /// <summary>Values compared so far.</summary>
    public long Count { get; private set; }

    /// <summary>
    /// Signal to quantisation noise ratio in decibels: 10 log10(sum of the reference's squares / sum of the differences' squares). Infinite
    /// when nothing differs; minus infinite when the reference is all zeros and something differs, or a difference is infinite.
    /// </summary>
    public double SqnrDecibels => _noise == 0 ? double.PositiveInfinity : 10 * Math.Log10(_signal / _noise);

    /// <summary>The differences' Euclidean norm as a share of the reference's: what <see cref="SqnrDecibels"/> says in decibels.</summary>
    public double Relative => _noise == 0 ? 0 : Math.Sqrt(_noise / _signal);

    /// <summary>The largest difference of two values.</summary>
    public double LargestAbsolute { get; private set; }

    /// <summary>
    /// The largest difference as a share of the reference's largest magnitude: what a scale of one value per tensor would see of it.
    /// </summary>
    public double LargestRelative => LargestAbsolute == 0 ? 0 : LargestAbsolute / _largestReference;

    /// <summary>Index of the value that differs most, within its run.</summary>
    public int LargestAt { get; private set; }

    /// <summary>Takes in one run.</summary>
    /// <exception cref="ModelException">The tensors have different lengths.</exception>
    public void Add(ReadOnlySpan<float> reference, ReadOnlySpan<float> actual)
    {
        if (reference.Length != actual.Length)
            throw new ModelException(
                $"The tensor '{name}' has {actual.Length} values and its reference {reference.Length}; they cannot be compared.");
        for (int i = 0; i < reference.Length; i++)
        {
            float expected = reference[i], got = actual[i];
            double difference = expected.Equals(got) ? 0 : Math.Abs((double)expected - got);
            if (double.IsNaN(difference)) difference = double.PositiveInfinity;
            if (difference > LargestAbsolute) (LargestAbsolute, LargestAt) = (difference, i);
            _noise += difference * difference;
            if (!float.IsFinite(expected)) continue;
            _signal += (double)expected * expected;
            _largestReference = Math.Max(_largestReference, Math.Abs(expected));
        }
        Count += reference.Length;
    }
}

/// <summary>The tensors of two computations of one network, side by side.</summary>
public static class Comparison
{
    /// <summary>The worst first: by SQNR, then by the largest relative difference, then by name.</summary>
    public static IReadOnlyList<TensorComparison> WorstFirst(IEnumerable<TensorComparison> tensors) =>
    [
        .. tensors
            .OrderBy(tensor => tensor.SqnrDecibels)
            .ThenByDescending(tensor => tensor.LargestRelative)
            .ThenBy(tensor => tensor.Name, StringComparer.Ordinal),
    ];
}
