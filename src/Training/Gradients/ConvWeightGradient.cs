using System.Collections.Immutable;
using EdgeCnn.Engine;
using EdgeCnn.Engine.Kernels;
using EdgeCnn.Engine.Kernels.Products;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>
/// dW of a convolution: dW[m, c, tap] = the sum over all images and output pixels p of dY[p, m] X[p * stride + tap * dilation - pad, c].
/// Inputs X, dY. Of a transposed convolution too, whose gradient stands for X and whose input stands for dY.
/// </summary>
internal sealed record ConvWeightGradient(Conv Conv, Shape Weights) : Extension
{
    public override string Name => "Conv weight gradient";

    public override AxisRule Rule => AxisRule.ChannelsLast;

    public override bool KeepsOrder => false;

    public override bool IsData(int index) => true;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) =>
        [new ValueInfo(inputs[0]!.Type, Weights)];

    public override Step Lower(Operation operation, Weights weights) => Conv.Groups > 1 && Weights[1] == 1 && Weights[0] == Conv.Groups
        ? new DepthwiseWeightGradientSum(operation, Conv)
        : new WeightGradientSum(operation, new WeightGradientParts(operation, Conv, weights));
}

/// <summary>
/// A product of matrices whose sums run over pixels: both operands are read where they are, a tile of 6 outputs by two vectors of inputs
/// stays in registers. Pixels are cut into slices, each with sums of its own.
/// </summary>
internal sealed unsafe class WeightGradientParts : Step
{
    private const int PixelsAtOnce = 96;
    private const int RowsOfTile = 6;
    private const int Padding = 16;
    private const long PieceMultiplyAdds = 3_000_000;
    private const int MostSlices = 32;
    private const long MostPartFloats = 1 << 21;

    private readonly Engine.Buffer _x, _dy;
    private readonly WindowRows _windows;
    private readonly byte* _zeros;
    private readonly int _groups, _depth, _pixels, _pixelsOfSlice, _rowsOfBlock, _blocks;

    public WeightGradientParts(Operation operation, Conv conv, Weights weights)
        : this(operation, conv, Plan(operation, conv), weights)
    {
    }

    private WeightGradientParts(Operation operation, Conv conv, Sizes sizes, Weights weights)
        : base($"{operation.Name} parts", [operation.Input(0), operation.Input(1)], [sizes.Parts])
    {
        (_x, _dy) = (operation.Input(0), operation.Input(1));
        Shape w = operation.Output.Shape;
        (_groups, _depth) = (conv.Groups, w[1]);
        WindowGeometry geometry = WindowGeometry.Of(conv, _x.Shape, _dy.Shape, w[2], w[3]);
        _windows = new WindowRows(geometry, _depth, _x.Stride, sizeof(float), PixelsAtOnce, weights);
        _zeros = weights.Allocate<byte>((_depth + Padding) * sizeof(float));
        (_pixels, _pixelsOfSlice, Slices, _rowsOfBlock) = (sizes.Pixels, sizes.PixelsOfSlice, sizes.Slices, sizes.RowsOfBlock);
        (Parts, Rows, Pitch, Width) = (sizes.Parts, w[0] / conv.Groups, sizes.Pitch, sizes.Width);
        _blocks = (Rows + _rowsOfBlock - 1) / _rowsOfBlock;
        MultiplyAdds = (long)_pixels * w.Count;
    }

    /// <summary>Slices x groups x <see cref="Rows"/> x <see cref="Pitch"/>.</summary>
    public Engine.Buffer Parts { get; }

    public int Slices { get; }

    /// <summary>Output channels of a group.</summary>
    public int Rows { get; }

    /// <summary>Floats of a row of sums: for each piece of a window its taps and channels, padded to whole vectors.</summary>
    public int Pitch { get; }

    /// <summary>Floats of a piece of a window.</summary>
    public int Width { get; }

    private int PaddedWidth => Padded(Width);

    public override string Kernel => $"weight gradient {_windows.Name} {Cpu.Name}";

    public override int Pieces => _groups * Slices * _blocks;

    public override int ScratchBytes => PixelsAtOnce * (_windows.Pieces * sizeof(float*) + _windows.CopyBytes) + Padding * sizeof(float);

    public override long MultiplyAdds { get; }

    public override void Execute(int piece, byte* scratch)
    {
        (int rest, int block) = Math.DivRem(piece, _blocks);
        (int slice, int group) = Math.DivRem(rest, _groups);
        int row = block * _rowsOfBlock, rows = Math.Min(_rowsOfBlock, Rows - row);
        float* sums = Parts.Floats + (((long)slice * _groups + group) * Rows + row) * Pitch;
        float** table = (float**)scratch;
        byte* copies = scratch + PixelsAtOnce * _windows.Pieces * sizeof(float*);
        int from = slice * _pixelsOfSlice, to = Math.Min(from + _pixelsOfSlice, _pixels);
        new Span<float>(sums, rows * Pitch).Clear();
        for (int pixel = from; pixel < to; pixel += PixelsAtOnce)
        {
            int count = Math.Min(PixelsAtOnce, to - pixel);
            _windows.Find((byte*)(_x.Floats + (long)group * _depth), pixel, count, (byte**)table, copies, _zeros, 0);
            float* dy = _dy.Floats + (long)pixel * _dy.Stride + (long)group * Rows + row;
            if (Cpu.Lanes >= 16) Pixels<Lanes16>(table, count, dy, rows, sums);
            else if (Cpu.Lanes >= 8) Pixels<Lanes8>(table, count, dy, rows, sums);
            else if (Cpu.Lanes >= 4) Pixels<Lanes4>(table, count, dy, rows, sums);
            else Pixels<Lanes1>(table, count, dy, rows, sums);
        }
    }

    private void Pixels<T>(float** table, int count, float* dy, int rows, float* sums) where T : unmanaged, ILanes<T>
    {
        for (int part = 0; part < _windows.Pieces; part++)
        {
            float** x = table + part * PixelsAtOnce;
            for (int column = 0; column < PaddedWidth;)
            {
                bool two = PaddedWidth - column >= 2 * T.Count;
                float* to = sums + (long)part * PaddedWidth + column;
                for (int row = 0; row < rows; row += RowsOfTile, to += (long)RowsOfTile * Pitch)
                {
                    if (two) Tile<T, Count2>(x, column, count, dy + row, Math.Min(RowsOfTile, rows - row), to);
                    else Tile<T, Count1>(x, column, count, dy + row, Math.Min(RowsOfTile, rows - row), to);
                }
                column += two ? 2 * T.Count : T.Count;
            }
        }
    }

    private void Tile<T, TVectors>(float** x, nint column, int count, float* dy, int rows, float* sums)
        where T : unmanaged, ILanes<T> where TVectors : struct, ICount
    {
        switch (rows)
        {
            case 1: Tile<T, TVectors, Count1>(x, column, count, dy, _dy.Stride, sums, Pitch); break;
            case 2: Tile<T, TVectors, Count2>(x, column, count, dy, _dy.Stride, sums, Pitch); break;
            case 3: Tile<T, TVectors, Count3>(x, column, count, dy, _dy.Stride, sums, Pitch); break;
            case 4: Tile<T, TVectors, Count4>(x, column, count, dy, _dy.Stride, sums, Pitch); break;
            case 5: Tile<T, TVectors, Count5>(x, column, count, dy, _dy.Stride, sums, Pitch); break;
            default: Tile<T, TVectors, Count6>(x, column, count, dy, _dy.Stride, sums, Pitch); break;
        }
    }

    private static void Tile<T, TVectors, TRows>(float** x, nint column, int count, float* dy, nint stride, float* sums, nint pitch)
        where T : unmanaged, ILanes<T> where TVectors : struct, ICount where TRows : struct, ICount
    {
        float* second = sums + T.Count;
        T a0 = T.Load(sums), a1 = default, a2 = default, a3 = default, a4 = default, a5 = default;
        T b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default;
        if (TRows.Count > 1) a1 = T.Load(sums + pitch);
        if (TRows.Count > 2) a2 = T.Load(sums + 2 * pitch);
        if (TRows.Count > 3) a3 = T.Load(sums + 3 * pitch);
        if (TRows.Count > 4) a4 = T.Load(sums + 4 * pitch);
        if (TRows.Count > 5) a5 = T.Load(sums + 5 * pitch);
        if (TVectors.Count > 1)
        {
            b0 = T.Load(second);
            if (TRows.Count > 1) b1 = T.Load(second + pitch);
            if (TRows.Count > 2) b2 = T.Load(second + 2 * pitch);
            if (TRows.Count > 3) b3 = T.Load(second + 3 * pitch);
            if (TRows.Count > 4) b4 = T.Load(second + 4 * pitch);
            if (TRows.Count > 5) b5 = T.Load(second + 5 * pitch);
        }
        for (int i = 0; i < count; i++, dy += stride)
        {
            float* pixel = x[i] + column;
            T x0 = T.Load(pixel), x1 = TVectors.Count > 1 ? T.Load(pixel + T.Count) : default;
            T d = T.Of(dy[0]);
            a0 = T.Fma(d, x0, a0);
            if (TVectors.Count > 1) b0 = T.Fma(d, x1, b0);
            if (TRows.Count > 1)
            {
                d = T.Of(dy[1]);
                a1 = T.Fma(d, x0, a1);
                if (TVectors.Count > 1) b1 = T.Fma(d, x1, b1);
            }
            if (TRows.Count > 2)
            {
                d = T.Of(dy[2]);
                a2 = T.Fma(d, x0, a2);
                if (TVectors.Count > 1) b2 = T.Fma(d, x1, b2);
            }
            if (TRows.Count > 3)
            {
                d = T.Of(dy[3]);
                a3 = T.Fma(d, x0, a3);
                if (TVectors.Count > 1) b3 = T.Fma(d, x1, b3);
            }
            if (TRows.Count > 4)
            {
                d = T.Of(dy[4]);
                a4 = T.Fma(d, x0, a4);
                if (TVectors.Count > 1) b4 = T.Fma(d, x1, b4);
            }
            if (TRows.Count > 5)
            {
                d = T.Of(dy[5]);
                a5 = T.Fma(d, x0, a5);
                if (TVectors.Count > 1) b5 = T.Fma(d, x1, b5);
            }
        }
        a0.Store(sums);
        if (TRows.Count > 1) a1.Store(sums + pitch);
        if (TRows.Count > 2) a2.Store(sums + 2 * pitch);
        if (TRows.Count > 3) a3.Store(sums + 3 * pitch);
        if (TRows.Count > 4) a4.Store(sums + 4 * pitch);
        if (TRows.Count > 5) a5.Store(sums + 5 * pitch);
        if (TVectors.Count < 2) return;
        b0.Store(second);
        if (TRows.Count > 1) b1.Store(second + pitch);
        if (TRows.Count > 2) b2.Store(second + 2 * pitch);
        if (TRows.Count > 3) b3.Store(second + 3 * pitch);
        if (TRows.Count > 4) b4.Store(second + 4 * pitch);
        if (TRows.Count > 5) b5.Store(second + 5 * pitch);
    }

    private static int Padded(int width) => (width + Padding - 1) / Padding * Padding;

    /// <summary>How the work is cut; depends on shapes alone.</summary>
    private sealed record Sizes(int Pixels, int PixelsOfSlice, int Slices, int RowsOfBlock, int Width, int Pitch, Engine.Buffer Parts);

    private static Sizes Plan(Operation operation, Conv conv)
    {
        Engine.Buffer x = operation.Input(0), dy = operation.Input(1);
        Shape w = operation.Output.Shape;
        WindowGeometry geometry = WindowGeometry.Of(conv, x.Shape, dy.Shape, w[2], w[3]);
        using Weights none = new();
        WindowRows windows = new(geometry, w[1], x.Stride, sizeof(float), PixelsAtOnce, none);
        int taps = w[2] * w[3], pieces = windows.Pieces;
        int width = w[1] * (taps / Math.Max(pieces, 1)), pitch = pieces * Padded(width);
        int pixels = geometry.Pixels, rows = w[0] / conv.Groups;
        long sums = (long)w[0] * pitch;
        long wanted = Math.Max((long)pixels * sums / PieceMultiplyAdds, 1);
        long most = Math.Min(MostSlices, pixels / PixelsAtOnce + 1);
        long slices = Math.Clamp(Math.Min(wanted / conv.Groups, MostPartFloats / Math.Max(sums, 1)), 1, most);
        int pixelsOfSlice = (int)((pixels + slices - 1) / slices + PixelsAtOnce - 1) / PixelsAtOnce * PixelsAtOnce;
        int count = Math.Max((pixels + pixelsOfSlice - 1) / pixelsOfSlice, 1);
        long blocks = Math.Clamp(wanted / ((long)count * conv.Groups), 1, (rows + 2 * RowsOfTile - 1) / (2 * RowsOfTile));
        int rowsOfBlock = (int)((rows + blocks - 1) / blocks + RowsOfTile - 1) / RowsOfTile * RowsOfTile;
        Engine.Buffer parts = new($"{operation.Name} parts", ElementType.Float32, new Shape(count, w[0], pitch));
        return new Sizes(pixels, pixelsOfSlice, count, rowsOfBlock, width, pitch, parts);
    }
}

/// <summary>Adds the slices up, in order, and puts channels before taps.</summary>
internal sealed unsafe class WeightGradientSum : Step
{
    private readonly WeightGradientParts _parts;
    private readonly Chunks _rows;

    public WeightGradientSum(Operation operation, WeightGradientParts parts) : base(operation.Name, [parts.Parts], [operation.Output])
    {
        _parts = parts;
        _rows = new Chunks(operation.Output.Shape[0], Chunks.Elements / Math.Max((long)parts.Pitch * parts.Slices, 1));
    }

    public override Step? First => _parts;

    public override string Kernel => "weight gradient sum";

    public override int Pieces => _rows.Count;

    public override int ScratchBytes => _parts.Pitch * sizeof(float);

    public override void Execute(int piece, byte* scratch)
    {
        Shape w = Writes[0].Shape;
        int depth = w[1], taps = w[2] * w[3], padded = _parts.Width == 0 ? 0 : _parts.Pitch / (depth * taps / _parts.Width);
        long slice = (long)w[0] * _parts.Pitch;
        float* sum = (float*)scratch;
        (long from, long to) = _rows[piece];
        for (long row = from; row < to; row++)
        {
            float* part = _parts.Parts.Floats + row * _parts.Pitch;
            new ReadOnlySpan<float>(part, _parts.Pitch).CopyTo(new Span<float>(sum, _parts.Pitch));
            for (int i = 1; i < _parts.Slices; i++) Sums.Add(sum, part + i * slice, _parts.Pitch);
            float* gradient = Writes[0].Floats + row * depth * taps;
            for (int tap = 0; tap < taps; tap++)
            {
                (int window, int at) = Math.DivRem(tap * depth, _parts.Width);
                float* channels = sum + (long)window * padded + at;
                for (int c = 0; c < depth; c++) gradient[c * taps + tap] = channels[c];
            }
        }
    }
}
