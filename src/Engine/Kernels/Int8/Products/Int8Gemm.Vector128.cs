using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeCnn.Engine.Kernels.Int8.Products;

internal static unsafe partial class Int8Gemm
{
    /// <summary>Rows that sixteen registers hold: eight of sums, four of B, two of A and one for products.</summary>
    private const int Rows128 = 4;

    /// <summary>
    /// 8 x 8 sums for any processor with vectors of 128 bits, four rows after the other: a register of four columns takes four k at once,
    /// which are multiplied in 16 bits, data of either sign.
    /// </summary>
    public static void Tile128(
        byte** a, bool signed, int pieces, nint length, sbyte* panel, int* start, int* sums, nint stride, int rows)
    {
        for (; rows > 0; rows -= Rows128, a += Rows128, sums += Rows128 * stride)
        {
            switch (rows)
            {
                case 1: Tile128<Count1>(a, signed, pieces, length, panel, start, sums, stride); break;
                case 2: Tile128<Count2>(a, signed, pieces, length, panel, start, sums, stride); break;
                case 3: Tile128<Count3>(a, signed, pieces, length, panel, start, sums, stride); break;
                default: Tile128<Count4>(a, signed, pieces, length, panel, start, sums, stride); break;
            }
        }
    }

    private static void Tile128<TRows>(
        byte** a, bool signed, int pieces, nint length, sbyte* panel, int* start, int* sums, nint stride)
        where TRows : struct, ICount
    {
        Vector128<int> s0 = Vector128.Load(start), t0 = Vector128.Load(start + 4);
        Vector128<int> s1 = s0, s2 = s0, s3 = s0, t1 = t0, t2 = t0, t3 = t0;
        for (int piece = 0; piece < pieces; piece++, a += Rows)
        {
            byte* x0 = a[0];
            byte* x1 = TRows.Count > 1 ? a[1] : x0;
            byte* x2 = TRows.Count > 2 ? a[2] : x0;
            byte* x3 = TRows.Count > 3 ? a[3] : x0;
            for (nint k = 0; k < length; k += 4, panel += 32)
            {
                Vector128<short> b = Vector128.Load((short*)panel), c = Vector128.Load((short*)panel + 8);
                Vector128<short> bEven = (b << 8) >> 8, bOdd = b >> 8, cEven = (c << 8) >> 8, cOdd = c >> 8;
                Add(x0 + k, signed, bEven, bOdd, cEven, cOdd, ref s0, ref t0);
                if (TRows.Count > 1) Add(x1 + k, signed, bEven, bOdd, cEven, cOdd, ref s1, ref t1);
                if (TRows.Count > 2) Add(x2 + k, signed, bEven, bOdd, cEven, cOdd, ref s2, ref t2);
                if (TRows.Count > 3) Add(x3 + k, signed, bEven, bOdd, cEven, cOdd, ref s3, ref t3);
            }
        }
        Store(sums, s0, t0);
        if (TRows.Count > 1) Store(sums + 1 * stride, s1, t1);
        if (TRows.Count > 2) Store(sums + 2 * stride, s2, t2);
        if (TRows.Count > 3) Store(sums + 3 * stride, s3, t3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        byte* x, bool signed, Vector128<short> bEven, Vector128<short> bOdd, Vector128<short> cEven, Vector128<short> cOdd,
        ref Vector128<int> s, ref Vector128<int> t)
    {
        Vector128<short> four = Vector128.Create(*(int*)x).AsInt16();
        Vector128<short> even = signed ? (four << 8) >> 8 : four & Vector128.Create((short)0xFF);
        Vector128<short> odd = signed ? four >> 8 : (four.AsUInt16() >> 8).AsInt16();
        s += Products(even, bEven) + Products(odd, bOdd);
        t += Products(even, cEven) + Products(odd, cOdd);
    }

    /// <summary>For each lane of 32 bits the sum of two products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Products(Vector128<short> x, Vector128<short> b)
    {
        if (Cpu.HasSse2) return Sse2.MultiplyAddAdjacent(x, b);
        // The product of two bytes, of either sign, fits 16 bits.
        Vector128<int> both = (x * b).AsInt32();
        return ((both << 16) >> 16) + (both >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(int* sums, Vector128<int> low, Vector128<int> high)
    {
        low.Store(sums);
        high.Store(sums + 4);
    }
}
