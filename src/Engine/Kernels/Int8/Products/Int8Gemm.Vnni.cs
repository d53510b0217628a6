using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeCnn.Engine.Kernels.Int8.Products;

internal static unsafe partial class Int8Gemm
{
    /// <summary>To each 32-bit sum the products of four unsigned bytes with four signed ones.</summary>
    internal interface IFourProducts
    {
        static abstract Vector256<int> Add(Vector256<int> sums, Vector256<byte> x, Vector256<sbyte> weights);
    }

    /// <summary>
    /// One instruction of AVX-VNNI (vpdpbusd, Intel's Software Developer's Manual, volume 2): nothing saturates, so weights need no proof.
    /// </summary>
    internal readonly struct Vnni : IFourProducts
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> x, Vector256<sbyte> weights) =>
            AvxVnni.MultiplyWideningAndAdd(sums, x, weights);
    }

    /// <summary>8 x 16 sums, or 8 x 8, four rows after the other, so that sums, weights and data fit sixteen registers.</summary>
    /// <typeparam name="TFour">The instruction: <see cref="Vnni"/>, but for tests.</typeparam>
    public static void TileVnni<TFour>(
        byte** a, int pieces, nint length, sbyte* panel, int columns, int* start, int* sums, nint stride, int rows)
        where TFour : struct, IFourProducts
    {
        for (; rows > 0; rows -= Rows256, a += Rows256, sums += Rows256 * stride)
        {
            int some = Math.Min(rows, Rows256);
            if (columns == 16) FourRows<TFour, Count2>(a, pieces, length, panel, start, sums, stride, some);
            else FourRows<TFour, Count1>(a, pieces, length, panel, start, sums, stride, some);
        }
    }

    private static void FourRows<TFour, TWidth>(
        byte** a, int pieces, nint length, sbyte* panel, int* start, int* sums, nint stride, int rows)
        where TFour : struct, IFourProducts where TWidth : struct, ICount
    {
        Vector256<int> s0 = Vector256.Load(start), t0 = TWidth.Count > 1 ? Vector256.Load(start + 8) : default;
        Vector256<int> s1 = s0, s2 = s0, s3 = s0, t1 = t0, t2 = t0, t3 = t0;
        for (int piece = 0; piece < pieces; piece++, a += Rows)
        {
            // Rows that do not exist are those that do, done once more and not stored.
            byte* x0 = a[0];
            byte* x1 = rows > 1 ? a[1] : x0;
            byte* x2 = rows > 2 ? a[2] : x0;
            byte* x3 = rows > 3 ? a[3] : x0;
            for (nint k = 0; k < length; k += 4, panel += TWidth.Count * 32)
            {
                Vector256<sbyte> b = Vector256.Load(panel), c = TWidth.Count > 1 ? Vector256.Load(panel + 32) : default;
                Vector256<byte> x = Vector256.Create(*(int*)(x0 + k)).AsByte();
                s0 = TFour.Add(s0, x, b);
                if (TWidth.Count > 1) t0 = TFour.Add(t0, x, c);
                x = Vector256.Create(*(int*)(x1 + k)).AsByte();
                s1 = TFour.Add(s1, x, b);
                if (TWidth.Count > 1) t1 = TFour.Add(t1, x, c);
                x = Vector256.Create(*(int*)(x2 + k)).AsByte();
                s2 = TFour.Add(s2, x, b);
                if (TWidth.Count > 1) t2 = TFour.Add(t2, x, c);
                x = Vector256.Create(*(int*)(x3 + k)).AsByte();
                s3 = TFour.Add(s3, x, b);
                if (TWidth.Count > 1) t3 = TFour.Add(t3, x, c);
            }
        }
        StoreRow<TWidth>(sums, s0, t0);
        if (rows > 1) StoreRow<TWidth>(sums + stride, s1, t1);
        if (rows > 2) StoreRow<TWidth>(sums + 2 * stride, s2, t2);
        if (rows > 3) StoreRow<TWidth>(sums + 3 * stride, s3, t3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow<TWidth>(int* sums, Vector256<int> low, Vector256<int> high) where TWidth : struct, ICount
    {
        low.Store(sums);
        if (TWidth.Count > 1) high.Store(sums + 8);
    }
}
