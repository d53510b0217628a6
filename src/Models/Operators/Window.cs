using System.Collections.Immutable;

namespace EdgeCnn.Models;

/// <summary>How far a kernel slides over one or two spatial axes. Pads are in ONNX order: all begins, then all ends.</summary>
internal static class Window
{
    private const int Spatial = 2;

    /// <summary>Refuses attributes that are not two strides, four pads and two dilations of sensible size.</summary>
    public static void Check(ImmutableArray<int> strides, ImmutableArray<int> pads, ImmutableArray<int> dilations)
    {
        if (strides.Length != Spatial || pads.Length != 2 * Spatial || dilations.Length != Spatial)
            throw new ModelException(
                $"It needs 2 strides, 4 pads and 2 dilations, not {strides.Length}, {pads.Length} and {dilations.Length}.");
        if (strides.Any(s => s < 1) || dilations.Any(d => d < 1)) throw new ModelException("Its strides and dilations must be at least 1.");
        if (pads.Any(p => p < 0)) throw new ModelException("Its pads must not be negative.");
    }

    public static void CheckKernel(ImmutableArray<int> kernel)
    {
        if (kernel.Length != Spatial || kernel.Any(k => k < 1)) throw new ModelException("Its kernel needs two extents of at least 1.");
    }

    /// <summary>
    /// Extent of the output along one axis: floor or ceiling of (in + pads - dilated kernel) / stride, plus one. With the ceiling, a last
    /// window that would start beyond the input and its leading pad is left out (PyTorch's rule, ONNX's since operator set 19, ONNX
    /// Runtime's).
    /// </summary>
    public static int Extent(int input, int kernel, int stride, int dilation, int padBegin, int padEnd, bool ceil = false)
    {
        long room = (long)input + padBegin + padEnd - ((long)(kernel - 1) * dilation + 1);
        if (room < 0)
            throw new ModelException(
                $"Its kernel of {kernel} (dilation {dilation}) is larger than the input's {input} with pads {padBegin} and {padEnd}.");
        long extent = (ceil ? room + stride - 1 : room) / stride + 1;
        if (ceil && (extent - 1) * stride >= (long)input + padBegin) extent--;
        return extent <= int.MaxValue
            ? (int)extent
            : throw new ModelException($"Its pads {padBegin} and {padEnd} are out of all proportion.");
    }

    /// <summary>N x C x H x W after a window has slid over it, with the channels replaced.</summary>
    public static Shape Slide(
        Shape input,
        int channels,
        ReadOnlySpan<int> kernel,
        ImmutableArray<int> strides,
        ImmutableArray<int> pads,
        ImmutableArray<int> dilations,
        bool ceil = false) => new(
            input[0],
            channels,
            Extent(input[2], kernel[0], strides[0], dilations[0], pads[0], pads[2], ceil),
            Extent(input[3], kernel[1], strides[1], dilations[1], pads[1], pads[3], ceil));
}
