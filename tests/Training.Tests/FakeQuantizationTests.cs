using EdgeCnn.Models;
using EdgeCnn.Training.Tests.Gradients;

namespace EdgeCnn.Training.Tests;

public class FakeQuantizationTests
{
    private static readonly FakeQuantization Quantization = new(RangeMomentum: 0.25);

    private static Graph Convolution(int groups, Tensor weights) => GradientCheck.OfOne(
        new Conv([1, 1], [0, 0, 0, 0], [1, 1], groups), new Shape(1, groups * weights.Shape[1], 3, 2), weights);

    [Fact]
    public void Weights_and_activations_are_rounded_on_the_way_forth_and_not_on_the_way_back()
    {
        Random random = new(4);
        Tensor weights = GradientCheck.Random(random, new Shape(5, 3, 1, 1), 2f);
        using TrainingNetwork network = TrainingNetwork.Plan(
            Convolution(1, weights), new TrainingOptions(2) { FakeQuantization = Quantization, InputGradients = true });
        Tensor x = GradientCheck.Random(random, network.Inputs[0].Shape, 3f, 0.5f);
        x.As<float>().CopyTo(network.Input(0));
        network.Forward();
        float low = x.As<float>().ToArray().Min(), high = x.As<float>().ToArray().Max();
        Assert.All(network.States.Single(state => state.Name == "x/range low").Values.ToArray(), value => Assert.Equal(low, value));
        Assert.All(network.States.Single(state => state.Name == "x/range high").Values.ToArray(), value => Assert.Equal(high, value));

        double scale = (high - (double)low) / 255, lowest = Math.Round(low / scale);
        double Activation(int i) => Math.Clamp(Math.Round(x.As<float>()[i] / scale), lowest, lowest + 255) * scale;
        double Weight(int m, int c)
        {
            double step = Enumerable.Range(0, 3).Max(k => Math.Abs(weights.As<float>()[m * 3 + k])) / 127.0;
            return Math.Round(weights.As<float>()[m * 3 + c] / step) * step;
        }
        for (int i = 0; i < network.Output(0).Length; i++)
        {
            (int image, int m, int pixel) = (i / 30, i / 6 % 5, i % 6);
            double expected = Enumerable.Range(0, 3).Sum(c => Weight(m, c) * Activation(image * 18 + c * 6 + pixel));
            Assert.Equal(expected, network.Output(0)[i], 1e-4);
        }

        network.OutputGradient(0).Fill(1);
        network.Backward();
        for (int c = 0; c < 3; c++)
        {
            Assert.Equal(Enumerable.Range(0, 5).Sum(m => Weight(m, c)), network.InputGradient(0)[c * 6], 1e-4);
            double sum = 0;
            for (int i = 0; i < 36; i++) sum += i / 6 % 3 == c ? Activation(i) : 0;
            Assert.Equal(sum, network.Parameters[0].Gradient[c], 1e-4);
        }
    }

    [Fact]
    public void Ranges_move_by_the_momentum_and_what_lies_beyond_them_has_no_gradient()
    {
        using TrainingNetwork network = TrainingNetwork.Plan(
            Convolution(1, Tensor.Of(new Shape(1, 1, 1, 1), [1f])),
            new TrainingOptions(1) { FakeQuantization = Quantization, InputGradients = true });
        network.Input(0).Fill(1);
        network.Forward();
        float[] x = [-4, 1, 2, 3, 4, 5];
        x.CopyTo(network.Input(0));
        network.Forward();
        Assert.Equal(-1f, network.States.Single(state => state.Name == "x/range low").Values[0], 1e-6f);
        Assert.Equal(2f, network.States.Single(state => state.Name == "x/range high").Values[0], 1e-6f);
        network.OutputGradient(0).Fill(1);
        network.Backward();
        Assert.Equal([0f, 1f, 1f, 0f, 0f, 0f], network.InputGradient(0).ToArray());
    }

    [Fact]
    public void Depthwise_convolutions_have_a_range_for_each_channel()
    {
        using TrainingNetwork network = TrainingNetwork.Plan(
            Convolution(4, Tensor.Of(new Shape(4, 1, 1, 1), [1f, 1f, 1f, 1f])),
            new TrainingOptions(1) { FakeQuantization = Quantization });
        for (int i = 0; i < 24; i++) network.Input(0)[i] = i / 6 * 10 + i % 6;
        network.Forward();
        Assert.Equal([5f, 15f, 25f, 35f], network.States.Single(state => state.Name == "x/ranges high").Values.ToArray());
        Assert.Equal([0f, 0f, 0f, 0f], network.States.Single(state => state.Name == "x/ranges low").Values.ToArray());
    }

    [Fact]
    public void A_whole_network_learns_under_fake_quantisation_and_exports_floats()
    {
        Graph graph = TrainingNetworkTests.Mixed();
        using TrainingNetwork network =
            TrainingNetwork.Plan(graph, new TrainingOptions(2, 2) { FakeQuantization = new FakeQuantization() });
        using TrainingNetwork plain = TrainingNetwork.Plan(graph, new TrainingOptions(2, 2));
        Random random = new(7);
        foreach (ref float value in network.Input(0)) value = random.NextSingle();
        network.Input(0).CopyTo(plain.Input(0));
        network.Forward();
        plain.Forward();
        double difference = 0, size = 0;
        for (int i = 0; i < network.Output(1).Length; i++)
        {
            difference += Math.Pow(network.Output(1)[i] - plain.Output(1)[i], 2);
            size += Math.Pow(plain.Output(1)[i], 2);
        }
        Assert.InRange(Math.Sqrt(difference / size), 1e-5, 0.1);
        network.OutputGradient(0).Clear();
        network.OutputGradient(1).Fill(1);
        network.Backward();
        Assert.All(network.Parameters.Where(parameter => !parameter.Name.StartsWith("up", StringComparison.Ordinal)), parameter =>
            Assert.Contains(parameter.Gradient.ToArray(), value => value != 0));
        Assert.Equal(graph.Constants.Keys.Order(), network.Export().Constants.Keys.Order());
    }
}
