using System.Numerics;
using EdgeCnn.Engine.Kernels.Shaping;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Pointwise;

/// <summary>What steps over any number of inputs share: one nest of loops for each input, over the output and that input.</summary>
internal abstract unsafe class ManyStep : Step
{
    private readonly Chunks _chunks;

    protected ManyStep(Operation operation) : base(operation.Name, Operands(operation), [operation.Output])
    {
        Y = operation.Output;
        Nests = [.. Reads.Select(x => new Nest(View.Dense(Y.Shape), View.Dense(x.Shape).Broadcast(Y.Shape.Extents)))];
        _chunks = new Chunks(Y.Shape.Count, Chunks.Elements / Reads.Count);
    }

    public override int Pieces => _chunks.Count;

    protected Buffer Y { get; }

    protected Nest[] Nests { get; }

    /// <summary>The output elements of a piece.</summary>
    protected (long From, long To) Range(int piece) => _chunks[piece];

    private static Buffer[] Operands(Operation operation) => [.. Enumerable.Range(0, operation.Inputs.Length).Select(operation.Input)];
}

/// <summary>y = f(... f(f(x0, x1), x2) ...) / divisor over floats.</summary>
internal sealed unsafe class VariadicStep<TFunction>(Operation operation, float divisor) : ManyStep(operation)
    where TFunction : struct, IBinaryFunction
{
    public override string Kernel => "variadic";

    public override void Execute(int piece, byte* scratch)
    {
        (long from, long to) = Range(piece);
        for (Nest.Runs run = Nests[0].Between(from, to); run.MoveNext();)
        {
            float* x = Reads[0].Floats + run[1];
            float* y = Y.Floats + run[0];
            long step = Nests[0].RowStride(1);
            for (int i = 0; i < run.Length; i++) y[i] = x[i * step];
        }
        for (int input = 1; input < Reads.Count; input++)
        {
            long step = Nests[input].RowStride(1);
            for (Nest.Runs run = Nests[input].Between(from, to); run.MoveNext();)
            {
                float* y = Y.Floats + run[0];
                Elementwise.Row(default(TFunction), y, 1, Reads[input].Floats + run[1], step, y, run.Length);
            }
        }
        float by = divisor;
        if (by != 1f) Elementwise.Row(default(FloatArithmetic.Div), Y.Floats + from, 1, &by, 0, Y.Floats + from, (int)(to - from));
    }
}

/// <summary>The same over numbers of any type.</summary>
internal sealed unsafe class ScalarVariadicStep<T, TFunction>(Operation operation, T divisor) : ManyStep(operation)
    where T : unmanaged, INumber<T> where TFunction : struct, IScalar<T, T, T>
{
    public override string Kernel => "variadic scalar";

    public override void Execute(int piece, byte* scratch)
    {
        (long from, long to) = Range(piece);
        T* y = Y.As<T>();
        for (int input = 0; input < Reads.Count; input++)
        {
            long step = Nests[input].RowStride(1);
            for (Nest.Runs run = Nests[input].Between(from, to); run.MoveNext();)
            {
                T* x = Reads[input].As<T>() + run[1];
                T* sum = y + run[0];
                for (int i = 0; i < run.Length; i++) sum[i] = input == 0 ? x[i * step] : default(TFunction).Apply(sum[i], x[i * step]);
            }
        }
        for (long i = from; i < to && divisor != T.One; i++) y[i] /= divisor;
    }
}

/// <summary>y = condition ? a : b for elements of any type, moved by their size.</summary>
internal sealed unsafe class WhereStep : Step
{
    private readonly Nest _nest;
    private readonly Chunks _chunks;

    public WhereStep(Operation operation)
        : base(operation.Name, [.. operation.Inputs.OfType<Buffer>()], [operation.Output])
    {
        ReadOnlySpan<int> extents = operation.Output.Shape.Extents;
        _nest = new Nest(
            View.Dense(extents),
            View.Dense(Reads[0].Shape).Broadcast(extents),
            View.Dense(Reads[1].Shape).Broadcast(extents),
            View.Dense(Reads[2].Shape).Broadcast(extents));
        _chunks = new Chunks(_nest.Count, Chunks.Elements / 2);
    }

    public override string Kernel => "where";

    public override int Pieces => _chunks.Count;

    public override void Execute(int piece, byte* scratch)
    {
        switch (Writes[0].Type.Size())
        {
            case 1: Select<byte>(piece); break;
            case 2: Select<ushort>(piece); break;
            case 4: Select<uint>(piece); break;
            default: Select<ulong>(piece); break;
        }
    }

    private void Select<T>(int piece) where T : unmanaged
    {
        (long from, long to) = _chunks[piece];
        (long step, long aStep, long bStep) = (_nest.RowStride(1), _nest.RowStride(2), _nest.RowStride(3));
        for (Nest.Runs run = _nest.Between(from, to); run.MoveNext();)
        {
            bool* condition = Reads[0].As<bool>() + run[1];
            T* a = Reads[1].As<T>() + run[2];
            T* b = Reads[2].As<T>() + run[3];
            T* y = Writes[0].As<T>() + run[0];
            for (int i = 0; i < run.Length; i++) y[i] = condition[i * step] ? a[i * aStep] : b[i * bStep];
        }
    }
}
