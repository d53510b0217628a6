using System.Runtime.CompilerServices;
using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Engine.Kernels.Int8;

/// <summary>
/// Rounding of a vector of channels of four rows at once, with the bits of <see cref="Rounding"/>. x86 narrows pairs of vectors, so four
/// vectors become bytes by hardly more instructions than one. Its conversion to integers rounds half to even and makes the least integer
/// of what is below all integers and of what is no number; only what is above them has to be clamped before.
/// </summary>
/// <param name="high">The highest step, relative to the zero point.</param>
/// <param name="zero">Zero points of 16 bits, channels in the order in which pairs of vectors are narrowed.</param>
/// <param name="low">The lowest stored values, row after row.</param>
internal readonly unsafe struct FourRows<T>(T high, T zero, T low) where T : unmanaged, ILanes<T>
{
    private readonly T _high = high;
    private readonly T _zero = zero;
    private readonly T _low = low;

    public static bool IsSupported
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => typeof(T) == typeof(Lanes8) || typeof(T) == typeof(Lanes16);
    }

    /// <param name="low">The lowest step, relative to the zero point.</param>
    /// <param name="high">The highest.</param>
    /// <param name="minusZero">The negative zero point, as an integer in the place of a float.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourRows<T> Of(T low, T high, T minusZero) =>
        typeof(T) == typeof(Lanes8) ? Of<IntegerLanes8>(low, high, minusZero) : Of<IntegerLanes16>(low, high, minusZero);

    /// <summary>Stores four vectors of values that are already divided by the scale, each in its row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreSteps(T a, T b, T c, T d, byte* output, nint stride)
    {
        (a, b, c, d) = (T.Min(a, _high), T.Min(b, _high), T.Min(c, _high), T.Min(d, _high));
        if (typeof(T) == typeof(Lanes8)) StoreSteps<IntegerLanes8>(a, b, c, d, output, stride);
        else StoreSteps<IntegerLanes16>(a, b, c, d, output, stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FourRows<T> Of<TIntegers>(T low, T high, T minusZero) where TIntegers : unmanaged, IIntegerLanes<TIntegers>
    {
        // Zero points and steps are small enough to be floats, and to be narrowed as such.
        T zero = T.Of(0f) - T.FromBits(minusZero);
        TIntegers zeros = Narrow<TIntegers>(zero, zero), lows = TIntegers.Add16(zeros, Narrow<TIntegers>(low, low));
        return new(high, From(zeros), From(TIntegers.NarrowRows(lows, lows)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StoreSteps<TIntegers>(T a, T b, T c, T d, byte* output, nint stride) where TIntegers : unmanaged, IIntegerLanes<TIntegers>
    {
        TIntegers zero = Unsafe.BitCast<T, TIntegers>(_zero), low = Unsafe.BitCast<T, TIntegers>(_low);
        TIntegers rows = TIntegers.NarrowRows(
            TIntegers.AddSaturated16(Narrow<TIntegers>(a, b), zero), TIntegers.AddSaturated16(Narrow<TIntegers>(c, d), zero));
        TIntegers.MaxOfStored(rows, low).StoreRows(output, output + stride, output + 2 * stride, output + 3 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TIntegers Narrow<TIntegers>(T first, T second) where TIntegers : unmanaged, IIntegerLanes<TIntegers> =>
        TIntegers.Narrow(Unsafe.BitCast<T, TIntegers>(first), Unsafe.BitCast<T, TIntegers>(second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T From<TIntegers>(TIntegers bits) where TIntegers : unmanaged, IIntegerLanes<TIntegers> =>
        Unsafe.BitCast<TIntegers, T>(bits);
}
