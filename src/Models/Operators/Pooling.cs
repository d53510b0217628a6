using System.Collections.Immutable;

namespace EdgeCnn.Models;

/// <summary>What poolings share: a kernel that slides over H and W of N x C x H x W. Pads are top, left, bottom, right.</summary>
public abstract record Pooling(
    ImmutableArray<int> Kernel, ImmutableArray<int> Strides, ImmutableArray<int> Pads, ImmutableArray<int> Dilations, bool CeilMode)
    : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        if (outputCount > 1) throw new ModelException("Its second output, the indices of the maxima, is not supported.");
        ValueInfo x = Required(inputs, 0, "X");
        Check(x);
        return One(x.Type, Output(x.Shape, Kernel, Strides, Pads, Dilations, CeilMode));
    }

    protected virtual void Check(ValueInfo x) => Floating(x);

    internal static Shape Output(
        Shape x,
        ImmutableArray<int> kernel,
        ImmutableArray<int> strides,
        ImmutableArray<int> pads,
        ImmutableArray<int> dilations,
        bool ceil)
    {
        if (x.Rank != 4) throw new ModelException($"Its input has the shape {x}; N x C x H x W is needed.");
        Window.Check(strides, pads, dilations);
        Window.CheckKernel(kernel);
        for (int axis = 0; axis < 2; axis++)
        {
            // A window that lies in the padding alone has no maximum and no mean.
            long reach = (kernel[axis] - 1L) * dilations[axis] + 1;
            if (pads[axis] >= reach || pads[axis + 2] >= reach)
                throw new ModelException($"Its pads {pads[axis]} and {pads[axis + 2]} must be smaller than its kernel of {kernel[axis]}.");
        }
        return Window.Slide(x, x[1], kernel.AsSpan(), strides, pads, dilations, ceil);
    }
}

/// <summary>
/// ONNX MaxPool-12: the largest value under the kernel; padding never wins. Also for UInt8 and Int8. CeilMode rounds the output's extent
/// up. The optional output of indices is refused.
/// </summary>
public sealed record MaxPool(
    ImmutableArray<int> Kernel, ImmutableArray<int> Strides, ImmutableArray<int> Pads, ImmutableArray<int> Dilations, bool CeilMode)
    : Pooling(Kernel, Strides, Pads, Dilations, CeilMode)
{
    protected override void Check(ValueInfo x)
    {
        if (x.Type is not (ElementType.UInt8 or ElementType.Int8)) Floating(x);
    }
}

/// <summary>
/// ONNX AveragePool-19: the mean under the kernel, over the pixels that exist, or with CountIncludePad also over the padding (as zeros; the
/// part of a window that CeilMode lets hang over the padded input is never counted).
/// </summary>
public sealed record AveragePool(
    ImmutableArray<int> Kernel,
    ImmutableArray<int> Strides,
    ImmutableArray<int> Pads,
    ImmutableArray<int> Dilations,
    bool CeilMode,
    bool CountIncludePad)
    : Pooling(Kernel, Strides, Pads, Dilations, CeilMode);

/// <summary>ONNX LpPool-18: the p-norm of the values under the kernel.</summary>
public sealed record LpPool(
    ImmutableArray<int> Kernel, ImmutableArray<int> Strides, ImmutableArray<int> Pads, ImmutableArray<int> Dilations, bool CeilMode, int P)
    : Pooling(Kernel, Strides, Pads, Dilations, CeilMode)
{
    protected override void Check(ValueInfo x)
    {
        Floating(x);
        if (P < 1) throw new ModelException($"Its p is {P}; it must be at least 1.");
    }
}

/// <summary>Poolings over all of H and W: N x C x H x W to N x C x 1 x 1.</summary>
public abstract record GlobalPooling : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "X");
        Floating(x);
        return One(x.Type, Output(x.Shape));
    }

    internal static Shape Output(Shape x)
    {
        if (x.Rank != 4) throw new ModelException($"Its input has the shape {x}; N x C x H x W is needed.");
        if (x[2] == 0 || x[3] == 0) throw new ModelException($"Its input of shape {x} is empty.");
        return new Shape(x[0], x[1], 1, 1);
    }
}

/// <summary>ONNX GlobalAveragePool-1.</summary>
public sealed record GlobalAveragePool : GlobalPooling;

/// <summary>ONNX GlobalMaxPool-1.</summary>
public sealed record GlobalMaxPool : GlobalPooling;

/// <summary>ONNX GlobalLpPool-2: the p-norm.</summary>
public sealed record GlobalLpPool(int P) : GlobalPooling;
