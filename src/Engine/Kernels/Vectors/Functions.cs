using System.Runtime.CompilerServices;

namespace EdgeCnn.Engine.Kernels.Vectors;

/// <summary>
/// Elementary functions of floats as polynomials, one formula for every vector width: the same bits on every processor. Coefficients are
/// Chebyshev fits in 40 digits. Errors are at most about two units in the last place where the result is a normal number; NaN gives NaN.
/// </summary>
internal static class Functions
{
    private const float Log2E = 1.44269504f;

    // ln 2 in two parts: multiples of the first up to 2^8 are exact.
    private const float Ln2High = 0.693145752f;
    private const float Ln2Low = 1.42860677e-6f;

    // 1.5 * 2^23: adding it leaves the nearest integer in the low bits.
    private const float Magic = 12582912f;
    // exp of it is infinite in the formulas below, and the largest of which exp of its negative is a normal number.
    private const float Overflowing = 89f;
    private const float LargestNormal = 87f;
    private const int MagicBits = 0x4B400000;
    private const int OneBits = 0x3F800000;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x) where T : unmanaged, ILanes<T>
    {
        // Beyond these bounds the result is infinity or zero; the order of the operands keeps NaN.
        x = T.AtMost(T.AtLeast(x, T.Of(-104f)), T.Of(89f));
        T rounded = T.Fma(x, T.Of(Log2E), T.Of(Magic));
        T p = ExpOfRemainder(x, rounded - T.Of(Magic));
        // 2^n in two factors, since n lies outside the exponents of normal numbers at both ends.
        T n = T.AddToBits(rounded, -MagicBits);
        T half = T.ShiftBitsRight(n, 1);
        T rest = T.SubtractBits(n, half);
        return p * PowerOfTwo(half) * PowerOfTwo(rest);
    }

    /// <summary>exp(x) for x from minus infinity to 0; zero instead of numbers too small to be normal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ExpOfNegative<T>(T x) where T : unmanaged, ILanes<T>
    {
        T lowest = T.Of(-87.3365f);
        T tiny = T.Less(x, lowest);
        x = T.AtLeast(x, lowest);
        T rounded = T.Fma(x, T.Of(Log2E), T.Of(Magic));
        T p = ExpOfRemainder(x, rounded - T.Of(Magic));
        T scale = T.AddToBits(T.ShiftBitsLeft(rounded, 23), OneBits);
        return T.Select(tiny, T.Of(0f), p * scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<T>(T x) where T : unmanaged, ILanes<T> => T.Of(1f) / OnePlusExpOfMinus(T.AtLeast(x, T.Of(-Overflowing)));

    /// <summary>x times its sigmoid; minus 0 where that is too small to be normal, minus infinity included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Silu<T>(T x) where T : unmanaged, ILanes<T>
    {
        x = T.AtLeast(x, T.Of(-Overflowing));
        return x / OnePlusExpOfMinus(x);
    }

    /// <summary>1 + exp(-x) for x from -89 on, where it is infinite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T OnePlusExpOfMinus<T>(T x) where T : unmanaged, ILanes<T>
    {
        T minus = -T.AtMost(x, T.Of(LargestNormal));
        T rounded = T.Fma(minus, T.Of(Log2E), T.Of(Magic));
        T p = ExpOfRemainder(minus, rounded - T.Of(Magic));
        return T.Fma(p, T.AddToBits(T.ShiftBitsLeft(rounded, 23), OneBits), T.Of(1f));
    }

    /// <summary>
    /// x times its sigmoid, the sigmoid being 1/2 plus an odd rational function of degree 9 over 10: within 1.5e-7, from 0 to 1, and 0 below
    /// about -17.6. The coefficients are those of ONNX Runtime (MLAS, logistic.cpp; they come from Eigen), and so are the bits where that
    /// has fused multiply-add.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T RationalSilu<T>(T x) where T : unmanaged, ILanes<T>
    {
        T saturated = T.Of(18f);
        x = T.AtLeast(x, -saturated);
        T bounded = T.AtMost(x, saturated), square = bounded * bounded;
        T p = T.Fma(square, T.Of(4.37031012579801e-11f), T.Of(1.15627324459942e-7f));
        p = T.Fma(p, square, T.Of(6.08574864600143e-5f));
        p = T.Fma(p, square, T.Of(8.51377133304701e-3f));
        p = T.Fma(p, square, T.Of(0.248287947061529f));
        T q = T.Fma(square, T.Of(6.10247389755681e-13f), T.Of(5.76102136993427e-9f));
        q = T.Fma(q, square, T.Of(6.29106785017040e-6f));
        q = T.Fma(q, square, T.Of(1.70198817374094e-3f));
        q = T.Fma(q, square, T.Of(0.116817656904453f));
        q = T.Fma(q, square, T.Of(0.993151921023180f));
        return x * T.AtLeast((p * bounded / q) + T.Of(0.5f), T.Of(0f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh<T>(T x) where T : unmanaged, ILanes<T>
    {
        T one = T.Of(1f);
        T magnitude = T.Abs(x);
        T square = x * x;
        T small = T.Of(-0.00609671418f);
        small = T.Fma(small, square, T.Of(0.0209971797f));
        small = T.Fma(small, square, T.Of(-0.0538509078f));
        small = T.Fma(small, square, T.Of(0.133327693f));
        small = T.Fma(small, square, T.Of(-0.333333284f));
        small = T.Fma(small * square, x, x);
        T e = ExpOfNegative(magnitude * T.Of(-2f));
        T large = WithSignOf((one - e) / (one + e), x);
        return T.Select(T.Less(magnitude, T.Of(0.625f)), small, large);
    }

    /// <summary>The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Erf<T>(T x) where T : unmanaged, ILanes<T>
    {
        T magnitude = T.Abs(x);
        T square = x * x;
        T small = T.Of(7.87587487e-5f);
        small = T.Fma(small, square, T.Of(-0.00080168643f));
        small = T.Fma(small, square, T.Of(0.00518908724f));
        small = T.Fma(small, square, T.Of(-0.0268542115f));
        small = T.Fma(small, square, T.Of(0.112835944f));
        small = T.Fma(small, square, T.Of(-0.37612626f));
        small = T.Fma(small, square, T.Of(0.128379166f));
        small = T.Fma(small, x, x);
        // ln(1 - erf(t)) / t for t up to 4, where erf has become 1.
        T t = T.AtMost(magnitude, T.Of(4f));
        T q = T.Of(1.09413611e-6f);
        q = T.Fma(q, t, T.Of(-3.52680290e-5f));
        q = T.Fma(q, t, T.Of(0.000505542150f));
        q = T.Fma(q, t, T.Of(-0.00433147093f));
        q = T.Fma(q, t, T.Of(0.0252058264f));
        q = T.Fma(q, t, T.Of(-0.107947551f));
        q = T.Fma(q, t, T.Of(-0.634080052f));
        q = T.Fma(q, t, T.Of(-1.12892354f));
        T large = WithSignOf(T.Of(1f) - ExpOfNegative(q * t), x);
        return T.Select(T.Less(magnitude, T.Of(1f)), small, large);
    }

    /// <summary>The natural logarithm: minus infinity at 0, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log<T>(T x) where T : unmanaged, ILanes<T>
    {
        T infinity = T.Of(float.PositiveInfinity);
        // Numbers too small to be normal are scaled up by 2^24 first.
        T subnormal = T.Less(x, T.Of(1.17549435e-38f));
        T scaled = T.Select(subnormal, x * T.Of(16777216f), x);
        // x = 2^n (1 + f) with 1 + f between sqrt(1/2) and sqrt(2): 0x3F3504F3 is sqrt(1/2).
        T n = T.ShiftBitsRight(T.AddToBits(scaled, -0x3F3504F3), 23);
        T f = T.SubtractBits(scaled, T.ShiftBitsLeft(n, 23)) - T.Of(1f);
        T exponent = T.FromBits(n) - T.Select(subnormal, T.Of(24f), T.Of(0f));
        T p = T.Of(0.0697161183f);
        p = T.Fma(p, f, T.Of(-0.114797339f));
        p = T.Fma(p, f, T.Of(0.116854198f));
        p = T.Fma(p, f, T.Of(-0.124256872f));
        p = T.Fma(p, f, T.Of(0.142490581f));
        p = T.Fma(p, f, T.Of(-0.166678026f));
        p = T.Fma(p, f, T.Of(0.200007156f));
        p = T.Fma(p, f, T.Of(-0.24999997f));
        p = T.Fma(p, f, T.Of(0.333333313f));
        T square = f * f;
        T tail = T.Fma(p * square, f, T.Fma(square, T.Of(-0.5f), exponent * T.Of(Ln2Low)));
        T result = T.Fma(exponent, T.Of(Ln2High), f + tail);
        result = T.Select(T.Less(x, infinity), result, x);
        result = T.Select(T.Equal(x, T.Of(0f)), -infinity, result);
        return T.Select(T.Less(x, T.Of(0f)), T.Of(float.NaN), result);
    }

    /// <summary>ln(1 + exp(x)), without overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Softplus<T>(T x) where T : unmanaged, ILanes<T>
    {
        T e = ExpOfNegative(-T.Abs(x));
        // ln(1 + e): what 1 + e loses by rounding is put back to first order.
        T sum = T.Of(1f) + e;
        T lost = e - (sum - T.Of(1f));
        return T.Max(x, T.Of(0f)) + (Log(sum) + lost / sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T WithSignOf<T>(T magnitude, T sign) where T : unmanaged, ILanes<T> => magnitude | (sign & T.Of(-0f));

    /// <summary>exp(x - n ln 2) by its Taylor-like polynomial around 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ExpOfRemainder<T>(T x, T n) where T : unmanaged, ILanes<T>
    {
        T r = T.Fma(n, T.Of(-Ln2High), x);
        r = T.Fma(n, T.Of(-Ln2Low), r);
        T p = T.Of(0.0013926184f);
        p = T.Fma(p, r, T.Of(0.00836317893f));
        p = T.Fma(p, r, T.Of(0.0416665561f));
        p = T.Fma(p, r, T.Of(0.166665763f));
        p = T.Fma(p, r, T.Of(0.5f));
        p = T.Fma(p * r, r, r);
        return p + T.Of(1f);
    }

    /// <summary>2^n for the integer n in the bits, from -126 to 127.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T PowerOfTwo<T>(T n) where T : unmanaged, ILanes<T> => T.AddToBits(T.ShiftBitsLeft(n, 23), OneBits);
}
