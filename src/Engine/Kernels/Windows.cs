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
/// Convolution as a product whose rows are windows of the image, found by pointers: nothing is copied, unless there are so few channels that the
/// pieces of a window would be too short; then the windows of a piece of work are gathered in scratch memory.
/// </summary>
internal sealed unsafe class Windows : Product
{
    private const int ShortPiece = 8;

    private readonly WindowGeometry _geometry;
    private readonly Buffer _input;
    private readonly int _taps;
    private readonly int _depth;
    private readonly bool _gathers;
    private readonly nint* _offsets;

    // Taps that lie side by side in memory, as they do along a row of the image: the first of each run, and its floats.
    private readonly (int Tap, int Floats)[] _runs;
    private readonly float* _zeros;
    private readonly int _outputStride;
    private readonly int _top, _bottom, _left, _right;

    public Windows(ProductOperands operands, MatrixSource layout, int groups, WindowGeometry geometry, Weights weights)
        : base(operands, layout, groups, geometry.Pixels, Gathers(layout) ? 1 : layout.Taps.Length, weights)
    {
        (_input, _geometry, _taps, _depth, _gathers) = (operands.Data, geometry, layout.Taps.Length, layout.Depth, Gathers(layout));
        _outputStride = operands.Output.Stride;
        _zeros = weights.Allocate<float>(layout.Depth);
        _offsets = weights.Allocate<nint>(_taps);
        int width = geometry.Input[2], pixel = operands.Data.Stride;
        for (int t = 0; t < _taps; t++) _offsets[t] = ((nint)geometry.RowOf[t] * width + geometry.ColumnOf[t]) * pixel;
        _runs = Runs(_offsets, _taps, _depth);
        // A window whose first pixel lies between these bounds is inside of the image as a whole.
        _top = _taps == 0 ? 0 : -geometry.RowOf.Min();
        _bottom = geometry.Input[1] - 1 - (_taps == 0 ? 0 : geometry.RowOf.Max());
        _left = _taps == 0 ? 0 : -geometry.ColumnOf.Min();
        _right = width - 1 - (_taps == 0 ? 0 : geometry.ColumnOf.Max());
    }

    public override string Kernel => $"{(_gathers ? "gathered" : _taps == 1 ? "direct" : "indirect")} gemm {Gemm.Name}";

    protected override int OutputStride => _outputStride;

    protected override long OutputOffset(int group) => (long)group * Columns;

    protected override int RowScratchBytes => _gathers ? RowFloats * sizeof(float) : 0;

    // Copies go in whole vectors, so a row may spill into the next, which is written later.
    private int RowFloats => _taps * _depth + Lanes4.Count;

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
        int taps = _gathers ? 1 : _taps;
        (int image, int pixel) = Math.DivRem(first, _geometry.Height * _geometry.Width);
        (int y, int x) = Math.DivRem(pixel, _geometry.Width);
        for (int i = 0; i < count; i++)
        {
            float** entry = table + (long)(i / Gemm.Rows) * taps * Gemm.Rows + i % Gemm.Rows;
            int top = y * _geometry.StrideY, left = x * _geometry.StrideX;
            float* origin = _input.Floats + (((long)image * height + top) * width + left) * stride + (long)group * _depth;
            bool inside = top >= _top && top <= _bottom && left >= _left && left <= _right;
            if (_gathers)
            {
                float* row = scratch + (long)i * RowFloats;
                *entry = row;
                Gather(origin, inside, top, left, row);
            }
            else if (inside)
            {
                for (int t = 0; t < taps; t++) entry[t * Gemm.Rows] = origin + _offsets[t];
            }
            else
            {
                for (int t = 0; t < taps; t++) entry[t * Gemm.Rows] = IsInside(t, top, left) ? origin + _offsets[t] : _zeros;
            }
            if (++x < _geometry.Width) continue;
            x = 0;
            if (++y < _geometry.Height) continue;
            (y, image) = (0, image + 1);
        }
    }

    private void Gather(float* origin, bool inside, int top, int left, float* row)
    {
        if (inside)
        {
            foreach ((int tap, int floats) in _runs)
            {
                float* from = origin + _offsets[tap];
                for (int k = 0; k < floats; k += Lanes4.Count, row += Lanes4.Count) Lanes4.Load(from + k).Store(row);
                row += floats - (floats + Lanes4.Count - 1) / Lanes4.Count * Lanes4.Count;
            }
            return;
        }
        for (int t = 0; t < _taps; t++, row += _depth)
        {
            float* source = IsInside(t, top, left) ? origin + _offsets[t] : _zeros;
            for (int k = 0; k < _depth; k++) row[k] = source[k];
        }
    }

    private static (int Tap, int Floats)[] Runs(nint* offsets, int taps, int depth)
    {
        List<(int Tap, int Floats)> runs = [];
        for (int tap = 0; tap < taps; tap++)
        {
            if (tap > 0 && offsets[tap] == offsets[tap - 1] + depth) runs[^1] = (runs[^1].Tap, runs[^1].Floats + depth);
            else runs.Add((tap, depth));
        }
        return [.. runs];
    }

    private bool IsInside(int tap, int top, int left) =>
        (uint)(top + _geometry.RowOf[tap]) < (uint)_geometry.Input[1] && (uint)(left + _geometry.ColumnOf[tap]) < (uint)_geometry.Input[2];

    private static bool Gathers(MatrixSource layout) => layout.Taps.Length > 1 && layout.Depth < ShortPiece;
}
