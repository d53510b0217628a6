using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Models.Zoo;
using EdgeCnn.Training.Tests.Gradients;

namespace EdgeCnn.Training.Tests;

public class TrainingNetworkTests
{
    /// <summary>Convolutions of all kinds, normalisation, a residual, poolings, dropout, a fully connected end.</summary>
    internal static Graph Mixed(float dropout = 0)
    {
        Random random = new(6);
        GraphBuilder builder = new("mixed");
        string Weights(string name, params ReadOnlySpan<int> shape) =>
            builder.Constant(name, GradientCheck.Random(random, new Shape(shape), 0.4f));
        string Norm(string value, int channels) => builder.Add(
            $"{value}/bn", new BatchNormalization(1e-3f), value,
            builder.Constant($"{value}/scale", GradientCheck.Random(random, new Shape(channels), 0.2f, 1)),
            Weights($"{value}/bias", channels), builder.Constant($"{value}/mean", GradientCheck.Random(random, new Shape(channels), 0.1f)),
            builder.Constant($"{value}/var", GradientCheck.Random(random, new Shape(channels), 0.2f, 1)));
        Conv Window(int stride, int groups) => new([stride, stride], [1, 1, 1, 1], [1, 1], groups);

        string x = builder.Input("images", ElementType.Float32, new Shape(1, 3, 21, 17));
        x = builder.Add(
            "relu1", new Relu(), builder.Add("conv1", Window(2, 1), x, Weights("conv1.weight", 12, 3, 3, 3), Weights("conv1.bias", 12)));
        string body =
            builder.Add("silu", new Silu(), Norm(builder.Add("conv2", Window(1, 1), x, Weights("conv2.weight", 12, 12, 3, 3)), 12));
        body = Norm(builder.Add("depthwise", Window(1, 12), body, Weights("depthwise.weight", 12, 1, 3, 3)), 12);
        x = builder.Add("relu2", new Relu(), builder.Add("sum", new Add(), body, x));
        x = builder.Add("pool", new MaxPool([2, 2], [2, 2], [0, 0, 0, 0], [1, 1], false), x);
        string up = builder.Add(
            "up", new ConvTranspose([2, 2], [0, 0, 0, 0], [1, 1], [0, 0], 1), x, Weights("up.weight", 12, 5, 2, 2), Weights("up.bias", 5));
        builder.Output(up);
        x = builder.Add("flat", new Reshape(new Shape(1, 12)), builder.Add("mean", new GlobalAveragePool(), x));
        if (dropout > 0) x = builder.Add("dropout", new Dropout(dropout), x);
        builder.Output(builder.Add("scores", new Gemm(1, 1, false, true), x, Weights("scores.weight", 7, 12), Weights("scores.bias", 7)));
        return builder.Build();
    }

    private static void Feed(TrainingNetwork network, int seed)
    {
        Random random = new(seed);
        foreach (ref float value in network.Input(0)) value = random.NextSingle();
        network.Forward();
        for (int i = 0; i < network.Outputs.Count; i++)
        {
            foreach (ref float value in network.OutputGradient(i)) value = random.NextSingle() - 0.5f;
        }
        network.Backward();
    }

    private static float[] All(TrainingNetwork network) =>
    [
        .. Enumerable.Range(0, network.Outputs.Count).SelectMany(i => network.Output(i).ToArray()),
        .. network.Parameters.SelectMany(parameter => parameter.Gradient.ToArray()),
        .. network.States.SelectMany(state => state.Values.ToArray()),
        .. network.InputGradient(0),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void A_step_has_the_same_bits_with_any_number_of_threads(int batch)
    {
        int[][] bits = [.. new[] { 1, 2, 3 }.Select(threads =>
        {
            using TrainingNetwork network =
                TrainingNetwork.Plan(Mixed(0.3f), new TrainingOptions(batch, threads) { InputGradients = true, Seed = 9 });
            for (int step = 0; step < 3; step++) Feed(network, step);
            return All(network).Select(BitConverter.SingleToInt32Bits).ToArray();
        })];
        Assert.Equal(bits[0], bits[1]);
        Assert.Equal(bits[0], bits[2]);
    }

    [Fact]
    public void A_whole_network_has_the_gradients_of_its_differences() =>
        GradientCheck.Differences(Smooth(), 3, 12, "a network with all kinds of layers", step: 5e-3f, tolerance: 2e-2);

    /// <summary>The same kinds of layers without kinks.</summary>
    private static Graph Smooth()
    {
        Graph mixed = Mixed();
        GraphBuilder builder = new("smooth");
        foreach (string input in mixed.Inputs) builder.Input(input, mixed.Values[input].Type, mixed.Values[input].Shape);
        foreach ((string name, Tensor constant) in mixed.Constants) builder.Constant(name, constant);
        foreach (Node node in mixed.Nodes)
        {
            builder.Add(node with
            {
                Operator = node.Operator switch
                {
                    Relu => new Silu(),
                    MaxPool pool => new AveragePool(pool.Kernel, pool.Strides, pool.Pads, pool.Dilations, false, false),
                    _ => node.Operator,
                },
            });
        }
        foreach (string output in mixed.Outputs) builder.Output(output);
        return builder.Build();
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        using TrainingNetwork network = TrainingNetwork.Plan(Mixed(0.5f), new TrainingOptions(4, 2));
        long memory = network.MemoryBytes;
        Step();
        Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 5; i++) Step();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(memory, network.MemoryBytes);

        void Step()
        {
            network.Input(0).Fill(0.5f);
            network.Forward();
            for (int i = 0; i < 2; i++) network.OutputGradient(i).Fill(0.25f);
            network.Backward();
            for (int i = 0; i < network.Parameters.Count; i++) network.Parameters[i].Values[0] -= 0.01f * network.Parameters[i].Gradient[0];
        }
    }

    [Fact]
    public void What_is_exported_computes_in_inference_what_training_left()
    {
        Graph graph = Mixed(0.5f);
        using TrainingNetwork network = TrainingNetwork.Plan(graph, new TrainingOptions(3));
        for (int step = 0; step < 4; step++)
        {
            Feed(network, step);
            foreach (Parameter parameter in network.Parameters)
            {
                for (int i = 0; i < parameter.Values.Length; i++) parameter.Values[i] -= 0.05f * parameter.Gradient[i];
            }
        }
        Graph exported = network.Export();
        Assert.Equal(graph.Nodes.Length, exported.Nodes.Length);
        Assert.Equal(graph.Values[graph.Outputs[0]].Shape, exported.Values[exported.Outputs[0]].Shape);
        foreach (Parameter parameter in network.Parameters)
        {
            Assert.Equal(parameter.Values.ToArray(), exported.Constants[parameter.Name].As<float>().ToArray());
            Assert.NotEqual(parameter.Values.ToArray(), graph.Constants[parameter.Name].As<float>().ToArray());
        }
        foreach (State state in network.States) Assert.Equal(state.Values.ToArray(), exported.Constants[state.Name].As<float>().ToArray());

        // Trained again without anything that learns, its training form is its inference.
        using TrainingNetwork frozen =
            TrainingNetwork.Plan(exported, new TrainingOptions(1) { Learns = name => name.StartsWith("scores", StringComparison.Ordinal) });
        using Network inference = Network.Load(exported);
        Random random = new(3);
        foreach (ref float value in frozen.Input(0)) value = random.NextSingle();
        frozen.Input(0).CopyTo(inference.Input<float>(0));
        frozen.Forward();
        inference.Run();
        Assert.Equal(inference.Output<float>(0).ToArray(), frozen.Output(0).ToArray());
        Assert.Equal(["scores.weight", "scores.bias"], frozen.Parameters.Select(parameter => parameter.Name));
    }

    [Fact]
    public void A_batch_gives_each_example_what_it_gets_alone()
    {
        Graph graph = Smooth();
        Func<string, bool> convolutions = name => name.EndsWith("weight", StringComparison.Ordinal);
        using TrainingNetwork batch = TrainingNetwork.Plan(graph, new TrainingOptions(3) { Learns = convolutions, InputGradients = true });
        using TrainingNetwork single = TrainingNetwork.Plan(graph, new TrainingOptions(1) { Learns = convolutions, InputGradients = true });
        Feed(batch, 4);
        float[] sum = new float[single.Parameters[0].Gradient.Length];
        int pixels = single.Input(0).Length;
        for (int example = 0; example < 3; example++)
        {
            batch.Input(0).Slice(example * pixels, pixels).CopyTo(single.Input(0));
            single.Forward();
            for (int i = 0; i < single.Outputs.Count; i++)
            {
                int length = single.Output(i).Length;
                Assert.Equal(batch.Output(i).Slice(example * length, length).ToArray(), single.Output(i).ToArray());
                batch.OutputGradient(i).Slice(example * length, length).CopyTo(single.OutputGradient(i));
            }
            single.Backward();
            Assert.Equal(batch.InputGradient(0).Slice(example * pixels, pixels).ToArray(), single.InputGradient(0).ToArray());
            for (int i = 0; i < sum.Length; i++) sum[i] += single.Parameters[0].Gradient[i];
        }
        for (int i = 0; i < sum.Length; i++) Assert.Equal(sum[i], batch.Parameters[0].Gradient[i], 1e-4f);
    }

    [Fact]
    public void A_watched_value_and_its_gradient_can_be_read()
    {
        using TrainingNetwork network =
            TrainingNetwork.Plan(Mixed(), new TrainingOptions(2) { Learns = _ => false, Watched = ["relu2", "flat"] });
        Feed(network, 1);
        // The mean of each channel is what the fully connected layer sees.
        ReadOnlySpan<float> gradient =
            network.ValueGradient("flat"), scores = network.OutputGradient(1), weights = Mixed().Constants["scores.weight"].As<float>();
        for (int i = 0; i < gradient.Length; i++)
        {
            double expected = 0;
            for (int k = 0; k < 7; k++) expected += scores[i / 12 * 7 + k] * weights[k * 12 + i % 12];
            Assert.Equal(expected, gradient[i], 1e-5);
        }
        Assert.Equal(2 * 12 * 11 * 9, network.Value("relu2").Length);
        Assert.Contains(network.ValueGradient("relu2").ToArray(), value => value != 0);
        Assert.All(network.Value("relu2").ToArray(), value => Assert.True(value >= 0));
        Assert.Throws<ModelException>(() => network.Value("pool").Length);
    }

    [Fact]
    public void Operators_that_cannot_be_trained_through_are_refused_all_at_once()
    {
        GraphBuilder builder = new("refused");
        string x = builder.Input("x", ElementType.Float32, new Shape(1, 4, 5));
        x = builder.Add("product", new MatMul(), x, builder.Constant("w", Tensor.Zeros(ElementType.Float32, new Shape(5, 5))));
        string sum = builder.Add("running", new CumSum(2, false, false), x);
        builder.Output(builder.Add("sorted", new Tan(), sum));
        Graph graph = builder.Build();
        string message = Assert.Throws<ModelException>(() => TrainingNetwork.Plan(graph, new TrainingOptions(2))).Message;
        Assert.Contains("CumSum 'running'", message, StringComparison.Ordinal);
        Assert.Contains("Tan 'sorted'", message, StringComparison.Ordinal);
        // Where nothing before them learns, nothing goes through them.
        using TrainingNetwork frozen = TrainingNetwork.Plan(graph, new TrainingOptions(2) { Learns = _ => false });
        Assert.Empty(frozen.Parameters);
    }

    [Fact]
    public void What_mixes_the_examples_of_a_batch_is_refused_by_name()
    {
        GraphBuilder builder = new("mixes");
        string x = builder.Input("x", ElementType.Float32, new Shape(1, 4, 5));
        builder.Output(builder.Add("turned", new Transpose([1, 0, 2]), x));
        Graph graph = builder.Build();
        Assert.Contains("'turned'", Assert.Throws<ModelException>(() => TrainingNetwork.Plan(graph, new TrainingOptions(2))).Message,
            StringComparison.Ordinal);
        TrainingNetwork.Plan(graph, new TrainingOptions(1)).Dispose();
        Assert.Contains("batch is 0", Assert.Throws<ModelException>(() => TrainingNetwork.Plan(graph, new TrainingOptions(0))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Dropout_drops_its_share_keeps_the_mean_and_repeats_by_seed_and_step()
    {
        const float Ratio = 0.3f;
        GraphBuilder builder = new("dropout");
        builder.Output(builder.Add("y", new Dropout(Ratio), builder.Input("x", ElementType.Float32, new Shape(1, 1000))));
        Graph graph = builder.Build();
        using TrainingNetwork network = TrainingNetwork.Plan(graph, new TrainingOptions(20) { InputGradients = true, Seed = 5 });
        network.Input(0).Fill(1);
        network.Forward();
        float[] first = network.Output(0).ToArray();
        network.OutputGradient(0).Fill(1);
        network.Backward();
        Assert.Equal(first, network.InputGradient(0).ToArray());
        Assert.InRange(first.Count(value => value == 0) / 20000.0, Ratio - 0.015, Ratio + 0.015);
        Assert.InRange(first.Average(), 0.98, 1.02);
        network.Forward();
        Assert.NotEqual(first, network.Output(0).ToArray());
        Assert.Equal(2, network.Step);
        network.Step = 0;
        network.Forward();
        Assert.Equal(first, network.Output(0).ToArray());
        using TrainingNetwork other = TrainingNetwork.Plan(graph, new TrainingOptions(20) { Seed = 6 });
        other.Input(0).Fill(1);
        other.Forward();
        Assert.NotEqual(first, other.Output(0).ToArray());
    }

    [Fact]
    public void Plain_descent_lowers_the_loss_of_LeNet()
    {
        using TrainingNetwork network = TrainingNetwork.Plan(Zoo.Build("lenet5"), new TrainingOptions(8));
        Random random = new(2);
        float[] images = [.. Enumerable.Range(0, network.Input(0).Length).Select(_ => random.NextSingle())];
        double first = 0, last = 0;
        for (int step = 0; step < 60; step++)
        {
            images.CopyTo(network.Input(0));
            network.Forward();
            // Half the squared distance to one class for each image.
            double loss = 0;
            for (int i = 0; i < network.Output(0).Length; i++)
            {
                float error = network.Output(0)[i] - (i % 10 == i / 10 ? 1 : 0);
                network.OutputGradient(0)[i] = error / 8;
                loss += error * error / 16;
            }
            network.Backward();
            foreach (Parameter parameter in network.Parameters)
            {
                for (int i = 0; i < parameter.Values.Length; i++) parameter.Values[i] -= 0.02f * parameter.Gradient[i];
            }
            if (step == 0) first = loss;
            last = loss;
        }
        Assert.True(last < 0.5 * first, $"the loss went from {first} to {last}");
    }

    [Fact]
    public void A_network_that_was_let_go_says_so()
    {
        TrainingNetwork network = TrainingNetwork.Plan(Mixed(), new TrainingOptions(1));
        network.Dispose();
        network.Dispose();
        Assert.Throws<ObjectDisposedException>(network.Forward);
        Assert.Throws<ObjectDisposedException>(() => network.Input(0).Length);
    }
}
