using EdgeCnn.Models;

namespace EdgeCnn.Quantization.Placement;

/// <summary>What a node means for the values around it when they are quantised.</summary>
internal static class Roles
{
    /// <summary>
    /// Its outputs hold nothing but what its first input (all inputs, for Concat) holds, or lies between: one scale serves both sides.
    /// </summary>
    public static bool Carries(Operator op) => op switch
    {
        Concat or Split or Slice or Reshape or Transpose or DepthToSpace or SpaceToDepth or Expand or Tile or Identity or Dropout => true,
        MaxPool or GlobalMaxPool => true,
        Resize resize => resize.Mode != ResizeMode.Cubic && resize.Coordinates != CoordinateMode.TfCropAndResize,
        // What is filled in has to be in the range, as zero always is.
        Pad pad => pad.Mode != PadMode.Constant || pad.Value == 0,
        _ => false,
    };

    /// <summary>Each element by itself, of one data input.</summary>
    public static bool IsActivation(Operator op) => op is Unary and not AlongAxis and not Not;

    /// <summary>Computed from 8-bit inputs to an 8-bit output, with a scale of its own.</summary>
    public static bool Averages(Operator op) => op is AveragePool or GlobalAveragePool or ReduceMean;

    /// <summary>ONNX Runtime computes these with the product before them.</summary>
    public static bool IsClamp(Operator op) => op is Relu or Clip { Min: 0 };
}
