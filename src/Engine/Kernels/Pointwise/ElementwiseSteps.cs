using EdgeCnn.Engine.Kernels.Quantized;
using EdgeCnn.Engine.Kernels.Shaping;

namespace EdgeCnn.Engine.Kernels.Pointwise;

/// <summary>y = f(x) over floats.</summary>
internal sealed unsafe class MapStep(string name, Buffer x, Buffer y, Map map) : Step(name, [x], [y])
{
    private readonly Chunks _chunks = new(y.Shape.Count, Chunks.Elements / 2);

    public override string Kernel => "map";

    public override int Pieces => _chunks.Count;

    public override bool CanOverwrite(int read) => true;

    public override void Execute(int piece, byte* scratch)
    {
        (long from, long to) = _chunks[piece];
        map.Apply(x.Floats + from, y.Floats + from, (nint)(to - from));
    }
}

/// <summary>y = f(x) over elements of any types, one by one.</summary>
internal sealed unsafe class ScalarMapStep<TIn, TOut, TFunction>(string name, Buffer x, Buffer y, TFunction function) : Step(name, [x], [y])
    where TIn : unmanaged where TOut : unmanaged where TFunction : struct, IScalar<TIn, TOut>
{
    private readonly Chunks _chunks = new(y.Shape.Count, Chunks.Elements);

    public override string Kernel => "map scalar";

    public override int Pieces => _chunks.Count;

    public override bool CanOverwrite(int read) => sizeof(TIn) == sizeof(TOut);

    public override void Execute(int piece, byte* scratch)
    {
        (long from, long to) = _chunks[piece];
        int length = (int)(to - from);
        Elementwise.Row(function, new ReadOnlySpan<TIn>(x.As<TIn>() + from, length), new Span<TOut>(y.As<TOut>() + from, length));
    }
}

/// <summary>The Cast that follows every product of integers in dynamically quantised networks: 32-bit integers to floats.</summary>
internal sealed unsafe class IntegersToFloatsStep(string name, Buffer x, Buffer y) : Step(name, [x], [y])
{
    private readonly Chunks _chunks = new(y.Shape.Count, Chunks.Elements);

    public override string Kernel => "integers to floats";

    public override int Pieces => _chunks.Count;

    public override bool CanOverwrite(int read) => true;

    public override void Execute(int piece, byte* scratch)
    {
        (long from, long to) = _chunks[piece];
        Conversions.ToFloats(x.As<int>() + from, y.Floats + from, to - from);
    }
}

/// <summary>What binary steps share: the loops over the output and two operands that are broadcast to it.</summary>
internal abstract unsafe class BroadcastStep : Step
{
    private readonly Chunks _chunks;
    private readonly bool[] _overwrite;

    protected BroadcastStep(string name, Buffer a, Buffer b, Buffer y) : base(name, [a, b], [y])
    {
        (A, B, Y) = (a, b, y);
        ReadOnlySpan<int> extents = y.Shape.Extents;
        Nest = new Nest(View.Dense(extents), View.Dense(a.Shape).Broadcast(extents), View.Dense(b.Shape).Broadcast(extents));
        _chunks = new Chunks(Nest.Count, Chunks.Elements);
        _overwrite = [a.Shape.Count == y.Shape.Count && a.Bytes == y.Bytes, b.Shape.Count == y.Shape.Count && b.Bytes == y.Bytes];
    }

    public override int Pieces => _chunks.Count;

    protected Buffer A { get; }

    protected Buffer B { get; }

    protected Buffer Y { get; }

    protected Nest Nest { get; }

    public override bool CanOverwrite(int read) => _overwrite[read];

    protected Nest.Runs Runs(int piece)
    {
        (long from, long to) = _chunks[piece];
        return Nest.Blocks(from, to);
    }
}

/// <summary>y = f(a, b) over floats.</summary>
internal sealed unsafe class BinaryStep<TFunction>(string name, Buffer a, Buffer b, Buffer y, TFunction function)
    : BroadcastStep(name, a, b, y)
    where TFunction : struct, IBinaryFunction
{
    public override string Kernel => "binary";

    public override void Execute(int piece, byte* scratch)
    {
        (long aStep, long bStep) = (Nest.RowStride(1), Nest.RowStride(2));
        for (Nest.Runs run = Runs(piece); run.MoveNext();)
        {
            float* a = A.Floats + run[1];
            float* b = B.Floats + run[2];
            float* y = Y.Floats + run[0];
            for (int row = 0; row < run.Rows; row++, a += Nest.DownStride(1), b += Nest.DownStride(2), y += Nest.DownStride(0))
                Elementwise.Row(function, a, aStep, b, bStep, y, run.Length);
        }
    }
}

/// <summary>y = f(a, b) over elements of any types, one by one.</summary>
internal sealed unsafe class ScalarBinaryStep<TA, TB, TOut, TFunction>(string name, Buffer a, Buffer b, Buffer y, TFunction function)
    : BroadcastStep(name, a, b, y)
    where TA : unmanaged where TB : unmanaged where TOut : unmanaged where TFunction : struct, IScalar<TA, TB, TOut>
{
    public override string Kernel => "binary scalar";

    public override void Execute(int piece, byte* scratch)
    {
        (long aStep, long bStep) = (Nest.RowStride(1), Nest.RowStride(2));
        for (Nest.Runs run = Runs(piece); run.MoveNext();)
        {
            TA* a = A.As<TA>() + run[1];
            TB* b = B.As<TB>() + run[2];
            TOut* y = Y.As<TOut>() + run[0];
            for (int row = 0; row < run.Rows; row++, a += Nest.DownStride(1), b += Nest.DownStride(2), y += Nest.DownStride(0))
                Elementwise.Row(function, a, aStep, b, bStep, y, run.Length);
        }
    }
}
