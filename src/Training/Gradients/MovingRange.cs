using System.Collections.Immutable;
using EdgeCnn.Engine;
using EdgeCnn.Engine.Kernels.Reductions;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>
/// The range that a value is quantised in while a network learns: a moving average of each batch's smallest and largest number, zero always
/// among them (Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018, section
/// 3.1). Inputs: the value, and the range until now, one low and one high end per channel; a low end above the high one means that there
/// was none. Outputs: the range with this batch. Either channels have ranges of their own, or all the same.
/// </summary>
internal sealed record MovingRange(double Momentum, bool IsPerChannel) : Extension
{
    public override string Name => "moving range";

    public override AxisRule Rule => AxisRule.ChannelsLast;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) => [inputs[1]!, inputs[2]!];

    public override Step Lower(Operation operation, Weights weights) => new MovingRangeStep(operation, this);
}

internal sealed unsafe class MovingRangeStep : Step
{
    private readonly MovingRange _op;
    private readonly Engine.Buffer _parts;
    private readonly Engine.Buffer _low, _high;

    public MovingRangeStep(Operation operation, MovingRange op) : base(operation.Name, [operation.Input(0)], operation.Outputs)
    {
        ChannelRows rows = new(operation.Input(0).Shape);
        (_op, _low, _high) = (op, operation.Input(1), operation.Input(2));
        _parts = new Engine.Buffer($"{operation.Name} parts", ElementType.Float32, new Shape(rows.Stretches, 2, rows.Channels));
        First = new Stretches(operation.Name, operation.Input(0), rows, _parts);
        Reads = [_parts, _low, _high];
    }

    public override Step? First { get; }

    public override string Kernel => "moving range";

    public override int ScratchBytes => 2 * _parts.Shape[2] * sizeof(float);

    public override void Execute(int piece, byte* scratch)
    {
        int channels = _parts.Shape[2];
        float* low = (float*)scratch;
        float* high = low + channels;
        new ReadOnlySpan<float>(_parts.Floats, 2 * channels).CopyTo(new Span<float>(low, 2 * channels));
        for (int stretch = 1; stretch < _parts.Shape[0]; stretch++)
        {
            float* part = _parts.Floats + 2L * stretch * channels;
            Fold.Beside<Fold.Smallest>(low, part, channels);
            Fold.Beside<Fold.Largest>(high, part + channels, channels);
        }
        if (!_op.IsPerChannel)
        {
            new Span<float>(low, channels).Fill(Fold.Row<Fold.Smallest>(low, channels));
            new Span<float>(high, channels).Fill(Fold.Row<Fold.Largest>(high, channels));
        }
        for (int c = 0; c < channels; c++)
        {
            bool isFirst = _low.Floats[c] > _high.Floats[c];
            Writes[0].Floats[c] = Moved(_low.Floats[c], low[c], isFirst);
            Writes[1].Floats[c] = Moved(_high.Floats[c], high[c], isFirst);
        }
    }

    private float Moved(float average, float batch, bool isFirst) =>
        isFirst ? batch : (float)(average + _op.Momentum * (batch - (double)average));

    private sealed class Stretches(string name, Engine.Buffer x, ChannelRows rows, Engine.Buffer parts)
        : Step($"{name} parts", [x], [parts])
    {
        public override string Kernel => "ranges of stretches";

        public override int Pieces => rows.Stretches;

        public override void Execute(int piece, byte* scratch)
        {
            (long from, long to) = rows[piece];
            int channels = rows.Channels, c = 0;
            float* low = parts.Floats + 2L * piece * channels;
            float* data = x.Floats + from * channels;
            if (Cpu.Lanes >= 16) c = Range<Lanes16>(data, to - from, channels, low, low + channels, c);
            if (Cpu.Lanes >= 8) c = Range<Lanes8>(data, to - from, channels, low, low + channels, c);
            if (Cpu.Lanes >= 4) c = Range<Lanes4>(data, to - from, channels, low, low + channels, c);
            Range<Lanes1>(data, to - from, channels, low, low + channels, c);
        }

        /// <summary>Zero is among the numbers; a NaN is not.</summary>
        private static int Range<T>(float* x, long rows, nint channels, float* low, float* high, int c) where T : unmanaged, ILanes<T>
        {
            for (; c <= channels - T.Count; c += T.Count)
            {
                T smallest = T.Of(0f), largest = smallest;
                float* at = x + c;
                for (long row = 0; row < rows; row++, at += channels)
                {
                    T value = T.Load(at);
                    smallest = T.Min(smallest, value);
                    largest = T.Max(largest, value);
                }
                smallest.Store(low + c);
                largest.Store(high + c);
            }
            return c;
        }
    }
}
