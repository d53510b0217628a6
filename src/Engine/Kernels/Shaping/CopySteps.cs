using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Shaping;

/// <summary>One copy of a <see cref="CopyStep"/>: from a view of one buffer to a view of another.</summary>
internal readonly record struct CopyPart(Buffer Source, Buffer Target, View Read, View Write);

/// <summary>Copies views into views; the parts write different places.</summary>
internal sealed unsafe class CopyStep : Step
{
    private readonly (Buffer Source, Buffer Target, ViewCopy Copy, Chunks Chunks, int FirstPiece)[] _parts;

    public CopyStep(string name, string kernel, ReadOnlySpan<CopyPart> parts) : base(name, Sources(parts), Targets(parts))
    {
        Kernel = kernel;
        _parts = new (Buffer, Buffer, ViewCopy, Chunks, int)[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            ViewCopy copy = new(parts[i].Read, parts[i].Write, parts[i].Source.Type.Size());
            Chunks chunks = new(copy.Units, Chunks.Elements * sizeof(float) / parts[i].Source.Type.Size() / copy.UnitSize);
            _parts[i] = (parts[i].Source, parts[i].Target, copy, chunks, Pieces);
            Pieces += chunks.Count;
        }
    }

    public override string Kernel { get; }

    public override int Pieces { get; }

    public override void Execute(int piece, byte* scratch)
    {
        int part = _parts.Length - 1;
        while (_parts[part].FirstPiece > piece) part--;
        (Buffer source, Buffer target, ViewCopy copy, Chunks chunks, int first) = _parts[part];
        (long from, long to) = chunks[piece - first];
        if (from < to) copy.Run(source.Data, target.Data, from, to);
    }

    private static Buffer[] Sources(ReadOnlySpan<CopyPart> parts)
    {
        List<Buffer> buffers = [];
        foreach (CopyPart part in parts) buffers.Add(part.Source);
        return [.. buffers.Distinct()];
    }

    private static Buffer[] Targets(ReadOnlySpan<CopyPart> parts)
    {
        List<Buffer> buffers = [];
        foreach (CopyPart part in parts) buffers.Add(part.Target);
        return [.. buffers.Distinct()];
    }
}

/// <summary>Copies by tables of indices, one table for each axis: Pad and nearest Resize.</summary>
internal sealed unsafe class IndexedCopyStep : Step
{
    private readonly IndexedCopy _copy;
    private readonly ulong _constant;
    private readonly Chunks _chunks;

    /// <param name="operation">One input, one output of the same element type.</param>
    /// <param name="kernel">What profiles call it.</param>
    /// <param name="tables">For each axis, the input's index of every output index, or <see cref="IndexedCopy.Outside"/>.</param>
    /// <param name="constant">The element that stands where a table says outside, in the lowest bytes.</param>
    public IndexedCopyStep(Operation operation, string kernel, int[][] tables, ulong constant = 0)
        : base(operation.Name, [operation.Input(0)], [operation.Output])
    {
        Kernel = kernel;
        _constant = constant;
        _copy = new IndexedCopy(Reads[0].Shape.Extents, tables, Reads[0].Type.Size());
        _chunks = new Chunks(_copy.Rows, Chunks.Elements / Math.Max(1, _copy.RowLength));
    }

    public override string Kernel { get; }

    public override int Pieces => _chunks.Count;

    public override void Execute(int piece, byte* scratch)
    {
        (long from, long to) = _chunks[piece];
        if (_copy.RowLength > 0) _copy.Run(Reads[0].Data, Writes[0].Data, _constant, from, to);
    }
}
