using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Products;

/// <summary>
/// Where the taps of windows over an image lie: tap t of output pixel (y, x) is the input pixel (y * StrideY + RowOf[t], x * StrideX +
/// ColumnOf[t]), and zero outside of the image. Output pixel (y, x) is stored at (PhaseY + y * StepY, PhaseX + x * StepX): a transposed
/// convolution falls into StepY x StepX ordinary ones.
/// </summary>
/// <param name="Input">N x H x W x C.</param>
/// <param name="Output">N x H' x W' x M: what is stored.</param>
/// <param name="Height">Rows of output pixels of this product.</param>
/// <param name="Width">Columns of output pixels of this product.</param>
/// <param name="RowOf">For each tap its row, counted from the window's.</param>
/// <param name="ColumnOf">For each tap its column, counted from the window's.</param>
internal sealed record WindowGeometry(Shape Input, Shape Output, int Height, int Width, int[] RowOf, int[] ColumnOf)
{
    public int StrideY { get; init; } = 1;

    public int StrideX { get; init; } = 1;

    public int PhaseY { get; init; }

    public int PhaseX { get; init; }

    public int StepY { get; init; } = 1;

    public int StepX { get; init; } = 1;

    public int Pixels => Input[0] * Height * Width;

    /// <summary>Whether the pixels of this product are all that is stored, one after the other.</summary>
    public bool IsDense => StepY == 1 && StepX == 1;

    /// <summary>Where a pixel of this product is stored, counted in pixels.</summary>
    public long OutputPixel(int pixel)
    {
        (int row, int x) = Math.DivRem(pixel, Width);
        (int image, int y) = Math.DivRem(row, Height);
        return ((long)image * Output[1] + PhaseY + y * StepY) * Output[2] + PhaseX + x * StepX;
    }

    /// <summary>Where every window is a pixel and every pixel a window, all images are one row; else the same.</summary>
    public WindowGeometry InOneRow() =>
        RowOf is [0] && ColumnOf is [0] && StrideY == 1 && StrideX == 1 && Height == Input[1] && Width == Input[2]
            ? this with { Input = new Shape(1, 1, Pixels, Input[3]), Height = 1, Width = Pixels }
            : this;

    /// <summary>An ordinary convolution.</summary>
    public static WindowGeometry Of(Convolution conv, Shape input, Shape output, int kernelHeight, int kernelWidth) => new(
        input, output, output[1], output[2],
        [.. Taps(kernelHeight, kernelWidth).Select(tap => tap.Y * conv.Dilations[0] - conv.Pads[0])],
        [.. Taps(kernelHeight, kernelWidth).Select(tap => tap.X * conv.Dilations[1] - conv.Pads[1])])
    {
        StrideY = conv.Strides[0],
        StrideX = conv.Strides[1],
    };

    public static IEnumerable<(int Y, int X)> Taps(int height, int width) =>
        Enumerable.Range(0, height).SelectMany(y => Enumerable.Range(0, width).Select(x => (y, x)));
}

/// <summary>Convolution as a product whose rows are windows of the image (<see cref="WindowRows"/>).</summary>
internal sealed unsafe class Windows : Product
{
    private readonly WindowGeometry _geometry;
    private readonly Buffer _input;
    private readonly WindowRows _windows;
    private readonly int _depth;
    private readonly byte* _zeros;
    private readonly int _outputStride;

    public Windows(ProductOperands operands, MatrixSource layout, int groups, WindowGeometry geometry, Weights weights)
        : this(
            operands, layout, groups, geometry,
            new WindowRows(geometry, layout.Depth, operands.Data.Stride, sizeof(float), Gemm.Rows, weights), weights)
    {
    }

    private Windows(ProductOperands operands, MatrixSource layout, int groups, WindowGeometry geometry, WindowRows windows, Weights weights)
        : base(operands, layout, groups, geometry.Pixels, windows.Pieces, weights)
    {
        (_input, _geometry, _windows, _depth) = (operands.Data, geometry, windows, layout.Depth);
        _outputStride = operands.Output.Stride;
        _zeros = weights.Allocate<byte>(layout.Depth * sizeof(float));
    }

    public override string Kernel => $"{_windows.Name} gemm {Gemm.Name}";

    protected override int OutputStride => _outputStride;

    protected override long OutputOffset(int group) => (long)group * Columns;

    protected override int RowScratchBytes => _windows.CopyBytes;

    protected override bool ScattersRows => !_geometry.IsDense;

    protected override (long Start, int Stride, int Rows) OutputRun(int group, int row) =>
        (_geometry.OutputPixel(row) * _outputStride + (long)group * Columns, _geometry.StepX * _outputStride,
            _geometry.Width - row % _geometry.Width);

    protected override void FindRows(int group, int first, int count, float** table, float* scratch) =>
        _windows.Find((byte*)(_input.Floats + (long)group * _depth), first, count, (byte**)table, (byte*)scratch, _zeros, 0);
}
