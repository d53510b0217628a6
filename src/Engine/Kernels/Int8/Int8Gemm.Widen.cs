using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeCnn.Engine.Kernels.Int8;

internal static unsafe partial class Int8Gemm
{
    /// <summary>
    /// Makes words of the bytes of one row, its pieces one after the other, in the order 0, 2, 1, 3 of every four: so the even ones lie
    /// together, and the odd ones, as they do in a word of the panel.
    /// </summary>
    /// <param name="a">The row's pieces, <see cref="Rows"/> pointers apart.</param>
    /// <param name="pieces">How many.</param>
    /// <param name="length">Bytes of each, a multiple of 4; up to 15 more are read.</param>
    /// <param name="words">pieces x length, and up to 15 more that are overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte** a, int pieces, nint length, short* words)
    {
        Vector128<byte> order = Vector128.Create((byte)0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15);
        Vector256<byte> twice = Vector256.Create(order, order);
        for (int piece = 0; piece < pieces; piece++, words += length)
        {
            byte* x = a[piece * Rows];
            for (nint k = 0; k < length; k += 16)
                Avx2.Shuffle(Avx2.ConvertToVector256Int16(x + k).AsByte(), twice).AsInt16().Store(words + k);
        }
    }
}
