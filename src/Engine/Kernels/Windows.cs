using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels;

/// <summary>
/// Where the taps of windows over an image lie: tap t of output pixel (y, x) is the input pixel (y * StrideY + RowOf[t], x * StrideX + ColumnOf[t]), and
/// zero outside of the image. Output pixel (y, x) is stored at (PhaseY + y * StepY, PhaseX + x * StepX): a transposed convolution falls into
/// StepY x StepX ordinary ones.
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

/// <summary>
/// Convolution as a product whose rows are windows of the image, found by pointers. Taps that lie side by side in memory, as those along a row of the
/// window do, make one piece of the row where the pixels are short. Windows inside of the image are not copied; those across its border are, with zeros,
/// if their pieces are more than one tap. Only windows of few channels whose taps lie apart are all gathered in scratch memory.
/// </summary>
internal sealed unsafe class Windows : Product
{
    private const int ShortTap = 8;
    private const int LongTap = 64;

    private readonly WindowGeometry _geometry;
    private readonly Buffer _input;
    private readonly WindowPieces _window;
    private readonly int _taps;
    private readonly int _depth;
    private readonly nint* _offsets;
    private readonly float* _zeros;
    private readonly int _outputStride;
    private readonly int _top, _bottom, _left, _right;

    public Windows(ProductOperands operands, MatrixSource layout, int groups, WindowGeometry geometry, Weights weights)
        : base(operands, layout, groups, geometry.Pixels, WindowPieces.Of(operands, layout, geometry).Count, weights)
    {
        (_input, _geometry, _taps, _depth) = (operands.Data, geometry, layout.Taps.Length, layout.Depth);
        _window = WindowPieces.Of(operands, layout, geometry);
        _outputStride = operands.Output.Stride;
        _zeros = weights.Allocate<float>(layout.Depth);
        _offsets = weights.Allocate<nint>(_taps);
        int width = geometry.Input[2], pixel = operands.Data.Stride;
        for (int t = 0; t < _taps; t++) _offsets[t] = ((nint)geometry.RowOf[t] * width + geometry.ColumnOf[t]) * pixel;
        // A window whose first pixel lies between these bounds is inside of the image as a whole.
        _top = _taps == 0 ? 0 : -geometry.RowOf.Min();
        _bottom = geometry.Input[1] - 1 - (_taps == 0 ? 0 : geometry.RowOf.Max());
        _left = _taps == 0 ? 0 : -geometry.ColumnOf.Min();
        _right = width - 1 - (_taps == 0 ? 0 : geometry.ColumnOf.Max());
    }

    public override string Kernel => $"{(_window.Gathers ? "gathered" : _taps == 1 ? "direct" : "indirect")} gemm {Gemm.Name}";

    protected override int OutputStride => _outputStride;

    protected override long OutputOffset(int group) => (long)group * Columns;

    protected override int RowScratchBytes => _window.Gathers || _window.Taps > 1 ? RowFloats * sizeof(float) : 0;

    private int RowFloats => _taps * _depth;

    protected override bool ScattersRows => _geometry.StepY != 1 || _geometry.StepX != 1;

    protected override long OutputRow(int group, int row)
    {
        (int image, int pixel) = Math.DivRem(row, _geometry.Height * _geometry.Width);
        (int y, int x) = Math.DivRem(pixel, _geometry.Width);
        y = _geometry.PhaseY + y * _geometry.StepY;
        x = _geometry.PhaseX + x * _geometry.StepX;
        return (((long)image * _geometry.Output[1] + y) * _geometry.Output[2] + x) * _outputStride + (long)group * Columns;
    }

    protected override void FindRows(int group, int first, int count, float** table, float* scratch)
    {
        int height = _geometry.Input[1], width = _geometry.Input[2], stride = _input.Stride;
        (int pieces, int taps, bool gathers) = _window;
        float* data = _input.Floats + (long)group * _depth;
        (int image, int pixel) = Math.DivRem(first, _geometry.Height * _geometry.Width);
        (int y, int x) = Math.DivRem(pixel, _geometry.Width);
        float** entry = table;
        int rowOfTile = 0;
        for (int i = 0; i < count; i++)
        {
            int top = y * _geometry.StrideY, left = x * _geometry.StrideX;
            float* origin = data + (((long)image * height + top) * width + left) * stride;
            bool inside = top >= _top && top <= _bottom && left >= _left && left <= _right;
            if (inside && !gathers)
            {
                for (int t = 0; t < pieces; t++) entry[t * Gemm.Rows] = origin + _offsets[t * taps];
            }
            else if (gathers || taps > 1)
            {
                float* row = scratch + (long)i * RowFloats;
                Gather(origin, top, left, row);
                for (int t = 0; t < pieces; t++) entry[t * Gemm.Rows] = row + t * taps * _depth;
            }
            else
            {
                for (int t = 0; t < pieces; t++) entry[t * Gemm.Rows] = IsInside(t, top, left) ? origin + _offsets[t] : _zeros;
            }
            entry++;
            if (++rowOfTile == Gemm.Rows)
            {
                rowOfTile = 0;
                entry += (pieces - 1) * Gemm.Rows;
            }
            if (++x < _geometry.Width) continue;
            x = 0;
            if (++y < _geometry.Height) continue;
            (y, image) = (0, image + 1);
        }
    }

    /// <summary>Copies a window, with zeros where it leaves the image.</summary>
    private void Gather(float* origin, int top, int left, float* row)
    {
        int taps = _window.Taps;
        for (int t = 0; t < _taps; t += taps, row += taps * _depth)
        {
            int column = left + _geometry.ColumnOf[t];
            bool inside = (uint)(top + _geometry.RowOf[t]) < (uint)_geometry.Input[1];
            int from = inside ? Math.Clamp(-column, 0, taps) : 0;
            int to = inside ? Math.Clamp(_geometry.Input[2] - column, from, taps) : 0;
            float* source = origin + _offsets[t];
            new Span<float>(row, from * _depth).Clear();
            new ReadOnlySpan<float>(source + from * _depth, (to - from) * _depth).CopyTo(new Span<float>(row + from * _depth, (to - from) * _depth));
            new Span<float>(row + to * _depth, (taps - to) * _depth).Clear();
        }
    }

    private bool IsInside(int tap, int top, int left) =>
        (uint)(top + _geometry.RowOf[tap]) < (uint)_geometry.Input[1] && (uint)(left + _geometry.ColumnOf[tap]) < (uint)_geometry.Input[2];

    /// <summary>How a window falls into pieces of its row of A.</summary>
    /// <param name="Count">Pieces of the row.</param>
    /// <param name="Taps">How many taps lie side by side in memory and make one piece.</param>
    /// <param name="Gathers">Whether all windows are copied, to be one piece.</param>
    private readonly record struct WindowPieces(int Count, int Taps, bool Gathers)
    {
        public static WindowPieces Of(ProductOperands operands, MatrixSource layout, WindowGeometry geometry)
        {
            int all = layout.Taps.Length, taps = 1;
            bool adjacent = operands.Data.Stride == layout.Depth && layout.Depth <= LongTap;
            // Every row of a window has the same columns, so the first tells for all.
            while (adjacent && taps < all && geometry.RowOf[taps] == geometry.RowOf[0] && geometry.ColumnOf[taps] == geometry.ColumnOf[taps - 1] + 1) taps++;
            bool gathers = taps == 1 && all > 1 && layout.Depth < ShortTap;
            return new WindowPieces(gathers ? 1 : all / taps, taps, gathers);
        }
    }
}
