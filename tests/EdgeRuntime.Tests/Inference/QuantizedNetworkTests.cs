using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Quantization;
using EdgeCnn.Quantization.Tests;

namespace EdgeCnn.EdgeRuntime.Tests.Inference;

/// <summary>What the quantiser writes, in the engine and in ONNX Runtime.</summary>
public sealed class QuantizedNetworkTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("silu", QdqStyle.Lean)]
    [InlineData("silu", QdqStyle.Full)]
    [InlineData("relu", QdqStyle.Lean)]
    [InlineData("relu", QdqStyle.Full)]
    [InlineData("none", QdqStyle.Lean)]
    [InlineData("residual", QdqStyle.Lean)]
    [InlineData("two readers", QdqStyle.Lean)]
    [InlineData("pooled", QdqStyle.Lean)]
    [InlineData("concat", QdqStyle.Lean)]
    [InlineData("concat", QdqStyle.Full)]
    [InlineData("scaled", QdqStyle.Lean)]
    public void Both_back_ends_compute_a_depthwise_network_alike(string before, QdqStyle style)
    {
        SmallNetwork net = new(seed: 3);
        string x = net.Add("x", new Relu(), net.Conv("a", net.Input(side: 12), 16, 3)), y = net.Conv("b", x, 16);
        string input = before switch
        {
            "silu" => net.Add("in", new Silu(), y),
            "relu" => net.Add("in", new Relu(), y),
            "residual" => net.Add("in", new Add(), x, y),
            "two readers" => net.Add("in", new Add(), net.Add("r", new Relu(), y), x),
            "pooled" => net.Add("in", new MaxPool([3, 3], [1, 1], [1, 1, 1, 1], [1, 1], false), y),
            "concat" => net.Add("in", new Concat(1), x, y),
            "scaled" =>
                net.Add("in", new Mul(), x, net.Add("gate", new Sigmoid(), net.Conv("g", net.Add("mean", new GlobalAveragePool(), x), 16))),
            _ => y,
        };
        string depthwise = net.Add("d.relu", new Relu(), net.Depthwise("d", input));
        string output = net.Conv("e", depthwise, 8);
        Graph graph = before == "two readers" ? net.Build(output, net.Conv("f", input, 4)) : net.Build(output);
        QuantizationOptions options = new() { Style = style, Threads = 1 };
        OnnxModel.Write(Quantizer.Calibrate(graph, SmallNetwork.Noise(8), options).Quantize().Graph, _path);
        // ONNX Runtime may round a tie to the other side, one unit of 8 bits here and there: far below what quantising itself costs.
        AssertAlike(35);
    }

    [Fact]
    public void Both_back_ends_compute_data_of_16_bits_alike()
    {
        SmallNetwork net = new(seed: 5);
        string x = net.Add("x", new Relu(), net.Conv("a", net.Input(side: 12), 16, 3));
        string y = net.Add("y", new Silu(), net.Conv("b", x, 24, 3));
        string sum = net.Add("sum", new Add(), y, net.Add("d.relu", new Relu(), net.Depthwise("d", y)));
        Graph graph = net.Build(net.Conv("e", sum, 8));
        Quantizer quantizer = Quantizer.Calibrate(graph, SmallNetwork.Noise(8), new QuantizationOptions { Threads = 1 });
        OnnxModel.Write(quantizer.Quantize(quantizer.Layers.ToDictionary(layer => layer, _ => LayerPrecision.Int16)).Graph, _path);
        AssertAlike(80);
    }

    /// <param name="least">Of the outputs' signal to noise ratio, in decibels.</param>
    private void AssertAlike(double least)
    {
        using INetwork ours = Networks.Load(_path, new InferenceOptions { Threads = 1 });
        using INetwork theirs = Networks.Load(_path, new InferenceOptions { Backend = InferenceOptions.OnnxRuntime, Threads = 1 });
        SmallNetwork.Noise(9).Fill(8, ours.Input(0));
        ours.Input(0).CopyTo(theirs.Input(0));
        ours.Run();
        theirs.Run();
        for (int i = 0; i < ours.Outputs.Count; i++)
        {
            TensorComparison comparison = new(ours.Outputs[i].Name, ours.Outputs[i].Shape);
            comparison.Add(theirs.Output(i), ours.Output(i));
            Assert.True(comparison.SqnrDecibels > least, $"{comparison.Name}: {comparison.SqnrDecibels} dB");
        }
    }
}
