using System.Collections.Immutable;
using EdgeCnn.Engine;
using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>
/// Batch normalisation with the statistics of the batch (Ioffe and Szegedy, "Batch Normalization", 2015, algorithm 1), and the activation
/// that follows it: f(z) with z = scale (x - mean) / sqrt(variance + Epsilon) + bias. Inputs x, scale, bias, mean, variance. Only x is kept
/// for the way back; z is computed anew.
/// </summary>
internal sealed record Normalization(float Epsilon, Operator? Activation) : Extension
{
    public override string Name => Activation is null ? "BatchNormalization" : $"BatchNormalization+{Activation.Name}";

    public override AxisRule Rule => AxisRule.ChannelsLast;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) => [inputs[0]!];

    public override Step Lower(Operation operation, Weights weights) =>
        new NormalizationStep(operation, this, Activation is null ? null : Activations.Of(Activation));
}

/// <summary>
/// d(scale) and d(bias) of a <see cref="Normalization"/>; and dz where an activation follows (else dz is dy). Inputs x, dy, scale, bias,
/// mean, variance.
/// </summary>
internal sealed record NormalizationSums(Normalization Forward) : Extension
{
    public override string Name => $"{Forward.Name} sums";

    public override AxisRule Rule => AxisRule.ChannelsLast;

    public override bool IsData(int index) => index < 2;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) =>
        Forward.Activation is null ? [inputs[2]!, inputs[2]!] : [inputs[2]!, inputs[2]!, inputs[1]!];

    public override Step Lower(Operation operation, Weights weights) => new NormalizationSumsStep(operation, Forward);
}

/// <summary>
/// dx of a <see cref="Normalization"/> over n elements of a channel: scale / sigma (dz - (d(bias) + (x - mean) / sigma d(scale)) / n).
/// Inputs x, dz, scale, mean, variance, d(scale), d(bias).
/// </summary>
internal sealed record NormalizationGradient(Normalization Forward) : Extension
{
    public override string Name => $"{Forward.Name} gradient";

    public override AxisRule Rule => AxisRule.ChannelsLast;

    public override bool IsData(int index) => index < 2;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) => [inputs[0]!];

    public override Step Lower(Operation operation, Weights weights) => new NormalizationGradientStep(operation, Forward);
}

internal sealed unsafe class NormalizationStep(Operation operation, Normalization op, Map? activation)
    : Step(operation.Name, [.. operation.Inputs.OfType<Engine.Buffer>()], [operation.Output])
{
    private readonly ChannelRows _rows = new(operation.Input(0).Shape);

    public override string Kernel => op.Name;

    public override int Pieces => _rows.Stretches;

    public override int ScratchBytes => 2 * _rows.Channels * sizeof(float);

    public override bool CanOverwrite(int read) => read == 0;

    public override void Execute(int piece, byte* scratch)
    {
        int channels = _rows.Channels;
        float* factor = (float*)scratch;
        float* summand = factor + channels;
        NormalizedRows.Affine(Reads[1].Floats, Reads[2].Floats, Reads[3].Floats, Reads[4].Floats, op.Epsilon, channels, factor, summand);
        (long row, long end) = _rows[piece];
        int block = NormalizedRows.RowsOfBlock(channels);
        for (; row < end; row += block)
        {
            int rows = (int)Math.Min(block, end - row);
            float* y = Writes[0].Floats + row * channels;
            NormalizedRows.Apply(Reads[0].Floats + row * channels, rows, channels, factor, summand, y);
            activation?.Apply(y, y, (nint)rows * channels);
        }
    }
}

internal sealed unsafe class NormalizationSumsStep : Step
{
    private readonly ChannelRows _rows;
    private readonly Engine.Buffer _parts;
    private readonly Engine.Buffer _variance;
    private readonly float _epsilon;

    public NormalizationSumsStep(Operation operation, Normalization op)
        : base(operation.Name, [operation.Input(0)], [operation.Outputs[0], operation.Outputs[1]])
    {
        _rows = new ChannelRows(operation.Input(0).Shape);
        (_variance, _epsilon) = (operation.Input(5), op.Epsilon);
        _parts = new Engine.Buffer($"{operation.Name} parts", ElementType.Float32, new Shape(_rows.Stretches, 2, _rows.Channels));
        First = new Stretches(operation, op, _rows, _parts);
        Reads = [_parts, _variance];
    }

    public override Step? First { get; }

    public override string Kernel => "normalization sums";

    public override void Execute(int piece, byte* scratch)
    {
        int channels = _rows.Channels;
        for (int c = 0; c < channels; c++)
        {
            double sum = 0, products = 0;
            for (int stretch = 0; stretch < _rows.Stretches; stretch++)
            {
                float* part = _parts.Floats + 2L * stretch * channels + c;
                sum += part[0];
                products += part[channels];
            }
            Writes[0].Floats[c] = (float)(products / Math.Sqrt((double)_variance.Floats[c] + _epsilon));
            Writes[1].Floats[c] = (float)sum;
        }
    }

    private sealed class Stretches(Operation operation, Normalization op, ChannelRows rows, Engine.Buffer parts)
        : Step($"{operation.Name} parts", [.. operation.Inputs.OfType<Engine.Buffer>()], [.. operation.Outputs.Skip(2), parts])
    {
        private readonly Slope? _slope = op.Activation is null ? null : Slope.AtInput(op.Activation);

        public override string Kernel => $"{op.Name} sums of stretches";

        public override int Pieces => rows.Stretches;

        public override int ScratchBytes => (4 * rows.Channels + NormalizedRows.FloatsOfBlock(rows.Channels)) * sizeof(float);

        /// <summary>dz may lie where dy was.</summary>
        public override bool CanOverwrite(int read) => _slope is not null && read == 1;

        public override void Execute(int piece, byte* scratch)
        {
            int channels = rows.Channels, block = NormalizedRows.RowsOfBlock(channels);
            float* factor = (float*)scratch;
            float* summand = factor + channels;
            float* more = summand + channels;
            float* z = more + 2 * channels;
            float* mean = Reads[4].Floats;
            if (_slope is not null)
                NormalizedRows.Affine(Reads[2].Floats, Reads[3].Floats, mean, Reads[5].Floats, op.Epsilon, channels, factor, summand);
            float* sum = parts.Floats + 2L * piece * channels;
            new Span<float>(sum, 2 * channels).Clear();
            (long row, long end) = rows[piece];
            for (; row < end; row += block)
            {
                int count = (int)Math.Min(block, end - row);
                float* x = Reads[0].Floats + row * channels;
                float* dz = Reads[1].Floats + row * channels;
                if (_slope is not null)
                {
                    NormalizedRows.Apply(x, count, channels, factor, summand, z);
                    float* dy = dz;
                    dz = Writes[0].Floats + row * channels;
                    _slope.Apply(z, dy, dz, count * channels);
                }
                ChannelRows.SumProducts(x, dz, count, channels, mean, more, more + channels);
                Sums.Add(sum, more, 2 * channels);
            }
        }
    }
}

internal sealed unsafe class NormalizationGradientStep(Operation operation, Normalization op)
    : Step(operation.Name, [.. operation.Inputs.OfType<Engine.Buffer>()], [operation.Output])
{
    private readonly ChannelRows _rows = new(operation.Input(0).Shape);

    public override string Kernel => $"{op.Name} gradient";

    public override int Pieces => _rows.Stretches;

    public override int ScratchBytes => 3 * _rows.Channels * sizeof(float);

    public override bool CanOverwrite(int read) => read < 2;

    public override void Execute(int piece, byte* scratch)
    {
        int channels = _rows.Channels;
        float* factor = (float*)scratch;
        float* slope = factor + channels;
        float* offset = slope + channels;
        for (int c = 0; c < channels; c++)
        {
            factor[c] = Reads[2].Floats[c] / MathF.Sqrt(Reads[4].Floats[c] + op.Epsilon);
            double share = factor[c] / (double)_rows.Count;
            slope[c] = (float)(-share * Reads[5].Floats[c] / Math.Sqrt((double)Reads[4].Floats[c] + op.Epsilon));
            offset[c] = (float)(-share * Reads[6].Floats[c]);
        }
        (long row, long end) = _rows[piece];
        int block = NormalizedRows.RowsOfBlock(channels);
        for (; row < end; row += block)
        {
            long at = row * channels;
            int rows = (int)Math.Min(block, end - row);
            NormalizedRows.Gradient(
                Reads[0].Floats + at, Reads[1].Floats + at, rows, channels, Reads[3].Floats, factor, slope, offset, Writes[0].Floats + at);
        }
    }
}

/// <summary>Loops over rows of channels that are normalised.</summary>
internal static unsafe class NormalizedRows
{
    private const int Floats = 4096;

    /// <summary>Rows that stay in the first-level cache.</summary>
    public static int RowsOfBlock(int channels) => Math.Max(Floats / channels, 1);

    public static int FloatsOfBlock(int channels) => RowsOfBlock(channels) * channels;

    /// <summary>z = factor x + summand.</summary>
    public static void Affine(
        float* scale, float* bias, float* mean, float* variance, float epsilon, int channels, float* factor, float* summand)
    {
        for (int c = 0; c < channels; c++)
        {
            factor[c] = scale[c] / MathF.Sqrt(variance[c] + epsilon);
            summand[c] = MathF.FusedMultiplyAdd(-mean[c], factor[c], bias[c]);
        }
    }

    public static void Apply(float* x, int rows, int channels, float* factor, float* summand, float* y)
    {
        int c = 0;
        if (Cpu.Lanes >= 16) c = Apply<Lanes16>(x, rows, channels, factor, summand, y, c);
        if (Cpu.Lanes >= 8) c = Apply<Lanes8>(x, rows, channels, factor, summand, y, c);
        if (Cpu.Lanes >= 4) c = Apply<Lanes4>(x, rows, channels, factor, summand, y, c);
        Apply<Lanes1>(x, rows, channels, factor, summand, y, c);
    }

    /// <summary>dx = factor dz + slope (x - mean) + offset; dx may be x or dz.</summary>
    public static void Gradient(
        float* x, float* dz, int rows, int channels, float* mean, float* factor, float* slope, float* offset, float* dx)
    {
        int c = 0;
        if (Cpu.Lanes >= 16) c = Gradient<Lanes16>(x, dz, rows, channels, mean, factor, slope, offset, dx, c);
        if (Cpu.Lanes >= 8) c = Gradient<Lanes8>(x, dz, rows, channels, mean, factor, slope, offset, dx, c);
        if (Cpu.Lanes >= 4) c = Gradient<Lanes4>(x, dz, rows, channels, mean, factor, slope, offset, dx, c);
        Gradient<Lanes1>(x, dz, rows, channels, mean, factor, slope, offset, dx, c);
    }

    private static int Apply<T>(float* x, int rows, int channels, float* factor, float* summand, float* y, int c)
        where T : unmanaged, ILanes<T>
    {
        for (; c <= channels - T.Count; c += T.Count)
        {
            T f = T.Load(factor + c), s = T.Load(summand + c);
            nint at = c;
            for (int row = 0; row < rows; row++, at += channels) T.Fma(T.Load(x + at), f, s).Store(y + at);
        }
        return c;
    }

    private static int Gradient<T>(
        float* x, float* dz, int rows, int channels, float* mean, float* factor, float* slope, float* offset, float* dx, int c)
        where T : unmanaged, ILanes<T>
    {
        for (; c <= channels - T.Count; c += T.Count)
        {
            T m = T.Load(mean + c), f = T.Load(factor + c), s = T.Load(slope + c), o = T.Load(offset + c);
            nint at = c;
            for (int row = 0; row < rows; row++, at += channels)
                T.Fma(T.Load(dz + at), f, T.Fma(T.Load(x + at) - m, s, o)).Store(dx + at);
        }
        return c;
    }
}
