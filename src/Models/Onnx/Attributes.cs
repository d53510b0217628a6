using Google.Protobuf;
using AttributeType = EdgeCnn.Models.Onnx.AttributeProto.Types.AttributeType;

namespace EdgeCnn.Models.Onnx;

/// <summary>Attributes as messages, and those of the operators that are written as they are.</summary>
internal static class Attributes
{
    public static AttributeProto Int(string name, long value) => new() { Name = name, Type = AttributeType.Int, I = value };

    public static AttributeProto Flag(string name, bool value) => Int(name, value ? 1 : 0);

    public static AttributeProto Float(string name, float value) => new() { Name = name, Type = AttributeType.Float, F = value };

    public static AttributeProto Text(string name, string value) =>
        new() { Name = name, Type = AttributeType.String, S = ByteString.CopyFromUtf8(value) };

    public static AttributeProto Ints(string name, IEnumerable<int> values)
    {
        AttributeProto proto = new() { Name = name, Type = AttributeType.Ints };
        proto.Ints.AddRange(values.Select(value => (long)value));
        return proto;
    }

    /// <exception cref="ModelException">The operator has no spelling in ONNX here.</exception>
    public static AttributeProto[] Of(Operator op) => op switch
    {
        ConvTranspose conv => [.. Window(conv), Ints("output_padding", conv.OutputPadding)],
        Convolution conv => Window(conv),
        AveragePool pool => [.. Window(pool, IsDilated(pool)), Flag("count_include_pad", pool.CountIncludePad)],
        LpPool pool => [.. Window(pool, IsDilated(pool), pool.CeilMode), Int("p", pool.P)],
        Pooling pool => Window(pool, dilated: true),
        QLinearAveragePool pool =>
        [
            Ints("kernel_shape", pool.Kernel), Ints("strides", pool.Strides), Ints("pads", pool.Pads), Flag("ceil_mode", pool.CeilMode),
            Flag("count_include_pad", pool.CountIncludePad),
        ],
        GlobalLpPool pool => [Int("p", pool.P)],
        Gemm gemm => [Float("alpha", gemm.Alpha), Float("beta", gemm.Beta), Flag("transA", gemm.TransA), Flag("transB", gemm.TransB)],
        LeakyRelu relu => [Float("alpha", relu.Alpha)],
        QLinearLeakyRelu relu => [Float("alpha", relu.Alpha)],
        Elu elu => [Float("alpha", elu.Alpha)],
        Selu selu => [Float("alpha", selu.Alpha), Float("gamma", selu.Gamma)],
        Celu celu => [Float("alpha", celu.Alpha)],
        HardSigmoid hard => [Float("alpha", hard.Alpha), Float("beta", hard.Beta)],
        ThresholdedRelu relu => [Float("alpha", relu.Alpha)],
        Shrink shrink => [Float("lambd", shrink.Lambda), Float("bias", shrink.Bias)],
        Gelu gelu => [Text("approximate", gelu.Tanh ? "tanh" : "none")],
        LpNormalization norm => [Int("axis", norm.Axis), Int("p", norm.P)],
        AlongAxis along => [Int("axis", along.Axis)],
        Mod mod => [Flag("fmod", mod.Fmod)],
        BatchNormalization norm => [Float("epsilon", norm.Epsilon)],
        InstanceNormalization norm => [Float("epsilon", norm.Epsilon)],
        LayerNormalization norm => [Int("axis", norm.Axis), Float("epsilon", norm.Epsilon)],
        GroupNormalization norm => [Float("epsilon", norm.Epsilon), Int("num_groups", norm.Groups)],
        Lrn lrn => [Int("size", lrn.Size), Float("alpha", lrn.Alpha), Float("beta", lrn.Beta), Float("bias", lrn.Bias)],
        ArgExtreme arg => [Int("axis", arg.Axis), Flag("keepdims", arg.KeepDims), Flag("select_last_index", arg.SelectLast)],
        Transpose transpose => [Ints("perm", transpose.Permutation)],
        Concat concat => [Int("axis", concat.Axis)],
        QLinearConcat concat => [Int("axis", concat.Axis)],
        Gather gather => [Int("axis", gather.Axis)],
        GatherElements gather => [Int("axis", gather.Axis)],
        DepthToSpace depth => [Int("blocksize", depth.BlockSize), Text("mode", depth.ColumnRowDepth ? "CRD" : "DCR")],
        SpaceToDepth space => [Int("blocksize", space.BlockSize)],
        Cast cast => [Int("to", (long)cast.To)],
        DequantizeLinear dequantize => [Int("axis", dequantize.Axis)],
        Resize resize => Of(resize),
        // What is left has no attributes: activations, arithmetic, products of matrices, and so on.
        Unary or Binary or Variadic or Where or PRelu or IsNaN or MatMul or MatMulInteger or GlobalPooling => [],
        Identity or DynamicQuantizeLinear or QLinear => [],
        _ => throw new ModelException($"The operator {op.Name} cannot be written to an ONNX file."),
    };

    private static AttributeProto[] Of(Resize resize)
    {
        List<AttributeProto> attributes =
        [
            Text("mode", resize.Mode switch { ResizeMode.Nearest => "nearest", ResizeMode.Linear => "linear", _ => "cubic" }),
            Text("coordinate_transformation_mode", resize.Coordinates switch
            {
                CoordinateMode.HalfPixel => "half_pixel",
                CoordinateMode.PytorchHalfPixel => "pytorch_half_pixel",
                CoordinateMode.AlignCorners => "align_corners",
                CoordinateMode.Asymmetric => "asymmetric",
                CoordinateMode.HalfPixelSymmetric => "half_pixel_symmetric",
                _ => "tf_crop_and_resize",
            }),
            Text("nearest_mode", resize.Nearest switch
            {
                NearestMode.RoundPreferFloor => "round_prefer_floor",
                NearestMode.RoundPreferCeil => "round_prefer_ceil",
                NearestMode.Floor => "floor",
                _ => "ceil",
            }),
        ];
        if (resize.Mode == ResizeMode.Cubic)
            attributes.AddRange([Float("cubic_coeff_a", resize.CubicA), Flag("exclude_outside", resize.ExcludeOutside)]);
        if (resize.Coordinates == CoordinateMode.TfCropAndResize)
            attributes.Add(Float("extrapolation_value", resize.Extrapolation));
        return [.. attributes];
    }

    internal static bool IsDilated(Pooling pool) => pool.Dilations.Any(dilation => dilation != 1);

    private static AttributeProto[] Window(Convolution conv) =>
        [Ints("strides", conv.Strides), Ints("pads", conv.Pads), Ints("dilations", conv.Dilations), Int("group", conv.Groups)];

    /// <summary>Attributes that an older operator set does not know are written only where they say something.</summary>
    private static AttributeProto[] Window(Pooling pool, bool dilated, bool rounded = true)
    {
        List<AttributeProto> attributes = [Ints("kernel_shape", pool.Kernel), Ints("strides", pool.Strides), Ints("pads", pool.Pads)];
        if (rounded) attributes.Add(Flag("ceil_mode", pool.CeilMode));
        if (dilated) attributes.Add(Ints("dilations", pool.Dilations));
        return [.. attributes];
    }
}
