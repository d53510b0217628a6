using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Tests;

namespace EdgeCnn.Engine.Tests;

public class RealNetworkTests
{
    /// <summary>
    /// ONNX's topology tests: constant weights, an input that rises from 0 to 1, and the output of ONNX's own reference evaluator.
    /// </summary>
    [SharedDataTheory("onnx-light")]
    [InlineData("bvlc_alexnet")]
    [InlineData("densenet121")]
    [InlineData("inception_v1")]
    [InlineData("inception_v2")]
    [InlineData("resnet50")]
    [InlineData("shufflenet")]
    [InlineData("squeezenet")]
    [InlineData("vgg19")]
    [InlineData("zfnet512")]
    public void A_known_topology_gives_its_published_output(string name)
    {
        using Network network = Network.Load(OnnxModel.Read(Repository.Data($"onnx-light/light_{name}.onnx")));
        Span<float> input = network.Input<float>(0);
        for (int i = 0; i < input.Length; i++) input[i] = (float)((double)i / input.Length);
        network.Run();
        TensorProto published = TensorProto.Parser.ParseFrom(File.ReadAllBytes(Repository.Data($"onnx-light/light_{name}_output_0.pb")));
        float[] expected = new TensorReader(new ExternalData(null)).Read(published).As<float>().ToArray();
        ReadOnlySpan<float> actual = network.Output<float>(0);
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= 1e-3f * Math.Abs(expected[i]) + 1e-7f,
                $"{name}: element {i} is {actual[i]:R} instead of {expected[i]:R}");
        }
    }

    [SharedDataTheory("models/yolox_nano.onnx", "models/nanodet_m.onnx", "models/resnet20.onnx")]
    [InlineData("yolox_nano")]
    [InlineData("nanodet_m")]
    [InlineData("resnet20")]
    public void A_network_gives_the_same_bits_with_any_number_of_threads_and_with_all_values_kept(string name)
    {
        Graph graph = OnnxModel.Read(Repository.Data($"models/{name}.onnx"));
        float[][]? expected = null;
        foreach (EngineOptions options in new[] { new EngineOptions(1), new EngineOptions(2), new EngineOptions(3, KeepAll: true) })
        {
            using Network network = Network.Load(graph, options);
            Random random = new(1);
            foreach (ref float value in network.Input<float>(0)) value = random.NextSingle();
            network.Run();
            float[][] actual = [.. network.Outputs.Select((_, i) => network.Output<float>(i).ToArray())];
            expected ??= actual;
            for (int i = 0; i < actual.Length; i++) Run.AssertSameBits(expected[i], actual[i], $"{name}, {options}, output {i}");
        }
    }
}
