using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Tests;

namespace EdgeCnn.EdgeRuntime.Tests.Inference;

public sealed class NetworksTests
{
    [SharedDataTheory("models")]
    [InlineData("mnist.onnx")]
    [InlineData("nanodet_m.onnx")]
    [InlineData("resnet20.onnx")]
    [InlineData("ultraface.onnx")]
    [InlineData("yolov8n.onnx")]
    [InlineData("yolox_nano.onnx")]
    public void Both_back_ends_compute_the_same(string model)
    {
        string path = Repository.Data($"models/{model}");
        using INetwork engine = Networks.Load(path, new() { Threads = 1 });
        using INetwork reference = Networks.Load(path, new() { Backend = InferenceOptions.OnnxRuntime, Threads = 1 });
        Assert.Equal(reference.Inputs, engine.Inputs);
        Assert.Equal(reference.Outputs, engine.Outputs);
        OnnxRuntimeNetworkTests.FillWithNoise(engine.Input(0), seed: 5);
        engine.Input(0).CopyTo(reference.Input(0));
        engine.Run();
        reference.Run();
        for (int i = 0; i < engine.Outputs.Count; i++)
        {
            ReadOnlySpan<float> ours = engine.Output(i), theirs = reference.Output(i);
            float largest = 0, difference = 0;
            for (int k = 0; k < ours.Length; k++)
                (largest, difference) = (Math.Max(largest, Math.Abs(theirs[k])), Math.Max(difference, Math.Abs(ours[k] - theirs[k])));
            Assert.True(difference <= 1e-4f * Math.Max(1, largest), $"{engine.Outputs[i]}: {difference} apart, values up to {largest}");
        }
    }

    [SharedDataFact("models/mnist.onnx")]
    public void A_run_of_the_engine_allocates_nothing_managed()
    {
        using INetwork network = Networks.Load(Repository.Data("models/mnist.onnx"), new() { Threads = 1 });
        for (int i = 0; i < 10; i++) network.Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) network.Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [SharedDataFact("models/mnist.onnx")]
    public void Values_inside_a_model_can_be_read_in_onnx_runtime()
    {
        string path = Repository.Data("models/mnist.onnx");
        Graph graph = OnnxModel.Read(path);
        using INetwork network = Networks.LoadWithValues(
            path, new() { Backend = InferenceOptions.OnnxRuntime }, [.. graph.Values.Keys, "no such value"]);
        Assert.True(network.Outputs.Count > 5, $"{network.Outputs.Count} outputs");
        Assert.Equal(graph.Outputs[0], network.Outputs[0].Name);
        foreach (NamedValue value in network.Outputs)
        {
            if (graph.Values.TryGetValue(value.Name, out ValueInfo? known)) Assert.Equal(known.Shape, value.Shape);
        }
        network.Run();
    }

    [SharedDataFact("models/mnist.onnx")]
    public void A_model_that_nobody_can_load_is_refused_by_the_back_end_that_was_asked()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "broken.onnx");
        File.WriteAllText(path, "this is no model");
        Assert.Throws<ModelException>(() => Networks.Load(path, new() { Fallback = true }));
        Assert.Throws<EdgeException>(() => Networks.Load(path, new() { Backend = InferenceOptions.OnnxRuntime, Fallback = true }));
    }

    [Theory]
    [InlineData(ElementType.Float16)]
    [InlineData(ElementType.Float64)]
    [InlineData(ElementType.UInt8)]
    [InlineData(ElementType.Int8)]
    [InlineData(ElementType.UInt16)]
    [InlineData(ElementType.Int16)]
    [InlineData(ElementType.UInt32)]
    [InlineData(ElementType.Int32)]
    [InlineData(ElementType.UInt64)]
    [InlineData(ElementType.Int64)]
    public void Values_of_every_type_come_back_as_they_were(ElementType type)
    {
        float[] values = [0, 1, 2, 100, 127];
        byte[] elements = new byte[values.Length * type.Size()];
        FloatConversion.Store(values, type, elements);
        float[] back = new float[values.Length];
        FloatConversion.Load(elements, type, back);
        Assert.Equal(values, back);
    }

    [Fact]
    public void Integers_are_rounded_to_even_and_clamped()
    {
        float[] values = [-3, 0.5f, 1.5f, 254.6f, 300, float.NaN, float.PositiveInfinity];
        byte[] elements = new byte[values.Length];
        FloatConversion.Store(values, ElementType.UInt8, elements);
        Assert.Equal([0, 0, 2, 255, 255, 0, 255], elements);
    }
}
