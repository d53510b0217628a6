using EdgeCnn.Models;

namespace EdgeCnn.Training.Tests.Gradients;

public class BatchNormalizationTests
{
    private const float Epsilon = 1e-3f;

    private static Graph Network(int channels, Operator? activation, Shape x)
    {
        Random random = new(2);
        GraphBuilder builder = new("bn");
        string value = builder.Input("x", ElementType.Float32, x);
        Tensor PerChannel(float scale, float offset) => GradientCheck.Random(random, new Shape(channels), scale, offset);
        value = builder.Add(
            "bn", new BatchNormalization(Epsilon), value, builder.Constant("scale", PerChannel(0.5f, 1f)),
            builder.Constant("bias", PerChannel(0.5f, 0f)),
            builder.Constant("mean", PerChannel(0.5f, 0f)), builder.Constant("var", PerChannel(0.5f, 1f)));
        if (activation is not null) value = builder.Add("activation", activation, value);
        builder.Output(value);
        return builder.Build();
    }

    [Theory]
    [InlineData(3, 4, 5, 2)]
    [InlineData(17, 7, 3, 3)]
    [InlineData(1, 1, 1, 7)]
    [InlineData(64, 9, 8, 2)]
    public void The_gradient_of_batch_normalisation_is_that_of_its_differences(int channels, int height, int width, int batch)
    {
        Shape x = new(1, channels, height, width);
        foreach (Operator? activation in new Operator?[] { null, new Silu(), new Tanh(), new HardSwish() })
        {
            GradientCheck.Differences(
                Network(channels, activation, x), batch, 4, $"BatchNormalization and {activation?.Name} on {x}", step: 1e-2f,
                tolerance: 1e-2);
        }
    }

    [Fact]
    public void Batch_normalisation_of_features_is_differentiated_too() =>
        GradientCheck.Differences(
            Network(11, null, new Shape(1, 11)), 9, 4, "BatchNormalization of 11 features", step: 1e-2f, tolerance: 1e-2);

    [Fact]
    public void Outputs_have_the_mean_of_the_bias_and_the_deviation_of_the_scale()
    {
        Random random = new(8);
        for (int round = 0; round < 10; round++)
        {
            (int channels, int height, int width, int batch) =
                (random.Next(1, 20), random.Next(2, 9), random.Next(2, 9), random.Next(1, 5));
            using TrainingNetwork network =
                TrainingNetwork.Plan(Network(channels, null, new Shape(1, channels, height, width)), new TrainingOptions(batch));
            float offset = random.NextSingle() * 100;
            GradientCheck.Random(random, network.Inputs[0].Shape, 3f, offset).As<float>().CopyTo(network.Input(0));
            float[] x = network.Input(0).ToArray();
            network.Forward();
            float[] y = network.Output(0).ToArray();
            int area = height * width, count = batch * area;
            for (int c = 0; c < channels; c++)
            {
                (double mean, double variance) = Moments(x, c, channels, area);
                (double meanOfY, double varianceOfY) = Moments(y, c, channels, area);
                double scale = network.Parameters[0].Values[c], bias = network.Parameters[1].Values[c];
                string what = $"round {round}, channel {c} of {channels}x{height}x{width}, batch {batch}, offset {offset}";
                Assert.True(Math.Abs(meanOfY - bias) < 2e-4, $"{what}: the mean is {meanOfY}, the bias {bias}");
                Assert.True(Math.Abs(varianceOfY - scale * scale * variance / (variance + Epsilon)) < 1e-3,
                    $"{what}: the variance is {varianceOfY}");
            }
            Assert.Equal(2, network.States.Count);
        }
    }

    [Fact]
    public void Running_statistics_move_towards_those_of_the_batch_by_the_momentum()
    {
        const int Channels = 5, Area = 12, Batch = 3;
        using TrainingNetwork network = TrainingNetwork.Plan(
            Network(Channels, null, new Shape(1, Channels, 3, 4)), new TrainingOptions(Batch) { BatchNormMomentum = 0.25 });
        GradientCheck.Random(new Random(1), network.Inputs[0].Shape, 2f, 1f).As<float>().CopyTo(network.Input(0));
        float[] x = network.Input(0).ToArray();
        float[] mean = network.States.Single(state => state.Name == "mean")
            .Values.ToArray(), variance = network.States.Single(state => state.Name == "var").Values.ToArray();
        network.Forward();
        Graph exported = network.Export();
        for (int c = 0; c < Channels; c++)
        {
            (double ofBatch, double varianceOfBatch) = Moments(x, c, Channels, Area);
            double unbiased = varianceOfBatch * (Batch * Area) / (Batch * Area - 1.0);
            Assert.Equal(0.75 * mean[c] + 0.25 * ofBatch, exported.Constants["mean"].As<float>()[c], 1e-5);
            Assert.Equal(0.75 * variance[c] + 0.25 * unbiased, exported.Constants["var"].As<float>()[c], 1e-5);
        }
    }

    [Fact]
    public void A_normalisation_that_does_not_learn_uses_its_running_statistics_and_keeps_them()
    {
        Graph graph = Network(6, null, new Shape(1, 6, 3, 3));
        using TrainingNetwork network = TrainingNetwork.Plan(graph, new TrainingOptions(2) { Learns = _ => false, InputGradients = true });
        using Engine.Network inference = Engine.Network.Load(graph);
        GradientCheck.Random(new Random(1), network.Inputs[0].Shape, 2f, 1f).As<float>().CopyTo(network.Input(0));
        network.Input(0)[..54].CopyTo(inference.Input<float>(0));
        network.Forward();
        inference.Run();
        Assert.Equal(inference.Output<float>(0).ToArray(), network.Output(0)[..54].ToArray());
        Assert.Empty(network.States);
        network.OutputGradient(0).Fill(1);
        network.Backward();
        for (int c = 0; c < 6; c++)
        {
            double factor = graph.Constants["scale"].As<float>()[c] / Math.Sqrt(graph.Constants["var"].As<float>()[c] + Epsilon);
            Assert.Equal(factor, network.InputGradient(0)[c * 9], 1e-5);
        }
    }

    [Fact]
    public void A_bias_may_learn_where_the_scale_does_not()
    {
        using TrainingNetwork network = TrainingNetwork.Plan(
            Network(5, null, new Shape(1, 5, 2, 3)), new TrainingOptions(2) { Learns = name => name == "bias" });
        network.Forward();
        for (int i = 0; i < network.OutputGradient(0).Length; i++) network.OutputGradient(0)[i] = i;
        network.Backward();
        Assert.Equal("bias", Assert.Single(network.Parameters).Name);
        for (int c = 0; c < 5; c++)
        {
            int expected = Enumerable.Range(0, 60).Where(i => i / 6 % 5 == c).Sum();
            Assert.Equal(expected, network.Parameters[0].Gradient[c]);
        }
    }

    /// <summary>Mean and variance of a channel of images in ONNX order.</summary>
    private static (double Mean, double Variance) Moments(float[] x, int channel, int channels, int area)
    {
        double[] values = [.. x.Where((_, i) => i / area % channels == channel).Select(value => (double)value)];
        double mean = values.Average();
        return (mean, values.Average(value => (value - mean) * (value - mean)));
    }
}
