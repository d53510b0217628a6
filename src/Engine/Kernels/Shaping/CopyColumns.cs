using System.Collections.Immutable;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Shaping;

/// <summary>Copies a value to columns of another, or from them.</summary>
internal sealed record CopyColumns : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) => [Required(inputs, 0, "input")];
}

internal sealed unsafe class CopyColumnsStep(string name, Buffer input, Buffer output) : Step(name, [input], [output])
{
    private readonly int _columns = input.Shape[^1];
    private readonly Chunks _rows = new(input.Shape.CountBetween(0, input.Shape.Rank - 1), Chunks.Elements / Math.Max(input.Shape[^1], 1));

    public override string Kernel => "copy columns";

    public override int Pieces => _rows.Count;

    public override void Execute(int piece, byte* scratch)
    {
        (long row, long end) = _rows[piece];
        int size = input.Type.Size(), bytes = _columns * size;
        nint inputStride = (nint)input.Stride * size, outputStride = (nint)output.Stride * size;
        byte* from = input.Data + row * inputStride, to = output.Data + row * outputStride;
        for (; row < end; row++, from += inputStride, to += outputStride)
            new ReadOnlySpan<byte>(from, bytes).CopyTo(new Span<byte>(to, bytes));
    }
}
