using EdgeCnn.Engine.Kernels.Products;

namespace EdgeCnn.Engine.Kernels.Int8.Products;

/// <summary>
/// The product of 8-bit data with a constant matrix of 8-bit weights, as a fully connected layer computes it: rows x depth times depth x
/// columns.
/// </summary>
internal sealed unsafe class Int8Rows : Int8Product
{
    private readonly Buffer _data;
    private readonly int _depth;

    /// <param name="operands">Its data are rows x <paramref name="depth"/>, its output rows x <paramref name="columns"/>.</param>
    /// <param name="matrix">The weights.</param>
    /// <param name="depth">How long each sum is.</param>
    /// <param name="columns">Sums of each row.</param>
    /// <param name="transposed">Whether the matrix lies column after column: columns x depth.</param>
    /// <param name="memory">Where packed weights are kept.</param>
    public Int8Rows(Int8Operands operands, sbyte[] matrix, int depth, int columns, bool transposed, Weights memory)
        : base(
            operands,
            new Int8Panels(
                new MatrixSource(1, 0, [0], depth, transposed ? 1 : columns, columns, transposed ? depth : 1), matrix, 1, memory),
            1, RowsOf(operands.Data), 0, 0, memory) =>
        (_data, _depth) = (operands.Data, depth);

    public override string Kernel => GemmName;

    protected override void FindRows(int group, int first, int count, byte** table, byte* copies, byte* padding, byte zero)
    {
        byte* row = _data.Data + (long)first * _data.Stride;
        for (int i = 0; i < count; i++, row += _data.Stride) table[i] = row;
    }

    private static int RowsOf(Buffer data) =>
        data.Shape.Rank == 0 || data.Shape[^1] == 0 ? 0 : checked((int)(data.Shape.Count / data.Shape[^1]));
}
