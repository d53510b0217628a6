using EdgeCnn.Engine.Kernels.Int8.Epilogues;
using EdgeCnn.Engine.Kernels.Quantized;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8.Products;

/// <summary>What a product of 8-bit integers reads and writes.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Data">The rows of A lie in it; of <see cref="Cpu.Int8Data"/>.</param>
/// <param name="Zero">The data's zero point as it is stored.</param>
/// <param name="RunZero">Where the zero point stands when only the run tells it: one element of <see cref="Cpu.Int8Data"/>; or
/// null.</param>
/// <param name="Epilogue">What becomes of the sums.</param>
/// <param name="Residual">What the epilogue adds, or null.</param>
/// <param name="Output">Where it puts the results.</param>
internal sealed record Int8Operands(
    string Name, Buffer Data, int Zero, Buffer? RunZero, Epilogue Epilogue, Buffer? Residual, Buffer Output);

/// <summary>
/// Sums of (data - zero point) * weight, tile by tile (<see cref="Int8Gemm"/>), and what their epilogue makes of them. The stored data are
/// multiplied as they are, and each sum starts from what the zero point adds too much: -zero * (sum of the column's weights). Derived
/// classes say where the rows of A are. A piece is a block of rows times a block of panels; within it, the sums of a few rows and one
/// panel are finished while they are in the first-level cache.
/// </summary>
internal abstract unsafe class Int8Product : Step
{
    private readonly Int8Operands _operands;
    private readonly Int8Panels _panels;
    private readonly int _groups;
    private readonly int _rows;
    private readonly int _paddingBytes;
    private readonly byte* _padding;
    private readonly int* _start;
    private readonly bool _isWide;
    private readonly int _wideStride;
    private readonly ProductPieces _pieces;

    // Where in the scratch memory what lies; pointers to pieces of rows lie first.
    private readonly int _sumsAt, _startAt, _paddingAt, _wordsAt, _copiesAt;

    /// <param name="operands">What is read and written.</param>
    /// <param name="panels">The packed matrices, one for each group.</param>
    /// <param name="groups">How many products there are.</param>
    /// <param name="rows">Rows of each.</param>
    /// <param name="paddingBytes">Bytes of what stands for a part of a row that does not exist.</param>
    /// <param name="copyBytes">Scratch bytes per row, for rows that have to be copied.</param>
    /// <param name="memory">Where start values are kept.</param>
    protected Int8Product(Int8Operands operands, Int8Panels panels, int groups, int rows, int paddingBytes, int copyBytes, Weights memory)
        : base(operands.Name, [.. Read(operands)], [operands.Output])
    {
        (_operands, _panels, _groups, _rows, _paddingBytes) = (operands, panels, groups, rows, paddingBytes);
        if (operands.RunZero is null)
        {
            int columns = panels.PaddedColumns;
            _start = memory.Allocate<int>((long)groups * columns);
            for (int group = 0; group < groups; group++) Start(group, 0, columns, operands.Zero, _start + (long)group * columns);
            _padding = memory.Allocate<byte>(paddingBytes);
            new Span<byte>(_padding, paddingBytes).Fill((byte)operands.Zero);
        }
        _isWide = Enumerable.Range(0, groups * panels.Count).Any(i => IsWide(i / panels.Count, i % panels.Count));
        _pieces = ProductPieces.Of(rows, panels.Count, groups, panels.Pieces * panels.Length, _isWide);
        // Rows begin at cache lines, but not at the distance of a power of two, at which they would take each other's places in the cache.
        _wideStride = (panels.Pieces * panels.Length + 31) / 32 * 32 + 32;

        long end = 0;
        bool isRun = operands.RunZero is not null;
        long blockRows = _pieces.RowsOfBlock;
        Reserve(blockRows * panels.Pieces * sizeof(byte*));
        _sumsAt = Reserve(blockRows * Int8Gemm.Columns * sizeof(int));
        _startAt = Reserve(isRun ? (long)_pieces.PanelsOfPiece * Int8Gemm.Columns * sizeof(int) : 0);
        _paddingAt = Reserve(isRun ? paddingBytes : 0);
        _wordsAt = Reserve(_isWide ? blockRows * _wideStride * sizeof(short) : 0);
        _copiesAt = Reserve(blockRows * copyBytes);
        ScratchBytes = (int)end;

        int Reserve(long bytes)
        {
            int at = (int)end;
            end += (bytes + 63) / 64 * 64;
            if (end <= int.MaxValue - 64) return at;
            int length = panels.Pieces * panels.Length;
            throw new ModelException($"'{operands.Name}' makes sums of {length} products of 8-bit integers, too long to be made at once.");
        }
    }

    public override int Pieces => _groups * _pieces.Count;

    public override long MultiplyAdds => (long)_groups * _rows * _panels.MultiplyAddsOfRow;

    public override int ScratchBytes { get; }

    /// <summary>The kernel and what the weights prove.</summary>
    protected string GemmName => $"int8 gemm {Int8Gemm.Name}{(_panels.Proof() is { Length: > 0 } proof ? $", {proof}" : "")}";

    /// <summary>Where the columns of a row are stored, counted in rows.</summary>
    protected virtual long OutputRow(int row) => row;

    /// <summary>False when rows are not stored one after the other.</summary>
    protected virtual bool IsDense => true;

    /// <summary>
    /// Fills in where rows of A are: piece t of row first + i goes to table[(i / Int8Gemm.Rows * pieces + t) * Int8Gemm.Rows + i %
    /// Int8Gemm.Rows].
    /// </summary>
    /// <param name="group">Which product.</param>
    /// <param name="first">Its first row wanted.</param>
    /// <param name="count">Rows wanted.</param>
    /// <param name="table">The pointers.</param>
    /// <param name="copies">Room for rows that have to be copied.</param>
    /// <param name="padding">A part of a row that does not exist.</param>
    /// <param name="zero">Each of its bytes.</param>
    protected abstract void FindRows(int group, int first, int count, byte** table, byte* copies, byte* padding, byte zero);

    public override void Execute(int piece, byte* scratch)
    {
        (int group, int part) = Math.DivRem(piece, _pieces.Count);
        (int panelBlock, int rowBlock) = Math.DivRem(part, _pieces.RowBlocks);
        int firstRow = rowBlock * _pieces.RowsOfPiece, panel = panelBlock * _pieces.PanelsOfPiece;
        int endRow = Math.Min(firstRow + _pieces.RowsOfPiece, _rows);
        int endPanel = Math.Min(panel + _pieces.PanelsOfPiece, _panels.Count);

        byte** table = (byte**)scratch;
        int* sums = (int*)(scratch + _sumsAt);
        int* start = _start + (long)group * _panels.PaddedColumns + panel * Int8Gemm.Columns;
        byte* padding = _padding;
        int zero = _operands.Zero;
        if (_operands.RunZero is { } run)
        {
            zero = Quantization.Integer(run, 0);
            start = (int*)(scratch + _startAt);
            padding = scratch + _paddingAt;
            int first = panel * Int8Gemm.Columns;
            Start(group, first, Math.Min(endPanel * Int8Gemm.Columns, _panels.PaddedColumns) - first, zero, start);
            new Span<byte>(padding, _paddingBytes).Fill((byte)zero);
        }
        short* words = (short*)(scratch + _wordsAt);
        for (int row = firstRow; row < endRow; row += _pieces.RowsOfBlock)
        {
            int rows = Math.Min(_pieces.RowsOfBlock, endRow - row);
            FindRows(group, row, rows, table, scratch + _copiesAt, padding, (byte)zero);
            bool widened = false;
            for (int p = panel; p < endPanel; p++)
            {
                int* from = start + (p - panel) * Int8Gemm.Columns;
                if (IsWide(group, p))
                {
                    if (!widened) Int8Gemm.Widen(table, rows, _panels.Pieces, _panels.Length, words, _wideStride);
                    widened = true;
                    MultiplyWide(group, p, words, rows, from, sums);
                }
                else
                {
                    Multiply(group, p, table, rows, from, sums);
                }
                Finish(group, p, row, rows, sums);
            }
        }
    }

    private bool IsWide(int group, int panel) => Int8Gemm.IsWide(_panels.Chain(group, panel));

    private void Multiply(int group, int panel, byte** table, int rows, int* start, int* sums)
    {
        int columns = _panels.ColumnsOf(panel);
        Int8Gemm.Multiply(
            table, _panels.Pieces, _panels.Length, _panels.Panel(group, panel), columns, _panels.Chain(group, panel), start, sums, columns,
            rows);
    }

    private void MultiplyWide(int group, int panel, short* words, int rows, int* start, int* sums)
    {
        int columns = _panels.ColumnsOf(panel);
        Int8Gemm.MultiplyWide(
            words, _wideStride, _panels.Pieces * _panels.Length, _panels.Panel(group, panel), columns, start, sums, columns, rows);
    }

    private void Finish(int group, int panel, int row, int rows, int* sums)
    {
        int stride = _panels.ColumnsOf(panel), first = panel * Int8Gemm.Columns;
        int channel = group * _panels.Columns + first, columns = Math.Min(stride, _panels.Columns - first);
        if (IsDense)
        {
            Finish(sums, stride, rows, row, channel, columns);
            return;
        }
        for (int i = 0; i < rows; i++) Finish(sums + i * stride, stride, 1, OutputRow(row + i), channel, columns);
    }

    private void Finish(int* sums, int stride, int rows, long outputRow, int channel, int columns)
    {
        (Epilogue epilogue, Buffer output, Buffer? residual) = (_operands.Epilogue, _operands.Output, _operands.Residual);
        epilogue.Rows(
            sums, stride, rows, channel, columns,
            residual is null ? null : residual.Data + outputRow * residual.Stride + channel, residual?.Stride ?? 0,
            output.Data + (outputRow * output.Stride + channel) * epilogue.OutputSize, output.Stride);
    }

    private void Start(int group, int first, int count, int zero, int* start)
    {
        int* sums = _panels.Sums(group) + first;
        for (int i = 0; i < count; i++) start[i] = -zero * sums[i];
    }

    private static IEnumerable<Buffer> Read(Int8Operands operands)
    {
        yield return operands.Data;
        if (operands.RunZero is { } zero) yield return zero;
        if (operands.Residual is { } residual) yield return residual;
        if (operands.Epilogue.Reads is { } factor) yield return factor;
    }
}
