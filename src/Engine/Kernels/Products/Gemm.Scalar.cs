namespace EdgeCnn.Engine.Kernels.Products;

internal static unsafe partial class Gemm
{
    /// <summary>
    /// The specification of <see cref="Tile"/>: each element of the result is a sum of products, made in the order of taps and of k.
    /// <c>MathF.FusedMultiplyAdd(x, y, sum)</c> is x * y + sum, rounded once.
    /// </summary>
    public static void TileScalar(float** a, int taps, nint offset, nint depth, float* panel, float* bias, float* c, nint stride, int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                float* result = c + row * stride + column;
                float sum = bias != null ? bias[column] : *result;
                for (int tap = 0; tap < taps; tap++)
                {
                    float* x = a[tap * Rows + row] + offset;
                    float* y = panel + tap * depth * Columns + column;
                    for (nint k = 0; k < depth; k++)
                        sum = MathF.FusedMultiplyAdd(x[k], y[k * Columns], sum);
                }
                *result = sum;
            }
        }
    }
}
