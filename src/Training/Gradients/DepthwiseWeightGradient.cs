using EdgeCnn.Engine;
using EdgeCnn.Engine.Kernels;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>
/// dW of a convolution of each channel by itself, vectors across channels: dW[c, tap] = the sum of dY[p, c] X[p * stride + tap * dilation -
/// pad, c] over all pixels. First bands of output rows, each by itself; then those in order.
/// </summary>
internal sealed unsafe class DepthwiseWeightGradientSum : Step
{
    private readonly Engine.Buffer _parts;

    public DepthwiseWeightGradientSum(Operation operation, Conv conv) : base(operation.Name, [operation.Input(0)], [operation.Output])
    {
        Shape w = operation.Output.Shape, dy = operation.Input(1).Shape;
        Chunks rows = new((long)dy[0] * dy[1], Math.Max(Chunks.Elements / Math.Max((long)dy[2] * dy[3], 1), 1));
        _parts = new Engine.Buffer($"{operation.Name} parts", ElementType.Float32, new Shape(rows.Count, w[2] * w[3], w[0]));
        First = new Bands(operation, conv, rows, _parts);
        Reads = [_parts];
    }

    public override Step? First { get; }

    public override string Kernel => "depthwise weight gradient sum";

    public override int ScratchBytes => (int)Writes[0].Shape.Count * sizeof(float);

    public override void Execute(int piece, byte* scratch)
    {
        (int bands, int taps, int channels) = (_parts.Shape[0], _parts.Shape[1], _parts.Shape[2]);
        float* sum = (float*)scratch;
        new Span<float>(sum, taps * channels).Clear();
        for (int band = 0; band < bands; band++) Sums.Add(sum, _parts.Floats + (long)band * taps * channels, (nint)taps * channels);
        for (int c = 0; c < channels; c++)
        {
            for (int tap = 0; tap < taps; tap++) Writes[0].Floats[(long)c * taps + tap] = sum[(long)tap * channels + c];
        }
    }

    private sealed class Bands(Operation operation, Conv conv, Chunks rows, Engine.Buffer parts)
        : Step($"{operation.Name} parts", [operation.Input(0), operation.Input(1)], [parts])
    {
        private readonly int _kernelHeight = operation.Output.Shape[2];
        private readonly int _kernelWidth = operation.Output.Shape[3];

        public override string Kernel => $"depthwise weight gradient {Cpu.Name}";

        public override int Pieces => rows.Count;

        public override long MultiplyAdds => Reads[1].Shape.Count * _kernelHeight * _kernelWidth;

        public override void Execute(int piece, byte* scratch)
        {
            Shape x = Reads[0].Shape, dy = Reads[1].Shape;
            int channels = x[3];
            float* sums = parts.Floats + (long)piece * _kernelHeight * _kernelWidth * channels;
            new Span<float>(sums, _kernelHeight * _kernelWidth * channels).Clear();
            (long from, long to) = rows[piece];
            for (long row = from; row < to; row++)
            {
                (long image, long y) = Math.DivRem(row, dy[1]);
                float* gradient = Reads[1].Floats + row * dy[2] * channels;
                for (int tapY = 0; tapY < _kernelHeight; tapY++)
                {
                    long inputRow = y * conv.Strides[0] + tapY * conv.Dilations[0] - conv.Pads[0];
                    if ((ulong)inputRow >= (ulong)x[1]) continue;
                    float* pixels = Reads[0].Floats + (image * x[1] + inputRow) * x[2] * channels;
                    for (int tapX = 0; tapX < _kernelWidth; tapX++)
                    {
                        int offset = tapX * conv.Dilations[1] - conv.Pads[1], stride = conv.Strides[1];
                        // Output columns whose tap lies inside of the image.
                        int first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
                        int end = x[2] - 1 < offset ? 0 : Math.Min((x[2] - 1 - offset) / stride + 1, dy[2]);
                        if (first >= end) continue;
                        Row(
                            pixels + ((long)first * stride + offset) * channels, (nint)stride * channels,
                            gradient + (long)first * channels, channels, end - first, sums + ((long)tapY * _kernelWidth + tapX) * channels);
                    }
                }
            }
        }

        private static void Row(float* x, nint step, float* dy, int channels, int count, float* sums)
        {
            int c = 0;
            if (Cpu.Lanes >= 16) c = Row<Lanes16>(x, step, dy, channels, count, sums, c);
            if (Cpu.Lanes >= 8) c = Row<Lanes8>(x, step, dy, channels, count, sums, c);
            if (Cpu.Lanes >= 4) c = Row<Lanes4>(x, step, dy, channels, count, sums, c);
            Row<Lanes1>(x, step, dy, channels, count, sums, c);
        }

        private static int Row<T>(float* x, nint step, float* dy, nint channels, int count, float* sums, int c)
            where T : unmanaged, ILanes<T>
        {
            for (; c <= channels - T.Count; c += T.Count)
            {
                T s0 = T.Load(sums + c), s1 = T.Of(0f), s2 = s1, s3 = s1;
                float* pixel = x + c;
                float* gradient = dy + c;
                int i = 0;
                for (; i + 3 < count; i += 4, pixel += 4 * step, gradient += 4 * channels)
                {
                    s0 = T.Fma(T.Load(pixel), T.Load(gradient), s0);
                    s1 = T.Fma(T.Load(pixel + step), T.Load(gradient + channels), s1);
                    s2 = T.Fma(T.Load(pixel + 2 * step), T.Load(gradient + 2 * channels), s2);
                    s3 = T.Fma(T.Load(pixel + 3 * step), T.Load(gradient + 3 * channels), s3);
                }
                for (; i < count; i++, pixel += step, gradient += channels) s0 = T.Fma(T.Load(pixel), T.Load(gradient), s0);
                (s0 + s1 + (s2 + s3)).Store(sums + c);
            }
            return c;
        }
    }
}
