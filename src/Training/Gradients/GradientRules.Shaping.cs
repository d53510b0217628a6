using System.Collections.Immutable;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

internal static partial class GradientRules
{
    private static Action<Backward>? Shaping(Operator op) => op switch
    {
        Reshape => at => at.Give(0, at.Reshape(at.DY, at.Shape(at.X()))),
        Transpose transpose => at => at.Give(0, at.Add(new Transpose(Inverse(transpose.Permutation)), at.DY)),
        Concat concat => at => Joined(at, concat.Axis),
        Split split => at => Parted(at, split.Axis),
        Slice slice => at => at.Give(0, at.Add(Scattered.From(slice, at.Shape(at.X())), at.DY)),
        Pad { Mode: PadMode.Constant } pad => at => at.Give(0, at.Add(Scattered.From(pad, at.Shape(at.X()), at.Shape(at.Y)), at.DY)),
        Expand => at => at.GiveSummed(0, at.DY),
        Resize { Coordinates: not CoordinateMode.TfCropAndResize } resize =>
            at => at.Give(0, at.Add(new ResizeGradient(resize, at.Shape(at.X())), at.DY)),
        DepthToSpace { ColumnRowDepth: false } depth => at => at.Give(0, at.Add(new SpaceToDepth(depth.BlockSize), at.DY)),
        SpaceToDepth space => at => at.Give(0, at.Add(new DepthToSpace(space.BlockSize, ColumnRowDepth: false), at.DY)),
        ReduceSum sum => at => at.Give(0, Spread(at, sum.Axes)),
        ReduceMean mean => at => at.Give(
            0, at.Add(new Mul(), Spread(at, mean.Axes), at.Scalar((float)at.Shape(at.Y).Count / Math.Max(at.Shape(at.X()).Count, 1)))),
        _ => null,
    };

    private static ImmutableArray<int> Inverse(ImmutableArray<int> permutation) =>
        [.. permutation.Select((_, axis) => permutation.IndexOf(axis))];

    private static void Joined(Backward at, int axis)
    {
        ImmutableArray<int> sizes = [.. Enumerable.Range(0, at.Inputs).Select(i => at.Shape(at.X(i))[axis])];
        string[] parts = at.AddMany(new Split(axis, sizes), sizes.Length, at.DY);
        for (int i = 0; i < parts.Length; i++)
        {
            if (at.Wants(i)) at.Give(i, parts[i]);
        }
    }

    private static void Parted(Backward at, int axis)
    {
        string[] parts = [.. Enumerable.Range(0, at.Outputs).Select(i => at.OutputGradient(i) ?? at.Zeros(PartShape(i)))];
        at.Give(0, at.Add(new Concat(axis), parts));

        Shape PartShape(int index) => at.Shape(at.X()).With(axis, ((Split)at.Operator).Sizes[index]);
    }

    /// <summary>A sum passes its gradient to each of its terms.</summary>
    private static string Spread(Backward at, ImmutableArray<int> axes)
    {
        Shape x = at.Shape(at.X());
        Shape kept = new([.. Enumerable.Range(0, x.Rank).Select(axis => axes.Contains(axis) ? 1 : x[axis])]);
        return at.Add(new Expand(x), at.Reshape(at.DY, kept));
    }
}
