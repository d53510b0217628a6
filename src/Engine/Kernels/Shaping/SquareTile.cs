using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EdgeCnn.Engine.Kernels.Shaping;

/// <summary>Transposes tiles of 8 x 8 elements.</summary>
internal static unsafe class SquareTile
{
    /// <summary>Writes x[r, c] to y[c, r].</summary>
    /// <param name="x">The first of 8 rows of 8 elements.</param>
    /// <param name="xStride">Distance between its rows, in elements.</param>
    /// <param name="y">The first of 8 rows of 8 elements; does not overlap <paramref name="x"/>.</param>
    /// <param name="yStride">Distance between its rows, in elements.</param>
    public static void Transpose<T>(T* x, long xStride, T* y, long yStride) where T : unmanaged
    {
        if (sizeof(T) == 4 && Vector128.IsHardwareAccelerated)
        {
            for (int row = 0; row < 8; row += 4)
            {
                for (int column = 0; column < 8; column += 4)
                    Transpose4x4((float*)x + row * xStride + column, xStride, (float*)y + column * yStride + row, yStride);
            }
            return;
        }
        for (int row = 0; row < 8; row++)
        {
            for (int column = 0; column < 8; column++) y[column * yStride + row] = x[row * xStride + column];
        }
    }

    /// <summary>Writes x[r, c] to y[c, r] for a matrix of any size, tile by tile.</summary>
    public static void Transpose<T>(T* x, long xStride, int rows, int columns, T* y, long yStride) where T : unmanaged
    {
        for (int row = 0; row < rows; row += 8)
        {
            for (int column = 0; column < columns; column += 8)
            {
                T* from = x + row * xStride + column;
                T* to = y + column * yStride + row;
                if (row + 8 <= rows && column + 8 <= columns)
                {
                    Transpose(from, xStride, to, yStride);
                    continue;
                }
                for (int r = 0; r < Math.Min(8, rows - row); r++)
                {
                    for (int c = 0; c < Math.Min(8, columns - column); c++) to[c * yStride + r] = from[r * xStride + c];
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4x4(float* x, long xStride, float* y, long yStride)
    {
        Vector128<float> a = Vector128.Load(x);
        Vector128<float> b = Vector128.Load(x + xStride);
        Vector128<float> c = Vector128.Load(x + 2 * xStride);
        Vector128<float> d = Vector128.Load(x + 3 * xStride);
        Vector128<float> acLow = InterleaveLower(a, c);
        Vector128<float> acHigh = InterleaveUpper(a, c);
        Vector128<float> bdLow = InterleaveLower(b, d);
        Vector128<float> bdHigh = InterleaveUpper(b, d);
        InterleaveLower(acLow, bdLow).Store(y);
        InterleaveUpper(acLow, bdLow).Store(y + yStride);
        InterleaveLower(acHigh, bdHigh).Store(y + 2 * yStride);
        InterleaveUpper(acHigh, bdHigh).Store(y + 3 * yStride);
    }

    /// <summary>a0 b0 a1 b1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveLower(Vector128<float> a, Vector128<float> b) => Vector128.ConditionalSelect(
        Vector128.Create(-1, 0, -1, 0).AsSingle(),
        Vector128.Shuffle(a, Vector128.Create(0, 0, 1, 1)),
        Vector128.Shuffle(b, Vector128.Create(0, 0, 1, 1)));

    /// <summary>a2 b2 a3 b3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveUpper(Vector128<float> a, Vector128<float> b) => Vector128.ConditionalSelect(
        Vector128.Create(-1, 0, -1, 0).AsSingle(),
        Vector128.Shuffle(a, Vector128.Create(2, 2, 3, 3)),
        Vector128.Shuffle(b, Vector128.Create(2, 2, 3, 3)));
}
