using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeCnn.Engine.Kernels.Int8;

internal static unsafe partial class Int16Gemm
{
    /// <summary>
    /// The multiply-adds of NEON take one factor out of a lane, so that eight elements of a row of A are loaded at once and nothing is
    /// spread. A vector of B holds four columns of two rows (<see cref="IntegerLanes4"/>).
    /// </summary>
    private static void TileNeon<TRows>(short* a, nint aStride, int depth, short* b, bool two, int* c, nint cStride)
        where TRows : struct, IRows
    {
        FourRows(a, aStride, depth, b, two, c, cStride);
        if (TRows.Count > 4) FourRows(a + 4 * aStride, aStride, depth, b, two, c + 4 * cStride, cStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRows(short* a, nint aStride, int depth, short* b, bool two, int* c, nint cStride)
    {
        Vector128<int> c00 = default, c01 = default, c10 = default, c11 = default;
        Vector128<int> c20 = default, c21 = default, c30 = default, c31 = default;
        short* second = a + aStride, third = second + aStride, fourth = third + aStride;
        // A panel that is not there is computed in place of its neighbour, and what comes of it is not stored.
        nint step = two ? 16 : 8;
        short* next = two ? b + 8 : b;
        for (nint k = 0; k < depth; k += 8, b += 4 * step, next += 4 * step)
        {
            Vector128<short> a0 = Vector128.Load(a + k), a1 = Vector128.Load(second + k);
            Vector128<short> a2 = Vector128.Load(third + k), a3 = Vector128.Load(fourth + k);
            Vector128<short> b0 = Vector128.Load(b), b1 = Vector128.Load(next);
            (c00, c01) = (Pair0(c00, b0, a0), Pair0(c01, b1, a0));
            (c10, c11) = (Pair0(c10, b0, a1), Pair0(c11, b1, a1));
            (c20, c21) = (Pair0(c20, b0, a2), Pair0(c21, b1, a2));
            (c30, c31) = (Pair0(c30, b0, a3), Pair0(c31, b1, a3));
            (b0, b1) = (Vector128.Load(b + step), Vector128.Load(next + step));
            (c00, c01) = (Pair1(c00, b0, a0), Pair1(c01, b1, a0));
            (c10, c11) = (Pair1(c10, b0, a1), Pair1(c11, b1, a1));
            (c20, c21) = (Pair1(c20, b0, a2), Pair1(c21, b1, a2));
            (c30, c31) = (Pair1(c30, b0, a3), Pair1(c31, b1, a3));
            (b0, b1) = (Vector128.Load(b + 2 * step), Vector128.Load(next + 2 * step));
            (c00, c01) = (Pair2(c00, b0, a0), Pair2(c01, b1, a0));
            (c10, c11) = (Pair2(c10, b0, a1), Pair2(c11, b1, a1));
            (c20, c21) = (Pair2(c20, b0, a2), Pair2(c21, b1, a2));
            (c30, c31) = (Pair2(c30, b0, a3), Pair2(c31, b1, a3));
            (b0, b1) = (Vector128.Load(b + 3 * step), Vector128.Load(next + 3 * step));
            (c00, c01) = (Pair3(c00, b0, a0), Pair3(c01, b1, a0));
            (c10, c11) = (Pair3(c10, b0, a1), Pair3(c11, b1, a1));
            (c20, c21) = (Pair3(c20, b0, a2), Pair3(c21, b1, a2));
            (c30, c31) = (Pair3(c30, b0, a3), Pair3(c31, b1, a3));
        }
        c00.Store(c);
        c10.Store(c + cStride);
        c20.Store(c + 2 * cStride);
        c30.Store(c + 3 * cStride);
        if (!two) return;
        c01.Store(c + 4);
        c11.Store(c + cStride + 4);
        c21.Store(c + 2 * cStride + 4);
        c31.Store(c + 3 * cStride + 4);
    }

    private const byte MostLane = 7;

    // The lane has to be a constant.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Pair0(Vector128<int> sums, Vector128<short> b, Vector128<short> a) =>
        Upper(Lower(sums, b.GetLower(), a, 0), b, a, 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Pair1(Vector128<int> sums, Vector128<short> b, Vector128<short> a) =>
        Upper(Lower(sums, b.GetLower(), a, 2), b, a, 3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Pair2(Vector128<int> sums, Vector128<short> b, Vector128<short> a) =>
        Upper(Lower(sums, b.GetLower(), a, 4), b, a, 5);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Pair3(Vector128<int> sums, Vector128<short> b, Vector128<short> a) =>
        Upper(Lower(sums, b.GetLower(), a, 6), b, a, 7);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Lower(
        Vector128<int> sums, Vector64<short> b, Vector128<short> a, [ConstantExpected(Max = MostLane)] byte lane) =>
        AdvSimd.MultiplyBySelectedScalarWideningLowerAndAdd(sums, b, a, lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Upper(
        Vector128<int> sums, Vector128<short> b, Vector128<short> a, [ConstantExpected(Max = MostLane)] byte lane) =>
        AdvSimd.MultiplyBySelectedScalarWideningUpperAndAdd(sums, b, a, lane);
}
