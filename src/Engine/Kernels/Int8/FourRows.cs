using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Engine.Kernels.Int8;

/// <summary>
/// Rounding of a vector of channels of four rows at once, with the bits of <see cref="Rounding"/>. x86 narrows pairs of vectors, so four
/// vectors become bytes by hardly more instructions than one. Its conversion to integers rounds half to even and makes the least integer
/// of what is below all integers and of what is no number; only what is above them has to be clamped before.
/// </summary>
/// <param name="high">The highest step, relative to the zero point.</param>
/// <param name="zero">Zero points of 16 bits, channels in the order in which pairs of vectors are narrowed.</param>
/// <param name="low">The lowest stored values, channels in the order in which four vectors are narrowed.</param>
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
    public static FourRows<T> Of(T low, T high, T minusZero)
    {
        if (typeof(T) == typeof(Lanes8))
        {
            Vector256<int> zero = -As256(minusZero).AsInt32();
            Vector256<short> zeros = Avx2.PackSignedSaturate(zero, zero), lows = zeros + Steps(low, low);
            return new(high, From(zeros), From(Avx2.PackUnsignedSaturate(lows, lows)));
        }
        else
        {
            Vector512<int> zero = -As512(minusZero).AsInt32();
            Vector512<short> zeros = Avx512BW.PackSignedSaturate(zero, zero), lows = zeros + Steps512(low, low);
            return new(high, From(zeros), From(Avx512BW.PackUnsignedSaturate(lows, lows)));
        }
    }

    /// <summary>Stores four vectors of values that are already divided by the scale, each in its row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreSteps(T a, T b, T c, T d, byte* output, nint stride)
    {
        (a, b, c, d) = (T.Min(a, _high), T.Min(b, _high), T.Min(c, _high), T.Min(d, _high));
        if (typeof(T) == typeof(Lanes8))
        {
            Vector256<short> zero = As256(_zero).AsInt16();
            Vector256<byte> narrow = Avx2.PackUnsignedSaturate(Avx2.AddSaturate(Steps(a, b), zero), Avx2.AddSaturate(Steps(c, d), zero));
            // Each half has four channels of all rows.
            Vector256<long> rows = Avx2.PermuteVar8x32(
                Avx2.Max(narrow, As256(_low).AsByte()).AsInt32(), Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).AsInt64();
            Vector128<double> upper = rows.GetLower().AsDouble(), lower = rows.GetUpper().AsDouble();
            Sse2.StoreLow((double*)output, upper);
            Sse2.StoreHigh((double*)(output + stride), upper);
            Sse2.StoreLow((double*)(output + 2 * stride), lower);
            Sse2.StoreHigh((double*)(output + 3 * stride), lower);
        }
        else
        {
            Vector512<short> zero = As512(_zero).AsInt16();
            Vector512<byte> narrow = Avx512BW.PackUnsignedSaturate(
                Avx512BW.AddSaturate(Steps512(a, b), zero), Avx512BW.AddSaturate(Steps512(c, d), zero));
            // Each quarter has four channels of all rows.
            Vector512<int> quarters = Avx512BW.Max(narrow, As512(_low).AsByte()).AsInt32();
            Vector512<byte> rows = Avx512F.PermuteVar16x32(
                quarters, Vector512.Create(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)).AsByte();
            rows.GetLower().GetLower().Store(output);
            Avx512F.ExtractVector128(rows, 1).Store(output + stride);
            Avx512F.ExtractVector128(rows, 2).Store(output + 2 * stride);
            Avx512F.ExtractVector128(rows, 3).Store(output + 3 * stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Steps(T a, T b) =>
        Avx2.PackSignedSaturate(Avx.ConvertToVector256Int32(As256(a)), Avx.ConvertToVector256Int32(As256(b)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Steps512(T a, T b) =>
        Avx512BW.PackSignedSaturate(Avx512F.ConvertToVector512Int32(As512(a)), Avx512F.ConvertToVector512Int32(As512(b)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> As256(T value) => Unsafe.BitCast<T, Vector256<float>>(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> As512(T value) => Unsafe.BitCast<T, Vector512<float>>(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T From<TElement>(Vector256<TElement> value) => Unsafe.BitCast<Vector256<float>, T>(value.AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T From<TElement>(Vector512<TElement> value) => Unsafe.BitCast<Vector512<float>, T>(value.AsSingle());
}
