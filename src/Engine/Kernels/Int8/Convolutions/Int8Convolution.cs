using EdgeCnn.Engine.Kernels.Int8.Epilogues;
using EdgeCnn.Engine.Kernels.Products;

namespace EdgeCnn.Engine.Kernels.Int8.Convolutions;

/// <summary>
/// What a convolution of 8-bit integers is made of; a weight stands for its scale times itself, a stored value for scale * (value -
/// zero).
/// </summary>
/// <param name="Name">The node's name.</param>
/// <param name="Data">N x H x W x C of <see cref="Cpu.Int8Data"/>; may be columns of a wider buffer.</param>
/// <param name="DataZero">The data's zero point as it is stored: one, or one per channel, which only depthwise convolutions take.</param>
/// <param name="Weights">M x C/groups x kernel height x kernel width, in ONNX order.</param>
/// <param name="KernelHeight">Rows of a window.</param>
/// <param name="KernelWidth">Columns of a window.</param>
/// <param name="Groups">C and M fall into so many groups that do not see each other.</param>
/// <param name="Geometry">Where the taps lie.</param>
/// <param name="Epilogue">What becomes of the sums.</param>
/// <param name="Residual">What the epilogue adds: as the output, of <see cref="Cpu.Int8Data"/>; or null.</param>
/// <param name="Output">N x H' x W' x M of what the epilogue stores; may be columns of a wider buffer.</param>
internal sealed record Int8Convolution(
    string Name,
    Buffer Data,
    int[] DataZero,
    sbyte[] Weights,
    int KernelHeight,
    int KernelWidth,
    int Groups,
    WindowGeometry Geometry,
    Epilogue Epilogue,
    Buffer? Residual,
    Buffer Output);
