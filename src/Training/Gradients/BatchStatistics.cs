using System.Collections.Immutable;
using EdgeCnn.Engine;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>
/// Mean and variance (over n, not n - 1) of each channel over the batch and all pixels. Stretches of pixels are treated by themselves,
/// their results joined in order (Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979),
/// so that nothing cancels.
/// </summary>
internal sealed record BatchStatistics : Extension
{
    public override string Name => "batch statistics";

    public override AxisRule Rule => AxisRule.ChannelsLast;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        ValueInfo perChannel = new(inputs[0]!.Type, new Shape(inputs[0]!.Shape[1]));
        return [perChannel, perChannel];
    }

    public override Step Lower(Operation operation, Weights weights) => new BatchStatisticsStep(operation);
}

internal sealed unsafe class BatchStatisticsStep : Step
{
    private readonly ChannelRows _rows;
    private readonly Engine.Buffer _parts;

    public BatchStatisticsStep(Operation operation) : base(operation.Name, [operation.Input(0)], operation.Outputs)
    {
        _rows = new ChannelRows(operation.Input(0).Shape);
        _parts = new Engine.Buffer($"{operation.Name} parts", ElementType.Float32, new Shape(_rows.Stretches, 2, _rows.Channels));
        First = new Stretches(operation.Name, operation.Input(0), _rows, _parts);
        Reads = [_parts];
    }

    public override Step? First { get; }

    public override string Kernel => "batch statistics";

    public override void Execute(int piece, byte* scratch)
    {
        for (int c = 0; c < _rows.Channels; c++)
        {
            double count = 0, mean = 0, squares = 0;
            for (int stretch = 0; stretch < _rows.Stretches; stretch++)
            {
                (long from, long to) = _rows[stretch];
                float* part = _parts.Floats + 2L * stretch * _rows.Channels + c;
                double more = to - from, difference = part[0] - mean;
                if (more == 0) continue;
                squares += part[_rows.Channels] + difference * difference * count * more / (count + more);
                count += more;
                mean += difference * more / count;
            }
            Writes[0].Floats[c] = (float)mean;
            Writes[1].Floats[c] = count == 0 ? 0 : (float)(squares / count);
        }
    }

    private sealed class Stretches(string name, Engine.Buffer x, ChannelRows rows, Engine.Buffer parts)
        : Step($"{name} parts", [x], [parts])
    {
        public override string Kernel => "batch statistics of stretches";

        public override int Pieces => rows.Stretches;

        public override void Execute(int piece, byte* scratch)
        {
            (long from, long to) = rows[piece];
            int channels = rows.Channels;
            float* mean = parts.Floats + 2L * piece * channels;
            float* data = x.Floats + from * channels;
            ChannelRows.Sum(data, to - from, channels, mean);
            float share = 1f / Math.Max(to - from, 1);
            for (int c = 0; c < channels; c++) mean[c] *= share;
            ChannelRows.SumSquaredDeviations(data, to - from, channels, mean, mean + channels);
        }
    }
}
