namespace EdgeCnn.Engine.Kernels.Int8.Products;

internal static unsafe partial class Int8Gemm
{
    /// <summary>The specification of <see cref="Tile"/>: 32-bit sums of products, for data of either sign.</summary>
    public static void TileScalar(
        byte** a, bool signed, int pieces, nint length, sbyte* panel, int columns, int* start, int* sums, nint stride, int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                int sum = start[column];
                for (int piece = 0; piece < pieces; piece++)
                {
                    byte* x = a[piece * Rows + row];
                    sbyte* y = panel + (piece * length * columns) + column * 4;
                    for (nint k = 0; k < length; k++)
                        sum += (signed ? (sbyte)x[k] : x[k]) * y[k / 4 * 4 * columns + k % 4];
                }
                sums[row * stride + column] = sum;
            }
        }
    }
}
