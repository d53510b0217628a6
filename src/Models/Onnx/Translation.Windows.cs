using System.Collections.Immutable;

namespace EdgeCnn.Models.Onnx;

/// <summary>Convolutions and poolings. What slides over one axis only becomes 1 x W; three axes are refused.</summary>
internal static partial class Translation
{
    private static void AddWindows()
    {
        Add("Conv", node => Convolve(node, 1, w => new Conv(w.Strides, w.Pads, w.Dilations, w.Groups)));
        Add("ConvInteger", node => Convolve(node, 1, w => new ConvInteger(w.Strides, w.Pads, w.Dilations, w.Groups)));
        Add("QLinearConv", node => Convolve(node, 3, w => new QLinearConv(w.Strides, w.Pads, w.Dilations, w.Groups)));
        Add("ConvTranspose", ConvolveTransposed);
        Add("MaxPool", MaxPool);
        Add("AveragePool", node => Pool(
            node, w => new AveragePool(w.Kernel, w.Strides, w.Pads, w.Dilations, w.Ceil, node.Flag("count_include_pad"))));
        Add("LpPool", node => Pool(node, w => new LpPool(w.Kernel, w.Strides, w.Pads, w.Dilations, w.Ceil, node.Int32("p", 2))));
        AddMicrosoft("QLinearAveragePool", node =>
        {
            RefuseChannelsLast(node);
            Pool(node, w => new QLinearAveragePool(w.Kernel, w.Strides, w.Pads, w.Dilations, w.Ceil, node.Flag("count_include_pad")));
        });
        Add("GlobalAveragePool", node => GlobalPool(node, new GlobalAveragePool()));
        Add("GlobalMaxPool", node => GlobalPool(node, new GlobalMaxPool()));
        Add("GlobalLpPool", node => GlobalPool(node, new GlobalLpPool(node.Int32("p", 2))));
        AddMicrosoft("QLinearGlobalAveragePool", node =>
        {
            RefuseChannelsLast(node);
            GlobalPool(node, new QLinearGlobalAveragePool());
        });
    }

    /// <summary>The attributes that all windows share, for two spatial axes.</summary>
    private sealed record WindowAttributes(
        ImmutableArray<int> Kernel,
        ImmutableArray<int> Strides,
        ImmutableArray<int> Pads,
        ImmutableArray<int> Dilations,
        int Groups,
        bool Ceil);

    private static void Convolve(OnnxNode node, int weights, Func<WindowAttributes, Operator> make)
    {
        Shape x = node.Shape(0), w = node.Shape(weights);
        int spatial = Spatial(x);
        if (w.Rank != x.Rank) throw new ModelException($"Weights of shape {w} do not fit an input of shape {x}.");
        WindowAttributes window = Window(node, x, w.Extents[2..], spatial, ceil: false);
        if (node.Ints("kernel_shape") is { } kernel && !kernel.SequenceEqual(w.Skip(2).Select(extent => (long)extent)))
            throw new ModelException($"Its kernel_shape is {string.Join('x', kernel)}, but its weights have the shape {w}.");
        OverImages(node, spatial, make(window), weights);
    }

    private static void ConvolveTransposed(OnnxNode node)
    {
        Shape x = node.Shape(0), w = node.Shape(1);
        int spatial = Spatial(x);
        if (w.Rank != x.Rank) throw new ModelException($"Weights of shape {w} do not fit an input of shape {x}.");
        int[] strides = Sized(node, "strides", spatial, 1), dilations = Sized(node, "dilations", spatial, 1);
        int[] padding = Sized(node, "output_padding", spatial, 0), pads = Sized(node, "pads", 2 * spatial, 0);
        string auto = node.Text("auto_pad", "NOTSET");
        int[]? wanted = node.Ints("output_shape") is { } shape ? [.. OnnxNode.Narrow(shape, "output_shape")] : null;
        if (wanted?.Length == x.Rank) wanted = wanted[2..];
        if (wanted is not null && wanted.Length != spatial)
            throw new ModelException($"Its output_shape has {wanted.Length} extents for {spatial} spatial axes.");
        for (int axis = 0; axis < spatial && (wanted is not null || auto is "SAME_UPPER" or "SAME_LOWER" or "VALID"); axis++)
        {
            long extent = wanted?[axis] ?? (auto == "VALID" ? -1 : (long)x[axis + 2] * strides[axis]);
            long total = extent < 0 ? 0
                : (long)strides[axis] * (x[axis + 2] - 1) + padding[axis] + (w[axis + 2] - 1L) * dilations[axis] + 1 - extent;
            // Where more is asked for than the windows reach, it is output padding.
            if (total < 0) padding[axis] += OnnxNode.Narrow(-total, "output_shape");
            int even = OnnxNode.Narrow(Math.Max(total, 0), "output_shape");
            (pads[axis], pads[axis + spatial]) = auto == "SAME_UPPER" ? (even / 2, even - even / 2) : (even - even / 2, even / 2);
        }
        ConvTranspose op = new(Lift(strides, 1), LiftPads(pads), Lift(dilations, 1), Lift(padding, 0), node.Int32("group", 1));
        OverImages(node, spatial, op, 1);
    }

    private static void MaxPool(OnnxNode node)
    {
        if (node.Wants(1)) throw new UnsupportedNodeException("its output of indices");
        Pool(node, w => new MaxPool(w.Kernel, w.Strides, w.Pads, w.Dilations, w.Ceil));
    }

    private static void Pool(OnnxNode node, Func<WindowAttributes, Operator> make)
    {
        Shape x = node.Shape(0);
        int spatial = Spatial(x);
        if (node.Ints("kernel_shape") is not { } kernel || kernel.Length != spatial)
            throw new ModelException($"Its kernel_shape does not have the {spatial} extents that an input of shape {x} needs.");
        OverImages(node, spatial, make(Window(node, x, OnnxNode.Narrow(kernel, "kernel_shape").AsSpan(), spatial, node.Flag("ceil_mode"))));
    }

    /// <summary>However many spatial axes there are, they are read as one image of 1 x W.</summary>
    private static void GlobalPool(OnnxNode node, Operator op)
    {
        Shape x = node.Shape(0);
        if (x.Rank < 3) throw new ModelException($"Its input has the shape {x}; N x C x spatial axes are needed.");
        if (x.Rank == 4)
        {
            node.Emit(op);
            return;
        }
        string image = node.Step(new Reshape(new Shape(x[0], x[1], 1, (int)x.CountBetween(2, x.Rank))), node.Inputs[0]);
        string pooled = node.Step(op, [image, .. node.Inputs.AsSpan()[1..]]);
        node.Emit(new Reshape(new Shape([x[0], x[1], .. Enumerable.Repeat(1, x.Rank - 2)])), pooled);
    }

    private static void RefuseChannelsLast(OnnxNode node)
    {
        if (node.Flag("channels_last")) throw new UnsupportedNodeException("channels_last");
    }

    private static int Spatial(Shape x) => x.Rank is 3 or 4
        ? x.Rank - 2
        : throw new UnsupportedNodeException($"an input of shape {x}; one or two spatial axes are supported");

    private static WindowAttributes Window(OnnxNode node, Shape x, ReadOnlySpan<int> kernel, int spatial, bool ceil)
    {
        int[] strides = Sized(node, "strides", spatial, 1), dilations = Sized(node, "dilations", spatial, 1);
        int[] pads = Sized(node, "pads", 2 * spatial, 0);
        if (strides.Any(s => s < 1) || dilations.Any(d => d < 1)) throw new ModelException("Its strides and dilations must be at least 1.");
        string auto = node.Text("auto_pad", "NOTSET");
        if (auto is not ("NOTSET" or "VALID" or "SAME_UPPER" or "SAME_LOWER" or ""))
            throw new ModelException($"Its auto_pad is '{auto}', which ONNX does not know.");
        for (int axis = 0; axis < spatial && auto is not ("NOTSET" or ""); axis++)
        {
            // SAME: as many outputs as strides fit into the input, rounded up.
            int extent = x[axis + 2], stride = strides[axis];
            long reach = (kernel[axis] - 1L) * dilations[axis] + 1;
            long total = auto == "VALID" ? 0 : Math.Max((((long)extent + stride - 1) / stride - 1) * stride + reach - extent, 0);
            int even = OnnxNode.Narrow(total, "padding");
            (pads[axis], pads[axis + spatial]) = auto == "SAME_UPPER" ? (even / 2, even - even / 2) : (even - even / 2, even / 2);
            ceil = ceil && auto == "VALID";
        }
        return new WindowAttributes(
            Lift(kernel.ToArray(), 1), Lift(strides, 1), LiftPads(pads), Lift(dilations, 1), node.Int32("group", 1), ceil);
    }

    private static int[] Sized(OnnxNode node, string attribute, int count, int missing)
    {
        if (node.Ints(attribute) is not { Length: > 0 } values) return [.. Enumerable.Repeat(missing, count)];
        return values.Length == count
            ? [.. OnnxNode.Narrow(values, attribute)]
            : throw new ModelException($"Its {attribute} has {values.Length} values; {count} are needed.");
    }

    /// <summary>An attribute of one or two spatial axes, as one of two.</summary>
    private static ImmutableArray<int> Lift(int[] values, int first) => values.Length == 2 ? [.. values] : [first, values[0]];

    private static ImmutableArray<int> LiftPads(int[] pads) => pads.Length == 4 ? [.. pads] : [0, pads[0], 0, pads[1]];

    /// <summary>Emits a window operator; an input of N x C x W (and weights of M x C x kW) passes through it as N x C x 1 x W.</summary>
    private static void OverImages(OnnxNode node, int spatial, Operator op, int? weights = null)
    {
        if (spatial == 2)
        {
            node.Emit(op);
            return;
        }
        string[] inputs = [.. node.Inputs];
        inputs[0] = node.Step(new Reshape(Insert(node.Shape(0))), inputs[0]);
        if (weights is { } w) inputs[w] = node.Step(new Reshape(Insert(node.Shape(w))), inputs[w]);
        string result = node.Step(op, inputs);
        Shape y = node.Graph.Builder.Values[result].Shape;
        node.Emit(new Reshape(new Shape(y[0], y[1], y[3])), result);

        static Shape Insert(Shape shape) => new(shape[0], shape[1], 1, shape[2]);
    }
}
