using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeCnn.Engine.Kernels.Int8.Products;

internal static unsafe partial class Int8Gemm
{
    /// <summary>Signed data: tiles of 8 x 8 sums in sixteen of the 32 registers; SDOT adds four products to each of four columns.</summary>
    public static void MultiplyDotProduct(
        byte** a, int pieces, nint length, sbyte* panel, int* start, int* sums, nint stride, int rows)
    {
        (int tiles, int rest) = Math.DivRem(rows, Rows);
        if (tiles > 0) DotProduct<Count8>(a, pieces, length, panel, start, sums, stride, tiles);
        a += (nint)tiles * Rows * pieces;
        sums += tiles * Rows * stride;
        switch (rest)
        {
            case 1: DotProduct<Count1>(a, pieces, length, panel, start, sums, stride, 1); break;
            case 2: DotProduct<Count2>(a, pieces, length, panel, start, sums, stride, 1); break;
            case 3: DotProduct<Count3>(a, pieces, length, panel, start, sums, stride, 1); break;
            case 4: DotProduct<Count4>(a, pieces, length, panel, start, sums, stride, 1); break;
            case 5: DotProduct<Count5>(a, pieces, length, panel, start, sums, stride, 1); break;
            case 6: DotProduct<Count6>(a, pieces, length, panel, start, sums, stride, 1); break;
            case 7: DotProduct<Count7>(a, pieces, length, panel, start, sums, stride, 1); break;
        }
    }

    private static void DotProduct<TRows>(
        byte** a, int pieces, nint length, sbyte* panel, int* start, int* sums, nint stride, int tiles)
        where TRows : struct, ICount
    {
        for (; tiles > 0; tiles--, sums += stride)
        {
            Vector128<int> s0 = Vector128.Load(start), t0 = Vector128.Load(start + 4);
            Vector128<int> s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
            Vector128<int> t1 = t0, t2 = t0, t3 = t0, t4 = t0, t5 = t0, t6 = t0, t7 = t0;
            sbyte* next = panel;
            for (int piece = 0; piece < pieces; piece++, a += Rows)
            {
                sbyte* x0 = (sbyte*)a[0];
                sbyte* x1 = TRows.Count > 1 ? (sbyte*)a[1] : x0;
                sbyte* x2 = TRows.Count > 2 ? (sbyte*)a[2] : x0;
                sbyte* x3 = TRows.Count > 3 ? (sbyte*)a[3] : x0;
                sbyte* x4 = TRows.Count > 4 ? (sbyte*)a[4] : x0;
                sbyte* x5 = TRows.Count > 5 ? (sbyte*)a[5] : x0;
                sbyte* x6 = TRows.Count > 6 ? (sbyte*)a[6] : x0;
                sbyte* x7 = TRows.Count > 7 ? (sbyte*)a[7] : x0;
                nint k = 0;
                for (; k <= length - 16; k += 16, next += 128)
                {
                    Vector128<sbyte> y0 = Vector128.Load(x0 + k);
                    Vector128<sbyte> y1 = TRows.Count > 1 ? Vector128.Load(x1 + k) : y0;
                    Vector128<sbyte> y2 = TRows.Count > 2 ? Vector128.Load(x2 + k) : y0;
                    Vector128<sbyte> y3 = TRows.Count > 3 ? Vector128.Load(x3 + k) : y0;
                    Vector128<sbyte> y4 = TRows.Count > 4 ? Vector128.Load(x4 + k) : y0;
                    Vector128<sbyte> y5 = TRows.Count > 5 ? Vector128.Load(x5 + k) : y0;
                    Vector128<sbyte> y6 = TRows.Count > 6 ? Vector128.Load(x6 + k) : y0;
                    Vector128<sbyte> y7 = TRows.Count > 7 ? Vector128.Load(x7 + k) : y0;
                    Vector128<sbyte> b = Vector128.Load(next), c = Vector128.Load(next + 16);
                    Dot(b, c, y0, 0, ref s0, ref t0);
                    if (TRows.Count > 1) Dot(b, c, y1, 0, ref s1, ref t1);
                    if (TRows.Count > 2) Dot(b, c, y2, 0, ref s2, ref t2);
                    if (TRows.Count > 3) Dot(b, c, y3, 0, ref s3, ref t3);
                    if (TRows.Count > 4) Dot(b, c, y4, 0, ref s4, ref t4);
                    if (TRows.Count > 5) Dot(b, c, y5, 0, ref s5, ref t5);
                    if (TRows.Count > 6) Dot(b, c, y6, 0, ref s6, ref t6);
                    if (TRows.Count > 7) Dot(b, c, y7, 0, ref s7, ref t7);
                    (b, c) = (Vector128.Load(next + 32), Vector128.Load(next + 48));
                    Dot(b, c, y0, 1, ref s0, ref t0);
                    if (TRows.Count > 1) Dot(b, c, y1, 1, ref s1, ref t1);
                    if (TRows.Count > 2) Dot(b, c, y2, 1, ref s2, ref t2);
                    if (TRows.Count > 3) Dot(b, c, y3, 1, ref s3, ref t3);
                    if (TRows.Count > 4) Dot(b, c, y4, 1, ref s4, ref t4);
                    if (TRows.Count > 5) Dot(b, c, y5, 1, ref s5, ref t5);
                    if (TRows.Count > 6) Dot(b, c, y6, 1, ref s6, ref t6);
                    if (TRows.Count > 7) Dot(b, c, y7, 1, ref s7, ref t7);
                    (b, c) = (Vector128.Load(next + 64), Vector128.Load(next + 80));
                    Dot(b, c, y0, 2, ref s0, ref t0);
                    if (TRows.Count > 1) Dot(b, c, y1, 2, ref s1, ref t1);
                    if (TRows.Count > 2) Dot(b, c, y2, 2, ref s2, ref t2);
                    if (TRows.Count > 3) Dot(b, c, y3, 2, ref s3, ref t3);
                    if (TRows.Count > 4) Dot(b, c, y4, 2, ref s4, ref t4);
                    if (TRows.Count > 5) Dot(b, c, y5, 2, ref s5, ref t5);
                    if (TRows.Count > 6) Dot(b, c, y6, 2, ref s6, ref t6);
                    if (TRows.Count > 7) Dot(b, c, y7, 2, ref s7, ref t7);
                    (b, c) = (Vector128.Load(next + 96), Vector128.Load(next + 112));
                    Dot(b, c, y0, 3, ref s0, ref t0);
                    if (TRows.Count > 1) Dot(b, c, y1, 3, ref s1, ref t1);
                    if (TRows.Count > 2) Dot(b, c, y2, 3, ref s2, ref t2);
                    if (TRows.Count > 3) Dot(b, c, y3, 3, ref s3, ref t3);
                    if (TRows.Count > 4) Dot(b, c, y4, 3, ref s4, ref t4);
                    if (TRows.Count > 5) Dot(b, c, y5, 3, ref s5, ref t5);
                    if (TRows.Count > 6) Dot(b, c, y6, 3, ref s6, ref t6);
                    if (TRows.Count > 7) Dot(b, c, y7, 3, ref s7, ref t7);
                }
                for (; k < length; k += 4, next += 32)
                {
                    Vector128<sbyte> b = Vector128.Load(next), c = Vector128.Load(next + 16);
                    Dot(b, c, One(x0 + k), 0, ref s0, ref t0);
                    if (TRows.Count > 1) Dot(b, c, One(x1 + k), 0, ref s1, ref t1);
                    if (TRows.Count > 2) Dot(b, c, One(x2 + k), 0, ref s2, ref t2);
                    if (TRows.Count > 3) Dot(b, c, One(x3 + k), 0, ref s3, ref t3);
                    if (TRows.Count > 4) Dot(b, c, One(x4 + k), 0, ref s4, ref t4);
                    if (TRows.Count > 5) Dot(b, c, One(x5 + k), 0, ref s5, ref t5);
                    if (TRows.Count > 6) Dot(b, c, One(x6 + k), 0, ref s6, ref t6);
                    if (TRows.Count > 7) Dot(b, c, One(x7 + k), 0, ref s7, ref t7);
                }
            }
            Store(sums, s0, t0);
            if (TRows.Count > 1) Store(sums += stride, s1, t1);
            if (TRows.Count > 2) Store(sums += stride, s2, t2);
            if (TRows.Count > 3) Store(sums += stride, s3, t3);
            if (TRows.Count > 4) Store(sums += stride, s4, t4);
            if (TRows.Count > 5) Store(sums += stride, s5, t5);
            if (TRows.Count > 6) Store(sums += stride, s6, t6);
            if (TRows.Count > 7) Store(sums += stride, s7, t7);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Dot(
        Vector128<sbyte> b, Vector128<sbyte> c, Vector128<sbyte> x, [ConstantExpected(Max = (byte)15)] byte four,
        ref Vector128<int> s, ref Vector128<int> t)
    {
        s = Dp.DotProductBySelectedQuadruplet(s, b, x, four);
        t = Dp.DotProductBySelectedQuadruplet(t, c, x, four);
    }

    /// <summary>Four bytes in the first quarter of a vector; loaded as a float, they need not pass through a general register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<sbyte> One(sbyte* x) => Vector128.CreateScalarUnsafe(*(float*)x).AsSByte();
}
