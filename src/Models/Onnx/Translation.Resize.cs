using System.Collections.Immutable;

namespace EdgeCnn.Models.Onnx;

/// <summary>Resize in its four spellings, and Upsample.</summary>
internal static partial class Translation
{
    /// <summary>Upsample-7 has its scales as an attribute, Upsample-9 as an input.</summary>
    private static void Upsample(OnnxNode node)
    {
        ResizeMode mode = Mode(node);
        float[] scales = node.Opset < 9
            ? node.Floats("scales") ?? throw new ModelException("Its scales are missing.")
            : KnownFloats(node, 1, "scales");
        EmitLegacy(node, mode, scales);
    }

    private static void Resize(OnnxNode node)
    {
        ResizeMode mode = Mode(node);
        if (node.Opset < 11)
        {
            EmitLegacy(node, mode, KnownFloats(node, 1, "scales"));
            return;
        }
        if (node.Flag("antialias")) throw new UnsupportedNodeException("antialias");
        CoordinateMode coordinates = node.Choice(
            "coordinate_transformation_mode",
            "half_pixel",
            ("half_pixel", CoordinateMode.HalfPixel),
            ("pytorch_half_pixel", CoordinateMode.PytorchHalfPixel),
            ("align_corners", CoordinateMode.AlignCorners),
            ("asymmetric", CoordinateMode.Asymmetric),
            ("half_pixel_symmetric", CoordinateMode.HalfPixelSymmetric),
            ("tf_crop_and_resize", CoordinateMode.TfCropAndResize));
        NearestMode nearest = node.Choice(
            "nearest_mode",
            "round_prefer_floor",
            ("round_prefer_floor", NearestMode.RoundPreferFloor),
            ("round_prefer_ceil", NearestMode.RoundPreferCeil),
            ("floor", NearestMode.Floor),
            ("ceil", NearestMode.Ceil));
        Shape x = node.Shape(0);
        int[] axes = node.Ints("axes") is { } given
            ? [.. given.Select(axis => OnnxNode.Axis(axis, x.Rank))]
            : [.. Enumerable.Range(0, x.Rank)];
        ImmutableArray<float> roi = coordinates == CoordinateMode.TfCropAndResize ? Region(node, x, axes) : [];
        (ImmutableArray<float> scales, Shape target) = IsGiven(node, 3) ? BySizes(node, x, axes) : ByScales(node, x, axes);
        node.Emit(
            new Resize(
                mode, coordinates, nearest, scales, target, node.Float("cubic_coeff_a", -0.75f), node.Flag("exclude_outside"),
                node.Float("extrapolation_value", 0), roi),
            node.Inputs[0]);
    }

    /// <summary>
    /// Before version 11: asymmetric coordinates; the nearest neighbour is the lower one when enlarging and the upper one when reducing, as
    /// ONNX Runtime does.
    /// </summary>
    private static void EmitLegacy(OnnxNode node, ResizeMode mode, float[] scales)
    {
        Shape x = node.Shape(0);
        bool reduces = scales.Any(scale => scale < 1);
        if (mode == ResizeMode.Nearest && reduces && scales.Any(scale => scale > 1))
            throw new UnsupportedNodeException("scales both below and above 1");
        ImmutableArray<float> perAxis = PerAxis(scales, x, [.. Enumerable.Range(0, x.Rank)], 1f, "scales");
        Shape target = Scaled(x, perAxis);
        NearestMode nearest = reduces ? NearestMode.Ceil : NearestMode.Floor;
        node.Emit(
            new Resize(mode, CoordinateMode.Asymmetric, nearest, perAxis, target, -0.75f, ExcludeOutside: false, 0, []), node.Inputs[0]);
    }

    private static ResizeMode Mode(OnnxNode node) => node.Choice(
        "mode",
        "nearest",
        ("nearest", ResizeMode.Nearest),
        ("linear", ResizeMode.Linear),
        ("bilinear", ResizeMode.Linear),
        ("cubic", ResizeMode.Cubic));

    /// <summary>An input counts as left out when it is an empty list, as in version 11.</summary>
    private static bool IsGiven(OnnxNode node, int input) => node.Has(input) && node.Shape(input).Count > 0;

    private static (ImmutableArray<float> Scales, Shape Target) ByScales(OnnxNode node, Shape x, int[] axes)
    {
        if (!IsGiven(node, 2)) throw new ModelException("It has neither scales nor sizes.");
        ImmutableArray<float> scales = PerAxis(KnownFloats(node, 2, "scales"), x, axes, 1f, "scales");
        return (scales, Scaled(x, scales));
    }

    private static (ImmutableArray<float> Scales, Shape Target) BySizes(OnnxNode node, Shape x, int[] axes)
    {
        long[] sizes = node.KnownLongs(3, "sizes");
        if (sizes.Length != axes.Length) throw new ModelException($"Its sizes have {sizes.Length} values; {axes.Length} are needed.");
        string policy = node.Text("keep_aspect_ratio_policy", "stretch");
        return Fitted(x, axes, [.. OnnxNode.Narrow(sizes, "sizes")], policy);
    }

    /// <summary>Scales and shape that sizes lead to: stretched to them, or all axes by the smallest or largest of the ratios.</summary>
    internal static (ImmutableArray<float> Scales, Shape Target) Fitted(Shape x, int[] axes, int[] sizes, string policy)
    {
        float[] scales = [.. Enumerable.Repeat(1f, x.Rank)];
        int[] extents = [.. x];
        for (int i = 0; i < axes.Length; i++)
        {
            extents[axes[i]] = sizes[i];
            scales[axes[i]] = x[axes[i]] == 0 ? 1f : (float)sizes[i] / x[axes[i]];
        }
        if (policy == "stretch") return ([.. scales], new Shape(extents));
        float[] ratios = [.. axes.Select(axis => scales[axis])];
        float ratio = policy switch
        {
            "not_larger" => ratios.Min(),
            "not_smaller" => ratios.Max(),
            _ => throw new UnsupportedNodeException($"keep_aspect_ratio_policy = '{policy}'"),
        };
        foreach (int axis in axes)
        {
            scales[axis] = ratio;
            extents[axis] = (int)MathF.Round(ratio * x[axis], MidpointRounding.AwayFromZero);
        }
        return ([.. scales], new Shape(extents));
    }

    private static ImmutableArray<float> Region(OnnxNode node, Shape x, int[] axes)
    {
        float[] given = KnownFloats(node, 1, "roi");
        if (given.Length != 2 * axes.Length) throw new ModelException($"Its roi has {given.Length} values; {2 * axes.Length} are needed.");
        return [.. PerAxis(given[..axes.Length], x, axes, 0f, "roi"), .. PerAxis(given[axes.Length..], x, axes, 1f, "roi")];
    }

    private static ImmutableArray<float> PerAxis(float[] values, Shape x, int[] axes, float missing, string role)
    {
        if (values.Length != axes.Length) throw new ModelException($"Its {role} has {values.Length} values; {axes.Length} are needed.");
        float[] perAxis = [.. Enumerable.Repeat(missing, x.Rank)];
        for (int i = 0; i < axes.Length; i++) perAxis[axes[i]] = values[i];
        return [.. perAxis];
    }

    /// <summary>
    /// floor(extent * scale), computed in 32-bit floating point as ONNX Runtime does; and as there, and in ONNX's reference, a region of
    /// interest does not change it.
    /// </summary>
    internal static Shape Scaled(Shape x, ImmutableArray<float> scales)
    {
        int[] extents = new int[x.Rank];
        for (int axis = 0; axis < x.Rank; axis++)
        {
            float extent = MathF.Floor(x[axis] * scales[axis]);
            extents[axis] = extent >= 0 && extent <= EdgeCnn.Models.Shape.MaxCount
                ? (int)extent
                : throw new ModelException($"Its scale {scales[axis]} of {x} is out of all proportion.");
        }
        return new Shape(extents);
    }

    private static float[] KnownFloats(OnnxNode node, int input, string role)
    {
        Tensor tensor = node.Known(input, role);
        if (tensor.Type is not (ElementType.Float32 or ElementType.Float16 or ElementType.Float64)
            || tensor.Shape.Count > 2 * EdgeCnn.Models.Shape.MaxRank)
            throw new ModelException($"Its {role} is {tensor.Info}; a list of Float32 is needed.");
        return Array.ConvertAll(tensor.ToDoubles(), value => (float)value);
    }
}
