using System.Collections.Immutable;
using EdgeCnn.Engine;
using EdgeCnn.Engine.Kernels.Products;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>
/// dX of a convolution of each channel by itself: dX[y, x, c] = the sum of dY[(y + pad - k dilation) / stride, ...] W[c, k] over the taps k
/// where that is a pixel. Inputs dY, W.
/// </summary>
internal sealed record DepthwiseInputGradient(Conv Conv, Shape Input) : Extension
{
    public override string Name => "depthwise input gradient";

    public override AxisRule Rule => AxisRule.ChannelsLast;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) =>
        [new ValueInfo(inputs[0]!.Type, Input)];

    public override Step Lower(Operation operation, Weights weights)
    {
        Engine.Buffer dy = operation.Input(0), w = operation.Input(1), dx = operation.Output;
        if (Conv.Strides[0] != 1 || Conv.Strides[1] != 1) return new DepthwiseInputGradientStep(operation, Conv);
        // In steps of one it is the convolution with the rotated kernel.
        (int Y, int X)[] taps = [.. WindowGeometry.Taps(w.Shape[2], w.Shape[3])];
        WindowGeometry geometry = new(
            dy.Shape, dx.Shape, dx.Shape[1], dx.Shape[2],
            [.. taps.Select(tap => Conv.Pads[0] - tap.Y * Conv.Dilations[0])],
            [.. taps.Select(tap => Conv.Pads[1] - tap.X * Conv.Dilations[1])]);
        ProductOperands operands = new(operation.Name, dy, w, Bias: null, Residual: null, ResidualLast: false, Activation: null, dx);
        return new Depthwise(operands, geometry, w.Shape[2], w.Shape[3], weights);
    }
}

/// <summary>For any stride. A piece is a row of the input.</summary>
internal sealed unsafe class DepthwiseInputGradientStep : Step
{
    private readonly Engine.Buffer _turned;
    private readonly (int Tap, int At)[][] _rows, _columns;
    private readonly int _kernelWidth;

    public DepthwiseInputGradientStep(Operation operation, Conv conv)
        : base(operation.Name, [operation.Input(0), operation.Input(1)], [operation.Output])
    {
        Engine.Buffer w = operation.Input(1);
        Shape dx = operation.Output.Shape, dy = operation.Input(0).Shape;
        _kernelWidth = w.Shape[3];
        _turned = new Engine.Buffer($"{operation.Name} turned", ElementType.Float32, new Shape(w.Shape[2] * w.Shape[3], w.Shape[0]));
        First = new TurnedWeights($"{operation.Name} weights", w, _turned);
        Reads = [operation.Input(0), _turned];
        _rows = Readers(conv, 0, w.Shape[2], dx[1], dy[1]);
        _columns = Readers(conv, 1, w.Shape[3], dx[2], dy[2]);
    }

    public override Step? First { get; }

    public override string Kernel => "depthwise input gradient";

    public override int Pieces => Writes[0].Shape[0] * _rows.Length;

    public override int ScratchBytes => 2 * _turned.Shape[0] * sizeof(float*);

    public override void Execute(int piece, byte* scratch)
    {
        Shape dy = Reads[0].Shape;
        int channels = dy[3];
        float** pixels = (float**)scratch;
        float** weights = pixels + _turned.Shape[0];
        (int image, int y) = Math.DivRem(piece, _rows.Length);
        float* from = Reads[0].Floats + (long)image * dy[1] * dy[2] * channels;
        float* to = Writes[0].Floats + (long)piece * _columns.Length * channels;
        for (int x = 0; x < _columns.Length; x++, to += channels)
        {
            int taps = 0;
            foreach ((int tapY, int row) in _rows[y])
            {
                foreach ((int tapX, int column) in _columns[x])
                {
                    pixels[taps] = from + ((long)row * dy[2] + column) * channels;
                    weights[taps++] = _turned.Floats + ((long)tapY * _kernelWidth + tapX) * channels;
                }
            }
            int c = 0;
            if (Cpu.Lanes >= 16) c = Pixel<Lanes16>(pixels, weights, taps, to, c, channels);
            if (Cpu.Lanes >= 8) c = Pixel<Lanes8>(pixels, weights, taps, to, c, channels);
            if (Cpu.Lanes >= 4) c = Pixel<Lanes4>(pixels, weights, taps, to, c, channels);
            Pixel<Lanes1>(pixels, weights, taps, to, c, channels);
        }
    }

    private static int Pixel<T>(float** pixels, float** weights, int taps, float* to, int c, int channels) where T : unmanaged, ILanes<T>
    {
        for (; c <= channels - T.Count; c += T.Count)
        {
            T sum = T.Of(0f);
            for (int tap = 0; tap < taps; tap++) sum = T.Fma(T.Load(pixels[tap] + c), T.Load(weights[tap] + c), sum);
            sum.Store(to + c);
        }
        return c;
    }

    /// <summary>For each place along an axis of the input: the taps that saw it, and from which place of the output.</summary>
    private static (int Tap, int At)[][] Readers(Conv conv, int axis, int kernel, int input, int output) =>
    [
        .. Enumerable.Range(0, input).Select(place => Enumerable.Range(0, kernel)
            .Select(tap => (Tap: tap, Start: place + conv.Pads[axis] - tap * conv.Dilations[axis]))
            .Where(reader => reader.Start >= 0 && reader.Start % conv.Strides[axis] == 0 && reader.Start / conv.Strides[axis] < output)
            .Select(reader => (reader.Tap, reader.Start / conv.Strides[axis])).ToArray()),
    ];
}
