using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Zoo;

namespace EdgeCnn.EdgeRuntime.Tests.Inference;

/// <summary>Exported networks of the zoo: ONNX Runtime loads them, and computes what the engine computes.</summary>
public sealed class ZooTests : IDisposable
{
    private readonly string _path = Path.Join(Path.GetTempPath(), $"edgecnn-zoo-{Guid.NewGuid():N}.onnx");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("mlp", 28)]
    [InlineData("lenet5", 32)]
    [InlineData("alexnet", 67)]
    [InlineData("vgg16", 32)]
    [InlineData("googlenet", 97)]
    [InlineData("inception_v3", 107)]
    [InlineData("resnet50", 33)]
    [InlineData("resnet20", 32)]
    [InlineData("squeezenet", 65)]
    [InlineData("mobilenet_v1", 64)]
    [InlineData("mobilenet_v2", 65)]
    [InlineData("fcn_resnet18", 70)]
    [InlineData("fcn_resnet50", 33)]
    [InlineData("unet", 48)]
    [InlineData("yolo_tiny", 64)]
    [InlineData("yolo_edge_n", 64)]
    [InlineData("yolo_arena", 96)]
    public void Engine_and_ONNX_Runtime_agree_on_an_export(string name, int size)
    {
        OnnxModel.Write(Zoo.Build(name, classes: 7, seed: 5, size), _path);
        using INetwork engine = Networks.Load(_path, new InferenceOptions { Backend = InferenceOptions.Engine, Threads = 2 });
        using INetwork reference = Networks.Load(_path, new InferenceOptions { Backend = InferenceOptions.OnnxRuntime, Threads = 2 });
        Random random = new(11);
        Span<float> image = engine.Input(0);
        foreach (ref float value in image) value = random.NextSingle() - 0.5f;
        image.CopyTo(reference.Input(0));

        engine.Run();
        reference.Run();

        Assert.Equal(reference.Outputs, engine.Outputs);
        for (int output = 0; output < engine.Outputs.Count; output++)
        {
            float[] actual = engine.Output(output).ToArray(), expected = reference.Output(output).ToArray();
            double largest = expected.Max(Math.Abs);
            Assert.True(largest > 1e-3, $"{name}: the scores have died, the largest is {largest:G3}");
            for (int i = 0; i < actual.Length; i++) Assert.Equal(expected[i], actual[i], 1e-4 * largest);
        }
    }
}
