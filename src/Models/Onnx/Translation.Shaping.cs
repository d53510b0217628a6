using System.Collections.Immutable;

namespace EdgeCnn.Models.Onnx;

/// <summary>Operators that move elements about. Shapes, axes, starts and sizes are resolved against the input's shape.</summary>
internal static partial class Translation
{
    private static void AddShaping()
    {
        Add("Reshape", Reshape);
        Add("Flatten", Flatten);
        Add("Squeeze", Squeeze);
        Add("Unsqueeze", Unsqueeze);
        Add("Transpose", Transpose);
        Add("Concat", node => node.Emit(new Concat(node.Axis("axis", 0))));
        Add("Split", Split);
        Add("Slice", Slice);
        Add("Gather", node => node.Emit(new Gather(node.Axis("axis", 0))));
        Add("GatherElements", node => node.Emit(new GatherElements(node.Axis("axis", 0))));
        Add("Pad", Pad);
        Add("Expand", Expand);
        Add("Tile", Tile);
        Add("DepthToSpace", node => node.Emit(
            new DepthToSpace(node.Int32("blocksize", 0), node.Choice("mode", "DCR", ("DCR", false), ("CRD", true)))));
        Add("SpaceToDepth", node => node.Emit(new SpaceToDepth(node.Int32("blocksize", 0))));
        Add("Cast", node => CastTo(node, TensorReader.Type(node.Int32("to", 0), "Its result")));
        Add("CastLike", node => CastTo(node, node.Info(1).Type));
        Add("Identity", node => node.Alias(node.Inputs[0]));
        Add("Dropout", Dropout);
        Add("Resize", Resize);
        Add("Upsample", Upsample);
    }

    /// <summary>0 keeps the input's extent (unless allowzero says that it is an extent of zero), -1 takes what is left.</summary>
    private static void Reshape(OnnxNode node)
    {
        Shape x = node.Shape(0);
        long[] wanted = node.KnownLongs(1, "shape");
        bool allowZero = node.Flag("allowzero");
        int open = -1;
        long rest = 1;
        for (int i = 0; i < wanted.Length; i++)
        {
            if (wanted[i] == 0 && !allowZero)
            {
                wanted[i] = i < x.Rank ? x[i] : throw new ModelException($"Its shape keeps extent {i} of an input of shape {x}.");
            }
            if (wanted[i] == -1 && open < 0) open = i;
            else if (wanted[i] is < 0 or > EdgeCnn.Models.Shape.MaxCount)
                throw new ModelException($"Its shape is {string.Join('x', wanted)}.");
            else rest = Math.Min(rest * wanted[i], EdgeCnn.Models.Shape.MaxCount + 1);
        }
        if (open >= 0)
        {
            if (rest == 0 || x.Count % rest != 0)
                throw new ModelException($"{x.Count} elements of shape {x} cannot take the shape {string.Join('x', wanted)}.");
            wanted[open] = x.Count / rest;
        }
        Emit(node, [.. wanted]);
    }

    private static void Flatten(OnnxNode node)
    {
        Shape x = node.Shape(0);
        long axis = node.Int("axis", 1);
        // Unlike other axes this one may be the rank itself.
        int at = axis == x.Rank ? x.Rank : OnnxNode.Axis(axis, x.Rank);
        Emit(node, [x.CountBetween(0, at), x.CountBetween(at, x.Rank)]);
    }

    private static void Squeeze(OnnxNode node)
    {
        Shape x = node.Shape(0);
        HashSet<int> axes = node.Longs("axes", 1, inputSince: 13) is { } given
            ? [.. given.Select(axis => OnnxNode.Axis(axis, x.Rank))]
            : [.. Enumerable.Range(0, x.Rank).Where(axis => x[axis] == 1)];
        foreach (int axis in axes.Where(axis => x[axis] != 1))
            throw new ModelException($"It removes axis {axis} of {x}, whose extent is not 1.");
        Emit(node, [.. Enumerable.Range(0, x.Rank).Where(axis => !axes.Contains(axis)).Select(axis => (long)x[axis])]);
    }

    private static void Unsqueeze(OnnxNode node)
    {
        Shape x = node.Shape(0);
        long[] given = node.Longs("axes", 1, inputSince: 13) ?? throw new ModelException("Its axes are missing.");
        int rank = x.Rank + given.Length;
        HashSet<int> axes = [.. given.Select(axis => OnnxNode.Axis(axis, rank))];
        if (axes.Count != given.Length) throw new ModelException($"Its axes {string.Join(", ", given)} name one twice.");
        int from = 0;
        Emit(node, [.. Enumerable.Range(0, rank).Select(axis => axes.Contains(axis) ? 1L : x[from++])]);
    }

    private static void Emit(OnnxNode node, long[] target) =>
        node.Emit(new Reshape(new Shape(OnnxNode.Narrow(target, "shape").AsSpan()), node.Op), node.Inputs[0]);

    private static void Transpose(OnnxNode node)
    {
        int rank = node.Shape(0).Rank;
        ImmutableArray<int> permutation = node.Ints("perm") is { } given
            ? OnnxNode.Narrow(given, "perm")
            : [.. Enumerable.Range(0, rank).Reverse()];
        node.Emit(new Transpose(permutation));
    }

    private static void Split(OnnxNode node)
    {
        int axis = node.Axis("axis", 0), extent = node.Shape(0)[axis], parts = node.OutputCount;
        ImmutableArray<int> sizes;
        if (node.Longs("split", 1, inputSince: 13) is { } given)
        {
            sizes = OnnxNode.Narrow(given, "split");
        }
        else
        {
            // Equal parts; since version 18 the last may be smaller.
            int part = (extent + parts - 1) / parts;
            if (extent % parts != 0 && (node.Opset < 18 || extent <= part * (parts - 1)))
                throw new ModelException($"The extent {extent} of axis {axis} cannot be split into {parts} equal parts.");
            sizes = [.. Enumerable.Range(0, parts).Select(i => Math.Min(part, extent - i * part))];
        }
        node.EmitAll(new Split(axis, sizes), node.Inputs[0]);
    }

    /// <summary>Starts and ends beyond the input are cut to it, as numpy does; negative ones count from the end.</summary>
    private static void Slice(OnnxNode node)
    {
        Shape x = node.Shape(0);
        long[] starts = node.Longs("starts", 1, inputSince: 10) ?? throw new ModelException("Its starts are missing.");
        long[] ends = node.Longs("ends", 2, inputSince: 10) ?? throw new ModelException("Its ends are missing.");
        long[] axes = node.Longs("axes", 3, inputSince: 10) ?? [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)];
        long[] steps = node.Longs("steps", 4, inputSince: 10) ?? [.. Enumerable.Repeat(1L, starts.Length)];
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length)
            throw new ModelException($"It has {starts.Length} starts, {ends.Length} ends, {axes.Length} axes and {steps.Length} steps.");
        int[] first = new int[x.Rank], step = [.. Enumerable.Repeat(1, x.Rank)], size = [.. x];
        HashSet<int> seen = [];
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = OnnxNode.Axis(axes[i], x.Rank);
            if (!seen.Add(axis)) throw new ModelException($"It slices axis {axis} twice.");
            (first[axis], step[axis], size[axis]) = Resolve(starts[i], ends[i], steps[i], x[axis]);
        }
        node.Emit(new Slice([.. first], [.. step], [.. size]), node.Inputs[0]);
    }

    private static (int First, int Step, int Size) Resolve(long start, long end, long step, int extent)
    {
        if (step == 0) throw new ModelException("It has a step of 0.");
        // A step beyond the extent takes one element, however far it would go.
        step = Math.Clamp(step, -extent - 1L, extent + 1L);
        start = FromEnd(start, extent);
        end = FromEnd(end, extent);
        if (step > 0)
        {
            start = Math.Clamp(start, 0, extent);
            end = Math.Clamp(end, 0, extent);
            return ((int)start, (int)step, (int)Math.Max((end - start + step - 1) / step, 0));
        }
        start = Math.Clamp(start, -1, extent - 1L);
        end = Math.Clamp(end, -1, extent - 1L);
        long size = Math.Max((start - end - step - 1) / -step, 0);
        return ((int)Math.Max(start, 0), (int)step, (int)size);
    }

    private static long FromEnd(long index, int extent) => index < 0 ? Math.Max(index, -extent - 1L) + extent : index;

    private static void Pad(OnnxNode node)
    {
        Shape x = node.Shape(0);
        PadMode mode = node.Choice(
            "mode",
            "constant",
            ("constant", PadMode.Constant),
            ("reflect", PadMode.Reflect),
            ("edge", PadMode.Edge),
            ("wrap", PadMode.Wrap));
        bool attributes = node.Opset < 11;
        long[] pads = (attributes ? node.Ints("pads") : node.KnownLongs(1, "pads")) ?? throw new ModelException("Its pads are missing.");
        double value = attributes ? node.Float("value", 0) : 0;
        if (!attributes && node.Has(2))
        {
            Tensor fill = node.Known(2, "constant_value");
            if (fill.Shape.Count > 1) throw new ModelException($"Its constant_value has the shape {fill.Shape}; one value is needed.");
            value = fill.Shape.Count == 1 ? fill.ToDoubles()[0] : 0;
        }
        long[] axes = !attributes && node.Has(3) ? node.KnownLongs(3, "axes") : [.. Enumerable.Range(0, x.Rank).Select(axis => (long)axis)];
        if (pads.Length != 2 * axes.Length) throw new ModelException($"It has {pads.Length} pads; {2 * axes.Length} are needed.");
        int[] begins = new int[x.Rank], ends = new int[x.Rank];
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = OnnxNode.Axis(axes[i], x.Rank);
            begins[axis] = OnnxNode.Narrow(pads[i], "pads");
            ends[axis] = OnnxNode.Narrow(pads[i + axes.Length], "pads");
        }
        if (begins.All(pad => pad == 0) && ends.All(pad => pad == 0)) node.Alias(node.Inputs[0]);
        else node.Emit(new Pad(mode, [.. begins], [.. ends], value), node.Inputs[0]);
    }

    private static void Expand(OnnxNode node)
    {
        Shape wanted = new(OnnxNode.Narrow(node.KnownLongs(1, "shape"), "shape").AsSpan());
        Shape target = EdgeCnn.Models.Shape.Broadcast(node.Shape(0), wanted);
        if (target.Equals(node.Shape(0))) node.Alias(node.Inputs[0]);
        else node.Emit(new Expand(target), node.Inputs[0]);
    }

    private static void Tile(OnnxNode node) =>
        node.Emit(new Tile(OnnxNode.Narrow(node.KnownLongs(1, "repeats"), "repeats")), node.Inputs[0]);

    private static void CastTo(OnnxNode node, ElementType type)
    {
        if (node.Info(0).Type == type) node.Alias(node.Inputs[0]);
        else node.Emit(new Cast(type), node.Inputs[0]);
    }

    private static void Dropout(OnnxNode node)
    {
        if (node.Wants(1)) throw new UnsupportedNodeException("its output of the mask");
        bool inference = !node.Has(2) || node.Constant(2) is { } training && training.Bytes.SequenceEqual([(byte)0]);
        float ratio = node.Opset < 12 ? node.Float("ratio", 0.5f) : node.Has(1) ? node.KnownFloat(1, "ratio") : 0.5f;
        // Exporters leave the training mode on where nothing is dropped anyway.
        if (!inference && ratio != 0) throw new UnsupportedNodeException("training mode");
        if (ratio > 0) node.Emit(new Dropout(ratio), node.Inputs[0]);
        else node.Alias(node.Inputs[0]);
    }
}
