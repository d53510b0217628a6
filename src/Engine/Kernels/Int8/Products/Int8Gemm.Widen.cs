using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeCnn.Engine.Kernels.Int8.Products;

internal static unsafe partial class Int8Gemm
{
    /// <summary>
    /// Makes words of the bytes of rows, the pieces of each one after the other, in the order 0, 2, 1, 3 of every four: so the even ones
    /// lie together, and the odd ones, as they do in a word of the panel.
    /// </summary>
    /// <param name="a">Piece p of row i is at a[(i / Rows * pieces + p) * Rows + i % Rows].</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="pieces">Pieces of each.</param>
    /// <param name="length">Bytes of each piece, a multiple of 4; up to 15 more are read.</param>
    /// <param name="words">pieces x length of each row, and up to 15 more that are overwritten.</param>
    /// <param name="stride">Words from one row to the next.</param>
    public static void Widen(byte** a, int rows, int pieces, nint length, short* words, nint stride)
    {
        Vector128<byte> order = Vector128.Create((byte)0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15);
        Vector256<byte> twice = Vector256.Create(order, order);
        for (int row = 0; row < rows; row++, words += stride)
        {
            byte** piece = a + (nint)(row / Rows) * pieces * Rows + row % Rows;
            short* to = words;
            for (byte** end = piece + (nint)pieces * Rows; piece < end; piece += Rows, to += length)
            {
                byte* x = *piece;
                for (nint k = 0; k < length; k += 16)
                    Avx2.Shuffle(Avx2.ConvertToVector256Int16(x + k).AsByte(), twice).AsInt16().Store(to + k);
            }
        }
    }
}
