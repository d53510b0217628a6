using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EdgeCnn.Training.Optimisers;

/// <summary>
/// Adam (Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2014, algorithm 1) with decoupled weight decay (Loshchilov and
/// Hutter, "Decoupled Weight Decay Regularization", 2017): m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; value -= rate * decay * value +
/// rate * (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon).
/// </summary>
public sealed class AdamW(OptimiserOptions options, IReadOnlyList<int> counts) : Optimiser(2, counts)
{
    public override void Update(int parameter, Span<float> values, ReadOnlySpan<float> gradient, StepSize size, bool decays)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(gradient.Length, values.Length);
        Span<float> mean = Remembered(parameter, 0)[..values.Length], square = Remembered(parameter, 1)[..values.Length];
        float factor = (float)size.GradientFactor, kept = decays ? (float)(1 - (size.Rate * options.WeightDecay)) : 1;
        float beta1 = (float)options.Beta1, new1 = (float)(1 - options.Beta1), beta2 = (float)options.Beta2, new2 = (float)(
            1 - options.Beta2);
        float rate = (float)(size.Rate / (1 - Math.Pow(options.Beta1, Steps)));
        float root = (float)(1 / Math.Sqrt(1 - Math.Pow(options.Beta2, Steps))), epsilon = (float)options.Epsilon;
        ref float v = ref MemoryMarshal.GetReference(values), g = ref MemoryMarshal.GetReference(gradient);
        ref float m = ref MemoryMarshal.GetReference(mean), s = ref MemoryMarshal.GetReference(square);
        Vector256<float> tiny = Vector256.Create(epsilon);
        int i = 0;
        for (; i <= values.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> slope = Vector256.LoadUnsafe(ref g, (nuint)i) * factor;
            Vector256<float> first = (Vector256.LoadUnsafe(ref m, (nuint)i) * beta1) + (slope * new1);
            Vector256<float> second = (Vector256.LoadUnsafe(ref s, (nuint)i) * beta2) + (slope * slope * new2);
            first.StoreUnsafe(ref m, (nuint)i);
            second.StoreUnsafe(ref s, (nuint)i);
            Vector256<float> step = first * rate / ((Vector256.Sqrt(second) * root) + tiny);
            ((Vector256.LoadUnsafe(ref v, (nuint)i) * kept) - step).StoreUnsafe(ref v, (nuint)i);
        }
        for (; i < values.Length; i++)
        {
            float slope = gradient[i] * factor;
            mean[i] = (mean[i] * beta1) + (slope * new1);
            square[i] = (square[i] * beta2) + (slope * slope * new2);
            values[i] = (values[i] * kept) - (mean[i] * rate / ((MathF.Sqrt(square[i]) * root) + epsilon));
        }
    }
}
