using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EdgeCnn.Training.Optimisers;

/// <summary>How large a gradient is.</summary>
public static class Norm
{
    /// <summary>The sum of squares in double precision, always in the same order; not finite where a value is not.</summary>
    public static double SquaredSum(ReadOnlySpan<float> values)
    {
        ref float first = ref MemoryMarshal.GetReference(values);
        Vector256<double> low = default, high = default;
        int i = 0;
        for (; i <= values.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.LoadUnsafe(ref first, (nuint)i));
            low += a * a;
            high += b * b;
        }
        low += high;
        double sum = (low[0] + low[1]) + (low[2] + low[3]);
        for (; i < values.Length; i++) sum += (double)values[i] * values[i];
        return sum;
    }

    /// <summary>
    /// What gradients are multiplied by so that their norm is not above <paramref name="most"/> (Pascanu et al., "On the difficulty of
    /// training recurrent neural networks", 2013, algorithm 1); 1 where <paramref name="most"/> is 0.
    /// </summary>
    public static double ClippingFactor(double norm, double most) => most > 0 && norm > most ? most / norm : 1;
}
