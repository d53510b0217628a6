using EdgeCnn.Engine;
using EdgeCnn.Models;

namespace EdgeCnn.Quantization.Tests;

public class QuantizerTests
{
    [Theory]
    [InlineData(RangeMethod.Percentile, WeightRange.Pair, QdqStyle.Lean)]
    [InlineData(RangeMethod.MinMax, WeightRange.Full, QdqStyle.Lean)]
    [InlineData(RangeMethod.Mse, WeightRange.Chain2, QdqStyle.Lean)]
    [InlineData(RangeMethod.Entropy, WeightRange.Pair, QdqStyle.Full)]
    public void A_quantised_network_computes_what_the_float_one_does(RangeMethod method, WeightRange weights, QdqStyle style)
    {
        Graph graph = Network();
        QuantizationOptions options = new() { Method = method, Weights = weights, Style = style, Threads = 1 };
        QuantizedNetwork quantized = Quantizer.Calibrate(graph, SmallNetwork.Noise(8), options).Quantize();
        Assert.Equal((6, 0, 1.0), (quantized.IntegerLayers, quantized.FloatLayers, quantized.IntegerShare));
        double sqnr = Sqnr(graph, quantized.Graph);
        Assert.True(sqnr > (style == QdqStyle.Full ? 20 : 25), $"{sqnr} dB");
    }

    [Fact]
    public void Channels_of_very_different_ranges_survive_in_front_of_a_depthwise_convolution()
    {
        SmallNetwork net = new();
        string wide = net.Conv("a", net.Input(), 8);
        Tensor weights = net.Builder.Constants["a.w"];
        // One channel is a thousand times the others; with one scale for all they would be nothing but noise.
        for (int i = 0; i < 3; i++) weights.As<float>()[i] *= 1000;
        Graph graph = net.Build(net.Depthwise("b", net.Add("x", new Relu(), wide)));
        QuantizationOptions options = new() { Method = RangeMethod.MinMax, Threads = 1 };
        Graph quantized = Quantizer.Calibrate(graph, SmallNetwork.Noise(8), options).Quantize().Graph;
        (float[] expected, float[] actual) = (Run(graph), Run(quantized));
        int area = expected.Length / 8;
        for (int channel = 1; channel < 8; channel++)
        {
            TensorComparison comparison = new("channel", new Shape(area));
            comparison.Add(expected.AsSpan(channel * area, area), actual.AsSpan(channel * area, area));
            Assert.True(comparison.SqnrDecibels > 20, $"channel {channel}: {comparison.SqnrDecibels} dB");
        }
    }

    [Fact]
    public void A_model_that_is_quantised_already_is_refused()
    {
        Graph once = Quantizer.Calibrate(Network(), SmallNetwork.Noise(2), new QuantizationOptions { Threads = 1 }).Quantize().Graph;
        ModelException refusal = Refusal(once, SmallNetwork.Noise(2), new QuantizationOptions());
        Assert.Contains("quantised already", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_to_keep_that_is_not_there_is_named()
    {
        QuantizationOptions options = new() { Keep = new HashSet<string> { "nowhere" } };
        ModelException refusal = Refusal(Network(), SmallNetwork.Noise(2), options);
        Assert.Contains("no node 'nowhere'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_with_nothing_to_quantise_is_refused()
    {
        SmallNetwork net = new();
        Graph graph = net.Build(net.Add("only", new Relu(), net.Input()));
        ModelException refusal = Refusal(graph, SmallNetwork.Noise(2), new QuantizationOptions());
        Assert.Contains("Nothing in the model can be quantised", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_that_makes_the_network_overflow_is_refused_by_the_value_that_does()
    {
        CalibrationSet huge = new(1, (_, input) => input.Fill(1e38f));
        ModelException refusal = Refusal(Network(), huge, new QuantizationOptions { Threads = 1 });
        Assert.Contains("becomes infinite or no number", refusal.Message, StringComparison.Ordinal);
    }

    private static ModelException Refusal(Graph graph, CalibrationSet pictures, QuantizationOptions options) =>
        Assert.Throws<ModelException>(() => Quantizer.Calibrate(graph, pictures, options));

    /// <summary>
    /// Convolutions with BatchNormalization and SiLU, a residual, a depthwise convolution, a concat, a pooling, a matrix product.
    /// </summary>
    private static Graph Network()
    {
        SmallNetwork net = new();
        string a = net.Add("a.silu", new Silu(), net.Normalize("a.norm", net.Conv("a", net.Input(), 16, 3)));
        string b = net.Add("b.silu", new Silu(), net.Conv("b", a, 16));
        string c = net.Add("sum", new Add(), a, net.Add("c.silu", new Silu(), net.Depthwise("c", b)));
        string d = net.Add("d.relu", new Relu(), net.Conv("d", c, 8));
        string concat = net.Add("concat", new Concat(1), c, d);
        string e = net.Add("e.clip", new Clip(0, 6), net.Conv("e", concat, 12, 3));
        string flat = net.Add("flat", new Reshape(new Shape(1, 12)), net.Add("pool", new GlobalAveragePool(), e));
        string product = net.Add("product", new MatMul(), flat, net.Builder.Constant("product.w", net.Random(new Shape(12, 10), 0.3f)));
        return net.Build(net.Add("scores", new Add(), product, net.Builder.Constant("product.b", net.Random(new Shape(1, 10), 0.1f))));
    }

    private static double Sqnr(Graph reference, Graph actual)
    {
        (float[] expected, float[] got) = (Run(reference), Run(actual));
        TensorComparison comparison = new("output", new Shape(expected.Length));
        comparison.Add(expected, got);
        return comparison.SqnrDecibels;
    }

    private static float[] Run(Graph graph)
    {
        using Network network = EdgeCnn.Engine.Network.Load(graph, new EngineOptions(1));
        // Pictures that calibration did not see.
        List<float> outputs = [];
        CalibrationSet pictures = SmallNetwork.Noise(16);
        for (int i = 8; i < 16; i++)
        {
            pictures.Fill(i, network.Input<float>(0));
            network.Run();
            outputs.AddRange(network.Output<float>(0));
        }
        return [.. outputs];
    }
}
