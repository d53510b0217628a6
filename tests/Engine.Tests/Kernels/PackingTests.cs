using EdgeCnn.Engine.Kernels.Products;

namespace EdgeCnn.Engine.Tests.Kernels;

public unsafe class PackingTests
{
    /// <summary>Depth, columns and taps around a tile's own, and enough of them for several threads.</summary>
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(7, 15, 1)]
    [InlineData(8, 16, 1)]
    [InlineData(33, 17, 1)]
    [InlineData(1, 8, 9)]
    [InlineData(5, 16, 9)]
    [InlineData(31, 33, 9)]
    [InlineData(64, 512, 9)]
    public void Each_element_of_a_panel_is_the_one_that_the_layout_names(int depth, int columns, int taps)
    {
        int area = taps;
        int[] all = [.. Enumerable.Range(0, taps)], some = [.. all.Where(tap => tap % 2 == 0)];
        // A convolution's weights, those of a transposed convolution's phase, a matrix, a matrix that lies transposed.
        MatrixSource[] layouts =
        [
            new(2, (long)columns * depth * area, all, depth, area, columns, (long)depth * area),
            new(1, 0, some, depth, (long)columns * area, columns, area),
            new(2, (long)depth * columns, [0], depth, columns, columns, 1),
            new(1, 0, [0], depth, 1, columns, depth),
        ];
        Random random = new(depth + columns + taps);
        float[] source = new float[2 * columns * depth * area];
        foreach (ref float value in source.AsSpan()) value = random.NextSingle();
        foreach (MatrixSource layout in layouts)
        {
            float[] packed = [.. Enumerable.Repeat(float.NaN, (int)layout.PackedFloats)];
            fixed (float* from = source)
            fixed (float* to = packed) layout.Pack(from, to);

            int at = 0;
            for (int matrix = 0; matrix < layout.Matrices; matrix++)
            {
                for (int panel = 0; panel < layout.Panels; panel++)
                {
                    foreach (int tap in layout.Taps)
                    {
                        for (int k = 0; k < depth; k++)
                        {
                            for (int column = panel * Gemm.Columns; column < (panel + 1) * Gemm.Columns; column++, at++)
                            {
                                long place = (matrix * layout.MatrixStride) + tap + (k * layout.DepthStride)
                                    + (column * layout.ColumnStride);
                                float expected = column < columns ? source[place] : 0;
                                Assert.True(expected.Equals(packed[at]), $"{layout}: matrix {matrix}, tap {tap}, k {k}, column {column}");
                            }
                        }
                    }
                }
            }
            Assert.Equal(packed.Length, at);
        }
    }
}
