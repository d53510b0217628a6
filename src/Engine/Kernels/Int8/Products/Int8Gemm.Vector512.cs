using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeCnn.Engine.Kernels.Int8.Products;

internal static unsafe partial class Int8Gemm
{
    /// <summary>
    /// Any number of rows times 32 columns, or 16: 8 x 32 sums in sixteen of the 32 registers; a register of sixteen columns takes four
    /// k at once.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply512(
        byte** a, int pieces, nint length, sbyte* panel, int columns, int chain, int* start, int* sums, nint stride, int rows)
    {
        if (columns == 32) Chain512<Count2>(a, pieces, length, panel, chain, start, sums, stride, rows);
        else Chain512<Count1>(a, pieces, length, panel, chain, start, sums, stride, rows);
    }

    /// <summary>The same of <see cref="Widen"/>ed rows, for weights that prove nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyWide512(
        short* a, nint aStride, nint length, sbyte* panel, int columns, int* start, int* sums, nint stride, int rows)
    {
        if (columns == 32) Wide512<Count2>(a, aStride, length, panel, start, sums, stride, rows);
        else Wide512<Count1>(a, aStride, length, panel, start, sums, stride, rows);
    }

    private static void Chain512<TWidth>(
        byte** a, int pieces, nint length, sbyte* panel, int chain, int* start, int* sums, nint stride, int rows)
        where TWidth : struct, ICount
    {
        int whole = rows / Rows * Rows;
        if (whole > 0) Chain512<Count8, TWidth>(a, pieces, length, panel, chain, start, sums, stride, whole);
        a += (nint)whole * pieces;
        sums += whole * stride;
        switch (rows - whole)
        {
            case 1: Chain512<Count1, TWidth>(a, pieces, length, panel, chain, start, sums, stride, 1); break;
            case 2: Chain512<Count2, TWidth>(a, pieces, length, panel, chain, start, sums, stride, 2); break;
            case 3: Chain512<Count3, TWidth>(a, pieces, length, panel, chain, start, sums, stride, 3); break;
            case 4: Chain512<Count4, TWidth>(a, pieces, length, panel, chain, start, sums, stride, 4); break;
            case 5: Chain512<Count5, TWidth>(a, pieces, length, panel, chain, start, sums, stride, 5); break;
            case 6: Chain512<Count6, TWidth>(a, pieces, length, panel, chain, start, sums, stride, 6); break;
            case 7: Chain512<Count7, TWidth>(a, pieces, length, panel, chain, start, sums, stride, 7); break;
        }
    }

    private static void Wide512<TWidth>(
        short* a, nint aStride, nint length, sbyte* panel, int* start, int* sums, nint stride, int rows)
        where TWidth : struct, ICount
    {
        for (; rows >= Rows; rows -= Rows, a += Rows * aStride, sums += Rows * stride)
            Wide512<Count8, TWidth>(a, aStride, length, panel, start, sums, stride);
        switch (rows)
        {
            case 1: Wide512<Count1, TWidth>(a, aStride, length, panel, start, sums, stride); break;
            case 2: Wide512<Count2, TWidth>(a, aStride, length, panel, start, sums, stride); break;
            case 3: Wide512<Count3, TWidth>(a, aStride, length, panel, start, sums, stride); break;
            case 4: Wide512<Count4, TWidth>(a, aStride, length, panel, start, sums, stride); break;
            case 5: Wide512<Count5, TWidth>(a, aStride, length, panel, start, sums, stride); break;
            case 6: Wide512<Count6, TWidth>(a, aStride, length, panel, start, sums, stride); break;
            case 7: Wide512<Count7, TWidth>(a, aStride, length, panel, start, sums, stride); break;
        }
    }

    /// <summary>Two products of 16 bits at a time, even and odd k of four, which are always exact.</summary>
    private static void Wide512<TRows, TWidth>(short* a, nint aStride, nint length, sbyte* panel, int* start, int* sums, nint stride)
        where TRows : struct, ICount where TWidth : struct, ICount
    {
        Vector512<int> s0 = Vector512.Load(start), t0 = TWidth.Count > 1 ? Vector512.Load(start + 16) : default;
        Vector512<int> s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        Vector512<int> t1 = t0, t2 = t0, t3 = t0, t4 = t0, t5 = t0, t6 = t0, t7 = t0;
        short* x0 = a;
        short* x1 = a + 1 * aStride;
        short* x2 = a + 2 * aStride;
        short* x3 = a + 3 * aStride;
        short* x4 = a + 4 * aStride;
        short* x5 = a + 5 * aStride;
        short* x6 = a + 6 * aStride;
        short* x7 = a + 7 * aStride;
        for (nint k = 0; k < length; k += 4, panel += TWidth.Count * 64)
        {
            Vector512<short> b = Vector512.Load((short*)panel), c = TWidth.Count > 1 ? Vector512.Load((short*)panel + 32) : default;
            Vector512<short> bEven = (b << 8) >> 8, bOdd = b >> 8, cEven = (c << 8) >> 8, cOdd = c >> 8;
            Wide<TWidth>(x0 + k, bEven, bOdd, cEven, cOdd, ref s0, ref t0);
            if (TRows.Count > 1) Wide<TWidth>(x1 + k, bEven, bOdd, cEven, cOdd, ref s1, ref t1);
            if (TRows.Count > 2) Wide<TWidth>(x2 + k, bEven, bOdd, cEven, cOdd, ref s2, ref t2);
            if (TRows.Count > 3) Wide<TWidth>(x3 + k, bEven, bOdd, cEven, cOdd, ref s3, ref t3);
            if (TRows.Count > 4) Wide<TWidth>(x4 + k, bEven, bOdd, cEven, cOdd, ref s4, ref t4);
            if (TRows.Count > 5) Wide<TWidth>(x5 + k, bEven, bOdd, cEven, cOdd, ref s5, ref t5);
            if (TRows.Count > 6) Wide<TWidth>(x6 + k, bEven, bOdd, cEven, cOdd, ref s6, ref t6);
            if (TRows.Count > 7) Wide<TWidth>(x7 + k, bEven, bOdd, cEven, cOdd, ref s7, ref t7);
        }
        Store<TWidth>(sums, s0, t0);
        if (TRows.Count > 1) Store<TWidth>(sums + 1 * stride, s1, t1);
        if (TRows.Count > 2) Store<TWidth>(sums + 2 * stride, s2, t2);
        if (TRows.Count > 3) Store<TWidth>(sums + 3 * stride, s3, t3);
        if (TRows.Count > 4) Store<TWidth>(sums + 4 * stride, s4, t4);
        if (TRows.Count > 5) Store<TWidth>(sums + 5 * stride, s5, t5);
        if (TRows.Count > 6) Store<TWidth>(sums + 6 * stride, s6, t6);
        if (TRows.Count > 7) Store<TWidth>(sums + 7 * stride, s7, t7);
    }

    /// <summary>
    /// Products of unsigned by signed bytes, neighbours added in 16 bits, and up to <paramref name="chain"/> such sums added in 16 bits
    /// before they become sums of 32 bits: exact where the weights prove that 16 bits hold them. TRows.Count rows, or a multiple of them.
    /// </summary>
    private static void Chain512<TRows, TWidth>(
        byte** a, int pieces, nint length, sbyte* panel, int chain, int* start, int* sums, nint stride, int rows)
        where TRows : struct, ICount where TWidth : struct, ICount
    {
        Vector512<short> ones = Vector512.Create((short)1);
        for (; rows > 0; rows -= TRows.Count, sums += TRows.Count * stride)
        {
            Vector512<int> s0 = Vector512.Load(start), t0 = TWidth.Count > 1 ? Vector512.Load(start + 16) : default;
            Vector512<int> s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
            Vector512<int> t1 = t0, t2 = t0, t3 = t0, t4 = t0, t5 = t0, t6 = t0, t7 = t0;
            sbyte* b = panel;
            for (int piece = 0; piece < pieces; piece++, a += Rows)
            {
                byte* x0 = a[0];
                byte* x1 = TRows.Count > 1 ? a[1] : x0;
                byte* x2 = TRows.Count > 2 ? a[2] : x0;
                byte* x3 = TRows.Count > 3 ? a[3] : x0;
                byte* x4 = TRows.Count > 4 ? a[4] : x0;
                byte* x5 = TRows.Count > 5 ? a[5] : x0;
                byte* x6 = TRows.Count > 6 ? a[6] : x0;
                byte* x7 = TRows.Count > 7 ? a[7] : x0;
                nint k = 0;
                for (; chain == 4 && k <= length - 16; k += 16, b += TWidth.Count * 256)
                {
                    Vector512<sbyte> b0 = Load<TWidth>(b, 0), c0 = Load<TWidth>(b, 1);
                    Vector512<sbyte> b1 = Load<TWidth>(b, 2), c1 = Load<TWidth>(b, 3);
                    Vector512<sbyte> b2 = Load<TWidth>(b, 4), c2 = Load<TWidth>(b, 5);
                    Vector512<sbyte> b3 = Load<TWidth>(b, 6), c3 = Load<TWidth>(b, 7);
                    Chain<TWidth>(x0 + k, b0, b1, b2, b3, c0, c1, c2, c3, ones, ref s0, ref t0);
                    if (TRows.Count > 1) Chain<TWidth>(x1 + k, b0, b1, b2, b3, c0, c1, c2, c3, ones, ref s1, ref t1);
                    if (TRows.Count > 2) Chain<TWidth>(x2 + k, b0, b1, b2, b3, c0, c1, c2, c3, ones, ref s2, ref t2);
                    if (TRows.Count > 3) Chain<TWidth>(x3 + k, b0, b1, b2, b3, c0, c1, c2, c3, ones, ref s3, ref t3);
                    if (TRows.Count > 4) Chain<TWidth>(x4 + k, b0, b1, b2, b3, c0, c1, c2, c3, ones, ref s4, ref t4);
                    if (TRows.Count > 5) Chain<TWidth>(x5 + k, b0, b1, b2, b3, c0, c1, c2, c3, ones, ref s5, ref t5);
                    if (TRows.Count > 6) Chain<TWidth>(x6 + k, b0, b1, b2, b3, c0, c1, c2, c3, ones, ref s6, ref t6);
                    if (TRows.Count > 7) Chain<TWidth>(x7 + k, b0, b1, b2, b3, c0, c1, c2, c3, ones, ref s7, ref t7);
                }
                for (; chain >= 2 && k <= length - 8; k += 8, b += TWidth.Count * 128)
                {
                    Vector512<sbyte> b0 = Load<TWidth>(b, 0), c0 = Load<TWidth>(b, 1);
                    Vector512<sbyte> b1 = Load<TWidth>(b, 2), c1 = Load<TWidth>(b, 3);
                    Chain<TWidth>(x0 + k, b0, b1, c0, c1, ones, ref s0, ref t0);
                    if (TRows.Count > 1) Chain<TWidth>(x1 + k, b0, b1, c0, c1, ones, ref s1, ref t1);
                    if (TRows.Count > 2) Chain<TWidth>(x2 + k, b0, b1, c0, c1, ones, ref s2, ref t2);
                    if (TRows.Count > 3) Chain<TWidth>(x3 + k, b0, b1, c0, c1, ones, ref s3, ref t3);
                    if (TRows.Count > 4) Chain<TWidth>(x4 + k, b0, b1, c0, c1, ones, ref s4, ref t4);
                    if (TRows.Count > 5) Chain<TWidth>(x5 + k, b0, b1, c0, c1, ones, ref s5, ref t5);
                    if (TRows.Count > 6) Chain<TWidth>(x6 + k, b0, b1, c0, c1, ones, ref s6, ref t6);
                    if (TRows.Count > 7) Chain<TWidth>(x7 + k, b0, b1, c0, c1, ones, ref s7, ref t7);
                }
                for (; k < length; k += 4, b += TWidth.Count * 64)
                {
                    Vector512<sbyte> b0 = Load<TWidth>(b, 0), c0 = Load<TWidth>(b, 1);
                    Chain<TWidth>(x0 + k, b0, c0, ones, ref s0, ref t0);
                    if (TRows.Count > 1) Chain<TWidth>(x1 + k, b0, c0, ones, ref s1, ref t1);
                    if (TRows.Count > 2) Chain<TWidth>(x2 + k, b0, c0, ones, ref s2, ref t2);
                    if (TRows.Count > 3) Chain<TWidth>(x3 + k, b0, c0, ones, ref s3, ref t3);
                    if (TRows.Count > 4) Chain<TWidth>(x4 + k, b0, c0, ones, ref s4, ref t4);
                    if (TRows.Count > 5) Chain<TWidth>(x5 + k, b0, c0, ones, ref s5, ref t5);
                    if (TRows.Count > 6) Chain<TWidth>(x6 + k, b0, c0, ones, ref s6, ref t6);
                    if (TRows.Count > 7) Chain<TWidth>(x7 + k, b0, c0, ones, ref s7, ref t7);
                }
            }
            Store<TWidth>(sums, s0, t0);
            if (TRows.Count > 1) Store<TWidth>(sums + 1 * stride, s1, t1);
            if (TRows.Count > 2) Store<TWidth>(sums + 2 * stride, s2, t2);
            if (TRows.Count > 3) Store<TWidth>(sums + 3 * stride, s3, t3);
            if (TRows.Count > 4) Store<TWidth>(sums + 4 * stride, s4, t4);
            if (TRows.Count > 5) Store<TWidth>(sums + 5 * stride, s5, t5);
            if (TRows.Count > 6) Store<TWidth>(sums + 6 * stride, s6, t6);
            if (TRows.Count > 7) Store<TWidth>(sums + 7 * stride, s7, t7);
        }
    }

    // Multiplications by two and additions by two: in this order they share the processor's pipes best.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Wide<TWidth>(
        short* x, Vector512<short> bEven, Vector512<short> bOdd, Vector512<short> cEven, Vector512<short> cOdd,
        ref Vector512<int> s, ref Vector512<int> t)
        where TWidth : struct, ICount
    {
        Vector512<short> even = Vector512.Create(*(int*)x).AsInt16(), odd = Vector512.Create(*(int*)(x + 2)).AsInt16();
        Vector512<int> p = Avx512BW.MultiplyAddAdjacent(even, bEven);
        Vector512<int> q = TWidth.Count > 1 ? Avx512BW.MultiplyAddAdjacent(even, cEven) : Avx512BW.MultiplyAddAdjacent(odd, bOdd);
        s += p;
        if (TWidth.Count == 1)
        {
            s += q;
            return;
        }
        t += q;
        p = Avx512BW.MultiplyAddAdjacent(odd, bOdd);
        q = Avx512BW.MultiplyAddAdjacent(odd, cOdd);
        s += p;
        t += q;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Chain<TWidth>(
        byte* x, Vector512<sbyte> b, Vector512<sbyte> c, Vector512<short> ones, ref Vector512<int> s, ref Vector512<int> t)
        where TWidth : struct, ICount
    {
        Vector512<byte> four = Four(x);
        Add<TWidth>(Pairs(four, b), TWidth.Count > 1 ? Pairs(four, c) : default, ones, ref s, ref t);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Chain<TWidth>(
        byte* x, Vector512<sbyte> b0, Vector512<sbyte> b1, Vector512<sbyte> c0, Vector512<sbyte> c1,
        Vector512<short> ones, ref Vector512<int> s, ref Vector512<int> t)
        where TWidth : struct, ICount
    {
        Vector512<byte> x0 = Four(x), x1 = Four(x + 4);
        Vector512<short> p0 = Pairs(x0, b0), p1 = Pairs(x1, b1);
        if (TWidth.Count > 1)
        {
            Vector512<short> q0 = Pairs(x0, c0), q1 = Pairs(x1, c1);
            p0 += p1;
            q0 += q1;
            Add<TWidth>(p0, q0, ones, ref s, ref t);
        }
        else
        {
            Add<TWidth>(p0 + p1, default, ones, ref s, ref t);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Chain<TWidth>(
        byte* x, Vector512<sbyte> b0, Vector512<sbyte> b1, Vector512<sbyte> b2, Vector512<sbyte> b3,
        Vector512<sbyte> c0, Vector512<sbyte> c1, Vector512<sbyte> c2, Vector512<sbyte> c3,
        Vector512<short> ones, ref Vector512<int> s, ref Vector512<int> t)
        where TWidth : struct, ICount
    {
        Vector512<byte> x0 = Four(x), x1 = Four(x + 4), x2 = Four(x + 8), x3 = Four(x + 12);
        Vector512<short> p0 = Pairs(x0, b0), p1 = Pairs(x1, b1);
        if (TWidth.Count > 1)
        {
            Vector512<short> q0 = Pairs(x0, c0), q1 = Pairs(x1, c1);
            p0 += p1;
            q0 += q1;
            Vector512<short> p2 = Pairs(x2, b2), q2 = Pairs(x2, c2), p3 = Pairs(x3, b3), q3 = Pairs(x3, c3);
            p2 += p3;
            q2 += q3;
            p0 += p2;
            q0 += q2;
            Add<TWidth>(p0, q0, ones, ref s, ref t);
        }
        else
        {
            Vector512<short> p2 = Pairs(x2, b2), p3 = Pairs(x3, b3);
            p0 += p1;
            p2 += p3;
            Add<TWidth>(p0 + p2, default, ones, ref s, ref t);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TWidth>(
        Vector512<short> p, Vector512<short> q, Vector512<short> ones, ref Vector512<int> s, ref Vector512<int> t)
        where TWidth : struct, ICount
    {
        Vector512<int> low = Avx512BW.MultiplyAddAdjacent(p, ones);
        Vector512<int> high = TWidth.Count > 1 ? Avx512BW.MultiplyAddAdjacent(q, ones) : default;
        s += low;
        if (TWidth.Count > 1) t += high;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Pairs(Vector512<byte> x, Vector512<sbyte> b) => Avx512BW.MultiplyAddAdjacent(x, b);

    /// <summary>The same four bytes in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Four(byte* x) => Vector512.Create(*(int*)x).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<sbyte> Load<TWidth>(sbyte* panel, int index) where TWidth : struct, ICount =>
        TWidth.Count > 1 ? Vector512.Load(panel + index * 64) : (index & 1) == 0 ? Vector512.Load(panel + index * 32) : default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TWidth>(int* sums, Vector512<int> low, Vector512<int> high) where TWidth : struct, ICount
    {
        low.Store(sums);
        if (TWidth.Count > 1) high.Store(sums + 16);
    }
}
