using System.Collections.Immutable;

namespace EdgeCnn.Models;

/// <summary>
/// The same elements in the same order under another shape. ONNX's Reshape, Flatten, Squeeze and Unsqueeze all become this; the name that
/// the file used is kept in <paramref name="Spelling"/>.
/// </summary>
public sealed record Reshape(Shape Target, string Spelling = "Reshape") : Operator
{
    public override string Name => Spelling;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "data");
        if (x.Shape.Count != Target.Count)
            throw new ModelException($"{x.Shape.Count} elements of shape {x.Shape} cannot take the shape {Target}.");
        return One(x.Type, Target);
    }
}

/// <summary>ONNX Transpose-13: axis i of the output is axis Permutation[i] of the input.</summary>
public sealed record Transpose(ImmutableArray<int> Permutation) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "data");
        if (!Permutation.Order().SequenceEqual(Enumerable.Range(0, x.Shape.Rank)))
            throw new ModelException($"Its permutation ({string.Join(", ", Permutation)}) is none of the axes of {x.Shape}.");
        return One(x.Type, new Shape([.. Permutation.Select(axis => x.Shape[axis])]));
    }
}

/// <summary>ONNX Concat-13: one input or more, equal but for the extent of the axis along which they are joined.</summary>
public sealed record Concat(int Axis) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        ValueInfo first = Required(inputs, 0, "inputs");
        List<Shape> parts = [];
        for (int i = 0; i < inputs.Length; i++)
        {
            ValueInfo part = Required(inputs, i, "inputs");
            SameType(first, part);
            parts.Add(part.Shape);
        }
        return One(first.Type, Join(parts, Axis));
    }

    internal static Shape Join(List<Shape> parts, int axis)
    {
        Shape first = parts[0];
        Within(axis, first);
        long extent = 0;
        foreach (Shape part in parts)
        {
            if (part.Rank != first.Rank || !part.With(axis, first[axis]).Equals(first))
                throw new ModelException($"The shapes {string.Join(", ", parts)} cannot be joined along axis {axis}.");
            extent += part[axis];
        }
        return extent <= Shape.MaxCount
            ? first.With(axis, (int)extent)
            : throw new ModelException($"Joined along axis {axis} its inputs have the extent {extent}.");
    }
}

/// <summary>ONNX Split-18: consecutive parts of the given sizes along the axis, one output each.</summary>
public sealed record Split(int Axis, ImmutableArray<int> Sizes) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "input");
        Within(Axis, x.Shape);
        if (Sizes.Length != outputCount) throw new ModelException($"It has {outputCount} outputs for {Sizes.Length} sizes.");
        if (Sizes.Any(size => size < 0) || Sizes.Sum(size => (long)size) != x.Shape[Axis])
            throw new ModelException($"Its sizes {string.Join(", ", Sizes)} do not add up to the extent {x.Shape[Axis]} of axis {Axis}.");
        return [.. Sizes.Select(size => new ValueInfo(x.Type, x.Shape.With(Axis, size)))];
    }
}

/// <summary>
/// ONNX Slice-13, resolved: for each axis of the input the first index, the step (may be negative, never 0) and the number of elements
/// taken.
/// </summary>
public sealed record Slice(ImmutableArray<int> Starts, ImmutableArray<int> Steps, ImmutableArray<int> Sizes) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "data");
        if (Starts.Length != x.Shape.Rank || Steps.Length != x.Shape.Rank || Sizes.Length != x.Shape.Rank)
            throw new ModelException($"It needs a start, a step and a size for each axis of {x.Shape}.");
        for (int axis = 0; axis < x.Shape.Rank; axis++)
        {
            long last = Starts[axis] + (Sizes[axis] - 1L) * Steps[axis];
            bool inside = Sizes[axis] == 0 || (Starts[axis] >= 0 && Starts[axis] < x.Shape[axis] && last >= 0 && last < x.Shape[axis]);
            if (Sizes[axis] < 0 || Steps[axis] == 0 || !inside)
                throw new ModelException(
                    $"{Sizes[axis]} elements from {Starts[axis]} in steps of {Steps[axis]} lie outside axis {axis} of {x.Shape}.");
        }
        return One(x.Type, new Shape(Sizes.AsSpan()));
    }
}

/// <summary>
/// ONNX Gather-13. Inputs data, indices (Int32 or Int64; negative ones count from the end): axis <paramref name="Axis"/> of data is
/// replaced by the axes of the indices.
/// </summary>
public sealed record Gather(int Axis) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(2, inputs);
        ValueInfo data = Required(inputs, 0, "data"), indices = Required(inputs, 1, "indices");
        OneOf(indices, "indices", ElementType.Int64, ElementType.Int32);
        Within(Axis, data.Shape);
        return One(data.Type, new Shape([.. data.Shape.Extents[..Axis], .. indices.Shape.Extents, .. data.Shape.Extents[(Axis + 1)..]]));
    }
}

/// <summary>
/// ONNX GatherElements-13. Inputs data, indices (Int32 or Int64, of data's rank); the output has the shape of the indices.
/// </summary>
public sealed record GatherElements(int Axis) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(2, inputs);
        ValueInfo data = Required(inputs, 0, "data"), indices = Required(inputs, 1, "indices");
        OneOf(indices, "indices", ElementType.Int64, ElementType.Int32);
        Within(Axis, data.Shape);
        if (indices.Shape.Rank != data.Shape.Rank)
            throw new ModelException($"Its data of shape {data.Shape} and indices of shape {indices.Shape} have different ranks.");
        for (int axis = 0; axis < data.Shape.Rank; axis++)
        {
            if (axis != Axis && indices.Shape[axis] > data.Shape[axis])
                throw new ModelException($"Its indices of shape {indices.Shape} reach beyond its data of shape {data.Shape}.");
        }
        return One(data.Type, indices.Shape);
    }
}

/// <summary>How <see cref="Pad"/> fills what it adds.</summary>
public enum PadMode
{
    Constant,
    /// <summary>Mirrored, the edge itself not repeated.</summary>
    Reflect,
    /// <summary>The edge repeated.</summary>
    Edge,
    /// <summary>As if the input were repeated periodically.</summary>
    Wrap,
}

/// <summary>
/// ONNX Pad-21, resolved: so many elements are added before and after each axis (negative: taken away), filled by the mode, or with
/// <paramref name="Value"/> where it is <see cref="PadMode.Constant"/>.
/// </summary>
public sealed record Pad(PadMode Mode, ImmutableArray<int> Begins, ImmutableArray<int> Ends, double Value) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "data");
        if (Begins.Length != x.Shape.Rank || Ends.Length != x.Shape.Rank)
            throw new ModelException($"It needs two pads for each axis of {x.Shape}.");
        int[] extents = new int[x.Shape.Rank];
        for (int axis = 0; axis < extents.Length; axis++)
        {
            int extent = x.Shape[axis];
            long padded = (long)extent + Begins[axis] + Ends[axis];
            if (padded is < 0 or > Shape.MaxCount)
                throw new ModelException($"Its pads {Begins[axis]} and {Ends[axis]} do not fit axis {axis} of {x.Shape}.");
            int widest = Math.Max(Begins[axis], Ends[axis]);
            if (Mode == PadMode.Reflect && widest >= Math.Max(extent, 1) || Mode != PadMode.Constant && extent == 0 && padded > 0)
                throw new ModelException(
                    $"Its pads {Begins[axis]} and {Ends[axis]} are too wide to fill axis {axis} of {x.Shape} by {Mode}.");
            extents[axis] = (int)padded;
        }
        return One(x.Type, new Shape(extents));
    }
}

/// <summary>ONNX Expand-13, resolved: the input repeated to <paramref name="Target"/>, which it broadcasts to.</summary>
public sealed record Expand(Shape Target) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "input");
        if (!Shape.Broadcast(x.Shape, Target).Equals(Target))
            throw new ModelException($"An input of shape {x.Shape} cannot be expanded to {Target}.");
        return One(x.Type, Target);
    }
}

/// <summary>ONNX Tile-13: the whole input repeated so many times along each axis.</summary>
public sealed record Tile(ImmutableArray<int> Repeats) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "input");
        if (Repeats.Length != x.Shape.Rank || Repeats.Any(r => r < 0))
            throw new ModelException($"It needs a count of repeats for each axis of {x.Shape}.");
        int[] extents = new int[x.Shape.Rank];
        for (int axis = 0; axis < extents.Length; axis++)
        {
            long extent = (long)x.Shape[axis] * Repeats[axis];
            extents[axis] = extent <= Shape.MaxCount
                ? (int)extent
                : throw new ModelException($"Its {Repeats[axis]} repeats of {x.Shape} are too many.");
        }
        return One(x.Type, new Shape(extents));
    }
}

/// <summary>
/// ONNX DepthToSpace-13: N x C x H x W to N x C/b^2 x Hb x Wb. A channel of the input counts block row, block column, depth, the last
/// fastest (mode DCR), or with <paramref name="ColumnRowDepth"/> depth, block row, block column (mode CRD, PyTorch's PixelShuffle).
/// </summary>
public sealed record DepthToSpace(int BlockSize, bool ColumnRowDepth) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "input");
        Images(x);
        long b = BlockSize;
        if (b is < 1 or > 4096 || x.Shape[1] % (b * b) != 0)
            throw new ModelException($"The channels of {x.Shape} cannot be split into blocks of {b} x {b}.");
        long height = x.Shape[2] * b, width = x.Shape[3] * b;
        if (height > Shape.MaxCount || width > Shape.MaxCount)
            throw new ModelException($"An input of shape {x.Shape} is too large for blocks of {b}.");
        return One(x.Type, new Shape(x.Shape[0], (int)(x.Shape[1] / (b * b)), (int)height, (int)width));
    }
}

/// <summary>
/// ONNX SpaceToDepth-13: N x C x Hb x Wb to N x C b^2 x H x W; the new channel is block row, block column, old channel, the last fastest.
/// </summary>
public sealed record SpaceToDepth(int BlockSize) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "input");
        Images(x);
        long b = BlockSize;
        if (b is < 1 or > 4096 || x.Shape[2] % b != 0 || x.Shape[3] % b != 0)
            throw new ModelException($"An image of {x.Shape} cannot be cut into blocks of {b} x {b}.");
        long channels = x.Shape[1] * b * b;
        if (channels > Shape.MaxCount) throw new ModelException($"An input of shape {x.Shape} has too many channels for blocks of {b}.");
        return One(x.Type, new Shape(x.Shape[0], (int)channels, (int)(x.Shape[2] / b), (int)(x.Shape[3] / b)));
    }
}

/// <summary>ONNX Cast-13: each element as another type; floating point to integers rounds towards zero.</summary>
public sealed record Cast(ElementType To) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        return One(To, Required(inputs, 0, "input").Shape);
    }
}

/// <summary>
/// ONNX Dropout-13 (Srivastava et al. 2014). In inference the input as it is; in training each element is zero with the probability
/// <paramref name="Ratio"/>, and those that are left are divided by 1 - Ratio.
/// </summary>
public sealed record Dropout(float Ratio) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "data");
        Floating(x);
        if (!(Ratio >= 0 && Ratio < 1)) throw new ModelException($"Its ratio is {Ratio}; it must be at least 0 and below 1.");
        return One(x.Type, x.Shape);
    }
}

/// <summary>ONNX Identity-13; removed when a file is read, but for a graph's output that is its input or a constant.</summary>
public sealed record Identity : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "input");
        return One(x.Type, x.Shape);
    }
}
