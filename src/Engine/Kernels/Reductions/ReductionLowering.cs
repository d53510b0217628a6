using System.Numerics;
using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Shaping;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Reductions;

/// <summary>Steps for the operators that look along axes: reductions, softmax, sorting, normalisation, resizing.</summary>
internal static class ReductionLowering
{
    /// <returns>The step, or null when there is no kernel for this operator with these element types.</returns>
    public static Step? Lower(Operation operation) => operation.Operator switch
    {
        Reduction op => LowerReduction(operation, op),
        ArgExtreme or TopK or CumSum => Numbers.For(operation.Input(0).Type, new ForAxis(operation)),
        Resize { Mode: ResizeMode.Nearest } op => LowerNearest(operation, op),
        _ when operation.Input(0).Type != ElementType.Float32 => null,
        Resize op => new ResizeStep(operation, op),
        Softmax op => new SoftmaxStep(operation, op.Axis, logarithm: false),
        LogSoftmax op => new SoftmaxStep(operation, op.Axis, logarithm: true),
        BatchNormalization op => new BatchNormalizationStep(operation, op.Epsilon),
        InstanceNormalization op => new GroupNormalizationStep(operation, operation.Input(0).Shape[^1], op.Epsilon),
        GroupNormalization op => new GroupNormalizationStep(operation, op.Groups, op.Epsilon),
        LayerNormalization op => new LayerNormalizationStep(operation, op.Axis, op.Epsilon),
        LpNormalization op => new LpNormalizationStep(operation, op),
        Lrn op => new LrnStep(operation, op),
        _ => null,
    };

    private static Step? LowerReduction(Operation operation, Reduction op)
    {
        ReadOnlySpan<int> axes = op.Axes.AsSpan();
        if (operation.Input(0).Type != ElementType.Float32) return Numbers.For(operation.Input(0).Type, new ForReduction(operation, op));
        return op switch
        {
            ReduceSum => new FoldStep<Fold.Sum>(operation, axes),
            ReduceMean => new FoldStep<Fold.Sum>(operation, axes, mean: true),
            ReduceMax => new FoldStep<Fold.Largest>(operation, axes),
            ReduceMin => new FoldStep<Fold.Smallest>(operation, axes),
            ReduceL1 => new FoldStep<Fold.SumOfMagnitudes>(operation, axes),
            ReduceL2 => new FoldStep<Fold.SumOfSquares>(operation, axes, finish: Map.Of(new FloatFunctions.Sqrt())),
            ReduceSumSquare => new FoldStep<Fold.SumOfSquares>(operation, axes),
            ReduceLogSum => new FoldStep<Fold.Sum>(operation, axes, finish: Map.Of(new FloatFunctions.Log())),
            _ => new ScalarReductionStep<float>(operation, op),
        };
    }

    private static IndexedCopyStep LowerNearest(Operation operation, Resize op)
    {
        (Shape x, Shape y) = (operation.Input(0).Shape, operation.Output.Shape);
        int[][] tables = new int[x.Rank][];
        for (int axis = 0; axis < x.Rank; axis++) tables[axis] = new ResizeCoordinates(op, axis, x[axis], y[axis]).NearestIndices();
        return new IndexedCopyStep(operation, "resize nearest", tables, ElementBits.Of(operation.Input(0).Type, op.Extrapolation));
    }

    private sealed record ForReduction(Operation Operation, Reduction Reduction) : IForNumbers<Step>
    {
        public Step Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => new ScalarReductionStep<T>(Operation, Reduction);
    }

    private sealed record ForAxis(Operation Operation) : IForNumbers<Step>
    {
        public Step? Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => Operation.Operator switch
        {
            ArgExtreme op => new ArgExtremeStep<T>(Operation, op),
            TopK op => new TopKStep<T>(Operation, op),
            CumSum op => new CumSumStep<T>(Operation, op),
            _ => null,
        };
    }
}
