using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests;

/// <summary>Layers that textbooks name otherwise than ONNX does, against their formulas written out.</summary>
public sealed class ClassicLayerTests
{
    private static readonly float[] X = [-2, -0.5f, -0.25f, 0, 0.25f, 1, 3];

    [Fact]
    public void Half_wave_rectification_keeps_what_is_positive() =>
        Assert.Equal([0, 0, 0, 0, 0.25f, 1, 3], Apply(new Relu()));

    [Fact]
    public void Full_wave_rectification_is_the_magnitude() =>
        Assert.Equal([2, 0.5f, 0.25f, 0, 0.25f, 1, 3], Apply(new Abs()));

    [Fact]
    public void Soft_shrinkage_moves_towards_zero_and_hard_shrinkage_cuts_out_what_is_small()
    {
        Assert.Equal([-1.5f, 0, 0, 0, 0, 0.5f, 2.5f], Apply(new Shrink(Lambda: 0.5f, Bias: 0.5f)));
        Assert.Equal([-2, 0, 0, 0, 0, 1, 3], Apply(new Shrink(Lambda: 0.5f, Bias: 0)));
    }

    /// <summary>Four windows of 2x2 in a picture of 4x4.</summary>
    [Theory]
    [InlineData(1, 7f, 5f, 4f, 26f)]
    [InlineData(2, 5f, 3f, 2f, 14f)]
    public void L1_pooling_sums_magnitudes_and_L2_pooling_takes_the_root_of_the_sum_of_squares(int p, params float[] expected)
    {
        float[] picture =
        [
            3, -4, 1, -2,
            0, 0, -2, 0,
            1, 1, -9, 3,
            -1, 1, -5, 9,
        ];
        LpPool pool = new([2, 2], [2, 2], [0, 0, 0, 0], [1, 1], CeilMode: false, p);

        float[] actual = Evaluate(pool, new Shape(1, 1, 4, 4), picture);

        for (int i = 0; i < 4; i++) Assert.Equal(expected[i], actual[i], 1e-5);
    }

    [Fact]
    public void Dropout_does_nothing_in_inference_and_takes_no_step()
    {
        GraphBuilder builder = new("dropout");
        string dropped = builder.Add("dropped", new Dropout(0.5f), builder.Input("x", ElementType.Float32, new Shape(7)));
        builder.Output(builder.Add("y", new Neg(), dropped));
        using Network network = Network.Load(builder.Build(), new EngineOptions(1));
        X.CopyTo(network.Input<float>(0));

        network.Run();

        Assert.Equal(X.Select(value => -value), network.Output<float>(0).ToArray());
    }

    private static float[] Apply(Operator op) => Evaluate(op, new Shape(X.Length), X);

    private static float[] Evaluate(Operator op, Shape shape, float[] x)
    {
        GraphBuilder builder = new("layer");
        builder.Output(builder.Add("y", op, builder.Input("x", ElementType.Float32, shape)));
        using Network network = Network.Load(builder.Build(), new EngineOptions(1));
        x.CopyTo(network.Input<float>(0));
        network.Run();
        return network.Output<float>(0).ToArray();
    }
}
