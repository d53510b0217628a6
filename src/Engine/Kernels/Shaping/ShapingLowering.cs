using System.Collections.Immutable;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Shaping;

/// <summary>Steps for the operators that only move elements. What they read and write are views; the copies are all the same.</summary>
internal static class ShapingLowering
{
    /// <returns>The step, or null when there is no kernel for this operator.</returns>
    public static Step? Lower(Operation operation) => operation.Operator switch
    {
        Transpose op => Copy(operation, "transpose", View.Dense(operation.Input(0).Shape).Permute(op.Permutation.AsSpan())),
        Slice op => Copy(
            operation, "slice", View.Dense(operation.Input(0).Shape).Slice(op.Starts.AsSpan(), op.Steps.AsSpan(), op.Sizes.AsSpan())),
        Expand => Copy(operation, "expand", View.Dense(operation.Input(0).Shape).Broadcast(operation.Output.Shape.Extents)),
        // What is left of resizing when there are no axes, or nothing on them.
        Resize when operation.Output.Shape is { Rank: 0 } or { Count: 0 } => Copy(operation, "copy", View.Dense(operation.Output.Shape)),
        Identity or Dropout or Reshape => Copy(operation, "copy", View.Dense(operation.Output.Shape)),
        Tile op => Tile(operation, op.Repeats),
        DepthToSpace op => DepthToSpace(operation, op),
        SpaceToDepth op => SpaceToDepth(operation, op),
        Concat op => Concat(operation, op.Axis),
        Split op => Split(operation, op),
        Pad op => Pad(operation, op),
        Gather op => new GatherStep(operation, op.Axis),
        GatherElements op => new GatherElementsStep(operation, op.Axis),
        _ => null,
    };

    private static CopyStep Copy(Operation operation, string kernel, View read) =>
        new(operation.Name, kernel, [new CopyPart(operation.Input(0), operation.Output, read, View.Dense(read.Extents))]);

    /// <summary>The output seen as repeat x extent for every axis.</summary>
    private static CopyStep Tile(Operation operation, ImmutableArray<int> repeats)
    {
        View read = View.Dense(operation.Input(0).Shape);
        for (int axis = 0; axis < repeats.Length; axis++) read = read.Repeat(2 * axis, repeats[axis]);
        return Copy(operation, "tile", read);
    }

    /// <summary>N x H x W x C to N x Hb x Wb x C/b^2.</summary>
    private static CopyStep DepthToSpace(Operation operation, DepthToSpace op)
    {
        Shape x = operation.Input(0).Shape;
        int b = op.BlockSize;
        int depth = x[3] / (b * b);
        View read = op.ColumnRowDepth
            ? View.Dense(x[0], x[1], x[2], depth, b, b).Permute(0, 1, 4, 2, 5, 3)
            : View.Dense(x[0], x[1], x[2], b, b, depth).Permute(0, 1, 3, 2, 4, 5);
        return Copy(operation, "depth to space", read);
    }

    /// <summary>N x Hb x Wb x C to N x H x W x b^2 C.</summary>
    private static CopyStep SpaceToDepth(Operation operation, SpaceToDepth op)
    {
        Shape x = operation.Input(0).Shape;
        int b = op.BlockSize;
        return Copy(operation, "space to depth", View.Dense(x[0], x[1] / b, b, x[2] / b, b, x[3]).Permute(0, 1, 3, 2, 4, 5));
    }

    private static CopyStep Concat(Operation operation, int axis)
    {
        View whole = View.Dense(operation.Output.Shape);
        List<CopyPart> parts = [];
        int start = 0;
        for (int i = 0; i < operation.Inputs.Length; i++)
        {
            Buffer part = operation.Input(i);
            parts.Add(new CopyPart(part, operation.Output, View.Dense(part.Shape), whole.Slice(axis, start, part.Shape[axis])));
            start += part.Shape[axis];
        }
        return new CopyStep(operation.Name, "concat", [.. parts]);
    }

    private static CopyStep Split(Operation operation, Split op)
    {
        Buffer x = operation.Input(0);
        View whole = View.Dense(x.Shape);
        List<CopyPart> parts = [];
        int start = 0;
        foreach (Buffer part in operation.Outputs)
        {
            parts.Add(new CopyPart(x, part, whole.Slice(op.Axis, start, part.Shape[op.Axis]), View.Dense(part.Shape)));
            start += part.Shape[op.Axis];
        }
        return new CopyStep(operation.Name, "split", [.. parts]);
    }

    private static IndexedCopyStep Pad(Operation operation, Pad op)
    {
        Shape x = operation.Input(0).Shape;
        int[][] tables = new int[x.Rank][];
        for (int axis = 0; axis < x.Rank; axis++)
        {
            tables[axis] = new int[operation.Output.Shape[axis]];
            for (int i = 0; i < tables[axis].Length; i++) tables[axis][i] = PaddedIndex(op.Mode, i - op.Begins[axis], x[axis]);
        }
        return new IndexedCopyStep(operation, "pad", tables, ElementBits.Of(operation.Input(0).Type, op.Value));
    }

    private static int PaddedIndex(PadMode mode, int index, int extent)
    {
        if (index >= 0 && index < extent) return index;
        switch (mode)
        {
            case PadMode.Edge: return index < 0 ? 0 : extent - 1;
            case PadMode.Wrap: return (index % extent + extent) % extent;
            case PadMode.Reflect when extent == 1: return 0;
            case PadMode.Reflect:
                int period = 2 * (extent - 1);
                int within = (index % period + period) % period;
                return within < extent ? within : period - within;
            default: return IndexedCopy.Outside;
        }
    }
}
