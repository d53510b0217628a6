using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models;
using EdgeCnn.Tests;

namespace EdgeCnn.EdgeRuntime.Tests.Inference;

public sealed class OnnxRuntimeNetworkTests
{
    private static readonly InferenceOptions OneThread = new() { Backend = InferenceOptions.OnnxRuntime, Threads = 1 };

    [SharedDataFact("models/mnist.onnx")]
    public void Mnist_tells_a_drawn_one_from_a_drawn_zero()
    {
        using INetwork network = Networks.Load(Repository.Data("models/mnist.onnx"), OneThread);
        Assert.Equal(new Shape(1, 1, 28, 28), network.Inputs[0].Shape);

        DrawDigit(network.Input(0), (x, y) => x is >= 13 and <= 15 && y is >= 5 and <= 22);
        network.Run();
        Assert.Equal(1, Best(network.Output(0)));

        DrawDigit(network.Input(0), (x, y) => Math.Abs(Math.Sqrt(((x - 14) * (x - 14)) + ((y - 14) * (y - 14) * 0.6)) - 7) < 1.3);
        network.Run();
        Assert.Equal(0, Best(network.Output(0)));
    }

    [SharedDataFact("models/yolox_nano.onnx")]
    public void Every_run_of_the_same_input_gives_the_same_values()
    {
        using INetwork network = Networks.Load(Repository.Data("models/yolox_nano.onnx"), OneThread);
        FillWithNoise(network.Input(0), seed: 7);
        network.Run();
        float[] first = network.Output(0).ToArray();
        Assert.Equal(network.Outputs[0].Shape.Count, first.Length);
        Assert.All(first, value => Assert.True(float.IsFinite(value)));

        network.Input(0).Clear();
        network.Run();
        Assert.NotEqual(first, network.Output(0).ToArray());

        FillWithNoise(network.Input(0), seed: 7);
        network.Run();
        Assert.Equal(first, network.Output(0).ToArray());
    }

    [SharedDataTheory("models")]
    [InlineData("mnist.onnx")]
    [InlineData("nanodet_m.onnx")]
    [InlineData("resnet20.onnx")]
    [InlineData("ultraface.onnx")]
    [InlineData("yolov8n.onnx")]
    [InlineData("yolov8n_int8.onnx")]
    [InlineData("yolox_nano.onnx")]
    public void Every_model_runs_and_says_its_shapes(string model)
    {
        using INetwork network = Networks.Load(
            Repository.Data($"models/{model}"), new InferenceOptions { Backend = InferenceOptions.OnnxRuntime, Threads = 2 });
        network.Run();
        Assert.Equal("onnxruntime (CPU)", network.Backend);
        Assert.NotEmpty(network.Inputs);
        for (int i = 0; i < network.Outputs.Count; i++) Assert.Equal(network.Outputs[i].Shape.Count, network.Output(i).Length);
    }

    [SharedDataFact("models/mnist.onnx")]
    public void A_run_allocates_nothing_managed()
    {
        using INetwork network = Networks.Load(Repository.Data("models/mnist.onnx"), OneThread);
        for (int i = 0; i < 10; i++) network.Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) network.Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [SharedDataFact("models/mnist.onnx")]
    public void An_execution_provider_that_is_not_there_is_said_and_the_processor_computes()
    {
        using INetwork network = Networks.Load(
            Repository.Data("models/mnist.onnx"),
            new InferenceOptions { Backend = InferenceOptions.OnnxRuntime, ExecutionProviders = ["acl", "cpu"] });
        network.Run();
        Assert.Contains("acl", Assert.Single(network.Fallbacks), StringComparison.Ordinal);
        Assert.Equal("onnxruntime (CPU)", network.Backend);
    }

    [Fact]
    public void A_file_that_is_no_model_is_refused_in_one_sentence()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "broken.onnx");
        File.WriteAllText(path, "this is no model");
        EdgeException refused = Assert.Throws<EdgeException>(() => Networks.Load(path, OneThread));
        Assert.StartsWith($"ONNX Runtime cannot load {path}: ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Theory]
    [InlineData("nowhere/model.onnx", "There is no model nowhere/model.onnx.")]
    [InlineData("/tmp", "/tmp is a folder, not a model.")]
    public void A_path_without_a_model_is_refused_in_one_sentence(string path, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<EdgeException>(() => Networks.Load(path, OneThread)).Message);

    [SharedDataFact("models/mnist.onnx")]
    public void A_cut_off_model_is_refused_in_one_sentence()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "cut.onnx");
        File.WriteAllBytes(path, File.ReadAllBytes(Repository.Data("models/mnist.onnx"))[..20_000]);
        EdgeException refused = Assert.Throws<EdgeException>(() => Networks.Load(path, OneThread));
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
    }

    internal static void FillWithNoise(Span<float> values, int seed)
    {
        var random = new Random(seed);
        foreach (ref float value in values) value = random.NextSingle();
    }

    private static void DrawDigit(Span<float> picture, Func<int, int, bool> ink)
    {
        for (int y = 0; y < 28; y++)
        {
            for (int x = 0; x < 28; x++) picture[(y * 28) + x] = ink(x, y) ? 255 : 0;
        }
    }

    private static int Best(ReadOnlySpan<float> scores) => scores.ToArray().Index().MaxBy(score => score.Item).Index;
}
