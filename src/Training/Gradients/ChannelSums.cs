using System.Collections.Immutable;
using EdgeCnn.Engine;
using EdgeCnn.Engine.Kernels;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>For each channel of N x C x ... the sum over everything else: the gradient of a bias.</summary>
internal sealed record ChannelSums : Extension
{
    public override string Name => "channel sums";

    public override AxisRule Rule => AxisRule.ChannelsLast;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) =>
        [new ValueInfo(inputs[0]!.Type, new Shape(inputs[0]!.Shape[1]))];

    public override Step Lower(Operation operation, Weights weights) => new ChannelSumsStep(operation);
}

/// <summary>Sums over rows of channels: first of stretches of rows, each by itself, then of those in order.</summary>
internal sealed unsafe class ChannelSumsStep : Step
{
    private readonly int _channels;
    private readonly int _parts;
    private readonly Engine.Buffer _sums;

    public ChannelSumsStep(Operation operation) : base(operation.Name, [operation.Input(0)], [operation.Output])
    {
        ChannelRows rows = new(operation.Input(0).Shape);
        (_channels, _parts) = (rows.Channels, rows.Stretches);
        _sums = new Engine.Buffer($"{operation.Name} parts", ElementType.Float32, new Shape(_parts, _channels));
        First = new Stretches(operation.Name, operation.Input(0), rows, _sums);
        Reads = [_sums];
    }

    public override Step? First { get; }

    public override string Kernel => "channel sums";

    public override void Execute(int piece, byte* scratch)
    {
        float* parts = _sums.Floats, to = Writes[0].Floats;
        for (int c = 0; c < _channels; c++)
        {
            double sum = 0;
            for (int part = 0; part < _parts; part++) sum += parts[(long)part * _channels + c];
            to[c] = (float)sum;
        }
    }

    private sealed class Stretches(string name, Engine.Buffer x, ChannelRows rows, Engine.Buffer sums) : Step($"{name} parts", [x], [sums])
    {
        public override string Kernel => "channel sums of stretches";

        public override int Pieces => rows.Stretches;

        public override void Execute(int piece, byte* scratch)
        {
            (long from, long to) = rows[piece];
            ChannelRows.Sum(x.Floats + from * rows.Channels, to - from, rows.Channels, sums.Floats + (long)piece * rows.Channels);
        }
    }
}

/// <summary>A value with channels last as rows of channels, cut into stretches; the cut depends on the shape alone.</summary>
internal readonly unsafe struct ChannelRows
{
    // Half of a first-level cache, so that a second pass over a stretch finds it there.
    private const int FloatsOfStretch = 8192;
    private const int MostStretches = 256;

    private readonly Chunks _chunks;

    public ChannelRows(Shape shape)
    {
        Channels = Math.Max(shape[^1], 1);
        Count = shape.Count / Channels;
        _chunks = new Chunks(Count, Math.Max(Math.Max(FloatsOfStretch / Channels, 1), (Count + MostStretches - 1) / MostStretches));
    }

    public int Channels { get; }

    public long Count { get; }

    public int Stretches => _chunks.Count;

    public (long From, long To) this[int stretch] => _chunks[stretch];

    /// <summary>sum[c] = the sum of x[r, c] over all rows.</summary>
    public static void Sum(float* x, long rows, int channels, float* sum)
    {
        int c = 0;
        if (Cpu.Lanes >= 16) c = Sum<Lanes16>(x, rows, channels, sum, c);
        if (Cpu.Lanes >= 8) c = Sum<Lanes8>(x, rows, channels, sum, c);
        if (Cpu.Lanes >= 4) c = Sum<Lanes4>(x, rows, channels, sum, c);
        Sum<Lanes1>(x, rows, channels, sum, c);
    }

    /// <summary>sum[c] = the sum of (x[r, c] - mean[c])^2 over all rows.</summary>
    public static void SumSquaredDeviations(float* x, long rows, int channels, float* mean, float* sum)
    {
        int c = 0;
        if (Cpu.Lanes >= 16) c = SumSquares<Lanes16>(x, rows, channels, mean, sum, c);
        if (Cpu.Lanes >= 8) c = SumSquares<Lanes8>(x, rows, channels, mean, sum, c);
        if (Cpu.Lanes >= 4) c = SumSquares<Lanes4>(x, rows, channels, mean, sum, c);
        SumSquares<Lanes1>(x, rows, channels, mean, sum, c);
    }

    /// <summary>sum[c] = the sum of d[r, c] and products[c] = the sum of d[r, c] (x[r, c] - mean[c]) over all rows.</summary>
    public static void SumProducts(float* x, float* d, long rows, int channels, float* mean, float* sum, float* products)
    {
        int c = 0;
        if (Cpu.Lanes >= 16) c = SumProducts<Lanes16>(x, d, rows, channels, mean, sum, products, c);
        if (Cpu.Lanes >= 8) c = SumProducts<Lanes8>(x, d, rows, channels, mean, sum, products, c);
        if (Cpu.Lanes >= 4) c = SumProducts<Lanes4>(x, d, rows, channels, mean, sum, products, c);
        SumProducts<Lanes1>(x, d, rows, channels, mean, sum, products, c);
    }

    private static int Sum<T>(float* x, long rows, nint channels, float* sum, int c) where T : unmanaged, ILanes<T>
    {
        for (; c <= channels - T.Count; c += T.Count)
        {
            T even = T.Of(0f), odd = T.Of(0f);
            float* at = x + c;
            long row = 0;
            for (; row + 1 < rows; row += 2, at += 2 * channels)
            {
                even += T.Load(at);
                odd += T.Load(at + channels);
            }
            if (row < rows) even += T.Load(at);
            (even + odd).Store(sum + c);
        }
        return c;
    }

    private static int SumSquares<T>(float* x, long rows, nint channels, float* mean, float* sum, int c) where T : unmanaged, ILanes<T>
    {
        for (; c <= channels - T.Count; c += T.Count)
        {
            T even = T.Of(0f), odd = T.Of(0f), average = T.Load(mean + c);
            float* at = x + c;
            long row = 0;
            for (; row + 1 < rows; row += 2, at += 2 * channels)
            {
                T first = T.Load(at) - average, second = T.Load(at + channels) - average;
                even = T.Fma(first, first, even);
                odd = T.Fma(second, second, odd);
            }
            if (row < rows)
            {
                T last = T.Load(at) - average;
                even = T.Fma(last, last, even);
            }
            (even + odd).Store(sum + c);
        }
        return c;
    }

    private static int SumProducts<T>(float* x, float* d, long rows, nint channels, float* mean, float* sum, float* products, int c)
        where T : unmanaged, ILanes<T>
    {
        for (; c <= channels - T.Count; c += T.Count)
        {
            T even = T.Of(0f), odd = T.Of(0f), evenProducts = T.Of(0f), oddProducts = T.Of(0f), average = T.Load(mean + c);
            float* at = x + c;
            float* gradient = d + c;
            long row = 0;
            for (; row + 1 < rows; row += 2, at += 2 * channels, gradient += 2 * channels)
            {
                T first = T.Load(gradient), second = T.Load(gradient + channels);
                even += first;
                odd += second;
                evenProducts = T.Fma(first, T.Load(at) - average, evenProducts);
                oddProducts = T.Fma(second, T.Load(at + channels) - average, oddProducts);
            }
            if (row < rows)
            {
                T last = T.Load(gradient);
                even += last;
                evenProducts = T.Fma(last, T.Load(at) - average, evenProducts);
            }
            (even + odd).Store(sum + c);
            (evenProducts + oddProducts).Store(products + c);
        }
        return c;
    }
}
