using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests;

public class PlanTests
{
    [Fact]
    public void Blocks_that_are_alive_together_never_share_memory()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            Random random = new(seed);
            Lifetime[] blocks = new Lifetime[random.Next(1, 60)];
            for (int i = 0; i < blocks.Length; i++)
            {
                int first = random.Next(40);
                blocks[i] = new Lifetime(random.Next(5) == 0 ? 0 : random.Next(1, 5000), first, first + random.Next(12));
            }
            (long[] offsets, long bytes) = Arena.Place(blocks);
            for (int i = 0; i < blocks.Length; i++)
            {
                Assert.True(offsets[i] % Arena.Alignment == 0 && offsets[i] + blocks[i].Bytes <= bytes, $"seed {seed}, block {i}");
                for (int j = 0; j < i; j++)
                {
                    bool apart = offsets[i] + blocks[i].Bytes <= offsets[j] || offsets[j] + blocks[j].Bytes <= offsets[i];
                    Assert.True(apart || !blocks[i].Overlaps(blocks[j]), $"seed {seed}: blocks {i} and {j} overlap");
                }
            }
        }
    }

    [Fact]
    public void Random_graphs_give_what_their_nodes_give_one_by_one()
    {
        for (int seed = 0; seed < 80; seed++)
        {
            RandomGraph made = new(seed);
            Dictionary<string, Tensor> expected = NodeByNode.Run(made.Graph, made.Inputs);
            foreach (EngineOptions options in new[] { new EngineOptions(1), new EngineOptions(3), new EngineOptions(2, KeepAll: true) })
            {
                using Network network = Network.Load(made.Graph, options);
                for (int run = 0; run < 2; run++)
                {
                    Run.Feed(network, made.Inputs);
                    network.Run();
                    Tensor[] actual = Run.Outputs(network);
                    for (int i = 0; i < actual.Length; i++)
                    {
                        string name = made.Graph.Outputs[i];
                        AssertSame(expected[name], actual[i], made, $"seed {seed}, {options}, run {run}, output {name}\n{made}");
                    }
                }
                if (!options.KeepAll) continue;
                foreach (string name in network.Values)
                {
                    if (expected.TryGetValue(name, out Tensor? value))
                        AssertSame(value, network.Value(name), made, $"seed {seed}, kept value {name}\n{made}");
                }
            }
        }
    }

    /// <summary>Sums over an axis are made in another order when the axis lies elsewhere in memory; all else has the same bits.</summary>
    private static void AssertSame(Tensor expected, Tensor actual, RandomGraph graph, string what)
    {
        if (!graph.Graph.Nodes.Any(node => node.Operator is Softmax or ReduceMean))
        {
            Run.AssertSameBits(expected.As<float>(), actual.As<float>(), what);
            return;
        }
        Assert.Equal(expected.Shape, actual.Shape);
        for (int i = 0; i < expected.Shape.Count; i++)
        {
            float e = expected.As<float>()[i], a = actual.As<float>()[i];
            Assert.True(Math.Abs(e - a) <= 1e-5f * (1 + Math.Abs(e)), $"{what}: element {i} is {a:R} instead of {e:R}");
        }
    }

    [Fact]
    public void A_run_allocates_nothing()
    {
        RandomGraph made = new(5, nodes: 40);
        using Network network = Network.Load(made.Graph, new EngineOptions(2));
        Run.Feed(network, made.Inputs);
        for (int i = 0; i < 50; i++) network.Run();
        // The runtime may compile a hot method meanwhile, so the best of some attempts counts.
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 10 && least > 0; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 5; i++) network.Run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
    }

    [Fact]
    public void Values_that_depend_on_constants_alone_are_computed_once()
    {
        GraphBuilder builder = new("folds");
        string x = builder.Input("x", ElementType.Float32, new Shape(1, 4));
        string a = builder.Constant("a", Tensor.Of(new Shape(4, 4), [.. Enumerable.Range(0, 16).Select(i => (float)i)]));
        string product = builder.Add("product", new MatMul(), a, a);
        string bias = builder.Add("bias", new Exp(), builder.Constant("b", Tensor.Of(new Shape(4), [0f, 1f, 2f, 3f])));
        builder.Output(builder.Add("sum", new Add(), builder.Add("y", new MatMul(), x, product), bias));
        using Network network = Network.Load(builder.Build(), new EngineOptions(1, Profile: true));
        new[] { 1f, 0f, 0f, 0f }.CopyTo(network.Input<float>(0));
        network.Run();
        Assert.Single(network.Profile());
        Assert.Equal(56 + 1, network.Output<float>(0)[0], 1e-4f);
    }

    [Fact]
    public void A_graph_whose_output_is_a_constant_or_an_input_still_runs()
    {
        GraphBuilder builder = new("trivial");
        string x = builder.Input("x", ElementType.Float32, new Shape(1, 2, 3, 4));
        builder.Output(x);
        builder.Output(builder.Constant("c", Tensor.Of(new Shape(2), [5f, 6f])));
        builder.Output(builder.Add("turned", new Transpose([0, 2, 3, 1]), x));
        Tensor input = Run.Random(new Random(1), new Shape(1, 2, 3, 4));
        Tensor[] outputs = Run.Graph(builder.Build(), new Dictionary<string, Tensor> { ["x"] = input });
        Assert.Equal(input.As<float>().ToArray(), outputs[0].As<float>().ToArray());
        Assert.Equal([5f, 6f], outputs[1].As<float>().ToArray());
        Assert.Equal(input.As<float>()[12], outputs[2].As<float>()[1]);
    }

    [Fact]
    public void Convolutions_take_in_what_follows_them()
    {
        Random random = new(4);
        GraphBuilder builder = new("fuses");
        string x = builder.Input("x", ElementType.Float32, new Shape(1, 8, 6, 6));
        string w = builder.Constant("w", Run.Random(random, new Shape(8, 8, 3, 3)));
        string conv = builder.Add("conv", new Conv([1, 1], [1, 1, 1, 1], [1, 1], 1), x, w);
        string[] norm =
            [.. Enumerable.Range(0,
                4).Select(i => builder.Constant($"n{i}", Tensor.Of(new Shape(8), [.. Enumerable.Range(1, 8).Select(c => c * 0.3f + i)])))];
        string normal = builder.Add("norm", new BatchNormalization(1e-5f), [conv, .. norm]);
        builder.Output(builder.Add("relu", new Relu(), builder.Add("add", new Add(), normal, x)));
        Graph graph = builder.Build();
        Dictionary<string, Tensor> inputs = new() { ["x"] = Run.Random(random, new Shape(1, 8, 6, 6)) };
        using Network network = Network.Load(graph, new EngineOptions(1, Profile: true));
        Run.Feed(network, inputs);
        network.Run();
        Assert.Equal(["conv"], network.Profile().Where(step => step.MultiplyAdds > 0).Select(step => step.Name));
        // The input and the output change their order; the sum, the norm and the activation have gone into the convolution.
        Assert.Equal(3, network.Profile().Count);
        float[] expected = NodeByNode.Run(graph, inputs)["relu"].As<float>().ToArray();
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], network.Output<float>(0)[i], 2e-5f);
    }

    [Fact]
    public void Joined_and_split_channels_and_a_residual_after_the_activation_cost_no_step_of_their_own()
    {
        Random random = new(6);
        GraphBuilder builder = new("columns");
        string x = builder.Input("x", ElementType.Float32, new Shape(1, 8, 5, 7));
        string first = builder.Add("first", new Silu(), Conv("conv1", x, 8, 12));
        builder.Add(new Node("split", new Split(1, [5, 7]), [first], ["left", "right"]));
        string second = builder.Add("second", new Add(), builder.Add("silu", new Silu(), Conv("conv2", "right", 7, 7)), "right");
        builder.Output(builder.Add("last", new Relu(), Conv("conv3", builder.Add("join", new Concat(1), "left", "right", second), 19, 3)));
        Graph graph = builder.Build();
        Dictionary<string, Tensor> inputs = new() { ["x"] = Run.Random(random, new Shape(1, 8, 5, 7)) };
        using Network network = Network.Load(graph, new EngineOptions(2, Profile: true));
        Run.Feed(network, inputs);
        network.Run();
        Run.AssertSameBits(NodeByNode.Run(graph, inputs)["last"].As<float>(), network.Output<float>(0), "three convolutions");
        // The input and the output change their order; the rest is three convolutions.
        Assert.Equal(5, network.Profile().Count);
        Assert.Equal(3, network.Profile().Count(step => step.MultiplyAdds > 0));

        string Conv(string name, string data, int channels, int outputs)
        {
            string weights = builder.Constant($"{name}.w", Run.Random(random, new Shape(outputs, channels, 3, 3)));
            return builder.Add(name, new Conv([1, 1], [1, 1, 1, 1], [1, 1], 1), data, weights);
        }
    }

    [Fact]
    public void All_unsupported_operators_are_named_at_once()
    {
        GraphBuilder builder = new("unsupported");
        string x = builder.Input("x", ElementType.Float64, new Shape(1, 2, 4, 4));
        string pool = builder.Add("pool", new GlobalAveragePool(), x);
        builder.Output(builder.Add("product", new MatMul(), pool, pool));
        ModelException e = Assert.Throws<ModelException>(() => Network.Load(builder.Build()));
        Assert.Contains("'pool'", e.Message, StringComparison.Ordinal);
        Assert.Contains("'product'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_with_the_wrong_type_is_refused()
    {
        using Network network = Network.Load(Run.OfOne(new Relu(), [Tensor.Zeros(ElementType.Float32, new Shape(3))], [false]));
        Assert.Throws<ModelException>(() => network.Input<int>(0).Length);
        Assert.Throws<ModelException>(() => network.Output<byte>(0).Length);
        Assert.Throws<ModelException>(() => network.Value("nothing"));
    }
}
