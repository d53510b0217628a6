using System.Numerics;
using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Quantized;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Products;

/// <summary>What a product of 8-bit integers is made of and what follows it.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Data">The rows of A lie in it: UInt8 or Int8.</param>
/// <param name="DataZero">Its zero point, or one for each row of a matrix; null: 0.</param>
/// <param name="Matrix">B: UInt8 or Int8, constant or not.</param>
/// <param name="MatrixZero">Its zero point, or one for each column; null: 0.</param>
/// <param name="Requantization">What makes 8-bit integers of the sums; null: the sums are the result.</param>
/// <param name="Output">Where the result goes.</param>
internal sealed record IntegerOperands(
    string Name, Buffer Data, Buffer? DataZero, Buffer Matrix, Buffer? MatrixZero, Requantization? Requantization, Buffer Output);

/// <summary>
/// Products of matrices of 8-bit integers, exact, by the float kernels of <see cref="Gemm"/>: a product of two differences of bytes is
/// below 2^16, so that sums of up to 256 of them are integers below 2^24, which floats hold exactly in whatever order they are added.
/// Longer sums are cut into such stretches, and the stretches are added as 32-bit integers.
/// </summary>
internal abstract unsafe class IntegerProduct : Step
{
    /// <summary>255 * 255 * 256 is below 2^24.</summary>
    private const int ExactTerms = 256;

    private const int TilesOfPiece = 8;

    private readonly IntegerOperands _operands;
    private readonly MatrixSource _layout;
    private readonly int _groups;
    private readonly int _rows;
    private readonly int _rowsOfPiece;
    private readonly int _rowBlocks;
    private readonly float* _noBias;
    private readonly float* _constantPanels;
    private readonly Buffer? _panels;

    /// <param name="operands">The product's operands.</param>
    /// <param name="layout">How B lies in its buffer.</param>
    /// <param name="groups">How many products there are.</param>
    /// <param name="rows">Rows of A in each.</param>
    /// <param name="weights">Where packed weights are kept.</param>
    protected IntegerProduct(IntegerOperands operands, MatrixSource layout, int groups, int rows, Weights weights)
        : base(operands.Name, [], [operands.Output])
    {
        (_operands, _layout, _groups, _rows) = (operands, layout, groups, rows);
        _rowsOfPiece = TilesOfPiece * Gemm.Rows;
        _rowBlocks = (rows + _rowsOfPiece - 1) / _rowsOfPiece;
        _noBias = weights.Allocate<float>(Gemm.Columns);
        Data = new Buffer($"{operands.Name} data", ElementType.Float32, operands.Data.Shape);
        if (operands.Matrix.Constant is { } matrix && operands.MatrixZero is null or { Constant: not null })
        {
            _constantPanels = weights.Allocate<float>(layout.PackedFloats);
            ReadOnlySpan<byte> zeros = operands.MatrixZero is { Constant: { } constant } ? constant.Bytes : [];
            fixed (byte* source = matrix.Bytes)
            fixed (byte* zero = zeros)
            {
                IntegerPanels panels = new(layout, source, operands.Matrix.Type, zero, zeros.Length);
                for (int i = 0; i < layout.Matrices * layout.Panels; i++) panels.Pack(i, _constantPanels);
            }
        }
        else
        {
            _panels = new Buffer($"{operands.Name} panels", ElementType.Float32, new Shape(checked((int)layout.PackedFloats)));
        }
        First = new IntegerOperandsStep(operands, layout, Data, _panels);
        Reads = [Data, .. _panels is null ? Array.Empty<Buffer>() : [_panels], .. operands.Requantization?.Inputs ?? []];
    }

    public override Step First { get; }

    public override string Kernel => $"exact integer gemm {Gemm.Name}";

    public override int Pieces => Math.Max(1, _groups * _rowBlocks);

    public override long MultiplyAdds => (long)_groups * _rows * _layout.Length * _layout.Columns;

    public override int ScratchBytes =>
        TableBytes + ResultBytes + _rowsOfPiece * Columns * sizeof(int)
            + (_operands.Requantization is null ? 0 : 2 * Columns * sizeof(float));

    /// <summary>The data less its zero point, as floats.</summary>
    protected Buffer Data { get; }

    /// <summary>Columns of each product.</summary>
    protected int Columns => _layout.Columns;

    private int Taps => _layout.Taps.Length;

    private int TableBytes => (_rowsOfPiece * Taps * sizeof(float*) + 63) / 64 * 64;

    private static int ResultBytes => Gemm.Rows * Gemm.Columns * sizeof(float);

    /// <summary>
    /// Fills in where rows of A are: the piece for tap t of row first + i goes to table[(i / Gemm.Rows * taps + t) * Gemm.Rows + i %
    /// Gemm.Rows].
    /// </summary>
    protected abstract void FindRows(int group, int first, int count, float** table);

    /// <summary>Where the columns of one row go, in elements from the output's start.</summary>
    protected abstract long OutputRow(int group, int row);

    /// <summary>Which matrix a product multiplies by.</summary>
    protected virtual int MatrixOf(int group) => group;

    public override void Execute(int piece, byte* scratch)
    {
        if (_operands.Output.Shape.Count == 0) return;
        (int group, int block) = Math.DivRem(piece, _rowBlocks);
        int first = block * _rowsOfPiece;
        int rows = Math.Min(_rowsOfPiece, _rows - first);
        float** table = (float**)scratch;
        float* tile = (float*)(scratch + TableBytes);
        int* sums = (int*)(scratch + TableBytes + ResultBytes);
        new Span<int>(sums, rows * Columns).Clear();
        FindRows(group, first, rows, table);
        int depth = _layout.Depth;
        int taps = Math.Max(1, ExactTerms / Math.Max(1, depth));
        for (int tap = 0; tap < Taps; tap += taps)
        {
            for (int offset = 0; offset < depth; offset += ExactTerms)
                Multiply(group, rows, table, tile, sums, tap, Math.Min(taps, Taps - tap), offset, Math.Min(ExactTerms, depth - offset));
        }
        Finish(group, first, rows, sums, (float*)(sums + _rowsOfPiece * Columns));
    }

    /// <summary>Adds one stretch of all sums: some taps whole, or a part of one.</summary>
    private void Multiply(int group, int rows, float** table, float* tile, int* sums, int tap, int taps, int offset, int depth)
    {
        float* panel = (_panels is null ? _constantPanels : _panels.Floats)
            + (long)MatrixOf(group) * _layout.Panels * _layout.Length * Gemm.Columns + ((long)tap * _layout.Depth + offset) * Gemm.Columns;
        for (int column = 0; column < Columns; column += Gemm.Columns, panel += (long)_layout.Length * Gemm.Columns)
        {
            int columns = Math.Min(Gemm.Columns, Columns - column);
            for (int row = 0; row < rows; row += Gemm.Rows)
            {
                int count = Math.Min(Gemm.Rows, rows - row);
                float** pointers = table + (long)row * Taps + tap * Gemm.Rows;
                Gemm.Tile(pointers, taps, offset, depth, panel, _noBias, tile, Gemm.Columns, count, Gemm.Columns);
                for (int r = 0; r < count; r++) AddRounded(sums + (row + r) * Columns + column, tile + r * Gemm.Columns, columns);
            }
        }
    }

    private static void AddRounded(int* sums, float* values, int count)
    {
        int i = 0;
        for (; i <= count - Vector<int>.Count; i += Vector<int>.Count)
            (Vector.Load(sums + i) + Vector.ConvertToInt32Native(Vector.Load(values + i))).Store(sums + i);
        for (; i < count; i++) sums[i] += (int)values[i];
    }

    private void Finish(int group, int first, int rows, int* sums, float* factors)
    {
        Requantization? requantization = _operands.Requantization;
        requantization?.Factors(group, Columns, factors);
        for (int row = 0; row < rows; row++)
        {
            long to = OutputRow(group, first + row);
            int* sum = sums + row * Columns;
            if (requantization is null) new ReadOnlySpan<int>(sum, Columns).CopyTo(new Span<int>(_operands.Output.As<int>() + to, Columns));
            else if (_operands.Output.Type == ElementType.UInt8)
                requantization.Row(group, sum, factors, _operands.Output.As<byte>() + to, Columns);
            else requantization.Row(group, sum, factors, _operands.Output.As<sbyte>() + to, Columns);
        }
    }
}

/// <summary>
/// From 32-bit sums to 8-bit integers: saturate(round half to even((sum + bias) * (x scale * w scale / y scale)) + y zero point), all in
/// single precision.
/// </summary>
internal sealed unsafe class Requantization(Buffer xScale, Buffer wScale, Buffer yScale, Buffer? yZero, Buffer? bias)
{
    public IEnumerable<Buffer> Inputs => new[] { xScale, wScale, yScale, yZero, bias }.OfType<Buffer>();

    /// <summary>The factor of each column of a group.</summary>
    public void Factors(int group, int columns, float* factors)
    {
        bool perColumn = wScale.Shape.Count > 1;
        int first = Channel(wScale, group, columns);
        for (int c = 0; c < columns; c++)
            factors[c] = Quantization.Value(xScale, 0) * Quantization.Value(wScale, perColumn ? first + c : 0) / Quantization.Value(
                yScale, 0);
    }

    /// <summary>One row of sums, which are overwritten; behind the factors there is room for as many floats.</summary>
    public void Row<T>(int group, int* sums, float* factors, T* y, int columns) where T : unmanaged, INumber<T>
    {
        int* biases = bias is null ? null : bias.As<int>() + Channel(bias, group, columns);
        for (int c = 0; c < columns && biases != null; c++) sums[c] += biases[c];
        float* steps = factors + columns;
        Conversions.ToFloats(sums, steps, columns);
        float zero = yZero is null ? 0f : Quantization.Integer(yZero, 0);
        Elementwise.Row(new ScaleAndRound(zero), steps, 1, factors, 1, steps, columns);
        Conversions.Saturate(steps, y, columns);
    }

    private readonly struct ScaleAndRound(float zero) : IBinaryFunction
    {
        public T Apply<T>(T a, T b) where T : unmanaged, ILanes<T> => T.Round(a * b) + T.Of(zero);
    }

    /// <summary>Where a group's values begin: one row of values serves all the batches of a product of matrices.</summary>
    private static int Channel(Buffer values, int group, int columns) => values.Shape.Count > columns ? group * columns : 0;
}
