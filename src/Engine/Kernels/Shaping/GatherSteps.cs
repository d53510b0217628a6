using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Shaping;

/// <summary>What both gathers share: indices of type Int32 or Int64 that are checked before anything is read.</summary>
internal abstract unsafe class IndexStep(Operation operation)
    : Step(operation.Name, [operation.Input(0), operation.Input(1)], [operation.Output])
{
    protected Buffer Indices { get; } = operation.Input(1);

    /// <summary>The index at a place, from 0 to <paramref name="extent"/> - 1; a negative one counts from the end.</summary>
    /// <exception cref="ModelException">It lies outside.</exception>
    protected long Index(long place, int extent)
    {
        long index = Indices.Type == ElementType.Int64 ? Indices.As<long>()[place] : Indices.As<int>()[place];
        if (index < -extent || index >= extent)
            throw new ModelException(
                $"The node '{Name}' gathers index {index} of an axis with {extent} elements; the model or its input is wrong.");
        return index < 0 ? index + extent : index;
    }
}

/// <summary>y[outer, indices, inner] = x[outer, index, inner]: blocks of inner elements are moved.</summary>
internal sealed unsafe class GatherStep : IndexStep
{
    private readonly int _extent;
    private readonly long _blockBytes;
    private readonly Chunks _chunks;

    public GatherStep(Operation operation, int axis) : base(operation)
    {
        Shape x = Reads[0].Shape;
        _extent = x[axis];
        _blockBytes = x.CountBetween(axis + 1, x.Rank) * Reads[0].Type.Size();
        _chunks = new Chunks(x.CountBetween(0, axis) * Indices.Shape.Count, Chunks.Elements * sizeof(float) / Math.Max(1, _blockBytes));
    }

    public override string Kernel => "gather";

    public override int Pieces => _chunks.Count;

    public override void Execute(int piece, byte* scratch)
    {
        (long from, long to) = _chunks[piece];
        for (long block = from; block < to; block++)
        {
            (long outer, long place) = Math.DivRem(block, Indices.Shape.Count);
            byte* source = Reads[0].Data + (outer * _extent + Index(place, _extent)) * _blockBytes;
            System.Buffer.MemoryCopy(source, Writes[0].Data + block * _blockBytes, _blockBytes, _blockBytes);
        }
    }
}

/// <summary>y[i, j, k] = x[i, indices[i, j, k], k] for the axis in the middle.</summary>
internal sealed unsafe class GatherElementsStep : IndexStep
{
    private readonly Nest _nest;
    private readonly Chunks _chunks;
    private readonly int _extent;
    private readonly long _stride;

    public GatherElementsStep(Operation operation, int axis) : base(operation)
    {
        Shape x = Reads[0].Shape;
        Shape y = Indices.Shape;
        _extent = x[axis];
        _stride = x.CountBetween(axis + 1, x.Rank);
        // Where an output's element would be read if its index were 0: the axis itself does not move.
        int[] sizes = [.. y];
        sizes[axis] = Math.Min(1, y[axis]);
        View origins = View.Dense(x).Slice(new int[x.Rank], [.. Enumerable.Repeat(1, x.Rank)], sizes);
        _nest = new Nest(View.Dense(y), y[axis] > 0 ? origins.Broadcast(y.Extents) : origins);
        _chunks = new Chunks(_nest.Count, Chunks.Elements / 4);
    }

    public override string Kernel => "gather elements";

    public override int Pieces => _chunks.Count;

    public override void Execute(int piece, byte* scratch)
    {
        switch (Writes[0].Type.Size())
        {
            case 1: Gather<byte>(piece); break;
            case 2: Gather<ushort>(piece); break;
            case 4: Gather<uint>(piece); break;
            default: Gather<ulong>(piece); break;
        }
    }

    private void Gather<T>(int piece) where T : unmanaged
    {
        (long from, long to) = _chunks[piece];
        long step = _nest.RowStride(1);
        T* x = Reads[0].As<T>();
        T* y = Writes[0].As<T>();
        for (Nest.Runs run = _nest.Between(from, to); run.MoveNext();)
        {
            for (int i = 0; i < run.Length; i++) y[run[0] + i] = x[run[1] + i * step + Index(run[0] + i, _extent) * _stride];
        }
    }
}
