namespace EdgeCnn.Engine.Kernels.Products;

/// <summary>The product of matrices: rows of A lie one after the other.</summary>
internal sealed unsafe class Rows(
    ProductOperands operands, MatrixSource layout, int[] firstRows, int[] matrices, int rows, Weights weights)
    : Product(operands, layout, matrices.Length, rows, 1, weights)
{
    private readonly Buffer _a = operands.Data;
    private readonly int _length = layout.Length;
    private readonly int _rows = rows;

    public override string Kernel => $"gemm {Gemm.Name}";

    protected override int OutputStride => Columns;

    protected override long OutputOffset(int group) => (long)group * _rows * Columns;

    protected override int MatrixOf(int group) => matrices[group];

    protected override void FindRows(int group, int first, int count, float** table, float* scratch)
    {
        float* row = _a.Floats + (long)(firstRows[group] + first) * _length;
        for (int i = 0; i < count; i++, row += _length) table[i] = row;
    }
}
