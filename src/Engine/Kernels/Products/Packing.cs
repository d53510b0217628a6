using System.Runtime.InteropServices;
using EdgeCnn.Engine.Kernels.Shaping;
namespace EdgeCnn.Engine.Kernels.Products;

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
internal sealed record MatrixSource(
    int Matrices, long MatrixStride, int[] Taps, int Depth, long DepthStride, int Columns, long ColumnStride)
{
    /// <summary>Matrices of fewer floats are packed before another thread has begun.</summary>
    private const int WorthThreads = 1 << 16;

    private const int RowsAtOnce = 32;

    /// <summary>K: how long each sum is.</summary>
    public int Length => Taps.Length * Depth;

    public int Panels => (Columns + Gemm.Columns - 1) / Gemm.Columns;

    /// <summary>
    /// Floats that all matrices take, packed: panels of Gemm.Columns columns, each in the order of taps and depth; missing columns are
    /// zero.
    /// </summary>
    public long PackedFloats => (long)Matrices * Panels * Length * Gemm.Columns;

    /// <summary>Packs all panels, on all cores where that pays.</summary>
    public unsafe void Pack(float* source, float* packed)
    {
        if (PackedFloats < WorthThreads)
        {
            for (int i = 0; i < Matrices * Panels; i++) Pack(source, i / Panels, i % Panels, packed);
        }
        else
        {
            Parallel.For(0, Matrices * Panels, i => Pack(source, i / Panels, i % Panels, packed));
        }
    }

    /// <summary>Packs one panel of one matrix.</summary>
    public unsafe void Pack(float* source, int matrix, int panel, float* packed)
    {
        source += matrix * MatrixStride + (long)panel * Gemm.Columns * ColumnStride;
        packed += ((long)matrix * Panels + panel) * Length * Gemm.Columns;
        int columns = Math.Min(Gemm.Columns, Columns - panel * Gemm.Columns);
        if (columns < Gemm.Columns) NativeMemory.Clear(packed, (nuint)Length * (nuint)Gemm.Columns * sizeof(float));
        if (ColumnStride == 1) CopyRows(source, columns, packed);
        else if (IsContiguous) Transpose(source, columns, packed);
        else Gather(source, columns, packed);
    }

    /// <summary>Whether all elements of a column lie one after the other: channel by channel all its taps, in order.</summary>
    private bool IsContiguous { get; } = DepthStride == Taps.Length && Taps.Index().All(tap => tap.Item == tap.Index);

    private unsafe void CopyRows(float* source, int columns, float* packed)
    {
        foreach (int tap in Taps)
        {
            for (int k = 0; k < Depth; k++, packed += Gemm.Columns)
                new ReadOnlySpan<float>(source + tap + k * DepthStride, columns).CopyTo(new Span<float>(packed, columns));
        }
    }

    /// <summary>Reads each column straight on, a few elements of all columns at a time, so that every line of memory is met once.</summary>
    private unsafe void Transpose(float* source, int columns, float* packed)
    {
        if (Taps.Length == 1)
        {
            SquareTile.Transpose(source, ColumnStride, columns, Depth, packed, Gemm.Columns);
            return;
        }
        float* rows = stackalloc float[RowsAtOnce * Gemm.Columns];
        new Span<float>(rows, RowsAtOnce * Gemm.Columns).Clear();
        int tap = 0, k = 0;
        for (int first = 0; first < Length; first += RowsAtOnce)
        {
            int count = Math.Min(RowsAtOnce, Length - first);
            SquareTile.Transpose(source + first, ColumnStride, columns, count, rows, Gemm.Columns);
            for (int row = 0; row < count; row++)
            {
                float* to = packed + ((long)tap * Depth + k) * Gemm.Columns;
                new ReadOnlySpan<float>(rows + row * Gemm.Columns, Gemm.Columns).CopyTo(new Span<float>(to, Gemm.Columns));
                if (++tap == Taps.Length) (tap, k) = (0, k + 1);
            }
        }
    }

    private unsafe void Gather(float* source, int columns, float* packed)
    {
        foreach (int tap in Taps)
        {
            float* from = source + tap;
            for (int k = 0; k < Depth; k++, from += DepthStride, packed += Gemm.Columns)
            {
                for (int column = 0; column < columns; column++) packed[column] = from[column * ColumnStride];
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
