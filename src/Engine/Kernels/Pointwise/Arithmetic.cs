using System.Numerics;
using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Engine.Kernels.Pointwise;

/// <summary>Binary operators of ONNX over floats.</summary>
internal static class FloatArithmetic
{
    public readonly struct Add : IBinaryFunction
    {
        public T Apply<T>(T a, T b) where T : unmanaged, ILanes<T> => a + b;
    }

    public readonly struct Sub : IBinaryFunction
    {
        public T Apply<T>(T a, T b) where T : unmanaged, ILanes<T> => a - b;
    }

    public readonly struct Mul : IBinaryFunction
    {
        public T Apply<T>(T a, T b) where T : unmanaged, ILanes<T> => a * b;
    }

    public readonly struct Div : IBinaryFunction
    {
        public T Apply<T>(T a, T b) where T : unmanaged, ILanes<T> => a / b;
    }

    /// <summary>The larger; NaN if either is.</summary>
    public readonly struct Max : IBinaryFunction
    {
        public T Apply<T>(T a, T b) where T : unmanaged, ILanes<T> => T.Select(T.Equal(b, b), T.Max(a, b), b);
    }

    /// <summary>The smaller; NaN if either is.</summary>
    public readonly struct Min : IBinaryFunction
    {
        public T Apply<T>(T a, T b) where T : unmanaged, ILanes<T> => T.Select(T.Equal(b, b), T.Min(a, b), b);
    }

    /// <summary>a where it is not negative, else a times the slope b (He et al. 2015).</summary>
    public readonly struct PRelu : IBinaryFunction
    {
        public T Apply<T>(T a, T b) where T : unmanaged, ILanes<T> => T.Select(T.Less(a, T.Of(0f)), a * b, a);
    }
}

/// <summary>Binary operators of ONNX over numbers of any type. Integers wrap around; floating point is IEEE 754.</summary>
internal static class Arithmetic
{
    public readonly struct Add<T> : IScalar<T, T, T> where T : unmanaged, INumber<T>
    {
        public T Apply(T a, T b) => a + b;
    }

    public readonly struct Sub<T> : IScalar<T, T, T> where T : unmanaged, INumber<T>
    {
        public T Apply(T a, T b) => a - b;
    }

    public readonly struct Mul<T> : IScalar<T, T, T> where T : unmanaged, INumber<T>
    {
        public T Apply(T a, T b) => a * b;
    }

    /// <summary>
    /// Integers are divided towards zero. ONNX leaves integer division by zero undefined; here it gives 0, and the smallest integer
    /// divided by -1 wraps around, because a model must not be able to end the process.
    /// </summary>
    public readonly struct Div<T> : IScalar<T, T, T> where T : unmanaged, INumber<T>
    {
        public T Apply(T a, T b) => IsFloat<T>() ? a / b : T.IsZero(b) ? T.Zero : IsMinusOne(b) ? T.Zero - a : a / b;
    }

    /// <summary>The larger; NaN if either is.</summary>
    public readonly struct Max<T> : IScalar<T, T, T> where T : unmanaged, INumber<T>
    {
        public T Apply(T a, T b) => T.Max(a, b);
    }

    /// <summary>The smaller; NaN if either is.</summary>
    public readonly struct Min<T> : IScalar<T, T, T> where T : unmanaged, INumber<T>
    {
        public T Apply(T a, T b) => T.Min(a, b);
    }

    public readonly struct PRelu<T> : IScalar<T, T, T> where T : unmanaged, INumber<T>
    {
        public T Apply(T a, T b) => a < T.Zero ? a * b : a;
    }

    /// <summary>The remainder with the sign of the divisor, as Python's %; 0 where an integer is divided by 0.</summary>
    public readonly struct Mod<T> : IScalar<T, T, T> where T : unmanaged, INumber<T>
    {
        public T Apply(T a, T b)
        {
            T remainder = Remainder(a, b);
            return !T.IsZero(remainder) && T.IsNegative(remainder) != T.IsNegative(b) ? remainder + b : remainder;
        }
    }

    /// <summary>The remainder with the sign of the dividend, as C's fmod; 0 where an integer is divided by 0.</summary>
    public readonly struct Fmod<T> : IScalar<T, T, T> where T : unmanaged, INumber<T>
    {
        public T Apply(T a, T b) => Remainder(a, b);
    }

    /// <summary>
    /// a to the power of b, in the type of a. Squares are exact products, and two integers are multiplied as integers (wrapping around);
    /// everything else is the platform's double-precision pow, rounded, and saturated for integers.
    /// </summary>
    public readonly struct Pow<TA, TB> : IScalar<TA, TB, TA> where TA : unmanaged, INumber<TA> where TB : unmanaged, INumber<TB>
    {
        public TA Apply(TA a, TB b)
        {
            if (b == TB.One + TB.One) return a * a;
            if (!IsFloat<TA>() && !IsFloat<TB>() && b >= TB.Zero) return IntegerPower(a, ulong.CreateSaturating(b));
            return TA.CreateSaturating(Math.Pow(double.CreateSaturating(a), double.CreateSaturating(b)));
        }

        private static TA IntegerPower(TA a, ulong exponent)
        {
            TA result = TA.One;
            for (; exponent != 0; exponent >>= 1)
            {
                if ((exponent & 1) != 0) result *= a;
                a *= a;
            }
            return result;
        }
    }

    public static bool IsFloat<T>() => typeof(T) == typeof(float) || typeof(T) == typeof(double) || typeof(T) == typeof(Half);

    private static bool IsMinusOne<T>(T x) where T : unmanaged, INumber<T> => T.IsNegative(x) && T.IsZero(x + T.One);

    private static T Remainder<T>(T a, T b) where T : unmanaged, INumber<T> =>
        !IsFloat<T>() && (T.IsZero(b) || IsMinusOne(b)) ? T.Zero : a % b;
}
