using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Tests.Onnx;

namespace EdgeCnn.Models.Tests;

/// <summary>Activations that exporters take apart are put together, and nothing else is.</summary>
public class SimplificationTests
{
    [Theory]
    [InlineData("x g")]
    [InlineData("g x")]
    public void X_times_its_sigmoid_is_silu(string inputs) =>
        Assert.Equal(new Silu(), File().Node("Sigmoid", "x", "g").Node("Mul", inputs, "y").Output("y").Only().Operator);

    [Fact]
    public void A_sigmoid_that_others_read_too_stays_beside_the_silu()
    {
        Graph graph = File().Node("Sigmoid", "x", "g").Node("Mul", "x g", "y").Output("y", "g").Read();
        Assert.Equal(["Sigmoid", "Silu"], graph.Nodes.Select(node => node.Operator.Name));
    }

    [Fact]
    public void X_times_the_sigmoid_of_another_value_stays()
    {
        Graph graph = File().Input("z", 1, 4).Node("Sigmoid", "z", "g").Node("Mul", "x g", "y").Output("y").Read();
        Assert.Equal(["Sigmoid", "Mul"], graph.Nodes.Select(node => node.Operator.Name));
    }

    [Fact]
    public void X_times_x_is_nothing_special() => Assert.Equal(new Mul(), File().Node("Mul", "x x", "y").Output("y").Only().Operator);

    [Fact]
    public void X_times_tanh_of_softplus_is_mish() =>
        Assert.Equal(new Mish(), File().Node("Softplus", "x", "s").Node("Tanh", "s", "t").Node("Mul", "x t", "y").Output("y")
            .Only().Operator);

    [Fact]
    public void X_times_its_hard_sigmoid_is_hard_swish_only_with_the_right_numbers()
    {
        AttributeProto beta = Attributes.Float("beta", 0.5f);
        Assert.Equal(new HardSwish(), File().Node("HardSigmoid", "x", "g", Attributes.Float("alpha", 1 / 6f), beta).Node("Mul", "x g", "y")
            .Output("y").Only().Operator);
        Assert.Equal(2, File().Node("HardSigmoid", "x", "g", Attributes.Float("alpha", 0.2f), beta).Node("Mul", "x g", "y").Output("y")
            .Read().Nodes.Length);
    }

    [Theory]
    [InlineData("Div", 6f, "HardSigmoid")]
    [InlineData("Mul", 0.16666667f, "HardSigmoid")]
    [InlineData("Div", 5f, null)]
    public void A_clipped_sum_over_six_is_a_hard_sigmoid(string op, float number, string? expected)
    {
        Graph graph = Clipped().Constant("six", Scalar(number)).Node(op, "c six", "y").Output("y").Read();
        if (expected is null) Assert.Equal(3, graph.Nodes.Length);
        else Assert.Equal(expected, Assert.Single(graph.Nodes).Operator.Name);
    }

    [Theory]
    [InlineData("x c")]
    [InlineData("c x")]
    public void X_times_a_clipped_sum_over_six_is_hard_swish(string factors) => Assert.Equal(
        new HardSwish(), Clipped().Constant("six", Scalar(6)).Node("Mul", factors, "m").Node("Div", "m six", "y").Output("y")
            .Only().Operator);

    [Fact]
    public void X_times_the_clipped_sum_over_six_in_the_other_order_is_hard_swish_too() => Assert.Equal(
        new HardSwish(), Clipped().Constant("six", Scalar(6)).Node("Div", "c six", "d").Node("Mul", "x d", "y").Output("y")
            .Only().Operator);

    [Theory]
    [InlineData("x one_plus", "product half")]
    [InlineData("x half", "product one_plus")]
    [InlineData("half one_plus", "x product")]
    public void Half_of_x_times_one_plus_erf_is_gelu(string inner, string outer)
    {
        Node node = File().Constant("root", Scalar(1.4142135f)).Constant("one", Scalar(1)).Constant("half", Scalar(0.5f))
            .Node("Div", "x root", "d").Node("Erf", "d", "e").Node("Add", "e one", "one_plus").Node("Mul", inner, "product")
            .Node("Mul", outer, "y").Output("y").Only();
        Assert.Equal(new Gelu(Tanh: false), node.Operator);
        Assert.Equal(["x"], node.Inputs.AsEnumerable());
    }

    [Fact]
    public void A_gelu_with_another_number_stays_as_it_is()
    {
        Graph graph = File().Constant("root", Scalar(1.5f)).Constant("one", Scalar(1)).Constant("half", Scalar(0.5f))
            .Node("Div", "x root", "d").Node("Erf", "d", "e").Node("Add", "e one", "p").Node("Mul", "x p", "m").Node("Mul", "m half", "y")
            .Output("y").Read();
        Assert.Equal(5, graph.Nodes.Length);
    }

    [Fact]
    public void A_silu_that_would_change_the_shape_is_none()
    {
        Graph graph = new ModelFile(13).Input("x", 1, 4).Longs("wide", 3, 4).Node("Expand", "x wide", "e").Node("Sigmoid", "x", "g")
            .Node("Mul", "e g", "y").Output("y").Read();
        Assert.Equal(["Expand", "Sigmoid", "Mul"], graph.Nodes.Select(node => node.Operator.Name));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_layer_normalisation_that_was_taken_apart_is_put_together(bool square)
    {
        Node node = Normalised("x", 2, square).Output("y").Only();
        Assert.Equal(new LayerNormalization(2, 1e-6f), node.Operator);
        Assert.Equal(["x", "scale", "bias"], node.Inputs.AsEnumerable());
    }

    [Theory]
    [InlineData("z", 2)]
    [InlineData("x", 1)]
    public void What_only_resembles_a_layer_normalisation_stays(string variance, int axis) =>
        Assert.Equal(9, Normalised(variance, axis, square: false).Input("z", 1, 3, 4).Output("y").Read().Nodes.Length);

    [Fact]
    public void Two_permutations_are_one()
    {
        Graph graph = new ModelFile(13).Input("x", 2, 3, 4).Node("Transpose", "x", "a", ModelFile.Ints("perm", 1, 2, 0))
            .Node("Relu", "a", "r")
            .Node("Transpose", "a", "b", ModelFile.Ints("perm", 2, 1, 0)).Output("r", "b").Read();
        Transpose last = Assert.IsType<Transpose>(graph.Nodes[^1].Operator);
        Assert.Equal([0, 2, 1], last.Permutation.AsEnumerable());
        Assert.Equal(["x"], graph.Nodes[^1].Inputs.AsEnumerable());
    }

    [Fact]
    public void A_permutation_and_its_inverse_are_none()
    {
        Graph graph = new ModelFile(13).Input("x", 2, 3, 4).Node("Transpose", "x", "a", ModelFile.Ints("perm", 1, 2, 0))
            .Node("Transpose", "a", "b", ModelFile.Ints("perm", 2, 0, 1)).Node("Relu", "b", "y").Output("y", "b").Read();
        Assert.Equal(["Identity", "Relu"], graph.Nodes.Select(node => node.Operator.Name).Order());
        Node only = new ModelFile(13).Input("x", 2, 3, 4).Node("Transpose", "x", "a", ModelFile.Ints("perm", 1, 2, 0))
            .Node("Transpose", "a", "b", ModelFile.Ints("perm", 2, 0, 1)).Node("Relu", "b", "y").Output("y").Only();
        Assert.Equal(["x"], only.Inputs.AsEnumerable());
    }

    [Fact]
    public void Of_reshapes_after_each_other_the_last_counts()
    {
        ModelFile file = new ModelFile(13).Input("x", 2, 3, 4).Longs("flat", -1).Longs("back", 2, 3, 4).Longs("matrix", 6, 4)
            .Node("Reshape", "x flat", "a").Node("Reshape", "a back", "b").Node("Relu", "b", "c").Node("Reshape", "c flat", "d")
            .Node("Reshape", "d matrix", "y");
        Graph graph = file.Output("y").Read();
        Assert.Equal(["Relu (x) -> (c)", "Reshape (c) -> (y)"],
            graph.Nodes.Select(node => $"{node.Operator.Name} ({string.Join(' ', node.Inputs)}) -> ({string.Join(' ', node.Outputs)})"));
    }

    /// <param name="second">The value whose spread is divided by; only x's own makes it a normalisation.</param>
    /// <param name="axis">The axis of the means; only the last fits the scale.</param>
    /// <param name="square">Whether the square is a product or a power.</param>
    private static ModelFile Normalised(string second, int axis, bool square) => new ModelFile(13).Input("x", 1, 3, 4)
        .Constant("two", Scalar(2)).Constant("epsilon", Scalar(1e-6f)).Floats("scale", 1, 2, 3, 4).Floats("bias", 4, 3, 2, 1)
        .Node("ReduceMean", "x", "mean", ModelFile.Ints("axes", axis)).Node("Sub", $"{second} mean", "d")
        .Node(square ? "Mul" : "Pow", square ? "d d" : "d two", "p").Node("ReduceMean", "p", "v", ModelFile.Ints("axes", axis))
        .Node("Add", "v epsilon", "s").Node("Sqrt", "s", "r").Node("Div", "d r", "n").Node("Mul", "n scale", "m")
        .Node("Add", "m bias", "y");

    private static ModelFile File() => new ModelFile(13).Input("x", 1, 4);

    private static ModelFile Clipped() => File().Constant("three", Scalar(3)).Constant("lo", Scalar(0)).Constant("hi", Scalar(6))
        .Node("Add", "x three", "s").Node("Clip", "s lo hi", "c");

    private static Tensor Scalar(float value) => Tensor.Of(Shape.Scalar, [value]);
}
