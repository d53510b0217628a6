using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeCnn.Engine.Kernels.Int8;

internal static unsafe partial class Int8Gemm
{
    /// <summary>Rows that the registers hold: four of sums for each, two of A, four of B, some for products.</summary>
    private const int RowsNeon = 4;

    /// <summary>
    /// 8 x 8 sums of signed data, four rows after the other or two. SMULL makes eight products of 16 bits, four for each of two columns; in
    /// a chain of two or four SMLAL adds those of the next k; SADALP adds neighbours to sums of 32 bits, two for each column.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TileNeon(byte** a, int pieces, nint length, sbyte* panel, int chain, int* start, int* sums, nint stride, int rows)
    {
        if (chain > 2) NeonChains(a, pieces, length, panel, start, sums, stride, rows);
        else NeonPairs(a, pieces, length, panel, chain, start, sums, stride, rows);
    }

    private static void NeonPairs(byte** a, int pieces, nint length, sbyte* panel, int chain, int* start, int* sums, nint stride, int rows)
    {
        for (; rows > 0; rows -= RowsNeon, a += RowsNeon, sums += RowsNeon * stride)
        {
            switch (rows)
            {
                case 1: Neon<Count1>(a, pieces, length, panel, chain, start, sums, stride); break;
                case 2: Neon<Count2>(a, pieces, length, panel, chain, start, sums, stride); break;
                case 3: Neon<Count3>(a, pieces, length, panel, chain, start, sums, stride); break;
                default: Neon<Count4>(a, pieces, length, panel, chain, start, sums, stride); break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Neon<TRows>(byte** a, int pieces, nint length, sbyte* panel, int chain, int* start, int* sums, nint stride)
        where TRows : struct, ICount
    {
        Vector128<int> s0 = default, t0 = default, u0 = default, v0 = default;
        Vector128<int> s1 = default, t1 = default, u1 = default, v1 = default;
        Vector128<int> s2 = default, t2 = default, u2 = default, v2 = default;
        Vector128<int> s3 = default, t3 = default, u3 = default, v3 = default;
        for (int piece = 0; piece < pieces; piece++, a += Rows)
        {
            byte* x0 = a[0];
            byte* x1 = TRows.Count > 1 ? a[1] : x0;
            byte* x2 = TRows.Count > 2 ? a[2] : x0;
            byte* x3 = TRows.Count > 3 ? a[3] : x0;
            nint k = 0;
            for (; chain > 1 && k <= length - 8; k += 8, panel += 64)
            {
                Vector64<sbyte> b0 = Vector64.Load(panel), b1 = Vector64.Load(panel + 8);
                Vector64<sbyte> b2 = Vector64.Load(panel + 16), b3 = Vector64.Load(panel + 24);
                Vector64<sbyte> c0 = Vector64.Load(panel + 32), c1 = Vector64.Load(panel + 40);
                Vector64<sbyte> c2 = Vector64.Load(panel + 48), c3 = Vector64.Load(panel + 56);
                Two(x0 + k, b0, b1, b2, b3, c0, c1, c2, c3, ref s0, ref t0, ref u0, ref v0);
                if (TRows.Count > 1) Two(x1 + k, b0, b1, b2, b3, c0, c1, c2, c3, ref s1, ref t1, ref u1, ref v1);
                if (TRows.Count > 2) Two(x2 + k, b0, b1, b2, b3, c0, c1, c2, c3, ref s2, ref t2, ref u2, ref v2);
                if (TRows.Count > 3) Two(x3 + k, b0, b1, b2, b3, c0, c1, c2, c3, ref s3, ref t3, ref u3, ref v3);
            }
            for (; k < length; k += 4, panel += 32)
            {
                Vector64<sbyte> b0 = Vector64.Load(panel), b1 = Vector64.Load(panel + 8);
                Vector64<sbyte> b2 = Vector64.Load(panel + 16), b3 = Vector64.Load(panel + 24);
                One(x0 + k, b0, b1, b2, b3, ref s0, ref t0, ref u0, ref v0);
                if (TRows.Count > 1) One(x1 + k, b0, b1, b2, b3, ref s1, ref t1, ref u1, ref v1);
                if (TRows.Count > 2) One(x2 + k, b0, b1, b2, b3, ref s2, ref t2, ref u2, ref v2);
                if (TRows.Count > 3) One(x3 + k, b0, b1, b2, b3, ref s3, ref t3, ref u3, ref v3);
            }
        }
        Store(start, sums, s0, t0, u0, v0);
        if (TRows.Count > 1) Store(start, sums += stride, s1, t1, u1, v1);
        if (TRows.Count > 2) Store(start, sums += stride, s2, t2, u2, v2);
        if (TRows.Count > 3) Store(start, sums += stride, s3, t3, u3, v3);
    }

    /// <summary>Four k of one row: two columns in each register of sums, two sums for each column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void One(
        byte* x, Vector64<sbyte> b0, Vector64<sbyte> b1, Vector64<sbyte> b2, Vector64<sbyte> b3,
        ref Vector128<int> s, ref Vector128<int> t, ref Vector128<int> u, ref Vector128<int> v)
    {
        Vector64<sbyte> y = AdvSimd.DuplicateSelectedScalarToVector64(One((sbyte*)x).AsInt32(), 0).AsSByte();
        Vector128<short> p = AdvSimd.MultiplyWideningLower(y, b0), q = AdvSimd.MultiplyWideningLower(y, b1);
        Vector128<short> r = AdvSimd.MultiplyWideningLower(y, b2), w = AdvSimd.MultiplyWideningLower(y, b3);
        Add(p, q, r, w, ref s, ref t, ref u, ref v);
    }

    /// <summary>Eight k of one row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Two(
        byte* x, Vector64<sbyte> b0, Vector64<sbyte> b1, Vector64<sbyte> b2, Vector64<sbyte> b3,
        Vector64<sbyte> c0, Vector64<sbyte> c1, Vector64<sbyte> c2, Vector64<sbyte> c3,
        ref Vector128<int> s, ref Vector128<int> t, ref Vector128<int> u, ref Vector128<int> v)
    {
        Vector64<int> eight = Vector64.Load((int*)x);
        Vector64<sbyte> y = AdvSimd.DuplicateSelectedScalarToVector64(eight, 0).AsSByte();
        Vector64<sbyte> z = AdvSimd.DuplicateSelectedScalarToVector64(eight, 1).AsSByte();
        Vector128<short> p = AdvSimd.MultiplyWideningLower(y, b0), q = AdvSimd.MultiplyWideningLower(y, b1);
        Vector128<short> r = AdvSimd.MultiplyWideningLower(y, b2), w = AdvSimd.MultiplyWideningLower(y, b3);
        p = AdvSimd.MultiplyWideningLowerAndAdd(p, z, c0);
        q = AdvSimd.MultiplyWideningLowerAndAdd(q, z, c1);
        r = AdvSimd.MultiplyWideningLowerAndAdd(r, z, c2);
        w = AdvSimd.MultiplyWideningLowerAndAdd(w, z, c3);
        Add(p, q, r, w, ref s, ref t, ref u, ref v);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        Vector128<short> p, Vector128<short> q, Vector128<short> r, Vector128<short> w,
        ref Vector128<int> s, ref Vector128<int> t, ref Vector128<int> u, ref Vector128<int> v)
    {
        s = AdvSimd.AddPairwiseWideningAndAdd(s, p);
        t = AdvSimd.AddPairwiseWideningAndAdd(t, q);
        u = AdvSimd.AddPairwiseWideningAndAdd(u, r);
        v = AdvSimd.AddPairwiseWideningAndAdd(v, w);
    }

    /// <summary>Adds the two sums of each column and what it starts from.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(int* start, int* sums, Vector128<int> s, Vector128<int> t, Vector128<int> u, Vector128<int> v)
    {
        (Vector128.Load(start) + AdvSimd.Arm64.AddPairwise(s, t)).Store(sums);
        (Vector128.Load(start + 4) + AdvSimd.Arm64.AddPairwise(u, v)).Store(sums + 4);
    }

    /// <summary>Chains of four, two rows at a time: the products of four would leave no registers for the rest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NeonChains(byte** a, int pieces, nint length, sbyte* panel, int* start, int* sums, nint stride, int rows)
    {
        // One of the two sums of each column begins with what the column starts from.
        Vector128<int> low = Vector128.Load(start), high = Vector128.Load(start + 4);
        Vector128<int> s = AdvSimd.Arm64.ZipLow(low, default), t = AdvSimd.Arm64.ZipHigh(low, default);
        Vector128<int> u = AdvSimd.Arm64.ZipLow(high, default), v = AdvSimd.Arm64.ZipHigh(high, default);
        for (; rows > 0; rows -= 2, a += 2, sums += stride)
        {
            Vector128<int> s0 = s, t0 = t, u0 = u, v0 = v, s1 = s, t1 = t, u1 = u, v1 = v;
            byte** row = a;
            sbyte* b = panel;
            // A row that is not there is computed as its neighbour is, and not stored.
            int next = rows > 1 ? 1 : 0;
            for (int piece = 0; piece < pieces; piece++, row += Rows)
            {
                byte* x0 = row[0], x1 = row[next];
                nint k = 0;
                for (; k <= length - 16; k += 16, b += 128)
                {
                    Vector128<int> y0 = Vector128.Load((int*)(x0 + k)), y1 = Vector128.Load((int*)(x1 + k));
                    Vector64<sbyte> b0 = Vector64.Load(b), b1 = Vector64.Load(b + 8);
                    Vector64<sbyte> b2 = Vector64.Load(b + 16), b3 = Vector64.Load(b + 24);
                    Vector64<sbyte> x = AdvSimd.DuplicateSelectedScalarToVector64(y0, 0).AsSByte();
                    Vector128<short> p0 = AdvSimd.MultiplyWideningLower(x, b0), q0 = AdvSimd.MultiplyWideningLower(x, b1);
                    Vector128<short> r0 = AdvSimd.MultiplyWideningLower(x, b2), w0 = AdvSimd.MultiplyWideningLower(x, b3);
                    x = AdvSimd.DuplicateSelectedScalarToVector64(y1, 0).AsSByte();
                    Vector128<short> p1 = AdvSimd.MultiplyWideningLower(x, b0), q1 = AdvSimd.MultiplyWideningLower(x, b1);
                    Vector128<short> r1 = AdvSimd.MultiplyWideningLower(x, b2), w1 = AdvSimd.MultiplyWideningLower(x, b3);
                    (b0, b1, b2, b3) = (Vector64.Load(b + 32), Vector64.Load(b + 40), Vector64.Load(b + 48), Vector64.Load(b + 56));
                    Next(AdvSimd.DuplicateSelectedScalarToVector64(y0, 1), b0, b1, b2, b3, ref p0, ref q0, ref r0, ref w0);
                    Next(AdvSimd.DuplicateSelectedScalarToVector64(y1, 1), b0, b1, b2, b3, ref p1, ref q1, ref r1, ref w1);
                    (b0, b1, b2, b3) = (Vector64.Load(b + 64), Vector64.Load(b + 72), Vector64.Load(b + 80), Vector64.Load(b + 88));
                    Next(AdvSimd.DuplicateSelectedScalarToVector64(y0, 2), b0, b1, b2, b3, ref p0, ref q0, ref r0, ref w0);
                    Next(AdvSimd.DuplicateSelectedScalarToVector64(y1, 2), b0, b1, b2, b3, ref p1, ref q1, ref r1, ref w1);
                    (b0, b1, b2, b3) = (Vector64.Load(b + 96), Vector64.Load(b + 104), Vector64.Load(b + 112), Vector64.Load(b + 120));
                    Next(AdvSimd.DuplicateSelectedScalarToVector64(y0, 3), b0, b1, b2, b3, ref p0, ref q0, ref r0, ref w0);
                    Next(AdvSimd.DuplicateSelectedScalarToVector64(y1, 3), b0, b1, b2, b3, ref p1, ref q1, ref r1, ref w1);
                    Add(p0, q0, r0, w0, ref s0, ref t0, ref u0, ref v0);
                    Add(p1, q1, r1, w1, ref s1, ref t1, ref u1, ref v1);
                }
                if (k <= length - 8)
                {
                    Vector64<sbyte> b0 = Vector64.Load(b), b1 = Vector64.Load(b + 8);
                    Vector64<sbyte> b2 = Vector64.Load(b + 16), b3 = Vector64.Load(b + 24);
                    Vector64<sbyte> c0 = Vector64.Load(b + 32), c1 = Vector64.Load(b + 40);
                    Vector64<sbyte> c2 = Vector64.Load(b + 48), c3 = Vector64.Load(b + 56);
                    Two(x0 + k, b0, b1, b2, b3, c0, c1, c2, c3, ref s0, ref t0, ref u0, ref v0);
                    Two(x1 + k, b0, b1, b2, b3, c0, c1, c2, c3, ref s1, ref t1, ref u1, ref v1);
                    k += 8;
                    b += 64;
                }
                if (k < length)
                {
                    Vector64<sbyte> b0 = Vector64.Load(b), b1 = Vector64.Load(b + 8);
                    Vector64<sbyte> b2 = Vector64.Load(b + 16), b3 = Vector64.Load(b + 24);
                    b += 32;
                    One(x0 + k, b0, b1, b2, b3, ref s0, ref t0, ref u0, ref v0);
                    One(x1 + k, b0, b1, b2, b3, ref s1, ref t1, ref u1, ref v1);
                }
            }
            Store(sums, AdvSimd.Arm64.AddPairwise(s0, t0), AdvSimd.Arm64.AddPairwise(u0, v0));
            if (rows > 1) Store(sums += stride, AdvSimd.Arm64.AddPairwise(s1, t1), AdvSimd.Arm64.AddPairwise(u1, v1));
        }
    }

    /// <summary>The next four k of one row, in 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Next(
        Vector64<int> four, Vector64<sbyte> b0, Vector64<sbyte> b1, Vector64<sbyte> b2, Vector64<sbyte> b3,
        ref Vector128<short> p, ref Vector128<short> q, ref Vector128<short> r, ref Vector128<short> w)
    {
        Vector64<sbyte> x = four.AsSByte();
        p = AdvSimd.MultiplyWideningLowerAndAdd(p, x, b0);
        q = AdvSimd.MultiplyWideningLowerAndAdd(q, x, b1);
        r = AdvSimd.MultiplyWideningLowerAndAdd(r, x, b2);
        w = AdvSimd.MultiplyWideningLowerAndAdd(w, x, b3);
    }
}
