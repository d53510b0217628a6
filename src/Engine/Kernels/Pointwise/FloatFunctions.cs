using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Engine.Kernels.Pointwise;

/// <summary>The activations and other functions of one float that ONNX defines; the formulas are in the operators' records.</summary>
internal static class FloatFunctions
{
    public readonly struct Identity : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => x;
    }

    public readonly struct Relu : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => T.Select(T.Less(x, T.Of(0f)), T.Of(0f), x);
    }

    public readonly struct LeakyRelu(float alpha) : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => T.Select(T.Less(x, T.Of(0f)), x * T.Of(alpha), x);
    }

    public readonly struct Elu(float alpha) : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> =>
            T.Select(T.Less(x, T.Of(0f)), T.Of(alpha) * (Functions.Exp(x) - T.Of(1f)), x);
    }

    public readonly struct Selu(float alpha, float gamma) : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => T.Of(gamma) * new Elu(alpha).Apply(x);
    }

    public readonly struct Celu(float alpha) : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T>
        {
            T below = T.Of(alpha) * (Functions.Exp(x / T.Of(alpha)) - T.Of(1f));
            return T.Max(x, T.Of(0f)) + T.Min(below, T.Of(0f));
        }
    }

    public readonly struct Clip(float min, float max) : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => T.Min(T.Max(x, T.Of(min)), T.Of(max));
    }

    public readonly struct Sigmoid : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => Functions.Sigmoid(x);
    }

    public readonly struct HardSigmoid(float alpha, float beta) : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => new Clip(0f, 1f).Apply(T.Fma(x, T.Of(alpha), T.Of(beta)));
    }

    public readonly struct HardSwish : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => x * new HardSigmoid(1f / 6f, 0.5f).Apply(x);
    }

    public readonly struct Silu : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => Functions.Silu(x);
    }

    public readonly struct RationalSilu : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => Functions.RationalSilu(x);
    }

    public readonly struct Tanh : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => Functions.Tanh(x);
    }

    public readonly struct Softplus : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => Functions.Softplus(x);
    }

    public readonly struct Softsign : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => x / (T.Of(1f) + T.Abs(x));
    }

    /// <summary>tanh(ln(1 + t)) = (t^2 + 2t) / (t^2 + 2t + 2) with t = exp(x), which for x above 0 is written in e = exp(-x).</summary>
    public readonly struct Mish : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T>
        {
            T two = T.Of(2f);
            T e = Functions.ExpOfNegative(-T.Abs(x));
            T negative = T.Less(x, T.Of(0f));
            T numerator = T.Select(negative, e * (e + two), T.Fma(two, e, T.Of(1f)));
            T denominator = numerator + T.Select(negative, two, two * e * e);
            return x * (numerator / denominator);
        }
    }

    public readonly struct Gelu : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => T.Of(0.5f) * x * (T.Of(1f) + Functions.Erf(x * T.Of(0.707106781f)));
    }

    public readonly struct GeluTanh : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T>
        {
            T inner = T.Of(0.797884561f) * T.Fma(T.Of(0.044715f) * x * x, x, x);
            return T.Of(0.5f) * x * (T.Of(1f) + Functions.Tanh(inner));
        }
    }

    public readonly struct Erf : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => Functions.Erf(x);
    }

    public readonly struct ThresholdedRelu(float alpha) : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => T.Select(T.LessOrEqual(x, T.Of(alpha)), T.Of(0f), x);
    }

    public readonly struct Shrink(float lambda, float bias) : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => T.Select(
            T.Less(x, T.Of(-lambda)),
            x + T.Of(bias),
            T.Select(T.LessOrEqual(x, T.Of(lambda)), T.Of(0f), x - T.Of(bias)));
    }

    public readonly struct Neg : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => -x;
    }

    public readonly struct Abs : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => T.Abs(x);
    }

    /// <summary>-1, 0 or 1; NaN stays.</summary>
    public readonly struct Sign : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> =>
            T.Select(T.Less(T.Of(0f), x), T.Of(1f), T.Select(T.Less(x, T.Of(0f)), T.Of(-1f), x));
    }

    public readonly struct Sqrt : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => T.Sqrt(x);
    }

    public readonly struct Exp : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => Functions.Exp(x);
    }

    public readonly struct Log : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => Functions.Log(x);
    }

    public readonly struct Floor : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => T.Floor(x);
    }

    public readonly struct Ceil : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => T.Ceiling(x);
    }

    public readonly struct Round : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => T.Round(x);
    }

    public readonly struct Reciprocal : IFunction
    {
        public T Apply<T>(T x) where T : unmanaged, ILanes<T> => T.Of(1f) / x;
    }
}
