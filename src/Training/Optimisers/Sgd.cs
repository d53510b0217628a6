using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EdgeCnn.Training.Optimisers;

/// <summary>
/// Stochastic gradient descent with momentum (Polyak, 1964) in PyTorch's form: with g the gradient plus decay * value, b = momentum * b +
/// g; value -= rate * b, or with Nesterov's momentum value -= rate * (g + momentum * b).
/// </summary>
public sealed class Sgd(OptimiserOptions options, IReadOnlyList<int> counts) : Optimiser(1, counts)
{
    public override void Update(int parameter, Span<float> values, ReadOnlySpan<float> gradient, StepSize size, bool decays)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(gradient.Length, values.Length);
        Span<float> velocity = Remembered(parameter, 0)[..values.Length];
        float rate = (float)size.Rate, factor = (float)size.GradientFactor;
        float decay = decays ? (float)options.WeightDecay : 0, momentum = (float)options.Momentum;
        // The last step counts once more where the optimiser looks ahead.
        float ahead = options.Nesterov ? momentum : 1, now = options.Nesterov ? 1 : 0;
        ref float v = ref MemoryMarshal.GetReference(values), g = ref MemoryMarshal.GetReference(gradient);
        ref float b = ref MemoryMarshal.GetReference(velocity);
        int i = 0;
        for (; i <= values.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> value = Vector256.LoadUnsafe(ref v, (nuint)i);
            Vector256<float> slope = (Vector256.LoadUnsafe(ref g, (nuint)i) * factor) + (value * decay);
            Vector256<float> moved = (Vector256.LoadUnsafe(ref b, (nuint)i) * momentum) + slope;
            moved.StoreUnsafe(ref b, (nuint)i);
            (value - (((slope * now) + (moved * ahead)) * rate)).StoreUnsafe(ref v, (nuint)i);
        }
        for (; i < values.Length; i++)
        {
            float slope = (gradient[i] * factor) + (values[i] * decay);
            velocity[i] = (velocity[i] * momentum) + slope;
            values[i] -= ((slope * now) + (velocity[i] * ahead)) * rate;
        }
    }
}
