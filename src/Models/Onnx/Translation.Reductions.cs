using System.Collections.Immutable;

namespace EdgeCnn.Models.Onnx;

/// <summary>Reductions over axes, and what else runs along one.</summary>
internal static partial class Translation
{
    private static void AddReductions()
    {
        Add("ReduceMean", node => Reduce(node, 18, (axes, keep) => new ReduceMean(axes, keep)));
        Add("ReduceSum", node => Reduce(node, 13, (axes, keep) => new ReduceSum(axes, keep)));
        Add("ReduceMax", node => Reduce(node, 18, (axes, keep) => new ReduceMax(axes, keep)));
        Add("ReduceMin", node => Reduce(node, 18, (axes, keep) => new ReduceMin(axes, keep)));
        Add("ReduceProd", node => Reduce(node, 18, (axes, keep) => new ReduceProd(axes, keep)));
        Add("ReduceL1", node => Reduce(node, 18, (axes, keep) => new ReduceL1(axes, keep)));
        Add("ReduceL2", node => Reduce(node, 18, (axes, keep) => new ReduceL2(axes, keep)));
        Add("ReduceSumSquare", node => Reduce(node, 18, (axes, keep) => new ReduceSumSquare(axes, keep)));
        Add("ReduceLogSum", node => Reduce(node, 18, (axes, keep) => new ReduceLogSum(axes, keep)));
        Add("ReduceLogSumExp", node => Reduce(node, 18, (axes, keep) => new ReduceLogSumExp(axes, keep)));
        Add("ArgMax", node => node.Emit(new ArgMax(node.Axis("axis", 0), node.Flag("keepdims", true), node.Flag("select_last_index"))));
        Add("ArgMin", node => node.Emit(new ArgMin(node.Axis("axis", 0), node.Flag("keepdims", true), node.Flag("select_last_index"))));
        Add("TopK", TopK);
        Add("CumSum", CumSum);
    }

    /// <summary>No axes mean all of them, or none if the node says so.</summary>
    private static void Reduce(OnnxNode node, int inputSince, Func<ImmutableArray<int>, bool, Operator> make)
    {
        int rank = node.Shape(0).Rank;
        long[] given = node.Longs("axes", 1, inputSince) ?? [];
        ImmutableArray<int> axes = given.Length > 0 ? [.. given.Select(axis => OnnxNode.Axis(axis, rank)).Distinct().Order()]
            : node.Flag("noop_with_empty_axes") ? [] : [.. Enumerable.Range(0, rank)];
        node.Emit(make(axes, node.Flag("keepdims", true)), node.Inputs[0]);
    }

    private static void TopK(OnnxNode node)
    {
        long[] k = node.Opset < 10 ? [node.Int("k", 0)] : node.KnownLongs(1, "k");
        if (k.Length != 1) throw new ModelException($"Its k has {k.Length} values; one is needed.");
        node.EmitAll(
            new TopK(OnnxNode.Narrow(k[0], "k"), node.Axis("axis", -1), node.Flag("largest", true), node.Flag("sorted", true)),
            node.Inputs[0]);
    }

    private static void CumSum(OnnxNode node)
    {
        long[] axis = node.KnownLongs(1, "axis");
        if (axis.Length != 1) throw new ModelException($"Its axis has {axis.Length} values; one is needed.");
        node.Emit(new CumSum(OnnxNode.Axis(axis[0], node.Shape(0).Rank), node.Flag("exclusive"), node.Flag("reverse")), node.Inputs[0]);
    }
}
