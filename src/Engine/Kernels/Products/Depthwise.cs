using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Products;

/// <summary>
/// Convolution of each channel by itself (as many groups as channels). Vectors lie across channels; the sum of each output is bias + taps
/// in order by fused multiply-add, as in every convolution. A piece is a band of output rows.
/// </summary>
internal sealed unsafe class Depthwise : Step
{
    private const long PieceMultiplyAdds = 400_000;

    // Rows of three times so many floats of input stay in a first-level cache of 32 KB.
    private const int FloatsOfStrip = 1536;

    private readonly ProductOperands _operands;
    private readonly WindowGeometry _geometry;
    private readonly float* _weights;
    private readonly Buffer? _turned;
    private readonly float* _bias;
    private readonly Buffer? _biasAtRunTime;
    private readonly float* _zeros;
    private readonly int _channels;
    private readonly int _kernelHeight;
    private readonly int _kernelWidth;
    private readonly int _rowsOfPiece;

    // Output pixels from the first of these columns up to the second see no padding at the sides.
    private readonly int _firstInside;
    private readonly int _endInside;

    public Depthwise(ProductOperands operands, WindowGeometry geometry, int kernelHeight, int kernelWidth, Weights weights)
        : base(operands.Name, [.. ReadAtRunTime(operands)], [operands.Output])
    {
        (_operands, _geometry, _kernelHeight, _kernelWidth) = (operands, geometry, kernelHeight, kernelWidth);
        (int height, int width) = (geometry.Height, geometry.Width);
        _channels = geometry.Input[3];
        int taps = kernelHeight * kernelWidth;
        _bias = weights.Allocate<float>(_channels);
        _zeros = weights.Allocate<float>((long)geometry.Input[2] * _channels);
        // Weights come as channels x taps and are read as taps x channels.
        if (operands.Matrix.Constant is { } matrix)
        {
            _weights = weights.Allocate<float>((long)taps * _channels);
            fixed (float* source = matrix.As<float>()) TurnedWeights.Turn(source, _channels, taps, _weights);
        }
        else
        {
            _turned = new Buffer($"{operands.Matrix.Name} turned", ElementType.Float32, new Shape(taps, _channels));
            First = new TurnedWeights($"{operands.Name} weights", operands.Matrix, _turned);
            Reads = [.. Reads, _turned];
        }
        _biasAtRunTime = operands.Bias is { Constant: null } bias ? bias : null;
        operands.Bias?.Constant?.As<float>().CopyTo(new Span<float>(_bias, _channels));
        _rowsOfPiece = (int)Math.Clamp(PieceMultiplyAdds / Math.Max((long)width * _channels * taps, 1), 1, Math.Max(height, 1));
        int left = geometry.ColumnOf.Min(), right = geometry.ColumnOf.Max();
        _firstInside = Math.Clamp((-left + geometry.StrideX - 1) / geometry.StrideX, 0, width);
        int last = geometry.Input[2] - 1 - right;
        _endInside = last < 0 ? _firstInside : Math.Clamp(last / geometry.StrideX + 1, _firstInside, width);
    }

    public override Step? First { get; }

    public override string Kernel => $"depthwise {_kernelHeight}x{_kernelWidth} {Cpu.Name}";

    public override int Pieces => _geometry.Input[0] * Bands;

    public override int ScratchBytes => (_kernelHeight * _kernelWidth + _kernelHeight) * sizeof(float*);

    public override long MultiplyAdds => (long)_geometry.Pixels * _channels * _kernelHeight * _kernelWidth;

    private float* WeightsOf(int channel) => (_turned is null ? _weights : _turned.Floats) + channel;

    private float* BiasOf(int channel) => (_biasAtRunTime is null ? _bias : _biasAtRunTime.Floats) + channel;

    private static IEnumerable<Buffer> ReadAtRunTime(ProductOperands operands)
    {
        yield return operands.Data;
        if (operands.Residual is { } residual) yield return residual;
        if (operands.Bias is { Constant: null } bias) yield return bias;
    }

    private int Bands => (_geometry.Height + _rowsOfPiece - 1) / _rowsOfPiece;

    private bool Is3x3 => _kernelHeight == 3 && _kernelWidth == 3;

    public override void Execute(int piece, byte* scratch)
    {
        (int image, int band) = Math.DivRem(piece, Bands);
        int end = Math.Min((band + 1) * _rowsOfPiece, _geometry.Height);
        for (int y = band * _rowsOfPiece; y < end; y++) Row(image, y, (float**)scratch);
    }

    private void Row(int image, int y, float** scratch)
    {
        Shape input = _geometry.Input;
        float* x = _operands.Data.Floats + (long)image * input[1] * input[2] * _channels;
        long offset = ((long)image * _geometry.Height + y) * _geometry.Width * _channels;
        float* output = _operands.Output.Floats + offset;
        float** rows = scratch + _kernelHeight * _kernelWidth;
        for (int kernelRow = 0; kernelRow < _kernelHeight; kernelRow++)
        {
            int row = y * _geometry.StrideY + _geometry.RowOf[kernelRow * _kernelWidth];
            rows[kernelRow] = (uint)row < (uint)input[1] ? x + (long)row * input[2] * _channels : null;
        }
        int inside = Is3x3 ? _firstInside : _geometry.Width, endInside = Is3x3 ? _endInside : _geometry.Width;
        for (int column = 0; column < inside; column++) Pixel(rows, column, scratch, output + (long)column * _channels);
        int strip = Math.Max(FloatsOfStrip / _channels, 4);
        for (int column = inside; column < endInside; column += strip)
        {
            Strip3x3(rows, column, Math.Min(strip, endInside - column), output + (long)column * _channels);
        }
        for (int column = endInside; column < _geometry.Width; column++) Pixel(rows, column, scratch, output + (long)column * _channels);
        _operands.Finish(output, _operands.Residual is { } residual ? residual.Floats + offset : null, (nint)_geometry.Width * _channels);
    }

    /// <summary>One output pixel, its taps wherever they are.</summary>
    private void Pixel(float** rows, int column, float** taps, float* output)
    {
        for (int tap = 0; tap < _kernelHeight * _kernelWidth; tap++)
        {
            float* row = rows[tap / _kernelWidth];
            int at = column * _geometry.StrideX + _geometry.ColumnOf[tap];
            taps[tap] = row != null && (uint)at < (uint)_geometry.Input[2] ? row + (long)at * _channels : _zeros;
        }
        int c = 0;
        if (Cpu.Lanes >= 16) c = Pixel<Lanes16>(taps, output, c);
        if (Cpu.Lanes >= 8) c = Pixel<Lanes8>(taps, output, c);
        if (Cpu.Lanes >= 4) c = Pixel<Lanes4>(taps, output, c);
        Pixel<Lanes1>(taps, output, c);
    }

    private int Pixel<T>(float** taps, float* output, int c) where T : unmanaged, ILanes<T>
    {
        int count = _kernelHeight * _kernelWidth;
        for (; c <= _channels - T.Count; c += T.Count)
        {
            T sum = T.Load(BiasOf(c));
            float* w = WeightsOf(c);
            for (int tap = 0; tap < count; tap++, w += _channels) sum = T.Fma(T.Load(taps[tap] + c), T.Load(w), sum);
            sum.Store(output + c);
        }
        return c;
    }

    /// <summary>
    /// Output pixels side by side under a 3x3 kernel, none of which sees padding at the sides; the nine weights stay in registers.
    /// </summary>
    private void Strip3x3(float** rows, int column, int count, float* output)
    {
        nint left = ((nint)column * _geometry.StrideX + _geometry.ColumnOf[0]) * _channels;
        // The columns of a rotated kernel run to the left.
        float* zeros = _zeros + (nint)Math.Max(_geometry.ColumnOf[0] - _geometry.ColumnOf[2], 0) * _channels;
        float* top = rows[0] != null ? rows[0] + left : zeros;
        float* middle = rows[1] != null ? rows[1] + left : zeros;
        float* bottom = rows[2] != null ? rows[2] + left : zeros;
        int c = 0;
        if (Cpu.Lanes >= 16) c = Strip3x3<Lanes16>(top, middle, bottom, count, output, c);
        if (Cpu.Lanes >= 8) c = Strip3x3<Lanes8>(top, middle, bottom, count, output, c);
        if (Cpu.Lanes >= 4) c = Strip3x3<Lanes4>(top, middle, bottom, count, output, c);
        Strip3x3<Lanes1>(top, middle, bottom, count, output, c);
    }

    private int Strip3x3<T>(float* top, float* middle, float* bottom, int count, float* output, int c) where T : unmanaged, ILanes<T>
    {
        nint channels = _channels, stride = (nint)_geometry.StrideX * channels;
        nint one = (nint)(_geometry.ColumnOf[1] - _geometry.ColumnOf[0]) * channels, two = 2 * one;
        for (; c <= _channels - T.Count; c += T.Count)
        {
            float* w = WeightsOf(c);
            T w0 = T.Load(w), w1 = T.Load(w + channels), w2 = T.Load(w + 2 * channels);
            T w3 = T.Load(w + 3 * channels), w4 = T.Load(w + 4 * channels), w5 = T.Load(w + 5 * channels);
            T w6 = T.Load(w + 6 * channels), w7 = T.Load(w + 7 * channels), w8 = T.Load(w + 8 * channels);
            T bias = T.Load(BiasOf(c));
            nint at = c;
            float* y = output + c;
            for (int i = 0; i < count; i++, at += stride, y += channels)
            {
                T sum = T.Fma(T.Load(top + at), w0, bias);
                sum = T.Fma(T.Load(top + at + one), w1, sum);
                sum = T.Fma(T.Load(top + at + two), w2, sum);
                sum = T.Fma(T.Load(middle + at), w3, sum);
                sum = T.Fma(T.Load(middle + at + one), w4, sum);
                sum = T.Fma(T.Load(middle + at + two), w5, sum);
                sum = T.Fma(T.Load(bottom + at), w6, sum);
                sum = T.Fma(T.Load(bottom + at + one), w7, sum);
                sum = T.Fma(T.Load(bottom + at + two), w8, sum);
                sum.Store(y);
            }
        }
        return c;
    }
}

/// <summary>Weights that are no constants, from channels x taps to taps x channels, each time they are computed.</summary>
internal sealed unsafe class TurnedWeights(string name, Buffer source, Buffer turned) : Step(name, [source], [turned])
{
    public override string Kernel => "turn weights";

    public override void Execute(int piece, byte* scratch) => Turn(source.Floats, turned.Shape[1], turned.Shape[0], turned.Floats);

    public static void Turn(float* source, int channels, int taps, float* to)
    {
        for (int c = 0; c < channels; c++)
        {
            for (int t = 0; t < taps; t++) to[(long)t * channels + c] = source[c * taps + t];
        }
    }
}
