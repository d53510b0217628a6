using EdgeCnn.Engine.Kernels.Int8.Products;
using EdgeCnn.Engine.Kernels.Products;

namespace EdgeCnn.Engine.Tests.Kernels.Int8;

public class Int8PanelsTests
{
    /// <summary>Whether kernels add products of unsigned data in 16 bits, neighbours first.</summary>
    private static bool AddsPairs => Cpu.HasAvx2 && !Cpu.HasVnni;

    /// <summary>Whether kernels add products of signed data in 16 bits.</summary>
    private static bool AddsProducts => Cpu.HasNeon && !Cpu.HasDotProduct;

    /// <summary>The first of two columns; the second is zero.</summary>
    [Theory]
    [InlineData(4, 32, 0, 32, 0)]
    [InlineData(4, 127, 1, 0, 0, 0, 0, 127, -128)]
    [InlineData(4, -128, 127, -128, 127)]
    [InlineData(4, 0, 127, 0, 0, 1, 0)]
    [InlineData(1, 0, 127, 0, 0, 2, 0)]
    [InlineData(1, -64, -64, 0, 0, -1, 0)]
    [InlineData(2, 0, 127, 0, 0, 1, 0, 0, 0, 1, 0)]
    [InlineData(2, 60, 4, 0, 0, 64, 0, 0, 0, 100, 0, 0, 0, 0, 28)]
    [InlineData(4, 60, 4, 0, 0, 64, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0, 28)]
    [InlineData(0, 127, 2)]
    [InlineData(0, 127, 1, -128, -1)]
    [InlineData(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 65, 64)]
    public void The_weights_prove_how_many_products_16_bits_hold(int chain, params int[] column)
    {
        using Weights memory = new();
        sbyte[] weights = [.. column.SelectMany(weight => (sbyte[])[(sbyte)weight, 0])];
        Int8Panels panels = new(new MatrixSource(1, 0, [0], column.Length, 2, 2, 1), weights, 1, memory);
        // Of these weights no four that are eight k apart add up to more than 255, which is all that signed data ask for.
        Assert.Equal(AddsPairs ? chain : AddsProducts ? 4 : 0, panels.Chain(0, 0));
    }

    [Fact]
    public void Signed_data_are_added_in_twos_where_the_weights_of_four_are_too_large()
    {
        using Weights memory = new();
        // Unsigned data are added four k apart, signed ones eight.
        int apart = AddsProducts ? 8 : 4;
        sbyte[] weights = new sbyte[4 * apart];
        (weights[0], weights[apart], weights[2 * apart]) = (85, -85, 86);
        Int8Panels panels = new(new MatrixSource(1, 0, [0], weights.Length, 1, 1, 1), weights, 1, memory);
        Assert.Equal(AddsPairs || AddsProducts ? 2 : 0, panels.Chain(0, 0));
    }

    [Fact]
    public void Two_weights_of_minus_128_in_one_lane_are_more_than_16_bits_hold()
    {
        using Weights memory = new();
        sbyte[] weights = new sbyte[16];
        (weights[0], weights[AddsProducts ? 8 : 4]) = (-128, -128);
        Int8Panels panels = new(new MatrixSource(1, 0, [0], weights.Length, 1, 1, 1), weights, 1, memory);
        Assert.Equal(AddsPairs || AddsProducts ? 1 : 0, panels.Chain(0, 0));
    }

    [Fact]
    public unsafe void Weights_lie_four_k_of_a_column_together_and_the_rest_is_zero()
    {
        using Weights memory = new();
        const int Depth = 3, Taps = 2;
        int columns = Int8Gemm.Columns + 1;
        // One matrix of columns x depth x taps, a piece for each tap.
        sbyte[] weights = [.. Enumerable.Range(0, columns * Depth * Taps).Select(i => (sbyte)(i % 251 - 125))];
        Int8Panels panels = new(new MatrixSource(1, 0, [0, 1], Depth, Taps, columns, Depth * Taps), weights, 1, memory);
        Assert.Equal((2, 2, 4), (panels.Count, panels.Pieces, panels.Length));
        for (int panel = 0; panel < 2; panel++)
        {
            int width = panel == 0 ? Int8Gemm.Columns : Int8Gemm.FewColumns;
            Assert.Equal(width, panels.ColumnsOf(panel));
            for (int j = 0; j < width; j++)
            {
                int sum = 0, column = panel * Int8Gemm.Columns + j;
                for (int tap = 0; tap < Taps; tap++)
                    for (int k = 0; k < 4; k++)
                    {
                        int expected = column < columns && k < Depth ? weights[(column * Depth + k) * Taps + tap] : 0;
                        Assert.Equal(expected, panels.Panel(0, panel)[(tap * width + j) * 4 + k]);
                        sum += expected;
                    }
                Assert.Equal(sum, panels.Sums(0)[column]);
            }
        }
    }
}
