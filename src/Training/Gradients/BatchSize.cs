using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>
/// Operators of a network for one example, turned into those for a batch of them: the first axis of what depends on the inputs grows from
/// 1.
/// </summary>
internal static class BatchSize
{
    /// <exception cref="ModelException">The operator moves, splits or mixes examples.</exception>
    public static Operator Of(Node node, int batch) => node.Operator switch
    {
        Reshape reshape => reshape with { Target = Grown(node, reshape.Target, batch) },
        Expand expand => expand with { Target = Grown(node, expand.Target, batch) },
        Resize resize when resize.Target[0] == 1 => resize with { Target = resize.Target.With(0, batch) },
        Slice slice when slice.Starts[0] == 0 && slice.Sizes[0] == 1 =>
            slice with { Sizes = slice.Sizes.SetItem(0, batch), Steps = slice.Steps.SetItem(0, 1) },
        Pad pad when pad.Begins[0] == 0 && pad.Ends[0] == 0 => pad,
        Tile tile when tile.Repeats[0] == 1 => tile,
        Transpose transpose when transpose.Permutation[0] == 0 => transpose,
        Concat { Axis: > 0 } or Split { Axis: > 0 } or AlongAxis { Axis: > 0 } or ArgExtreme { Axis: > 0 } => node.Operator,
        TopK { Axis: > 0 } or CumSum
        {
            Axis: > 0,
        } or Gather { Axis: > 0 } or GatherElements { Axis: > 0 } or LayerNormalization { Axis: > 0 } => node.Operator,
        Reduction reduction when !reduction.Axes.Contains(0) => reduction,
        Gemm { TransA: false } => node.Operator,
        Reshape or Expand or Resize or Slice or Pad or Tile or Transpose or Concat or Split or AlongAxis or ArgExtreme or TopK or CumSum
            or Gather or GatherElements or LayerNormalization or Reduction or Gemm => throw Mixes(node),
        _ => node.Operator,
    };

    private static Shape Grown(Node node, Shape target, int batch) =>
        target.Rank > 0 && target[0] == 1 ? target.With(0, batch) : throw Mixes(node);

    private static ModelException Mixes(Node node) =>
        new($"{node} works across the first axis, which is the batch: a network with it cannot be trained with a batch of more than one.");
}
