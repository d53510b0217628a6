using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EdgeCnn.Training.Optimisers;

/// <summary>
/// The exponential moving average of values that change from step to step (Polyak and Juditsky, 1992, average them all alike): average +=
/// (1 - d) * (value - average). The decay d warms up as (1 + n) / (10 + n) after n steps, so that the first values are soon forgotten.
/// </summary>
/// <param name="decay">What d comes to in the end, for instance 0.999: the average then reaches a thousand steps back.</param>
/// <param name="counts">How many values each of the arrays has.</param>
public sealed class MovingAverage(double decay, IReadOnlyList<int> counts)
{
    private readonly float[][] _averages = [.. counts.Select(count => new float[count])];

    /// <summary>To be saved, and written back to go on.</summary>
    public IReadOnlyList<float[]> Averages => _averages;

    /// <summary>Takes in the values after a step.</summary>
    /// <param name="index">Of the array.</param>
    /// <param name="values">Of now.</param>
    /// <param name="step">How many steps went before this one.</param>
    public void Add(int index, ReadOnlySpan<float> values, long step)
    {
        Span<float> average = _averages[index];
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, average.Length);
        // The first values are their own average.
        float share = step == 0 ? 1 : (float)(1 - Math.Min(decay, (1.0 + step) / (10.0 + step)));
        ref float v = ref MemoryMarshal.GetReference(values), a = ref MemoryMarshal.GetReference(average);
        int i = 0;
        for (; i <= average.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> before = Vector256.LoadUnsafe(ref a, (nuint)i);
            (before + ((Vector256.LoadUnsafe(ref v, (nuint)i) - before) * share)).StoreUnsafe(ref a, (nuint)i);
        }
        for (; i < average.Length; i++) average[i] += (values[i] - average[i]) * share;
    }

    /// <summary>Puts the average where the values are, and the values where the average was; a second time undoes it.</summary>
    public void Swap(int index, Span<float> values)
    {
        Span<float> average = _averages[index];
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, average.Length);
        for (int i = 0; i < average.Length; i++) (values[i], average[i]) = (average[i], values[i]);
    }
}
