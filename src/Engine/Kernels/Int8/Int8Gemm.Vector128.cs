using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EdgeCnn.Engine.Kernels.Int8;

internal static unsafe partial class Int8Gemm
{
    /// <summary>
    /// 4 x 8 sums for any processor with vectors of 128 bits: the product of two bytes, of either sign, fits 16 bits, and becomes 32 bits
    /// wide before it is added.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile128(
        byte** a, bool signed, int pieces, nint length, sbyte* panel, int columns, int* start, int* sums, nint stride, int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column += 8)
            {
                Vector128<int> low = Vector128.Load(start + column), high = Vector128.Load(start + column + 4);
                for (int piece = 0; piece < pieces; piece++)
                {
                    byte* x = a[piece * Rows + row];
                    sbyte* b = panel + piece * length * columns + column * 4;
                    for (nint k = 0; k < length; k += 4, b += columns * 4)
                    {
                        Vector128<short> four = Vector128.Create(*(int*)(x + k)).AsInt16();
                        Vector128<short> even = signed ? (four << 8) >> 8 : four & Vector128.Create((short)0xFF);
                        Vector128<short> odd = signed ? four >> 8 : (four.AsUInt16() >> 8).AsInt16();
                        low = low + Products(even, odd, Vector128.Load((short*)b));
                        high = high + Products(even, odd, Vector128.Load((short*)(b + 16)));
                    }
                }
                low.Store(sums + row * stride + column);
                high.Store(sums + row * stride + column + 4);
            }
        }
    }

    /// <summary>Four products for each of four columns, added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Products(Vector128<short> even, Vector128<short> odd, Vector128<short> b)
    {
        Vector128<int> p = (even * ((b << 8) >> 8)).AsInt32(), q = (odd * (b >> 8)).AsInt32();
        return ((p << 16) >> 16) + (p >> 16) + ((q << 16) >> 16) + (q >> 16);
    }
}
