using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeCnn.Engine.Kernels.Int8.Products;

internal static unsafe partial class Int16Gemm
{
    /// <summary>
    /// The multiply-adds of NEON take one factor out of a lane, so that eight elements of a row of A are loaded at once and nothing is
    /// spread. A vector of B holds four columns of two rows (<see cref="Vectors.IntegerLanes4"/>); its halves are loaded into registers of
    /// their own, a pair by one instruction, because the compiler copies a register before it uses a half.
    /// </summary>
    private static void TileNeon<TRows>(short* a, nint aStride, int depth, short* b, bool two, int* c, nint cStride)
        where TRows : struct, IRows
    {
        if (two) Neon<TRows, Count2>(a, aStride, depth, b, c, cStride);
        else Neon<TRows, Count1>(a, aStride, depth, b, c, cStride);
    }

    private static void Neon<TRows, TPanels>(short* a, nint aStride, int depth, short* b, int* c, nint cStride)
        where TRows : struct, IRows where TPanels : struct, ICount
    {
        Vector128<int> c00 = default, c01 = default, c10 = default, c11 = default;
        Vector128<int> c20 = default, c21 = default, c30 = default, c31 = default;
        Vector128<int> c40 = default, c41 = default, c50 = default, c51 = default;
        Vector128<int> c60 = default, c61 = default, c70 = default, c71 = default;
        nint step = TPanels.Count * 8;
        short* second = a + aStride, third = second + aStride, fourth = third + aStride;
        short* fifth = fourth + aStride, sixth = fifth + aStride, seventh = sixth + aStride, eighth = seventh + aStride;
        for (nint k = 0; k < depth; k += 8, b += 4 * step)
        {
            Vector128<short> a0 = Vector128.Load(a + k), a1 = Vector128.Load(second + k);
            Vector128<short> a2 = Vector128.Load(third + k), a3 = Vector128.Load(fourth + k);
            Vector128<short> a4 = TRows.Count > 4 ? Vector128.Load(fifth + k) : a0, a5 = TRows.Count > 4 ? Vector128.Load(sixth + k) : a0;
            Vector128<short> a6 = TRows.Count > 4 ? Vector128.Load(seventh + k) : a0;
            Vector128<short> a7 = TRows.Count > 4 ? Vector128.Load(eighth + k) : a0;
            Vector64<short> p = Vector64.Load(b), q = Vector64.Load(b + 4);
            c00 = Pair0(c00, p, q, a0);
            c10 = Pair0(c10, p, q, a1);
            c20 = Pair0(c20, p, q, a2);
            c30 = Pair0(c30, p, q, a3);
            if (TRows.Count > 4) c40 = Pair0(c40, p, q, a4);
            if (TRows.Count > 4) c50 = Pair0(c50, p, q, a5);
            if (TRows.Count > 4) c60 = Pair0(c60, p, q, a6);
            if (TRows.Count > 4) c70 = Pair0(c70, p, q, a7);
            if (TPanels.Count > 1)
            {
                (p, q) = (Vector64.Load(b + 8), Vector64.Load(b + 12));
                c01 = Pair0(c01, p, q, a0);
                c11 = Pair0(c11, p, q, a1);
                c21 = Pair0(c21, p, q, a2);
                c31 = Pair0(c31, p, q, a3);
                if (TRows.Count > 4) c41 = Pair0(c41, p, q, a4);
                if (TRows.Count > 4) c51 = Pair0(c51, p, q, a5);
                if (TRows.Count > 4) c61 = Pair0(c61, p, q, a6);
                if (TRows.Count > 4) c71 = Pair0(c71, p, q, a7);
            }
            (p, q) = (Vector64.Load(b + step), Vector64.Load(b + step + 4));
            c00 = Pair1(c00, p, q, a0);
            c10 = Pair1(c10, p, q, a1);
            c20 = Pair1(c20, p, q, a2);
            c30 = Pair1(c30, p, q, a3);
            if (TRows.Count > 4) c40 = Pair1(c40, p, q, a4);
            if (TRows.Count > 4) c50 = Pair1(c50, p, q, a5);
            if (TRows.Count > 4) c60 = Pair1(c60, p, q, a6);
            if (TRows.Count > 4) c70 = Pair1(c70, p, q, a7);
            if (TPanels.Count > 1)
            {
                (p, q) = (Vector64.Load(b + step + 8), Vector64.Load(b + step + 12));
                c01 = Pair1(c01, p, q, a0);
                c11 = Pair1(c11, p, q, a1);
                c21 = Pair1(c21, p, q, a2);
                c31 = Pair1(c31, p, q, a3);
                if (TRows.Count > 4) c41 = Pair1(c41, p, q, a4);
                if (TRows.Count > 4) c51 = Pair1(c51, p, q, a5);
                if (TRows.Count > 4) c61 = Pair1(c61, p, q, a6);
                if (TRows.Count > 4) c71 = Pair1(c71, p, q, a7);
            }
            (p, q) = (Vector64.Load(b + 2 * step), Vector64.Load(b + 2 * step + 4));
            c00 = Pair2(c00, p, q, a0);
            c10 = Pair2(c10, p, q, a1);
            c20 = Pair2(c20, p, q, a2);
            c30 = Pair2(c30, p, q, a3);
            if (TRows.Count > 4) c40 = Pair2(c40, p, q, a4);
            if (TRows.Count > 4) c50 = Pair2(c50, p, q, a5);
            if (TRows.Count > 4) c60 = Pair2(c60, p, q, a6);
            if (TRows.Count > 4) c70 = Pair2(c70, p, q, a7);
            if (TPanels.Count > 1)
            {
                (p, q) = (Vector64.Load(b + 2 * step + 8), Vector64.Load(b + 2 * step + 12));
                c01 = Pair2(c01, p, q, a0);
                c11 = Pair2(c11, p, q, a1);
                c21 = Pair2(c21, p, q, a2);
                c31 = Pair2(c31, p, q, a3);
                if (TRows.Count > 4) c41 = Pair2(c41, p, q, a4);
                if (TRows.Count > 4) c51 = Pair2(c51, p, q, a5);
                if (TRows.Count > 4) c61 = Pair2(c61, p, q, a6);
                if (TRows.Count > 4) c71 = Pair2(c71, p, q, a7);
            }
            (p, q) = (Vector64.Load(b + 3 * step), Vector64.Load(b + 3 * step + 4));
            c00 = Pair3(c00, p, q, a0);
            c10 = Pair3(c10, p, q, a1);
            c20 = Pair3(c20, p, q, a2);
            c30 = Pair3(c30, p, q, a3);
            if (TRows.Count > 4) c40 = Pair3(c40, p, q, a4);
            if (TRows.Count > 4) c50 = Pair3(c50, p, q, a5);
            if (TRows.Count > 4) c60 = Pair3(c60, p, q, a6);
            if (TRows.Count > 4) c70 = Pair3(c70, p, q, a7);
            if (TPanels.Count > 1)
            {
                (p, q) = (Vector64.Load(b + 3 * step + 8), Vector64.Load(b + 3 * step + 12));
                c01 = Pair3(c01, p, q, a0);
                c11 = Pair3(c11, p, q, a1);
                c21 = Pair3(c21, p, q, a2);
                c31 = Pair3(c31, p, q, a3);
                if (TRows.Count > 4) c41 = Pair3(c41, p, q, a4);
                if (TRows.Count > 4) c51 = Pair3(c51, p, q, a5);
                if (TRows.Count > 4) c61 = Pair3(c61, p, q, a6);
                if (TRows.Count > 4) c71 = Pair3(c71, p, q, a7);
            }
        }
        Store<TPanels>(c, c00, c01);
        Store<TPanels>(c += cStride, c10, c11);
        Store<TPanels>(c += cStride, c20, c21);
        Store<TPanels>(c += cStride, c30, c31);
        if (TRows.Count <= 4) return;
        Store<TPanels>(c += cStride, c40, c41);
        Store<TPanels>(c += cStride, c50, c51);
        Store<TPanels>(c += cStride, c60, c61);
        Store<TPanels>(c + cStride, c70, c71);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TPanels>(int* c, Vector128<int> left, Vector128<int> right) where TPanels : struct, ICount
    {
        left.Store(c);
        if (TPanels.Count > 1) right.Store(c + 4);
    }

    private const byte MostLane = 7;

    // The lane has to be a constant.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Pair0(Vector128<int> sums, Vector64<short> p, Vector64<short> q, Vector128<short> a) =>
        Add(Add(sums, p, a, 0), q, a, 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Pair1(Vector128<int> sums, Vector64<short> p, Vector64<short> q, Vector128<short> a) =>
        Add(Add(sums, p, a, 2), q, a, 3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Pair2(Vector128<int> sums, Vector64<short> p, Vector64<short> q, Vector128<short> a) =>
        Add(Add(sums, p, a, 4), q, a, 5);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Pair3(Vector128<int> sums, Vector64<short> p, Vector64<short> q, Vector128<short> a) =>
        Add(Add(sums, p, a, 6), q, a, 7);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Add(
        Vector128<int> sums, Vector64<short> b, Vector128<short> a, [ConstantExpected(Max = MostLane)] byte lane) =>
        AdvSimd.MultiplyBySelectedScalarWideningLowerAndAdd(sums, b, a, lane);
}
