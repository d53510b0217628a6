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
        Assert.Equal(new Mish(), File().Node("Softplus", "x", "s").Node("Tanh", "s", "t").Node("Mul", "x t", "y").Output("y").Only().Operator);

    [Fact]
    public void X_times_its_hard_sigmoid_is_hard_swish_only_with_the_right_numbers()
    {
        AttributeProto beta = Attributes.Float("beta", 0.5f);
        Assert.Equal(new HardSwish(), File().Node("HardSigmoid", "x", "g", Attributes.Float("alpha", 1 / 6f), beta).Node("Mul", "x g", "y").Output("y").Only().Operator);
        Assert.Equal(2, File().Node("HardSigmoid", "x", "g", Attributes.Float("alpha", 0.2f), beta).Node("Mul", "x g", "y").Output("y").Read().Nodes.Length);
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
        new HardSwish(), Clipped().Constant("six", Scalar(6)).Node("Mul", factors, "m").Node("Div", "m six", "y").Output("y").Only().Operator);

    [Fact]
    public void X_times_the_clipped_sum_over_six_in_the_other_order_is_hard_swish_too() => Assert.Equal(
        new HardSwish(), Clipped().Constant("six", Scalar(6)).Node("Div", "c six", "d").Node("Mul", "x d", "y").Output("y").Only().Operator);

    [Theory]
    [InlineData("x one_plus", "product half")]
    [InlineData("x half", "product one_plus")]
    [InlineData("half one_plus", "x product")]
    public void Half_of_x_times_one_plus_erf_is_gelu(string inner, string outer)
    {
        Node node = File().Constant("root", Scalar(1.4142135f)).Constant("one", Scalar(1)).Constant("half", Scalar(0.5f))
            .Node("Div", "x root", "d").Node("Erf", "d", "e").Node("Add", "e one", "one_plus").Node("Mul", inner, "product").Node("Mul", outer, "y").Output("y").Only();
        Assert.Equal(new Gelu(Tanh: false), node.Operator);
        Assert.Equal(["x"], node.Inputs.AsEnumerable());
    }

    [Fact]
    public void A_gelu_with_another_number_stays_as_it_is()
    {
        Graph graph = File().Constant("root", Scalar(1.5f)).Constant("one", Scalar(1)).Constant("half", Scalar(0.5f))
            .Node("Div", "x root", "d").Node("Erf", "d", "e").Node("Add", "e one", "p").Node("Mul", "x p", "m").Node("Mul", "m half", "y").Output("y").Read();
        Assert.Equal(5, graph.Nodes.Length);
    }

    [Fact]
    public void A_silu_that_would_change_the_shape_is_none()
    {
        Graph graph = new ModelFile(13).Input("x", 1, 4).Longs("wide", 3, 4).Node("Expand", "x wide", "e").Node("Sigmoid", "x", "g").Node("Mul", "e g", "y").Output("y").Read();
        Assert.Equal(["Expand", "Sigmoid", "Mul"], graph.Nodes.Select(node => node.Operator.Name));
    }

    private static ModelFile File() => new ModelFile(13).Input("x", 1, 4);

    private static ModelFile Clipped() => File().Constant("three", Scalar(3)).Constant("lo", Scalar(0)).Constant("hi", Scalar(6))
        .Node("Add", "x three", "s").Node("Clip", "s lo hi", "c");

    private static Tensor Scalar(float value) => Tensor.Of(Shape.Scalar, [value]);
}
