using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;

namespace EdgeCnn.EdgeRuntime.Tests.Inference;

public sealed class SharedNetworksTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgecnn-shared-").FullName;
    private readonly SharedNetworks _networks = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_same_file_with_the_same_settings_is_loaded_once_and_freed_by_the_last_who_has_it()
    {
        string file = Write("a.onnx");
        INetwork front = Load(file), rear = Load(file);
        Assert.Equal(1, _networks.Count);

        using (INetwork other = Load(Write("b.onnx"))) Assert.Equal(2, _networks.Count);
        using (INetwork other = Load(file, InferenceOptions.OnnxRuntime)) Assert.Equal(2, _networks.Count);
        Assert.Equal(1, _networks.Count);
        front.Dispose();
        front.Dispose();
        rear.Input(0).Fill(2);
        rear.Run();
        Assert.Equal(6, rear.Output(0)[0]);
        rear.Dispose();
        Assert.Equal(0, _networks.Count);
    }

    [Fact]
    public void A_file_that_was_replaced_is_another_network()
    {
        string file = Write("a.onnx");
        using INetwork before = Load(file);
        Write("a.onnx", factor: 5);
        using INetwork after = Load(file);

        Assert.Equal((2, 3f, 5f), (_networks.Count, Of(before, 1), Of(after, 1)));
    }

    [Theory]
    [InlineData(InferenceOptions.Engine)]
    [InlineData(InferenceOptions.OnnxRuntime)]
    public void Many_use_it_at_the_same_time_and_each_reads_what_became_of_its_own_input(string backend)
    {
        string file = Write("a.onnx");
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, user =>
        {
            using INetwork network = Load(file, backend);
            for (int i = 0; i < 200; i++) Assert.Equal(3 * (user + i), Of(network, user + i));
        });
        Assert.Equal(0, _networks.Count);
    }

    [Fact]
    public void A_model_that_cannot_be_loaded_is_refused_and_forgotten()
    {
        File.WriteAllText(Path.Join(_folder, "broken.onnx"), "no model");

        Assert.Throws<ModelException>(() => Load(Path.Join(_folder, "broken.onnx")));
        Assert.Throws<ModelException>(() => Load(Path.Join(_folder, "none.onnx")));

        Assert.Equal(0, _networks.Count);
    }

    [Fact]
    public void A_turn_allocates_nothing()
    {
        using INetwork network = Load(Write("a.onnx"));
        Of(network, 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) network.Run();

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private INetwork Load(string file, string backend = InferenceOptions.Engine) =>
        _networks.Load(file, new InferenceOptions { Backend = backend, Threads = 2 }, OnnxReadOptions.Default);

    private static float Of(INetwork network, float value)
    {
        network.Input(0).Fill(value);
        network.Run();
        return network.Output(0)[^1];
    }

    /// <summary>A network that multiplies.</summary>
    private string Write(string name, float factor = 3)
    {
        GraphBuilder graph = new("times");
        string input = graph.Input("x", ElementType.Float32, new Shape(1, 3, 64, 64));
        string by = graph.Constant("by", Tensor.Of(new Shape(1, 1, 1, 1), [factor]));
        graph.Output(graph.Add("y", new Mul(), input, by));
        string path = Path.Join(_folder, name);
        OnnxModel.Write(graph.Build(), path);
        return path;
    }
}
