namespace EdgeCnn.Models.Tests;

/// <summary>Shapes that operators make, and shapes that they refuse; values by hand from ONNX's definitions.</summary>
public class ShapeInferenceTests
{
    private static readonly ValueInfo Flag = new(ElementType.Bool, Shape.Scalar);

    [Theory]
    [InlineData("2x3x4", "4", "2x3x4")]
    [InlineData("2x1x4", "3x1", "2x3x4")]
    [InlineData("scalar", "5", "5")]
    [InlineData("1", "0", "0")]
    [InlineData("1x5x1", "7x1x3", "7x5x3")]
    public void Shapes_are_broadcast_from_the_last_axis(string a, string b, string expected)
    {
        Assert.Equal(expected, Infer(new Add(), Float(a), Float(b)));
        Assert.Equal(expected, Infer(new Add(), Float(b), Float(a)));
        Assert.Equal(expected, Infer(new Where(), Flag, Float(a), Float(b)));
    }

    [Theory]
    [InlineData("2x3", "2")]
    [InlineData("0", "2")]
    [InlineData("2x3x4", "3x4x1")]
    public void Shapes_that_differ_and_are_not_1_cannot_be_broadcast(string a, string b) =>
        Assert.Contains($"{a} and {b} cannot be broadcast", Refusal(new Mul(), Float(a), Float(b)), StringComparison.Ordinal);

    [Theory]
    [InlineData("2x3", "3x4", "2x4")]
    [InlineData("3", "3x4", "4")]
    [InlineData("2x3", "3", "2")]
    [InlineData("3", "3", "scalar")]
    [InlineData("5x1x2x3", "7x3x4", "5x7x2x4")]
    public void Matrices_are_multiplied_as_numpy_does(string a, string b, string expected) =>
        Assert.Equal(expected, Infer(new MatMul(), Float(a), Float(b)));

    [Theory]
    [InlineData("2x3", "2x3")]
    [InlineData("scalar", "3")]
    [InlineData("2x2x3", "3x3x4")]
    public void Matrices_that_do_not_fit_are_refused(string a, string b) => Refusal(new MatMul(), Float(a), Float(b));

    [Theory]
    [InlineData("1x4x8x8", "6x2x3x3", 2, "1x6x6x6")]
    [InlineData("1x4x8x8", "4x1x3x3", 4, "1x4x6x6")]
    [InlineData("0x4x8x8", "6x4x1x1", 1, "0x6x8x8")]
    [InlineData("1x4x3x3", "6x4x3x3", 1, "1x6x1x1")]
    public void A_convolution_slides_its_weights(string x, string w, int groups, string expected) =>
        Assert.Equal(expected, Infer(new Conv([1, 1], [0, 0, 0, 0], [1, 1], groups), Float(x), Float(w)));

    [Theory]
    [InlineData("1x4x8x8", "6x4x3x3", 2, "do not fit")]
    [InlineData("1x4x8x8", "6x2x3x3", 0, "do not fit")]
    [InlineData("1x4x8x8", "5x2x3x3", 2, "do not fit")]
    [InlineData("1x4x2x8", "6x4x3x3", 1, "larger than the input's 2")]
    [InlineData("1x4x8", "6x4x3", 1, "N x C x H x W")]
    [InlineData("1x4x8x8", "6x4x0x3", 1, "do not fit")]
    public void A_convolution_whose_weights_do_not_fit_is_refused(string x, string w, int groups, string expected) =>
        Assert.Contains(expected, Refusal(new Conv([1, 1], [0, 0, 0, 0], [1, 1], groups), Float(x), Float(w)), StringComparison.Ordinal);

    [Fact]
    public void A_convolutions_bias_has_one_value_per_channel()
    {
        Conv conv = new([1, 1], [0, 0, 0, 0], [1, 1], 1);
        Assert.Contains(
            "6 values, one per channel", Refusal(conv, Float("1x4x8x8"), Float("6x4x1x1"), Float("4")), StringComparison.Ordinal);
        Assert.Contains(
            "different types", Refusal(conv, Float("1x4x8x8"), new ValueInfo(ElementType.Float16, Of("6x4x1x1"))),
            StringComparison.Ordinal);
        Assert.Contains("Input 1 (W) is missing", Refusal(conv, Float("1x4x8x8")), StringComparison.Ordinal);
    }

    [Fact]
    public void Multiply_adds_are_those_of_the_textbook()
    {
        Assert.Equal(2L * 6 * 6 * 6 * 2 * 9, Cost(new Conv([1, 1], [0, 0, 0, 0], [1, 1], 2), Float("2x4x8x8"), Float("6x2x3x3")));
        Assert.Equal(
            4L * 5 * 5 * 3 * 9, Cost(new ConvTranspose([2, 2], [0, 0, 0, 0], [1, 1], [0, 0], 1), Float("1x4x5x5"), Float("4x3x3x3")));
        Assert.Equal(2L * 3 * 4, Cost(new Gemm(1, 1, true, true), Float("3x2"), Float("4x3")));
        Assert.Equal(5L * 2 * 3 * 4, Cost(new MatMul(), Float("5x2x3"), Float("3x4")));
        Assert.Equal(0, Cost(new Relu(), Float("5x2x3")));
    }

    [Fact]
    public void A_pooling_whose_pads_are_as_wide_as_its_kernel_is_refused() =>
        Assert.Contains(
            "smaller than its kernel", Refusal(new MaxPool([2, 2], [1, 1], [2, 0, 0, 0], [1, 1], false), Float("1x1x8x8")),
            StringComparison.Ordinal);

    [Fact]
    public void Attributes_beyond_all_measure_are_refused()
    {
        int huge = int.MaxValue;
        Refusal(new MaxPool([huge, huge], [1, 1], [0, 0, 0, 0], [huge, huge], true), Float("1x1x8x8"));
        Refusal(new Conv([1, 1], [huge, huge, huge, huge], [1, 1], 1), Float("1x1x8x8"), Float("1x1x1x1"));
        Refusal(new ConvTranspose([huge, huge], [0, 0, 0, 0], [1, 1], [0, 0], 1), Float("1x1x8x8"), Float("1x1x1x1"));
        Refusal(new ConvTranspose([1, 1], [0, 0, 0, 0], [1, 1], [0, 0], huge), Float("1x1x8x8"), Float("1x9x1x1"));
        Refusal(new DepthToSpace(huge, false), Float("1x4x8x8"));
        Refusal(new SpaceToDepth(huge), Float("1x4x8x8"));
        Refusal(new Tile([huge, huge]), Float("8x8"));
        Refusal(new Pad(PadMode.Constant, [huge], [huge], 0), Float("8"));
        Refusal(new Slice([0], [huge], [huge]), Float("8"));
        Refusal(new TopK(huge, 0, true, true), Float("8"));
        Refusal(new Split(0, [huge, huge, 10]), 3, Float("8"));
    }

    [Theory]
    [InlineData("2x3 2x4 2x1", 1, "2x8")]
    [InlineData("2x3", 0, "2x3")]
    [InlineData("2x0 2x3", 1, "2x3")]
    public void Parts_are_joined_along_an_axis(string parts, int axis, string expected) =>
        Assert.Equal(expected, Infer(new Concat(axis), [.. parts.Split(' ').Select(Float)]));

    [Fact]
    public void Parts_that_differ_elsewhere_are_not_joined()
    {
        Assert.Contains("cannot be joined along axis 1", Refusal(new Concat(1), Float("2x3"), Float("3x3")), StringComparison.Ordinal);
        Assert.Contains("cannot be joined", Refusal(new Concat(1), Float("2x3"), Float("2x3x1")), StringComparison.Ordinal);
        Assert.Contains("lies outside", Refusal(new Concat(2), Float("2x3")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0 2 1", "2x4x3")]
    [InlineData("2 1 0", "4x3x2")]
    public void A_permutation_moves_extents(string permutation, string expected) =>
        Assert.Equal(expected, Infer(new Transpose([.. permutation.Split(' ').Select(int.Parse)]), Float("2x3x4")));

    [Theory]
    [InlineData("0 1")]
    [InlineData("0 1 1")]
    [InlineData("0 1 3")]
    [InlineData("-1 0 1")]
    public void What_is_no_permutation_is_refused(string permutation) =>
        Refusal(new Transpose([.. permutation.Split(' ').Select(int.Parse)]), Float("2x3x4"));

    [Theory]
    [InlineData(1, "2x2", "3x2x2x5")]
    [InlineData(0, "scalar", "4x5")]
    [InlineData(2, "7", "3x4x7")]
    public void A_gather_puts_the_axes_of_its_indices_in_the_place_of_one(int axis, string indices, string expected) =>
        Assert.Equal(expected, Infer(new Gather(axis), Float("3x4x5"), new ValueInfo(ElementType.Int64, Of(indices))));

    [Theory]
    [InlineData(PadMode.Constant, 9, 9, "21")]
    [InlineData(PadMode.Constant, -2, 1, "2")]
    [InlineData(PadMode.Edge, 9, 0, "12")]
    [InlineData(PadMode.Reflect, 2, 2, "7")]
    public void Pads_add_and_take_away(PadMode mode, int begin, int end, string expected) =>
        Assert.Equal(expected, Infer(new Pad(mode, [begin], [end], 0), Float("3")));

    [Fact]
    public void A_reflection_wider_than_the_input_is_refused()
    {
        Assert.Contains("too wide", Refusal(new Pad(PadMode.Reflect, [3], [0], 0), Float("3")), StringComparison.Ordinal);
        Assert.Contains("too wide", Refusal(new Pad(PadMode.Edge, [1], [0], 0), Float("0")), StringComparison.Ordinal);
        Refusal(new Pad(PadMode.Constant, [-2], [-2], 0), Float("3"));
    }

    [Fact]
    public void Scales_are_one_or_one_per_extent_of_the_axis()
    {
        QuantizeLinear perChannel = new(1, ElementType.Int8, true);
        Assert.Equal("1x3x2", Infer(perChannel, Float("1x3x2"), Float("3"), new ValueInfo(ElementType.Int8, Of("3"))));
        Assert.Equal("1x3x2", Infer(perChannel, Float("1x3x2"), Float("scalar")));
        Assert.Contains("3 for axis 1", Refusal(perChannel, Float("1x3x2"), Float("2")), StringComparison.Ordinal);
        Assert.Contains("must be alike", Refusal(perChannel, Float("1x3x2"), Float("3"), new ValueInfo(ElementType.Int8, Shape.Scalar)),
            StringComparison.Ordinal);
        Assert.Contains(
            "takes Int8", Refusal(perChannel, Float("1x3x2"), Float("3"), new ValueInfo(ElementType.UInt8, Of("3"))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Types_are_checked_as_onnx_wants_them()
    {
        ValueInfo integers = new(ElementType.Int64, Of("2")), half = new(ElementType.Float16, Of("2"));
        Assert.Contains("different types", Refusal(new Add(), Float("2"), integers), StringComparison.Ordinal);
        Assert.Contains("floating point", Refusal(new Sigmoid(), integers), StringComparison.Ordinal);
        Assert.Contains("not for Bool", Refusal(new Add(), Flag, Flag), StringComparison.Ordinal);
        Assert.Contains("it takes Bool", Refusal(new Not(), integers), StringComparison.Ordinal);
        Assert.Equal("2", Infer(new Pow(), half, integers));
        Assert.Equal(ElementType.Bool, new Greater().Infer([integers, integers], 1)[0].Type);
        Assert.Equal(ElementType.Int64, new ArgMax(0, true, false).Infer([half], 1)[0].Type);
    }

    [Fact]
    public void A_shape_is_bounded_in_rank_and_size()
    {
        Assert.Throws<ModelException>(() => new Shape(1, 1, 1, 1, 1, 1, 1, 1, 1));
        Assert.Throws<ModelException>(() => new Shape(int.MaxValue, int.MaxValue));
        Assert.Throws<ModelException>(() => new Shape(-1));
        Assert.Equal(0, new Shape(3, 0, 5).Count);
    }

    [Fact]
    public void The_builder_says_which_node_is_wrong()
    {
        GraphBuilder builder = new("test");
        builder.Input("x", ElementType.Float32, Of("1x3x4x4"));
        Assert.StartsWith("Concat 'join':", Assert.ThrowsAny<ModelException>(() => builder.Add("join", new Concat(9), "x"))
            .Message, StringComparison.Ordinal);
        Assert.Contains("'y', which nothing before it makes", Assert.ThrowsAny<ModelException>(() => builder.Add("a", new Relu(), "y"))
            .Message, StringComparison.Ordinal);
        Assert.ThrowsAny<ModelException>(() => builder.Add(new Node("n", new Relu(), ["x"], ["a", "b"])));
    }

    [Fact]
    public void Parameters_are_counted_once_and_only_where_they_are_learned()
    {
        GraphBuilder builder = new("test");
        string x = builder.Input("x", ElementType.Float32, Of("1x3x4x4"));
        string w = builder.Constant("w", Tensor.Zeros(ElementType.Float32, Of("3x3x1x1"))), c = builder.Constant(
            "c", Tensor.Zeros(ElementType.Float32, Of("3")));
        Conv conv = new([1, 1], [0, 0, 0, 0], [1, 1], 1);
        string a = builder.Add("a", conv, x, w, c), b = builder.Add("b", conv, a, w);
        string n = builder.Add("n", new BatchNormalization(1e-5f), b, c, c, c, c);
        builder.Output(builder.Add("g", new Gather(1), n, builder.Constant("i", Tensor.Of(Of("2"), [0L, 2]))));
        GraphSummary summary = GraphSummary.Of(builder.Build());
        Assert.Equal([12L, 0, 0, 0], summary.Layers.Select(layer => layer.Parameters));
        Assert.Equal(2L * 3 * 3 * 16, summary.MultiplyAdds);
        Assert.Equal(["Conv", "Conv", "BatchNormalization", "Gather"], summary.Layers.Select(layer => layer.Op));
    }

    private static ValueInfo Float(string shape) => new(ElementType.Float32, Of(shape));

    private static Shape Of(string shape) => shape == "scalar" ? Shape.Scalar : new Shape([.. shape.Split('x').Select(int.Parse)]);

    private static string Infer(Operator op, params ValueInfo[] inputs) => op.Infer(inputs, 1)[0].Shape.ToString();

    private static string Refusal(Operator op, params ValueInfo[] inputs) => Refusal(op, 1, inputs);

    private static string Refusal(Operator op, int outputs, params ValueInfo[] inputs) =>
        Assert.ThrowsAny<ModelException>(() => op.Infer(inputs, outputs)).Message;

    private static long Cost(Operator op, params ValueInfo[] inputs) => op.MultiplyAdds(inputs, op.Infer(inputs, 1).AsSpan());
}
