using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Products;

/// <summary>
/// A transposed convolution as ordinary ones. Output pixels whose coordinates leave the same remainders by the strides see the same taps:
/// one ordinary convolution for each pair of remainders. Tap k reaches output o from the input pixel (o + pad - k * dilation) / stride.
/// </summary>
internal static class TransposedWindows
{
    /// <summary>Each of them: where its windows lie, and which taps of the kernel (row * width + column) it has.</summary>
    /// <param name="conv">The transposed convolution.</param>
    /// <param name="x">N x H x W x C.</param>
    /// <param name="y">N x H' x W' x M.</param>
    /// <param name="kernelHeight">Rows of the kernel.</param>
    /// <param name="kernelWidth">Columns of the kernel.</param>
    public static IEnumerable<(WindowGeometry Geometry, int[] Taps)> Phases(
        ConvTranspose conv, Shape x, Shape y, int kernelHeight, int kernelWidth)
    {
        for (int phaseY = 0; phaseY < Math.Min(conv.Strides[0], y[1]); phaseY++)
        {
            for (int phaseX = 0; phaseX < Math.Min(conv.Strides[1], y[2]); phaseX++)
                yield return Phase(conv, x, y, kernelHeight, kernelWidth, phaseY, phaseX);
        }
    }

    private static (WindowGeometry Geometry, int[] Taps) Phase(
        ConvTranspose conv, Shape x, Shape y, int kernelHeight, int kernelWidth, int phaseY, int phaseX)
    {
        (int Y, int X)[] taps =
        [
            .. WindowGeometry.Taps(kernelHeight, kernelWidth).Where(tap =>
                (phaseY + conv.Pads[0] - tap.Y * conv.Dilations[0]) % conv.Strides[0] == 0
                && (phaseX + conv.Pads[1] - tap.X * conv.Dilations[1]) % conv.Strides[1] == 0),
        ];
        WindowGeometry geometry = new(
            x, y, (y[1] - phaseY + conv.Strides[0] - 1) / conv.Strides[0], (y[2] - phaseX + conv.Strides[1] - 1) / conv.Strides[1],
            [.. taps.Select(tap => (phaseY + conv.Pads[0] - tap.Y * conv.Dilations[0]) / conv.Strides[0])],
            [.. taps.Select(tap => (phaseX + conv.Pads[1] - tap.X * conv.Dilations[1]) / conv.Strides[1])])
        {
            PhaseY = phaseY,
            PhaseX = phaseX,
            StepY = conv.Strides[0],
            StepX = conv.Strides[1],
        };
        return (geometry, [.. taps.Select(tap => tap.Y * kernelWidth + tap.X)]);
    }
}
