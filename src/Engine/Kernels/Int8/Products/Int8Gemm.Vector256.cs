using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeCnn.Engine.Kernels.Int8.Products;

internal static unsafe partial class Int8Gemm
{
    /// <summary>Rows that sixteen registers hold: eight of sums, four of B, two of A and one for products.</summary>
    private const int Rows256 = 4;

    /// <summary>
    /// Any number of rows times 16 columns, or 8, four rows after the other; a register of eight columns takes four k at once.
    /// </summary>
    public static void Multiply256(
        byte** a, int pieces, nint length, sbyte* panel, int columns, int chain, int* start, int* sums, nint stride, int rows)
    {
        if (columns == 16) Chain256<Count2>(a, pieces, length, panel, chain, start, sums, stride, rows);
        else Chain256<Count1>(a, pieces, length, panel, chain, start, sums, stride, rows);
    }

    /// <summary>The same of <see cref="Widen"/>ed rows, for weights that prove nothing.</summary>
    public static void MultiplyWide256(
        short* a, nint aStride, nint length, sbyte* panel, int columns, int* start, int* sums, nint stride, int rows)
    {
        if (columns == 16) Wide256<Count2>(a, aStride, length, panel, start, sums, stride, rows);
        else Wide256<Count1>(a, aStride, length, panel, start, sums, stride, rows);
    }

    private static void Chain256<TWidth>(
        byte** a, int pieces, nint length, sbyte* panel, int chain, int* start, int* sums, nint stride, int rows)
        where TWidth : struct, ICount
    {
        int whole = rows / Rows256 * Rows256;
        if (whole > 0) Chain256<Count4, TWidth>(a, pieces, length, panel, chain, start, sums, stride, 0, whole);
        switch (rows - whole)
        {
            case 1: Chain256<Count1, TWidth>(a, pieces, length, panel, chain, start, sums, stride, whole, rows); break;
            case 2: Chain256<Count2, TWidth>(a, pieces, length, panel, chain, start, sums, stride, whole, rows); break;
            case 3: Chain256<Count3, TWidth>(a, pieces, length, panel, chain, start, sums, stride, whole, rows); break;
        }
    }

    private static void Wide256<TWidth>(
        short* a, nint aStride, nint length, sbyte* panel, int* start, int* sums, nint stride, int rows)
        where TWidth : struct, ICount
    {
        for (; rows >= Rows256; rows -= Rows256, a += Rows256 * aStride, sums += Rows256 * stride)
            Wide256<Count4, TWidth>(a, aStride, length, panel, start, sums, stride);
        switch (rows)
        {
            case 1: Wide256<Count1, TWidth>(a, aStride, length, panel, start, sums, stride); break;
            case 2: Wide256<Count2, TWidth>(a, aStride, length, panel, start, sums, stride); break;
            case 3: Wide256<Count3, TWidth>(a, aStride, length, panel, start, sums, stride); break;
        }
    }

    /// <summary>Two products of 16 bits at a time, even and odd k of four, which are always exact.</summary>
    private static void Wide256<TRows, TWidth>(short* a, nint aStride, nint length, sbyte* panel, int* start, int* sums, nint stride)
        where TRows : struct, ICount where TWidth : struct, ICount
    {
        Vector256<int> s0 = Vector256.Load(start), t0 = TWidth.Count > 1 ? Vector256.Load(start + 8) : default;
        Vector256<int> s1 = s0, s2 = s0, s3 = s0, t1 = t0, t2 = t0, t3 = t0;
        short* x0 = a;
        short* x1 = a + 1 * aStride;
        short* x2 = a + 2 * aStride;
        short* x3 = a + 3 * aStride;
        for (nint k = 0; k < length; k += 4, panel += TWidth.Count * 32)
        {
            Vector256<short> b = Vector256.Load((short*)panel), c = TWidth.Count > 1 ? Vector256.Load((short*)panel + 16) : default;
            Vector256<short> bEven = (b << 8) >> 8, bOdd = b >> 8, cEven = (c << 8) >> 8, cOdd = c >> 8;
            Wide<TWidth>(x0 + k, bEven, bOdd, cEven, cOdd, ref s0, ref t0);
            if (TRows.Count > 1) Wide<TWidth>(x1 + k, bEven, bOdd, cEven, cOdd, ref s1, ref t1);
            if (TRows.Count > 2) Wide<TWidth>(x2 + k, bEven, bOdd, cEven, cOdd, ref s2, ref t2);
            if (TRows.Count > 3) Wide<TWidth>(x3 + k, bEven, bOdd, cEven, cOdd, ref s3, ref t3);
        }
        Store<TWidth>(sums, s0, t0);
        if (TRows.Count > 1) Store<TWidth>(sums + 1 * stride, s1, t1);
        if (TRows.Count > 2) Store<TWidth>(sums + 2 * stride, s2, t2);
        if (TRows.Count > 3) Store<TWidth>(sums + 3 * stride, s3, t3);
    }

    /// <summary>
    /// Sums of up to <paramref name="chain"/> pairs of products in 16 bits, as those of 512 bits are made, for rows from
    /// <paramref name="row"/> to <paramref name="end"/>, which are TRows.Count or a multiple of them.
    /// </summary>
    private static void Chain256<TRows, TWidth>(
        byte** a, int pieces, nint length, sbyte* panel, int chain, int* start, int* sums, nint stride, int row, int end)
        where TRows : struct, ICount where TWidth : struct, ICount
    {
        Vector256<short> ones = Vector256.Create((short)1);
        for (; row < end; row += TRows.Count)
        {
            byte** x = a + (nint)row / Rows * Rows * pieces + row % Rows;
            sbyte* b = panel;
            int* to = sums + row * stride;
            Vector256<int> s0 = Vector256.Load(start), t0 = TWidth.Count > 1 ? Vector256.Load(start + 8) : default;
            Vector256<int> s1 = s0, s2 = s0, s3 = s0, t1 = t0, t2 = t0, t3 = t0;
            for (int piece = 0; piece < pieces; piece++, x += Rows)
            {
                byte* x0 = x[0];
                byte* x1 = TRows.Count > 1 ? x[1] : x0;
                byte* x2 = TRows.Count > 2 ? x[2] : x0;
                byte* x3 = TRows.Count > 3 ? x[3] : x0;
                nint k = 0;
                for (; chain == 4 && k <= length - 16; k += 16, b += TWidth.Count * 128)
                {
                    Chain<Count4, TWidth>(x0 + k, b, ones, ref s0, ref t0);
                    if (TRows.Count > 1) Chain<Count4, TWidth>(x1 + k, b, ones, ref s1, ref t1);
                    if (TRows.Count > 2) Chain<Count4, TWidth>(x2 + k, b, ones, ref s2, ref t2);
                    if (TRows.Count > 3) Chain<Count4, TWidth>(x3 + k, b, ones, ref s3, ref t3);
                }
                for (; chain >= 2 && k <= length - 8; k += 8, b += TWidth.Count * 64)
                {
                    Chain<Count2, TWidth>(x0 + k, b, ones, ref s0, ref t0);
                    if (TRows.Count > 1) Chain<Count2, TWidth>(x1 + k, b, ones, ref s1, ref t1);
                    if (TRows.Count > 2) Chain<Count2, TWidth>(x2 + k, b, ones, ref s2, ref t2);
                    if (TRows.Count > 3) Chain<Count2, TWidth>(x3 + k, b, ones, ref s3, ref t3);
                }
                for (; k < length; k += 4, b += TWidth.Count * 32)
                {
                    Chain<Count1, TWidth>(x0 + k, b, ones, ref s0, ref t0);
                    if (TRows.Count > 1) Chain<Count1, TWidth>(x1 + k, b, ones, ref s1, ref t1);
                    if (TRows.Count > 2) Chain<Count1, TWidth>(x2 + k, b, ones, ref s2, ref t2);
                    if (TRows.Count > 3) Chain<Count1, TWidth>(x3 + k, b, ones, ref s3, ref t3);
                }
            }
            Store<TWidth>(to, s0, t0);
            if (TRows.Count > 1) Store<TWidth>(to + 1 * stride, s1, t1);
            if (TRows.Count > 2) Store<TWidth>(to + 2 * stride, s2, t2);
            if (TRows.Count > 3) Store<TWidth>(to + 3 * stride, s3, t3);
        }
    }

    // Multiplications by two and additions by two: see Wide of 512 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Wide<TWidth>(
        short* x, Vector256<short> bEven, Vector256<short> bOdd, Vector256<short> cEven, Vector256<short> cOdd,
        ref Vector256<int> s, ref Vector256<int> t)
        where TWidth : struct, ICount
    {
        Vector256<short> even = Vector256.Create(*(int*)x).AsInt16(), odd = Vector256.Create(*(int*)(x + 2)).AsInt16();
        Vector256<int> p = Avx2.MultiplyAddAdjacent(even, bEven);
        Vector256<int> q = TWidth.Count > 1 ? Avx2.MultiplyAddAdjacent(even, cEven) : Avx2.MultiplyAddAdjacent(odd, bOdd);
        s += p;
        if (TWidth.Count == 1)
        {
            s += q;
            return;
        }
        t += q;
        p = Avx2.MultiplyAddAdjacent(odd, bOdd);
        q = Avx2.MultiplyAddAdjacent(odd, cOdd);
        s += p;
        t += q;
    }

    /// <summary>TChain times four k of one row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Chain<TChain, TWidth>(byte* x, sbyte* panel, Vector256<short> ones, ref Vector256<int> s, ref Vector256<int> t)
        where TChain : struct, ICount where TWidth : struct, ICount
    {
        const int Size = 32;
        Vector256<byte> four = Four256(x);
        Vector256<short> p = Pairs(four, panel), q = TWidth.Count > 1 ? Pairs(four, panel + Size) : default;
        for (int i = 1; i < TChain.Count; i++)
        {
            four = Four256(x + 4 * i);
            Vector256<short> p1 = Pairs(four, panel + TWidth.Count * Size * i);
            Vector256<short> q1 = TWidth.Count > 1 ? Pairs(four, panel + TWidth.Count * Size * i + Size) : default;
            p += p1;
            if (TWidth.Count > 1) q += q1;
        }
        Vector256<int> low = Avx2.MultiplyAddAdjacent(p, ones), high = TWidth.Count > 1 ? Avx2.MultiplyAddAdjacent(q, ones) : default;
        s += low;
        if (TWidth.Count > 1) t += high;
    }

    /// <summary>The same four bytes in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Four256(byte* x) => Vector256.Create(*(int*)x).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Pairs(Vector256<byte> x, sbyte* panel) => Avx2.MultiplyAddAdjacent(x, Vector256.Load(panel));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TWidth>(int* sums, Vector256<int> low, Vector256<int> high) where TWidth : struct, ICount
    {
        low.Store(sums);
        if (TWidth.Count > 1) high.Store(sums + 8);
    }
}
