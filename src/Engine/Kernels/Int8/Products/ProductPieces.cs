namespace EdgeCnn.Engine.Kernels.Int8.Products;

/// <summary>
/// How a product of 8-bit integers falls into pieces of work: blocks of rows times blocks of panels, cut without regard to the number of
/// threads. A piece takes its rows block by block, and every block meets all panels of the piece.
/// </summary>
/// <param name="RowsOfBlock">Rows that are found, multiplied by a panel and finished together; whole tiles.</param>
/// <param name="RowsOfPiece">Rows of a piece; whole tiles.</param>
/// <param name="PanelsOfPiece">Panels of a piece.</param>
/// <param name="RowBlocks">Into how many pieces the rows fall.</param>
/// <param name="PanelBlocks">Into how many the panels fall.</param>
internal readonly record struct ProductPieces(int RowsOfBlock, int RowsOfPiece, int PanelsOfPiece, int RowBlocks, int PanelBlocks)
{
    // 25 microseconds on a fast core; less where there would be too few pieces for threads to end together.
    private const long MostMultiplyAdds = 2_500_000;
    private const long LeastMultiplyAdds = 700_000;
    private const int EnoughPieces = 16;
    private const int LeastRowsOfBlock = 8 * Int8Gemm.Rows;

    // What stays in a first-level cache: rows of A, and the sums of a block.
    private const int RowBytes = 24 * 1024, SumBytes = 8 * 1024;

    // What stays in a second-level cache.
    private const long PanelBytes = 256 * 1024;
    private const int WideBytes = 128 * 1024;

    /// <param name="rows">Rows of the product.</param>
    /// <param name="panels">Panels of its matrix.</param>
    /// <param name="groups">How many such products there are.</param>
    /// <param name="length">How long each sum is.</param>
    /// <param name="isWide">Whether rows have to be widened, which pays the better the more panels they meet.</param>
    public static ProductPieces Of(int rows, int panels, int groups, int length, bool isWide)
    {
        long panel = Math.Max(1, (long)length * Int8Gemm.Columns);
        long size = Math.Clamp(panel * panels * rows * groups / EnoughPieces, LeastMultiplyAdds, MostMultiplyAdds);
        // The more rows, the less the calls that finish them cost.
        int mostSums = SumBytes / sizeof(int) / Int8Gemm.Columns;
        long most = Math.Clamp(RowBytes / Math.Max(1, length), LeastRowsOfBlock, Math.Max(LeastRowsOfBlock, mostSums));
        long mostPanels = PanelBytes / panel;
        if (isWide)
        {
            most = Math.Min(WideBytes / sizeof(short) / Math.Max(1, length), size / (panel * Math.Clamp(panels, 1, 8)));
            most = Math.Clamp(most, 2 * Int8Gemm.Rows, LeastRowsOfBlock);
            mostPanels = long.MaxValue;
        }
        int rowsOfBlock = WholeTiles((int)Math.Min(most, Math.Max(rows, 1)));
        // A panel that few rows meet costs what it takes to fetch it.
        int panelBlocks = Blocks(panels, Math.Min(mostPanels, size / Math.Clamp(rows, 4, rowsOfBlock) / panel));
        int panelsOfPiece = panelBlocks == 0 ? 1 : Blocks(panels, panelBlocks);
        int rowBlocks = Blocks(rows, Math.Max(size / (panel * panelsOfPiece), rowsOfBlock));
        int rowsOfPiece = rowBlocks == 0 ? Int8Gemm.Rows : WholeTiles(Blocks(rows, rowBlocks));
        return new ProductPieces(
            Math.Min(rowsOfBlock, rowsOfPiece), rowsOfPiece, panelsOfPiece, Blocks(rows, rowsOfPiece), Blocks(panels, panelsOfPiece));
    }

    public int Count => RowBlocks * PanelBlocks;

    private static int Blocks(int count, long size) => (int)((count + Math.Max(1, size) - 1) / Math.Max(1, size));

    private static int WholeTiles(int rows) => (rows + Int8Gemm.Rows - 1) / Int8Gemm.Rows * Int8Gemm.Rows;
}
