using System.IO.Compression;
using EdgeCnn.Models.Onnx;

namespace EdgeCnn.Models.Tests.Onnx;

/// <summary>Weights stay in the file while its messages are parsed, and are read from there.</summary>
public sealed class RawWeightsTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"edgecnn-test-{Guid.NewGuid():N}.onnx");

    public void Dispose() => File.Delete(_path);

    /// <summary>
    /// One tensor of several chunks that are read side by side, one of some bytes, one so small that it stays in its message.
    /// </summary>
    private static ModelFile Large()
    {
        float[] values = [.. Enumerable.Range(0, 3_000_001).Select(i => i * 0.25f)];
        return new ModelFile(13)
            .Input("x", 1, 100)
            .Floats("large", values)
            .Floats("middle", values[..100])
            .Floats("small", 2)
            .Node("Mul", "x middle", "scaled")
            .Node("Mul", "scaled small", "doubled")
            .Node("ReduceMax", "large", "most", Attributes.Int("keepdims", 0))
            .Node("Add", "doubled most", "y")
            .Output("y");
    }

    [Fact]
    public void Weights_are_read_from_a_file_and_from_any_stream()
    {
        byte[] bytes = Large().Bytes();
        File.WriteAllBytes(_path, bytes);
        using MemoryStream packed = new();
        using (GZipStream writer = new(packed, CompressionMode.Compress, leaveOpen: true)) writer.Write(bytes);
        packed.Position = 0;
        using GZipStream unpacked = new(packed, CompressionMode.Decompress);

        Graph[] graphs = [OnnxModel.Read(_path), OnnxModel.Read(new MemoryStream(bytes)), OnnxModel.Read(unpacked)];

        foreach (Graph graph in graphs)
        {
            ReadOnlySpan<float> large = graph.Constants["large"].As<float>();
            Assert.Equal(3_000_001, large.Length);
            for (int i = 0; i < large.Length; i++)
            {
                if (large[i] != i * 0.25f) Assert.Fail($"value {i} is {large[i]}");
            }
            Assert.Equal(99 * 0.25f, graph.Constants["middle"].As<float>()[99]);
            Assert.Equal(2, graph.Constants["small"].As<float>()[0]);
        }
    }

    [Fact]
    public void The_messages_are_parsed_without_the_weights()
    {
        (ModelProto model, _) = RawWeights.LeaveOut(new MemoryStream(Large().Bytes()));

        Assert.Equal([true, true, false], model.Graph.Initializer.Select(tensor => tensor.HasWeightIndex));
        Assert.Equal([false, false, true], model.Graph.Initializer.Select(tensor => tensor.HasRawData));
        Assert.InRange(model.CalculateSize(), 1, 2000);
    }

    [Fact]
    public void A_file_that_names_weights_of_its_own_is_refused()
    {
        ModelFile file = Large();
        file.Graph.Initializer[1].ClearRawData();
        foreach (long index in new[] { 0, 1, 77, -1, long.MinValue })
        {
            file.Graph.Initializer[1].WeightIndex = index;
            Assert.Contains("'middle' (Float32 100) needs 400 bytes", Assert.Throws<ModelException>(() => file.Read()).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_length_beyond_the_end_is_left_to_the_parser()
    {
        byte[] bytes = Large().Bytes();
        Assert.Contains("damaged", Assert.Throws<ModelException>(() => OnnxModel.Read(new MemoryStream(bytes[..^10]))).Message,
            StringComparison.Ordinal);
        Assert.Contains("damaged", Assert.Throws<ModelException>(() => OnnxModel.Read(new MemoryStream(bytes[..4000]))).Message,
            StringComparison.Ordinal);
    }
}
