using EdgeCnn.Engine.Kernels.Int8.Products;

namespace EdgeCnn.Engine.Tests.Kernels.Int8;

public class ProductPiecesTests
{
    [Fact]
    public void Every_row_meets_every_panel_once_and_no_piece_is_empty()
    {
        Random random = new(17);
        int[] sizes = [0, 1, 7, 8, 9, 49, 64, 65, 3136, 102_400, 10_000_000];
        int[] lengths = [0, 4, 28, 576, 4608, 25_088, 100_000_000];
        foreach (int rows in sizes)
            foreach (int panels in (int[])[0, 1, 2, 3, 16, 32, 1000])
                foreach (int length in lengths)
                    foreach (bool isWide in (bool[])[false, true])
                    {
                        int groups = random.Next(1, 40);
                        ProductPieces pieces = ProductPieces.Of(rows, panels, groups, length, isWide);
                        string shape = $"{rows} rows, {panels} panels, {groups} groups, length {length}, wide {isWide}: {pieces}";
                        Assert.True(Covers(pieces.RowBlocks, pieces.RowsOfPiece, rows), shape);
                        Assert.True(Covers(pieces.PanelBlocks, pieces.PanelsOfPiece, panels), shape);
                        Assert.True(pieces.RowsOfPiece % Int8Gemm.Rows == 0 && pieces.RowsOfBlock % Int8Gemm.Rows == 0, shape);
                        Assert.True(pieces.RowsOfBlock > 0 && pieces.RowsOfBlock <= pieces.RowsOfPiece, shape);
                    }
    }

    [Theory]
    [InlineData(784, 128, 144)]
    [InlineData(3136, 64, 64)]
    [InlineData(49, 512, 4608)]
    public void A_layer_of_middling_size_keeps_two_threads_busy(int rows, int columns, int length)
    {
        int panels = columns / Int8Gemm.Columns;
        foreach (bool isWide in (bool[])[false, true])
            Assert.True(ProductPieces.Of(rows, panels, 1, length, isWide).Count >= 6, $"{rows} x {columns} x {length}, wide {isWide}");
    }

    private static bool Covers(int blocks, int size, int count) =>
        count == 0 ? blocks == 0 : size > 0 && (long)blocks * size >= count && (long)(blocks - 1) * size < count;
}
