using EdgeCnn.Engine.Kernels.Reductions;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Engine.Passes.Int8;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8;

/// <summary>
/// Averages of 8-bit values under a kernel, or of whole images, N x H x W x C. Sums are made in floats, which hold them exactly up to
/// 65,000 pixels. A piece is a row of the output.
/// </summary>
internal sealed unsafe class AverageStep : Step
{
    private readonly AveragePool? _window;
    private readonly Buffer _input;
    private readonly Buffer _output;
    private readonly float _zero;
    private readonly float _scale;
    private readonly Rounding _rounding;

    public AverageStep(Operation operation, Int8Average op, Weights weights)
        : base(operation.Name, [operation.Input(0)], [operation.Output])
    {
        (_input, _output) = (operation.Input(0), operation.Output);
        _window = op.Pooling as AveragePool;
        (_zero, _scale) = (op.Data.Zero[0], op.Data.Scale[0] / op.Output.Scale[0]);
        _rounding = new Rounding(op.Output, 1, weights);
    }

    public override string Kernel => "int8 average";

    public override int Pieces => _output.Shape[0] * _output.Shape[1];

    public override void Execute(int piece, byte* scratch)
    {
        Shape input = _input.Shape, output = _output.Shape;
        (int image, int y) = Math.DivRem(piece, output[1]);
        PoolingSpan ys = _window is null ? new PoolingSpan(0, input[1], 1, input[1]) : PoolingSpan.Of(_window, 0, y, input[1]);
        byte* to = _output.Data + (long)piece * output[2] * _output.Stride;
        for (int x = 0; x < output[2]; x++, to += _output.Stride)
        {
            PoolingSpan xs = _window is null ? new PoolingSpan(0, input[2], 1, input[2]) : PoolingSpan.Of(_window, 1, x, input[2]);
            byte* from = _input.Data + (((long)image * input[1] + ys.First) * input[2] + xs.First) * _input.Stride;
            int pixels = ys.Count * xs.Count, count = _window is { CountIncludePad: true } ? ys.Padded * xs.Padded : pixels;
            float factor = _scale / Math.Max(count, 1), zero = -_zero * pixels;
            int c = 0;
            if (Cpu.Lanes >= 16) c = Pixel<Lanes16>(from, ys, xs, zero, factor, to, c);
            if (Cpu.Lanes >= 8) c = Pixel<Lanes8>(from, ys, xs, zero, factor, to, c);
            if (Cpu.HasNeon) c = Pixel<Lanes4x2>(from, ys, xs, zero, factor, to, c);
            if (Cpu.Lanes >= 4) c = Pixel<Lanes4>(from, ys, xs, zero, factor, to, c);
            Pixel<Lanes1>(from, ys, xs, zero, factor, to, c);
        }
    }

    private int Pixel<T>(byte* from, PoolingSpan ys, PoolingSpan xs, float start, float factor, byte* to, int c)
        where T : unmanaged, ILanes<T>
    {
        nint channels = _input.Shape[3], right = (nint)xs.Step * _input.Stride, down = (nint)ys.Step * _input.Shape[2] * _input.Stride;
        Rounding.Bounds<T> bounds = _rounding.Of<T>();
        for (; c <= channels - T.Count; c += T.Count)
        {
            T sum = T.Of(start);
            byte* row = from + c;
            for (int y = 0; y < ys.Count; y++, row += down)
            {
                byte* value = row;
                for (int x = 0; x < xs.Count; x++, value += right) sum += Stored.Load<T>(value);
            }
            bounds.StoreSteps(sum * T.Of(factor), to + c);
        }
        return c;
    }
}
