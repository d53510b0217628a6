using System.Numerics;

namespace EdgeCnn.Engine.Kernels.Pointwise;

/// <summary>Functions of one number of any type.</summary>
internal static class ScalarFunctions
{
    /// <summary>Computed in double precision and rounded.</summary>
    public readonly struct InDouble<T>(Func<double, double> function) : IScalar<T, T> where T : unmanaged, INumber<T>
    {
        public T Apply(T x) => T.CreateSaturating(function(double.CreateSaturating(x)));
    }

    public readonly struct Neg<T> : IScalar<T, T> where T : unmanaged, INumber<T>
    {
        public T Apply(T x) => T.Zero - x;
    }

    /// <summary>The magnitude; that of the smallest integer wraps around to itself.</summary>
    public readonly struct Abs<T> : IScalar<T, T> where T : unmanaged, INumber<T>
    {
        public T Apply(T x) => T.IsNegative(x) ? T.Zero - x : x;
    }

    public readonly struct Sign<T> : IScalar<T, T> where T : unmanaged, INumber<T>
    {
        public T Apply(T x) => T.CreateTruncating(T.Sign(x));
    }

    public readonly struct Clip<T>(T min, T max) : IScalar<T, T> where T : unmanaged, INumber<T>
    {
        public T Apply(T x) => T.Min(T.Max(x, min), max);
    }

    /// <summary>
    /// ONNX Cast: integers to integers keep their low bits; floating point to integers rounds towards zero and, where ONNX leaves the
    /// result undefined, saturates, NaN becoming 0.
    /// </summary>
    public readonly struct Cast<TIn, TOut> : IScalar<TIn, TOut> where TIn : unmanaged, INumber<TIn> where TOut : unmanaged, INumber<TOut>
    {
        public TOut Apply(TIn x) => Arithmetic.IsFloat<TIn>() ? TOut.CreateSaturating(x) : TOut.CreateTruncating(x);
    }

    public readonly struct FromBool<T> : IScalar<bool, T> where T : unmanaged, INumber<T>
    {
        public T Apply(bool x) => x ? T.One : T.Zero;
    }

    /// <summary>False for zero, true for all else, NaN included.</summary>
    public readonly struct ToBool<T> : IScalar<T, bool> where T : unmanaged, INumber<T>
    {
        public bool Apply(T x) => !T.IsZero(x);
    }
}
