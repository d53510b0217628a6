using System.Collections.Immutable;
using EdgeCnn.Engine;
using EdgeCnn.Engine.Kernels.Shaping;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>
/// Elements put where they came from, zeros elsewhere: the gradients of Slice and Pad. For each axis and each index of the output, the
/// index of the input that stands there, or <see cref="IndexedCopy.Outside"/>.
/// </summary>
internal sealed record Scattered(ImmutableArray<ImmutableArray<int>> Sources) : Extension
{
    public override string Name => "scattered";

    public override AxisRule Rule => AxisRule.Any;

    public static Scattered From(Slice slice, Shape input) => new([.. Enumerable.Range(0, input.Rank).Select(axis =>
    {
        int[] sources = new int[input[axis]];
        Array.Fill(sources, IndexedCopy.Outside);
        for (int i = 0; i < slice.Sizes[axis]; i++) sources[slice.Starts[axis] + i * slice.Steps[axis]] = i;
        return sources.ToImmutableArray();
    })]);

    public static Scattered From(Pad pad, Shape input, Shape output) => new([.. Enumerable.Range(0, input.Rank).Select(axis =>
        Enumerable.Range(pad.Begins[axis], input[axis])
            .Select(at => (uint)at < (uint)output[axis] ? at : IndexedCopy.Outside).ToImmutableArray())]);

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) =>
        [new ValueInfo(inputs[0]!.Type, new Shape([.. Sources.Select(axis => axis.Length)]))];

    public override Operator InMemoryOrder(AxisOrder order) => new Scattered(order.Of(Sources));

    public override Step Lower(Operation operation, Weights weights) =>
        new IndexedCopyStep(operation, Name, [.. Sources.Select(axis => axis.ToArray())]);
}
