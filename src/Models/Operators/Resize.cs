using System.Collections.Immutable;

namespace EdgeCnn.Models;

public enum ResizeMode
{
    Nearest,
    Linear,
    Cubic,
}

/// <summary>How a coordinate of the output becomes one of the input (ONNX coordinate_transformation_mode).</summary>
public enum CoordinateMode
{
    HalfPixel,
    PytorchHalfPixel,
    AlignCorners,
    Asymmetric,
    HalfPixelSymmetric,
    TfCropAndResize,
}

/// <summary>Which neighbour <see cref="ResizeMode.Nearest"/> takes (ONNX nearest_mode).</summary>
public enum NearestMode
{
    RoundPreferFloor,
    RoundPreferCeil,
    Floor,
    Ceil,
}

/// <summary>
/// ONNX Resize-19 without antialiasing, resolved. <paramref name="Target"/> is the output's shape; <paramref name="Scales"/> (one per axis)
/// are the scales that coordinates are computed with: the file's own, or output / input where the file gives sizes. <paramref name="Roi"/>
/// (two values per axis: all starts, then all ends, normalised) only serves TfCropAndResize, as does <paramref name="Extrapolation"/>;
/// otherwise it is empty. ONNX's older Upsample becomes Asymmetric with Floor.
/// </summary>
public sealed record Resize(
    ResizeMode Mode,
    CoordinateMode Coordinates,
    NearestMode Nearest,
    ImmutableArray<float> Scales,
    Shape Target,
    float CubicA,
    bool ExcludeOutside,
    float Extrapolation,
    ImmutableArray<float> Roi) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "X");
        Numeric(x);
        if (Scales.Length != x.Shape.Rank || Target.Rank != x.Shape.Rank)
            throw new ModelException($"It needs a scale and an extent for each axis of {x.Shape}, not {Scales.Length} and {Target.Rank}.");
        if (Scales.Any(scale => !(scale > 0) || float.IsInfinity(scale)))
            throw new ModelException($"Its scales {string.Join(", ", Scales)} must be positive.");
        if (x.Shape.Count == 0 && Target.Count > 0)
            throw new ModelException($"An empty input of shape {x.Shape} cannot be resized to {Target}.");
        if (Coordinates == CoordinateMode.TfCropAndResize && Roi.Length != 2 * x.Shape.Rank)
            throw new ModelException($"Its region of interest needs {2 * x.Shape.Rank} values, not {Roi.Length}.");
        return One(x.Type, Target);
    }
}
