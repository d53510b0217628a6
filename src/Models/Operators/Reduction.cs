using System.Collections.Immutable;

namespace EdgeCnn.Models;

/// <summary>
/// ONNX ReduceMean-18 and the like. The axes are resolved (not negative), sorted and distinct; none at all means that nothing is reduced
/// and every element is treated by itself. With KeepDims a reduced axis stays with the extent 1.
/// </summary>
public abstract record Reduction(ImmutableArray<int> Axes, bool KeepDims) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "data");
        Numeric(x);
        for (int i = 0; i < Axes.Length; i++)
        {
            Within(Axes[i], x.Shape);
            if (i > 0 && Axes[i] <= Axes[i - 1])
                throw new ModelException($"Its axes {string.Join(", ", Axes)} are not sorted and distinct.");
        }
        return One(x.Type, Reduce(x.Shape, Axes, KeepDims));
    }

    internal static Shape Reduce(Shape x, ImmutableArray<int> axes, bool keepDims)
    {
        List<int> extents = [];
        for (int axis = 0; axis < x.Rank; axis++)
        {
            if (!axes.Contains(axis)) extents.Add(x[axis]);
            else if (keepDims) extents.Add(1);
        }
        return new Shape([.. extents]);
    }
}

/// <summary>ONNX ReduceMean-18.</summary>
public sealed record ReduceMean(ImmutableArray<int> Axes, bool KeepDims) : Reduction(Axes, KeepDims);

/// <summary>ONNX ReduceSum-13.</summary>
public sealed record ReduceSum(ImmutableArray<int> Axes, bool KeepDims) : Reduction(Axes, KeepDims);

/// <summary>ONNX ReduceMax-20.</summary>
public sealed record ReduceMax(ImmutableArray<int> Axes, bool KeepDims) : Reduction(Axes, KeepDims);

/// <summary>ONNX ReduceMin-20.</summary>
public sealed record ReduceMin(ImmutableArray<int> Axes, bool KeepDims) : Reduction(Axes, KeepDims);

/// <summary>ONNX ReduceProd-18.</summary>
public sealed record ReduceProd(ImmutableArray<int> Axes, bool KeepDims) : Reduction(Axes, KeepDims);

/// <summary>ONNX ReduceL1-18: the sum of absolute values.</summary>
public sealed record ReduceL1(ImmutableArray<int> Axes, bool KeepDims) : Reduction(Axes, KeepDims);

/// <summary>ONNX ReduceL2-18: the root of the sum of squares.</summary>
public sealed record ReduceL2(ImmutableArray<int> Axes, bool KeepDims) : Reduction(Axes, KeepDims);

/// <summary>ONNX ReduceSumSquare-18.</summary>
public sealed record ReduceSumSquare(ImmutableArray<int> Axes, bool KeepDims) : Reduction(Axes, KeepDims);

/// <summary>ONNX ReduceLogSum-18: the logarithm of the sum.</summary>
public sealed record ReduceLogSum(ImmutableArray<int> Axes, bool KeepDims) : Reduction(Axes, KeepDims);

/// <summary>ONNX ReduceLogSumExp-18: the logarithm of the sum of exponentials.</summary>
public sealed record ReduceLogSumExp(ImmutableArray<int> Axes, bool KeepDims) : Reduction(Axes, KeepDims);

/// <summary>Where the extreme along an axis lies: Int64 indices; of equals the first, or the last with SelectLast.</summary>
public abstract record ArgExtreme(int Axis, bool KeepDims, bool SelectLast) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "data");
        Numeric(x);
        Within(Axis, x.Shape);
        if (x.Shape[Axis] == 0) throw new ModelException($"Its input of shape {x.Shape} is empty along axis {Axis}.");
        return One(ElementType.Int64, Reduction.Reduce(x.Shape, [Axis], KeepDims));
    }
}

/// <summary>ONNX ArgMax-13.</summary>
public sealed record ArgMax(int Axis, bool KeepDims, bool SelectLast) : ArgExtreme(Axis, KeepDims, SelectLast);

/// <summary>ONNX ArgMin-13.</summary>
public sealed record ArgMin(int Axis, bool KeepDims, bool SelectLast) : ArgExtreme(Axis, KeepDims, SelectLast);

/// <summary>ONNX TopK-11: the K largest (or smallest) along the axis, and their Int64 indices; of equals the lower index first.</summary>
public sealed record TopK(int K, int Axis, bool Largest, bool Sorted) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "X");
        Numeric(x);
        Within(Axis, x.Shape);
        if (K < 0 || K > x.Shape[Axis]) throw new ModelException($"Its k of {K} lies outside the extent {x.Shape[Axis]} of axis {Axis}.");
        Shape top = x.Shape.With(Axis, K);
        return [new ValueInfo(x.Type, top), new ValueInfo(ElementType.Int64, top)];
    }
}

/// <summary>ONNX CumSum-14: running sums along the axis; Exclusive leaves the element itself out, Reverse runs from the end.</summary>
public sealed record CumSum(int Axis, bool Exclusive, bool Reverse) : NumericUnary
{
    protected override void Check(ValueInfo x)
    {
        base.Check(x);
        Within(Axis, x.Shape);
    }
}
