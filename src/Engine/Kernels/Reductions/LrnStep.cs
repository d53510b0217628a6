using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Reductions;

/// <summary>
/// Local response normalisation of images with channels last: each pixel's squares lie in scratch memory with zeros around them.
/// </summary>
internal sealed unsafe class LrnStep : Step
{
    private readonly Lrn _op;
    private readonly int _channels;
    private readonly Chunks _chunks;

    public LrnStep(Operation operation, Lrn op) : base(operation.Name, [operation.Input(0)], [operation.Output])
    {
        _op = op;
        _channels = Reads[0].Shape[^1];
        _chunks = new Chunks(Reads[0].Shape.Count / Math.Max(1, _channels), Chunks.Elements / 4 / Math.Max(1, _channels));
    }

    public override string Kernel => "lrn";

    public override int Pieces => _chunks.Count;

    public override int ScratchBytes => (_channels + _op.Size) * sizeof(float);

    public override bool CanOverwrite(int read) => true;

    public override void Execute(int piece, byte* scratch)
    {
        float* squares = (float*)scratch;
        int before = (_op.Size - 1) / 2;
        new Span<float>(squares, _channels + _op.Size).Clear();
        (long from, long to) = _chunks[piece];
        for (long pixel = from; pixel < to; pixel++)
        {
            float* x = Reads[0].Floats + pixel * _channels;
            float* y = Writes[0].Floats + pixel * _channels;
            Elementwise.Row(default(FloatArithmetic.Mul), x, 1, x, 1, squares + before, _channels);
            int c = 0;
            if (Cpu.Lanes >= 16) c = Row<Lanes16>(squares, x, y, c);
            if (Cpu.Lanes >= 8) c = Row<Lanes8>(squares, x, y, c);
            if (Cpu.Lanes >= 4) c = Row<Lanes4>(squares, x, y, c);
            Row<Lanes1>(squares, x, y, c);
        }
    }

    private int Row<T>(float* squares, float* x, float* y, int c) where T : unmanaged, ILanes<T>
    {
        T factor = T.Of(_op.Alpha / _op.Size);
        for (; c <= _channels - T.Count; c += T.Count)
        {
            T sum = T.Load(squares + c);
            for (int k = 1; k < _op.Size; k++) sum += T.Load(squares + c + k);
            T power = Functions.Exp(T.Of(-_op.Beta) * Functions.Log(T.Fma(sum, factor, T.Of(_op.Bias))));
            (T.Load(x + c) * power).Store(y + c);
        }
        return c;
    }
}
