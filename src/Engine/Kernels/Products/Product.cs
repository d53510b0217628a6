using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Products;

/// <summary>What a product is made of and what follows it.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Data">The rows of A lie in it.</param>
/// <param name="Matrix">B: weights, constant or not.</param>
/// <param name="Bias">One value per column of each group, or null.</param>
/// <param name="Residual">Added before the activation, or after it; of the output's shape; or null.</param>
/// <param name="ResidualLast">Whether the residual is added after the activation.</param>
/// <param name="Activation">Applied last, or null.</param>
/// <param name="Output">Where the result goes.</param>
internal sealed record ProductOperands(
    string Name, Buffer Data, Buffer Matrix, Buffer? Bias, Buffer? Residual, bool ResidualLast, Map? Activation, Buffer Output)
{
    /// <summary>Adds the residual to some sums, and applies the activation.</summary>
    public unsafe void Finish(float* sums, float* residual, nint count)
    {
        if (ResidualLast) Activation?.Apply(sums, sums, count);
        if (residual != null) Sums.Add(sums, residual, count);
        if (!ResidualLast) Activation?.Apply(sums, sums, count);
    }
}

/// <summary>
/// activation(A B + bias + residual), or activation(A B + bias) + residual, tile by tile (<see cref="Gemm"/>). Derived classes say where
/// the rows of A are: windows of an image, or rows of a matrix. A piece is a block of rows times a block of panels; within it sums of more
/// than <see cref="Block"/> terms are made in several rounds, so that a panel's part of each round stays in the first-level cache while all
/// rows pass over it.
/// </summary>
internal abstract unsafe class Product : Step
{
    /// <summary>Terms of a sum per round: 256 x 16 columns of B are 16 KB.</summary>
    private const int Block = 256;

    // About 30 microseconds on a fast core.
    private const long PieceMultiplyAdds = 1_500_000;
    private const int MostRowsOfPiece = 240;
    private const long PanelBytesOfPiece = 256 * 1024;

    private readonly ProductOperands _operands;
    private readonly MatrixSource _layout;
    private readonly float* _packed;
    private readonly Buffer? _packedBuffer;
    private readonly float* _bias;
    private readonly bool _biasPerGroup;
    private readonly int _groups;
    private readonly int _rows;
    private readonly int _taps;
    private readonly int _depth;
    private readonly int _rowsOfPiece;
    private readonly int _panelsOfPiece;
    private readonly int _rowBlocks;
    private readonly int _panelBlocks;

    /// <param name="operands">The product's operands.</param>
    /// <param name="layout">How B lies in its buffer.</param>
    /// <param name="groups">How many products there are, each with its rows of A and its matrix.</param>
    /// <param name="rows">Rows of each.</param>
    /// <param name="taps">Pieces that a row of A is in: the window's taps, or 1 where a row is contiguous.</param>
    /// <param name="weights">Where packed weights are kept.</param>
    protected Product(ProductOperands operands, MatrixSource layout, int groups, int rows, int taps, Weights weights)
        : base(operands.Name, [.. Read(operands)], [operands.Output])
    {
        (_operands, _layout, _groups, _rows, _taps) = (operands, layout, groups, rows, taps);
        _depth = taps == 0 ? 0 : layout.Length / taps;
        if (operands.Matrix.Constant is { } matrix)
        {
            _packed = weights.AllocateUninitialized<float>(layout.PackedFloats);
            fixed (float* source = matrix.As<float>()) layout.Pack(source, _packed);
        }
        else
        {
            _packedBuffer = new Buffer($"{operands.Matrix.Name} packed", ElementType.Float32, new Shape(checked((int)layout.PackedFloats)));
            First = new PackStep($"{operands.Name} weights", operands.Matrix, layout, _packedBuffer);
            Reads = [.. Reads, _packedBuffer];
        }
        _biasPerGroup = operands.Bias is { } bias && bias.Shape.Count > layout.Columns;
        if (operands.Bias is null or { Constant: not null }) _bias = PadBias(operands.Bias?.Constant, weights);

        long panel = (long)layout.Length * Gemm.Columns;
        _panelsOfPiece = (int)Math.Clamp(PanelBytesOfPiece / Math.Max(panel * sizeof(float), 1), 1, Math.Max(layout.Panels, 1));
        _panelBlocks = (layout.Panels + _panelsOfPiece - 1) / _panelsOfPiece;
        long most = Math.Clamp(PieceMultiplyAdds / Math.Max(panel * _panelsOfPiece, 1), Gemm.Rows, MostRowsOfPiece);
        // Blocks of nearly the same size, in whole tiles.
        int blocks = (int)((rows + most - 1) / most);
        _rowsOfPiece = blocks == 0 ? Gemm.Rows : ((rows + blocks - 1) / blocks + Gemm.Rows - 1) / Gemm.Rows * Gemm.Rows;
        _rowBlocks = (rows + _rowsOfPiece - 1) / _rowsOfPiece;
    }

    public override Step? First { get; }

    public override int Pieces => _groups * _panelBlocks * _rowBlocks;

    public override long MultiplyAdds => (long)_groups * _rows * _layout.Length * _layout.Columns;

    public override int ScratchBytes => TableBytes + BiasBytes + ResultBytes + RowScratchBytes * _rowsOfPiece;

    /// <summary>Columns of each group.</summary>
    protected int Columns => _layout.Columns;

    /// <summary>
    /// The first row of the output of each group; rows follow at <see cref="OutputStride"/>, unless <see cref="ScattersRows"/>.
    /// </summary>
    protected abstract long OutputOffset(int group);

    /// <summary>Elements from one output row to the next.</summary>
    protected abstract int OutputStride { get; }

    /// <summary>Scratch bytes per row, for rows of A that have to be gathered.</summary>
    protected virtual int RowScratchBytes => 0;

    /// <summary>True when not all output rows lie at equal distances; <see cref="OutputRun"/> then says which do.</summary>
    protected virtual bool ScattersRows => false;

    /// <summary>
    /// Where the columns of one row go, in elements from the output's start; how far apart the rows from there on lie, and how many do.
    /// </summary>
    protected virtual (long Start, int Stride, int Rows) OutputRun(int group, int row) =>
        (OutputOffset(group) + (long)row * OutputStride, OutputStride, int.MaxValue);

    /// <summary>Which matrix a group is multiplied by.</summary>
    protected virtual int MatrixOf(int group) => group;

    /// <summary>
    /// Fills in where rows of A are: the piece for tap t of row first + i goes to table[(i / Gemm.Rows * taps + t) * Gemm.Rows + i %
    /// Gemm.Rows].
    /// </summary>
    protected abstract void FindRows(int group, int first, int count, float** table, float* scratch);

    private int TableBytes => (_rowsOfPiece * _taps * sizeof(float*) + 63) / 64 * 64;

    private int BiasBytes => _bias == null ? _panelsOfPiece * Gemm.Columns * sizeof(float) : 0;

    private int ResultBytes => ScattersRows ? _rowsOfPiece * _panelsOfPiece * Gemm.Columns * sizeof(float) : 0;

    public override void Execute(int piece, byte* scratch)
    {
        int row = piece % _rowBlocks * _rowsOfPiece;
        int panel = piece / _rowBlocks % _panelBlocks * _panelsOfPiece;
        int group = piece / _rowBlocks / _panelBlocks;
        int rows = Math.Min(_rowsOfPiece, _rows - row);
        int panels = Math.Min(_panelsOfPiece, _layout.Panels - panel);
        int column = panel * Gemm.Columns;
        int columns = Math.Min(panels * Gemm.Columns, Columns - column);

        float** table = (float**)scratch;
        float* bias = Bias(group, column, columns, (float*)(scratch + TableBytes));
        float* result = (float*)(scratch + TableBytes + BiasBytes);
        FindRows(group, row, rows, table, (float*)(scratch + TableBytes + BiasBytes + ResultBytes));
        int stride = columns;
        if (!ScattersRows)
        {
            result = _operands.Output.Floats + OutputOffset(group) + (long)row * OutputStride + column;
            stride = OutputStride;
        }
        Multiply(group, panel, columns, table, rows, bias, result, stride);
        if (ScattersRows) Scatter(group, row, rows, column, columns, result);
        else Finish(result, stride, Residual(OutputOffset(group) + (long)row * ResidualStride + column), rows, columns);
    }

    private void Multiply(int group, int panel, int columns, float** table, int rows, float* bias, float* result, int stride)
    {
        float* packed = _packedBuffer is null ? _packed : _packedBuffer.Floats;
        packed += ((long)MatrixOf(group) * _layout.Panels + panel) * _layout.Length * Gemm.Columns;
        // A round takes several taps whole, or a part of one.
        int tapsOfRound = Math.Max(1, _depth == 0 ? _taps : Block / _depth);
        int depthOfRound = tapsOfRound > 1 ? _depth : Math.Min(_depth, Block);
        int tap = 0, offset = 0;
        do
        {
            int taps = Math.Min(tapsOfRound, _taps - tap), depth = Math.Min(depthOfRound, _depth - offset);
            float* start = tap == 0 && offset == 0 ? bias : null;
            float* part = packed + ((long)tap * _depth + offset) * Gemm.Columns;
            for (int column = 0; column < columns; column += Gemm.Columns, part += (long)_layout.Length * Gemm.Columns)
            {
                int width = Math.Min(Gemm.Columns, columns - column);
                for (int row = 0; row < rows; row += Gemm.Rows)
                {
                    Gemm.Tile(
                        table + ((long)row * _taps + tap * Gemm.Rows), taps, offset, depth, part, start == null ? null : start + column,
                        result + (long)row * stride + column, stride, Math.Min(Gemm.Rows, rows - row), width);
                }
            }
            offset += depth;
            if (offset < _depth) continue;
            (offset, tap) = (0, tap + taps);
        }
        while (tap < _taps);
    }

    private float* Bias(int group, int column, int columns, float* scratch)
    {
        if (_bias != null) return _bias + (_biasPerGroup ? (long)group * _layout.Panels * Gemm.Columns : 0) + column;
        float* bias = _operands.Bias!.Floats + (_biasPerGroup ? (long)group * Columns : 0) + column;
        for (int i = 0; i < columns; i++) scratch[i] = bias[i];
        return scratch;
    }

    private int ResidualStride => _operands.Residual?.Stride ?? 0;

    private float* Residual(long offset) => _operands.Residual is { } residual ? residual.Floats + offset : null;

    private void Finish(float* result, int stride, float* residual, int rows, int columns)
    {
        int other = ResidualStride;
        if (columns == stride && (residual == null || columns == other)) (rows, columns) = (1, rows * columns);
        for (int row = 0; row < rows; row++)
            _operands.Finish(result + (long)row * stride, residual == null ? null : residual + (long)row * other, columns);
    }

    private void Scatter(int group, int row, int rows, int column, int columns, float* result)
    {
        bool isFinished = _operands.Residual is null && _operands.Activation is null;
        while (rows > 0)
        {
            (long at, int stride, int run) = OutputRun(group, row);
            run = Math.Min(run, rows);
            at += column;
            for (int i = 0; i < run; i++, at += stride, result += columns)
            {
                float* to = _operands.Output.Floats + at;
                new ReadOnlySpan<float>(result, columns).CopyTo(new Span<float>(to, columns));
                if (!isFinished) Finish(to, columns, Residual(at), 1, columns);
            }
            row += run;
            rows -= run;
        }
    }

    private static IEnumerable<Buffer> Read(ProductOperands operands)
    {
        yield return operands.Data;
        if (operands.Bias is { Constant: null } bias) yield return bias;
        if (operands.Residual is { } residual) yield return residual;
    }

    private float* PadBias(Tensor? bias, Weights weights)
    {
        int width = _layout.Panels * Gemm.Columns, groups = _biasPerGroup ? _groups : 1;
        float* padded = weights.Allocate<float>((long)groups * width);
        if (bias is null) return padded;
        ReadOnlySpan<float> values = bias.As<float>();
        for (int group = 0; group < groups; group++)
            values.Slice(group * Columns, Columns).CopyTo(new Span<float>(padded + (long)group * width, Columns));
        return padded;
    }
}
