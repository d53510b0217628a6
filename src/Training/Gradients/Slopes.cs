using System.Runtime.CompilerServices;
using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Training.Gradients;

/// <summary>
/// Derivatives of the activations, times the gradient d that comes from above; x is the activation's input, y its output.
/// </summary>
internal static class Slopes
{
    /// <summary>1 above the threshold, else 0.</summary>
    public readonly struct Step(float threshold) : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d) where T : unmanaged, ILanes<T> => T.Select(T.Less(T.Of(threshold), x), d, T.Of(0f));
    }

    public readonly struct Leaky(float alpha) : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d) where T : unmanaged, ILanes<T> => T.Select(T.Less(x, T.Of(0f)), d * T.Of(alpha), d);
    }

    /// <summary>The factor between the bounds, 0 outside of them.</summary>
    public readonly struct Between(float min, float max, float factor) : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d) where T : unmanaged, ILanes<T> =>
            T.Select(T.Less(T.Of(min), x) & T.Less(x, T.Of(max)), d * T.Of(factor), T.Of(0f));
    }

    /// <summary>1 where the magnitude is above lambda, else 0.</summary>
    public readonly struct Outside(float lambda) : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d) where T : unmanaged, ILanes<T> => T.Select(T.Less(T.Of(lambda), T.Abs(x)), d, T.Of(0f));
    }

    /// <summary>Of gamma (x, or alpha (exp(x) - 1) below 0).</summary>
    public readonly struct Exponential(float alpha, float gamma) : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d) where T : unmanaged, ILanes<T> =>
            d * T.Select(T.Less(x, T.Of(0f)), T.Of(gamma * alpha) * Functions.Exp(x), T.Of(gamma));
    }

    public readonly struct ExponentialOfOutput(float alpha, float gamma) : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T y, T d)
            where T : unmanaged, ILanes<T> => d * T.Select(T.Less(y, T.Of(0f)), y + T.Of(gamma * alpha), T.Of(gamma));
    }

    public readonly struct Celu(float alpha) : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d)
            where T : unmanaged, ILanes<T> => d * T.Select(T.Less(x, T.Of(0f)), Functions.Exp(x / T.Of(alpha)), T.Of(1f));
    }

    public readonly struct Sigmoid : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d) where T : unmanaged, ILanes<T> => new SigmoidOfOutput().Apply(Functions.Sigmoid(x), d);
    }

    public readonly struct SigmoidOfOutput : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T y, T d) where T : unmanaged, ILanes<T> => d * (y * (T.Of(1f) - y));
    }

    /// <summary>Of x clip(x / 6 + 1/2, 0, 1).</summary>
    public readonly struct HardSwish : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d) where T : unmanaged, ILanes<T>
        {
            T inside = T.Fma(x, T.Of(1f / 3f), T.Of(0.5f));
            T slope = T.Select(T.LessOrEqual(x, T.Of(-3f)), T.Of(0f), T.Select(T.Less(x, T.Of(3f)), inside, T.Of(1f)));
            return d * slope;
        }
    }

    /// <summary>s + x s (1 - s) for s = sigmoid(x).</summary>
    public readonly struct Silu : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d) where T : unmanaged, ILanes<T>
        {
            T s = Functions.Sigmoid(x);
            // Far below, where s is 0, x may be infinite.
            T bounded = T.Max(x, T.Of(-100f));
            return d * T.Fma(bounded * s, T.Of(1f) - s, s);
        }
    }

    public readonly struct Tanh : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d) where T : unmanaged, ILanes<T> => new TanhOfOutput().Apply(Functions.Tanh(x), d);
    }

    public readonly struct TanhOfOutput : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T y, T d) where T : unmanaged, ILanes<T> => d * T.Fma(-y, y, T.Of(1f));
    }

    public readonly struct Softplus : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d) where T : unmanaged, ILanes<T> => d * Functions.Sigmoid(x);
    }

    public readonly struct Softsign : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d) where T : unmanaged, ILanes<T>
        {
            T one = T.Of(1f) + T.Abs(x);
            return d / (one * one);
        }
    }

    /// <summary>t + x s (1 - t^2) for t = tanh(softplus(x)), s = sigmoid(x).</summary>
    public readonly struct Mish : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d) where T : unmanaged, ILanes<T>
        {
            T t = Functions.Tanh(Functions.Softplus(x));
            T bounded = T.Max(x, T.Of(-100f));
            return d * T.Fma(bounded * Functions.Sigmoid(x), T.Fma(-t, t, T.Of(1f)), t);
        }
    }

    /// <summary>The normal distribution plus x times its density.</summary>
    public readonly struct Gelu : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d) where T : unmanaged, ILanes<T>
        {
            T distribution = T.Fma(Functions.Erf(x * T.Of(0.707106781f)), T.Of(0.5f), T.Of(0.5f));
            T density = T.Of(0.398942280f) * Functions.Exp(x * x * T.Of(-0.5f));
            return d * T.Fma(x, density, distribution);
        }
    }

    public readonly struct GeluTanh : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d) where T : unmanaged, ILanes<T>
        {
            T root = T.Of(0.797884561f), cubic = T.Of(0.044715f), half = T.Of(0.5f), square = x * x;
            T t = Functions.Tanh(root * T.Fma(cubic * square, x, x));
            T inner = root * T.Fma(T.Of(3f) * cubic, square, T.Of(1f));
            return d * T.Fma(half * x * T.Fma(-t, t, T.Of(1f)), inner, T.Fma(half, t, half));
        }
    }

    public readonly struct Erf : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d) where T : unmanaged, ILanes<T> => d * (T.Of(1.12837917f) * Functions.Exp(-(x * x)));
    }

    public readonly struct Sign : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d) where T : unmanaged, ILanes<T> =>
            T.Select(T.Less(x, T.Of(0f)), -d, T.Select(T.Equal(x, T.Of(0f)), T.Of(0f), d));
    }

    public readonly struct Log : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T d) where T : unmanaged, ILanes<T> => d / x;
    }

    public readonly struct SqrtOfOutput : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T y, T d) where T : unmanaged, ILanes<T> => d * T.Of(0.5f) / y;
    }

    public readonly struct ExpOfOutput : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T y, T d) where T : unmanaged, ILanes<T> => d * y;
    }

    public readonly struct ReciprocalOfOutput : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T y, T d) where T : unmanaged, ILanes<T> => -(d * (y * y));
    }
}
