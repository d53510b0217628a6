using System.Numerics;

namespace EdgeCnn.Engine.Kernels.Pointwise;

/// <summary>Comparisons and logic of ONNX; a comparison with NaN is false.</summary>
internal static class Comparisons
{
    public readonly struct Equal<T> : IScalar<T, T, bool> where T : unmanaged, IEqualityOperators<T, T, bool>
    {
        public bool Apply(T a, T b) => a == b;
    }

    public readonly struct Greater<T> : IScalar<T, T, bool> where T : unmanaged, IComparisonOperators<T, T, bool>
    {
        public bool Apply(T a, T b) => a > b;
    }

    public readonly struct GreaterOrEqual<T> : IScalar<T, T, bool> where T : unmanaged, IComparisonOperators<T, T, bool>
    {
        public bool Apply(T a, T b) => a >= b;
    }

    public readonly struct Less<T> : IScalar<T, T, bool> where T : unmanaged, IComparisonOperators<T, T, bool>
    {
        public bool Apply(T a, T b) => a < b;
    }

    public readonly struct LessOrEqual<T> : IScalar<T, T, bool> where T : unmanaged, IComparisonOperators<T, T, bool>
    {
        public bool Apply(T a, T b) => a <= b;
    }

    public readonly struct EqualBool : IScalar<bool, bool, bool>
    {
        public bool Apply(bool a, bool b) => a == b;
    }

    public readonly struct And : IScalar<bool, bool, bool>
    {
        public bool Apply(bool a, bool b) => a & b;
    }

    public readonly struct Or : IScalar<bool, bool, bool>
    {
        public bool Apply(bool a, bool b) => a | b;
    }

    public readonly struct Xor : IScalar<bool, bool, bool>
    {
        public bool Apply(bool a, bool b) => a ^ b;
    }

    public readonly struct Not : IScalar<bool, bool>
    {
        public bool Apply(bool x) => !x;
    }

    public readonly struct IsNaN<T> : IScalar<T, bool> where T : unmanaged, INumberBase<T>
    {
        public bool Apply(T x) => T.IsNaN(x);
    }
}
