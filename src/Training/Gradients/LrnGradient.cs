using System.Collections.Immutable;
using EdgeCnn.Engine;
using EdgeCnn.Engine.Kernels;
using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>
/// dx of local response normalisation. With s[c] = bias + alpha / size * (squares around c): dx[i] = dy[i] s[i]^-beta - 2 alpha beta / size
/// * x[i] * the sum of dy[c] x[c] s[c]^(-beta - 1) over the c that see i. Inputs x, dy.
/// </summary>
internal sealed record LrnGradient(Lrn Lrn) : Extension
{
    public override string Name => "LRN gradient";

    public override AxisRule Rule => AxisRule.ChannelsLast;

    public override bool IsData(int index) => true;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) => [inputs[0]!];

    public override Step Lower(Operation operation, Weights weights) => new LrnGradientStep(operation, Lrn);
}

internal sealed unsafe class LrnGradientStep : Step
{
    private readonly Lrn _op;
    private readonly int _channels;
    private readonly Chunks _pixels;

    public LrnGradientStep(Operation operation, Lrn op) : base(operation.Name, [operation.Input(0), operation.Input(1)], [operation.Output])
    {
        _op = op;
        _channels = Reads[0].Shape[^1];
        _pixels = new Chunks(Reads[0].Shape.Count / Math.Max(1, _channels), Chunks.Elements / 8 / Math.Max(1, _channels));
    }

    public override string Kernel => "lrn gradient";

    public override int Pieces => _pixels.Count;

    public override int ScratchBytes => (2 * (_channels + _op.Size) + _channels) * sizeof(float);

    public override bool CanOverwrite(int read) => true;

    private int Before => (_op.Size - 1) / 2;

    private int After => _op.Size - 1 - Before;

    public override void Execute(int piece, byte* scratch)
    {
        // Both with zeros around them; those who see i begin as far before it as it sees after itself.
        float* squares = (float*)scratch;
        float* shares = squares + _channels + _op.Size;
        float* powers = shares + _channels + _op.Size;
        new Span<float>(squares, 2 * (_channels + _op.Size)).Clear();
        (long from, long to) = _pixels[piece];
        for (long pixel = from; pixel < to; pixel++)
        {
            float* x = Reads[0].Floats + pixel * _channels;
            float* dy = Reads[1].Floats + pixel * _channels;
            float* dx = Writes[0].Floats + pixel * _channels;
            Elementwise.Row(default(FloatArithmetic.Mul), x, 1, x, 1, squares + Before, _channels);
            int c = 0;
            if (Cpu.Lanes >= 16) c = Share<Lanes16>(squares, x, dy, powers, shares + After, c);
            if (Cpu.Lanes >= 8) c = Share<Lanes8>(squares, x, dy, powers, shares + After, c);
            if (Cpu.Lanes >= 4) c = Share<Lanes4>(squares, x, dy, powers, shares + After, c);
            Share<Lanes1>(squares, x, dy, powers, shares + After, c);
            c = 0;
            if (Cpu.Lanes >= 16) c = Gather<Lanes16>(shares, x, dy, powers, dx, c);
            if (Cpu.Lanes >= 8) c = Gather<Lanes8>(shares, x, dy, powers, dx, c);
            if (Cpu.Lanes >= 4) c = Gather<Lanes4>(shares, x, dy, powers, dx, c);
            Gather<Lanes1>(shares, x, dy, powers, dx, c);
        }
    }

    /// <summary>power = s^-beta and share = dy x s^(-beta - 1).</summary>
    private int Share<T>(float* squares, float* x, float* dy, float* power, float* share, int c) where T : unmanaged, ILanes<T>
    {
        for (; c <= _channels - T.Count; c += T.Count)
        {
            T sum = T.Load(squares + c);
            for (int k = 1; k < _op.Size; k++) sum += T.Load(squares + c + k);
            T s = T.Fma(sum, T.Of(_op.Alpha / _op.Size), T.Of(_op.Bias));
            T p = Functions.Exp(T.Of(-_op.Beta) * Functions.Log(s));
            p.Store(power + c);
            (T.Load(dy + c) * T.Load(x + c) * p / s).Store(share + c);
        }
        return c;
    }

    private int Gather<T>(float* shares, float* x, float* dy, float* power, float* dx, int c) where T : unmanaged, ILanes<T>
    {
        for (; c <= _channels - T.Count; c += T.Count)
        {
            T sum = T.Load(shares + c);
            for (int k = 1; k < _op.Size; k++) sum += T.Load(shares + c + k);
            T factor = T.Of(-2f * _op.Alpha * _op.Beta / _op.Size) * T.Load(x + c);
            T.Fma(factor, sum, T.Load(dy + c) * T.Load(power + c)).Store(dx + c);
        }
        return c;
    }
}
