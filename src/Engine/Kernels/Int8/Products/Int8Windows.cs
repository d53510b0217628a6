using EdgeCnn.Engine.Kernels.Int8.Convolutions;
using EdgeCnn.Engine.Kernels.Products;

namespace EdgeCnn.Engine.Kernels.Int8.Products;

/// <summary>
/// Convolution of 8-bit integers of any kernel, stride, dilation and grouping, as a product whose rows are windows of the image (<see
/// cref="WindowRows"/>). Outside of the image lies the data's zero point.
/// </summary>
internal sealed unsafe class Int8Windows : Int8Product
{
    private readonly Buffer _data;
    private readonly WindowGeometry _geometry;
    private readonly WindowRows _windows;
    private readonly int _depth;

    /// <param name="convolution">An ordinary convolution.</param>
    /// <param name="memory">Where packed weights are kept.</param>
    /// <param name="runZero">Where the data's zero point stands when only the run tells it: one element of <see
    /// cref="Cpu.Int8Data"/>.</param>
    public Int8Windows(Int8Convolution convolution, Weights memory, Buffer? runZero = null)
        : this(convolution, LayoutOf(convolution), memory, runZero)
    {
    }

    /// <param name="convolution">What is convolved; its weights may be in another order than a convolution's.</param>
    /// <param name="layout">How they lie: one matrix for each group, one tap for each of the geometry.</param>
    /// <param name="memory">Where packed weights are kept.</param>
    /// <param name="runZero">Where the data's zero point stands when only the run tells it.</param>
    public Int8Windows(Int8Convolution convolution, MatrixSource layout, Weights memory, Buffer? runZero = null)
        : this(
            convolution, layout,
            new WindowRows(convolution.Geometry, layout.Depth, convolution.Data.Stride, sizeof(byte), Int8Gemm.Rows, memory),
            memory, runZero)
    {
    }

    private Int8Windows(Int8Convolution convolution, MatrixSource layout, WindowRows windows, Weights memory, Buffer? runZero)
        : base(
            new Int8Operands(
                convolution.Name, convolution.Data, convolution.DataZero[0], runZero,
                convolution.Epilogue, convolution.Residual, convolution.Output),
            new Int8Panels(layout, convolution.Weights, windows.Gathers ? layout.Taps.Length : windows.TapsOfPiece, memory),
            layout.Matrices, convolution.Geometry.Pixels, layout.Depth, windows.CopyBytes, memory) =>
        (_data, _geometry, _windows, _depth) = (convolution.Data, convolution.Geometry, windows, layout.Depth);

    public override string Kernel => $"{_windows.Name} {GemmName}";

    protected override bool IsDense => _geometry.IsDense;

    protected override long OutputRow(int row) => _geometry.OutputPixel(row);

    protected override void FindRows(int group, int first, int count, byte** table, byte* copies, byte* padding, byte zero) =>
        _windows.Find(_data.Data + (long)group * _depth, first, count, table, copies, padding, zero);

    private static MatrixSource LayoutOf(Int8Convolution convolution)
    {
        int area = convolution.KernelHeight * convolution.KernelWidth;
        int depth = convolution.Geometry.Input[3] / convolution.Groups, columns = convolution.Geometry.Output[3] / convolution.Groups;
        return new MatrixSource(
            convolution.Groups, (long)columns * depth * area, [.. Enumerable.Range(0, area)], depth, area, columns, (long)depth * area);
    }
}
