using EdgeCnn.Engine.Kernels.Shaping;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Engine.Passes.Int8;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8;

/// <summary>
/// saturate(round half to even((a's real value + or * b's) / scale) + zero point) with broadcasting. Scales are folded into factors: a sum
/// is (a - zero) * factor + (b - zero) * factor, a product (a - zero) * (b - zero) * factor. The differences are exact, so that the bits do
/// not depend on the type that <see cref="Cpu.Int8Data"/> is.
/// </summary>
internal sealed unsafe class BinaryStep : Step
{
    private readonly Buffer _a;
    private readonly Buffer _b;
    private readonly bool _multiplies;
    private readonly float _aFactor;
    private readonly float _bFactor;
    private readonly float _aZero;
    private readonly float _bZero;
    private readonly Rounding _rounding;
    private readonly Nest _nest;
    private readonly Chunks _chunks;
    private readonly string _kernel;

    public BinaryStep(Operation operation, Int8Binary op, Weights weights)
        : base(operation.Name, [operation.Input(0), operation.Input(1)], [operation.Output])
    {
        (_a, _b, _kernel) = (operation.Input(0), operation.Input(1), op.Name);
        _multiplies = op.Operation is Mul;
        double inverse =
            1.0 / op.Output.Scale[0], a = op.A.Scale[0] * inverse, b = (op.Operation is Sub ? -1 : 1) * op.B.Scale[0] * inverse;
        (_aZero, _bZero) = (op.A.Zero[0], op.B.Zero[0]);
        _aFactor = (float)(_multiplies ? a * op.B.Scale[0] : a);
        _bFactor = (float)b;
        _rounding = new Rounding(op.Output, 1, weights, op.Clamp);
        Shape y = operation.Output.Shape;
        _nest = new Nest(View.Dense(y), View.Dense(_a.Shape).Broadcast(y.Extents), View.Dense(_b.Shape).Broadcast(y.Extents));
        _chunks = new Chunks(_nest.Count, Chunks.Elements);
    }

    public override string Kernel => _kernel;

    public override int Pieces => _chunks.Count;

    public override bool CanOverwrite(int read) => Reads[read].Shape.Count == Writes[0].Shape.Count;

    public override void Execute(int piece, byte* scratch)
    {
        (long from, long to) = _chunks[piece];
        nint aStep = (nint)_nest.RowStride(1), bStep = (nint)_nest.RowStride(2);
        for (Nest.Runs run = _nest.Between(from, to); run.MoveNext();)
        {
            byte* a = _a.Data + run[1], b = _b.Data + run[2], y = Writes[0].Data + run[0];
            int i = 0;
            if (aStep is 0 or 1 && bStep is 0 or 1)
            {
                if (Cpu.Lanes >= 16) i = Row<Lanes16>(a, aStep, b, bStep, y, i, run.Length);
                if (Cpu.Lanes >= 8) i = Row<Lanes8>(a, aStep, b, bStep, y, i, run.Length);
                if (Cpu.HasNeon) i = Row<Lanes4x2>(a, aStep, b, bStep, y, i, run.Length);
                if (Cpu.Lanes >= 4) i = Row<Lanes4>(a, aStep, b, bStep, y, i, run.Length);
            }
            Row<Lanes1>(a, aStep, b, bStep, y, i, run.Length);
        }
    }

    private int Row<T>(byte* a, nint aStep, byte* b, nint bStep, byte* y, int i, int count) where T : unmanaged, ILanes<T>
    {
        Rounding.Bounds<T> bounds = _rounding.Of<T>();
        T aZero = T.Of(_aZero), bZero = T.Of(_bZero), aFactor = T.Of(_aFactor), bFactor = T.Of(_bFactor);
        T repeatedA = T.Of(Stored.Value(*a)), repeatedB = T.Of(Stored.Value(*b));
        for (; i <= count - T.Count; i += T.Count)
        {
            T x = (aStep == 0 ? repeatedA : Stored.Load<T>(a + i * aStep)) - aZero;
            T z = (bStep == 0 ? repeatedB : Stored.Load<T>(b + i * bStep)) - bZero;
            bounds.StoreSteps(_multiplies ? x * z * aFactor : T.Fma(x, aFactor, z * bFactor), y + i);
        }
        return i;
    }
}
