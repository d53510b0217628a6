namespace EdgeCnn.Engine.Kernels;

/// <summary>
/// Where the elements of one or more matrices of K x N lie, K being taps x depth: element (tap, k, column) of matrix m is at
/// m * <paramref name="MatrixStride"/> + Taps[tap] + k * <paramref name="DepthStride"/> + column * <paramref name="ColumnStride"/>.
/// </summary>
/// <param name="Matrices">How many matrices: groups of a convolution, batches of a product.</param>
/// <param name="MatrixStride">From one to the next.</param>
/// <param name="Taps">The offset of each tap of a convolution's window; {0} for a plain product.</param>
/// <param name="Depth">Elements of each tap: input channels of a group.</param>
/// <param name="DepthStride">From one to the next.</param>
/// <param name="Columns">N: output channels of a group.</param>
/// <param name="ColumnStride">From one to the next.</param>
internal sealed record MatrixSource(int Matrices, long MatrixStride, int[] Taps, int Depth, long DepthStride, int Columns, long ColumnStride)
{
    /// <summary>K: how long each sum is.</summary>
    public int Length => Taps.Length * Depth;

    public int Panels => (Columns + Gemm.Columns - 1) / Gemm.Columns;

    /// <summary>Floats that all matrices take, packed: panels of Gemm.Columns columns, each in the order of taps and depth; missing columns are zero.</summary>
    public long PackedFloats => (long)Matrices * Panels * Length * Gemm.Columns;

    /// <summary>Packs one panel of one matrix.</summary>
    public unsafe void Pack(float* source, int matrix, int panel, float* packed)
    {
        source += matrix * MatrixStride + (long)panel * Gemm.Columns * ColumnStride;
        packed += ((long)matrix * Panels + panel) * Length * Gemm.Columns;
        int columns = Math.Min(Gemm.Columns, Columns - panel * Gemm.Columns);
        foreach (int tap in Taps)
        {
            float* from = source + tap;
            for (int k = 0; k < Depth; k++, from += DepthStride, packed += Gemm.Columns)
            {
                for (int column = 0; column < columns; column++) packed[column] = from[column * ColumnStride];
                for (int column = columns; column < Gemm.Columns; column++) packed[column] = 0;
            }
        }
    }
}

/// <summary>Packs matrices that are not constants, each time they are computed.</summary>
internal sealed unsafe class PackStep(string name, Buffer source, MatrixSource layout, Buffer packed) : Step(name, [source], [packed])
{
    public override string Kernel => "pack panels";

    public override int Pieces => layout.Matrices * layout.Panels;

    public override void Execute(int piece, byte* scratch) =>
        layout.Pack(source.Floats, piece / layout.Panels, piece % layout.Panels, packed.Floats);
}
