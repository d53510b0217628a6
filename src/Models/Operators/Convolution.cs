using System.Collections.Immutable;

namespace EdgeCnn.Models;

/// <summary>
/// What all convolutions share: two strides, four pads (top, left, bottom, right), two dilations, and the number of groups.
/// </summary>
public abstract record Convolution(ImmutableArray<int> Strides, ImmutableArray<int> Pads, ImmutableArray<int> Dilations, int Groups)
    : Operator
{
    /// <summary>The output's shape for X of N x C x H x W and W of M x C/groups x kH x kW: N x M x H' x W'.</summary>
    protected Shape Slide(ValueInfo x, ValueInfo w)
    {
        Window.Check(Strides, Pads, Dilations);
        Images(x);
        if (w.Shape.Rank != 4) throw new ModelException($"Its weights have the shape {w.Shape}; M x C/groups x kH x kW is needed.");
        if (Groups < 1 || w.Shape[0] % Groups != 0 || x.Shape[1] != (long)w.Shape[1] * Groups || w.Shape.Count == 0)
            throw new ModelException($"Weights of shape {w.Shape} in {Groups} groups do not fit an input of shape {x.Shape}.");
        return Window.Slide(x.Shape, w.Shape[0], [w.Shape[2], w.Shape[3]], Strides, Pads, Dilations);
    }

    protected static long PerOutput(ValueInfo w, ReadOnlySpan<ValueInfo> outputs) => outputs[0].Shape.Count * w.Shape.CountBetween(1, 4);
}

/// <summary>
/// ONNX Conv-11. Inputs X (N x C x H x W), W (M x C/groups x kH x kW), B (M, optional); output N x M x H' x W' with
/// H' = floor((H + pads - dilation * (kH - 1) - 1) / stride) + 1. Pads are explicit; auto_pad is resolved when a file is read.
/// </summary>
public sealed record Conv(ImmutableArray<int> Strides, ImmutableArray<int> Pads, ImmutableArray<int> Dilations, int Groups)
    : Convolution(Strides, Pads, Dilations, Groups)
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(3, inputs);
        ValueInfo x = Required(inputs, 0, "X"), w = Required(inputs, 1, "W");
        Floating(x);
        SameType(x, w);
        PerChannel(Optional(inputs, 2), "bias", w.Shape.Rank == 0 ? 0 : w.Shape[0]);
        return One(x.Type, Slide(x, w));
    }

    public override long MultiplyAdds(ReadOnlySpan<ValueInfo?> inputs, ReadOnlySpan<ValueInfo> outputs) => PerOutput(inputs[1]!, outputs);
}

/// <summary>
/// ONNX ConvTranspose-11. Inputs X (N x C x H x W), W (C x M/groups x kH x kW), B (M, optional); output N x M x H' x W' with
/// H' = stride * (H - 1) + output padding + dilation * (kH - 1) + 1 - pads. output_shape and auto_pad are resolved to pads when a file is
/// read.
/// </summary>
public sealed record ConvTranspose(
    ImmutableArray<int> Strides, ImmutableArray<int> Pads, ImmutableArray<int> Dilations, ImmutableArray<int> OutputPadding, int Groups)
    : Convolution(Strides, Pads, Dilations, Groups)
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(3, inputs);
        ValueInfo x = Required(inputs, 0, "X"), w = Required(inputs, 1, "W");
        Floating(x);
        SameType(x, w);
        Window.Check(Strides, Pads, Dilations);
        Images(x);
        if (w.Shape.Rank != 4 || Groups < 1 || w.Shape[0] != x.Shape[1] || w.Shape[0] % Groups != 0 || w.Shape.Count == 0)
            throw new ModelException(
                $"Weights of shape {w.Shape} in {Groups} groups do not fit an input of shape {x.Shape}; C x M/groups x kH x kW is needed.");
        if (OutputPadding.Length != 2 || OutputPadding.Any(p => p < 0))
            throw new ModelException("Its output padding needs two extents that are not negative.");
        long channels = (long)w.Shape[1] * Groups;
        if (channels > int.MaxValue) throw new ModelException($"Weights of shape {w.Shape} in {Groups} groups make too many channels.");
        PerChannel(Optional(inputs, 2), "bias", (int)channels);
        return One(x.Type, new Shape(x.Shape[0], (int)channels, Extent(x.Shape, w.Shape, 0), Extent(x.Shape, w.Shape, 1)));
    }

    public override long MultiplyAdds(ReadOnlySpan<ValueInfo?> inputs, ReadOnlySpan<ValueInfo> outputs) =>
        inputs[0]!.Shape.Count * inputs[1]!.Shape.CountBetween(1, 4);

    private int Extent(Shape x, Shape w, int axis)
    {
        long extent = (long)Strides[axis] * (x[2 + axis] - 1) + OutputPadding[axis] + (long)(w[2 + axis] - 1) * Dilations[axis] + 1
            - Pads[axis] - Pads[axis + 2];
        return extent is > 0 and <= int.MaxValue
            ? (int)extent
            : throw new ModelException($"Its output would have the extent {extent} along axis {axis + 2}.");
    }
}

/// <summary>
/// ONNX ConvInteger-10. Inputs x (UInt8 or Int8, N x C x H x W), w (UInt8 or Int8, M x C/groups x kH x kW), x zero point (scalar,
/// optional), w zero point (scalar or one per output channel, optional); output Int32 sums.
/// </summary>
public sealed record ConvInteger(ImmutableArray<int> Strides, ImmutableArray<int> Pads, ImmutableArray<int> Dilations, int Groups)
    : Convolution(Strides, Pads, Dilations, Groups)
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(4, inputs);
        ValueInfo x = Required(inputs, 0, "x"), w = Required(inputs, 1, "w");
        OneOf(x, "x", ElementType.UInt8, ElementType.Int8);
        OneOf(w, "w", ElementType.UInt8, ElementType.Int8);
        if (Optional(inputs, 2) is { } xZero)
        {
            SameType(x, xZero);
            Single(xZero, "x zero point");
        }
        Shape y = Slide(x, w);
        if (Optional(inputs, 3) is { } wZero)
        {
            SameType(w, wZero);
            if (wZero.Shape.Count != 1) PerChannel(wZero, "w zero point", w.Shape[0]);
        }
        return One(ElementType.Int32, y);
    }

    public override long MultiplyAdds(ReadOnlySpan<ValueInfo?> inputs, ReadOnlySpan<ValueInfo> outputs) => PerOutput(inputs[1]!, outputs);
}

/// <summary>
/// ONNX QLinearConv-10. Inputs x, x scale, x zero point, w, w scale, w zero point, y scale, y zero point, B (Int32 with scale x scale * w
/// scale, optional); x, w and y are UInt8 or Int8, the weights' scale and zero point are scalar or one per output channel. Output of y's
/// type.
/// </summary>
public sealed record QLinearConv(ImmutableArray<int> Strides, ImmutableArray<int> Pads, ImmutableArray<int> Dilations, int Groups)
    : Convolution(Strides, Pads, Dilations, Groups)
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(9, inputs);
        ValueInfo x = QLinear.Argument(inputs, 0, "x"), y = QLinear.Result(inputs, 6, "y");
        ValueInfo w = Required(inputs, 3, "w"), wScale = Required(inputs, 4, "w scale"), wZero = Required(inputs, 5, "w zero point");
        OneOf(w, "w", ElementType.UInt8, ElementType.Int8);
        SameType(w, wZero);
        Shape shape = Slide(x, w);
        if (wScale.Shape.Count != 1) PerChannel(wScale, "w scale", w.Shape[0]);
        if (wZero.Shape.Count != 1) PerChannel(wZero, "w zero point", w.Shape[0]);
        if (Optional(inputs, 8) is { } bias)
        {
            OneOf(bias, "bias", ElementType.Int32);
            PerChannel(bias, "bias", w.Shape[0]);
        }
        return One(y.Type, shape);
    }

    public override long MultiplyAdds(ReadOnlySpan<ValueInfo?> inputs, ReadOnlySpan<ValueInfo> outputs) => PerOutput(inputs[3]!, outputs);
}
