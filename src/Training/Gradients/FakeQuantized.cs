using System.Collections.Immutable;
using EdgeCnn.Engine;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>
/// Activations as 8 bits would have them: rounded to 256 levels of a range, in floats (Jacob et al. 2018). Inputs x, low and high ends of
/// the range per channel.
/// </summary>
internal sealed record FakeQuantized : Extension
{
    public override string Name => "fake quantized";

    public override AxisRule Rule => AxisRule.ChannelsLast;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) => [inputs[0]!];

    public override Step Lower(Operation operation, Weights weights) => new FakeQuantizedStep(operation, 1);
}

/// <summary>
/// Rounding passes gradients straight through (Bengio, Léonard, Courville, "Estimating or Propagating Gradients Through Stochastic
/// Neurons", 2013), within the range; beyond it there is none. Inputs x, dy, low and high.
/// </summary>
internal sealed record FakeQuantizedGradient : Extension
{
    public override string Name => "fake quantized gradient";

    public override AxisRule Rule => AxisRule.ChannelsLast;

    public override bool IsData(int index) => index < 2;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) => [inputs[1]!];

    public override Step Lower(Operation operation, Weights weights) => new FakeQuantizedStep(operation, 2);
}

internal sealed unsafe class FakeQuantizedStep(Operation operation, int values)
    : Step(operation.Name, [.. operation.Inputs.OfType<Engine.Buffer>()], [operation.Output])
{
    private const float Levels = 255;

    private readonly ChannelRows _rows = new(operation.Input(0).Shape);

    public override string Kernel => operation.Operator.Name;

    public override int Pieces => _rows.Stretches;

    public override int ScratchBytes => 4 * _rows.Channels * sizeof(float);

    public override bool CanOverwrite(int read) => read < values;

    public override void Execute(int piece, byte* scratch)
    {
        int channels = _rows.Channels, c = 0;
        float* scale = (float*)scratch;
        float* inverse = scale + channels;
        float* lowest = inverse + channels;
        float* highest = lowest + channels;
        for (int i = 0; i < channels; i++)
        {
            float low = Reads[values].Floats[i], high = Reads[values + 1].Floats[i];
            scale[i] = Math.Max((high - low) / Levels, 1e-20f);
            inverse[i] = 1f / scale[i];
            // Zero is a level.
            lowest[i] = MathF.Round(low * inverse[i]);
            highest[i] = lowest[i] + Levels;
        }
        (long from, long to) = _rows[piece];
        float* x = Reads[0].Floats + from * channels;
        float* dy = values > 1 ? Reads[1].Floats + from * channels : null;
        float* y = Writes[0].Floats + from * channels;
        if (Cpu.Lanes >= 16) c = Round<Lanes16>(x, dy, to - from, channels, scale, inverse, lowest, highest, y, c);
        if (Cpu.Lanes >= 8) c = Round<Lanes8>(x, dy, to - from, channels, scale, inverse, lowest, highest, y, c);
        if (Cpu.Lanes >= 4) c = Round<Lanes4>(x, dy, to - from, channels, scale, inverse, lowest, highest, y, c);
        Round<Lanes1>(x, dy, to - from, channels, scale, inverse, lowest, highest, y, c);
    }

    private static int Round<T>(
        float* x, float* dy, long rows, int channels, float* scale, float* inverse, float* lowest, float* highest, float* y, int c)
        where T : unmanaged, ILanes<T>
    {
        for (; c <= channels - T.Count; c += T.Count)
        {
            T s = T.Load(scale + c), i = T.Load(inverse + c), low = T.Load(lowest + c), high = T.Load(highest + c);
            nint at = c;
            for (long row = 0; row < rows; row++, at += channels)
            {
                T level = T.Round(T.Load(x + at) * i);
                if (dy == null) (T.Min(T.Max(level, low), high) * s).Store(y + at);
                else T.Select(T.LessOrEqual(low, level) & T.LessOrEqual(level, high), T.Load(dy + at), T.Of(0f)).Store(y + at);
            }
        }
        return c;
    }
}
