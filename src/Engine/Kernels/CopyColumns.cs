using System.Collections.Immutable;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels;

/// <summary>Copies a value of floats to columns of another, or from them.</summary>
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
        float* from = input.Floats + row * input.Stride, to = output.Floats + row * output.Stride;
        for (; row < end; row++, from += input.Stride, to += output.Stride)
            new ReadOnlySpan<float>(from, _columns).CopyTo(new Span<float>(to, _columns));
    }
}
