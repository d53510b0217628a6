using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Quantization.Sensitivity;

namespace EdgeCnn.Quantization.Tests.Placement;

public class EqualizationTests
{
    private const int Channels = 16, Outputs = 24;

    [Theory]
    [InlineData("none")]
    [InlineData("relu")]
    [InlineData("leaky")]
    [InlineData("relu6")]
    public void Ranges_a_hundred_times_apart_are_evened_out_between_a_depthwise_convolution_and_the_next(string activation)
    {
        Graph graph = Spread(activation, spread: 100);
        double plain = Sqnr(graph, equalize: false), equalized = Sqnr(graph, equalize: true);
        // Half of the noise is left, or less.
        Assert.True(equalized > plain + 3 && equalized > 25, $"{activation}: {plain:0.0} dB became {equalized:0.0} dB");
    }

    [Fact]
    public void Ranges_that_are_alike_are_left_alone()
    {
        Graph graph = Spread("relu", spread: 1);
        Graph quantized = Quantized(graph, equalize: true);
        Assert.DoesNotContain(quantized.Constants.Keys, name => name.Contains("equalized", StringComparison.Ordinal));
        Assert.Equal(Sqnr(graph, equalize: false), Sqnr(graph, equalize: true));
    }

    [Fact]
    public void A_relu6_cuts_off_nothing_that_calibration_saw_and_it_did_not()
    {
        Graph graph = Spread("relu6", spread: 100);
        Graph quantized = Quantized(graph, equalize: true);
        float[] expected = Run(graph, 0, 8), actual = Run(quantized, 0, 8);
        // A channel that was cut would be wrong by far more than rounding is.
        float largest = expected.Max(Math.Abs);
        Assert.True(expected.Zip(actual, (x, y) => Math.Abs(x - y)).Max() < 0.1f * largest, $"of {largest}");
    }

    [Theory]
    [InlineData("none", QdqStyle.Lean, 3)]
    [InlineData("relu6", QdqStyle.Lean, 8)]
    [InlineData("relu", QdqStyle.Full, 3)]
    [InlineData("relu6", QdqStyle.Full, 20)]
    public void Equalising_is_not_taken_where_the_outputs_get_noisier(string activation, QdqStyle style, float spread)
    {
        Graph graph = Spread(activation, spread);
        QuantizationOptions options = new() { Style = style, Method = RangeMethod.MinMax, Threads = 1 };
        Quantizer plain = Calibrated(options with { Equalize = false }), chosen = Calibrated(options);
        OutputNoise noise = plain.Outputs(SmallNetwork.Noise(8));
        Assert.True(noise.ShareOf(chosen.Quantize().Graph) <= noise.ShareOf(plain.Quantize().Graph));

        Quantizer Calibrated(QuantizationOptions with) => Quantizer.Calibrate(graph, SmallNetwork.Noise(8), with);
    }

    [Fact]
    public void A_value_that_others_read_too_is_left_alone()
    {
        SmallNetwork net = new();
        string middle = Middle(net, "relu", 100);
        Graph graph = net.Build(net.Conv("last", middle, Outputs), net.Add("other", new GlobalAveragePool(), middle));
        Assert.Equal(Run(Quantized(graph, equalize: false), 8, 16), Run(Quantized(graph, equalize: true), 8, 16));
    }

    /// <summary>Outputs weigh all channels alike, so that the small ones count as much as the large ones.</summary>
    private static Graph Spread(string activation, float spread)
    {
        SmallNetwork net = new();
        string middle = Middle(net, activation, spread);
        Graph graph = net.Build(net.Conv("last", middle, Outputs));
        Span<float> weights = graph.Constants["last.w"].As<float>();
        for (int i = 0; i < weights.Length; i++) weights[i] /= Gain(i % Channels, spread);
        return graph;
    }

    private static string Middle(SmallNetwork net, string activation, float spread)
    {
        string wide = net.Add("first.relu", new Relu(), net.Conv("first", net.Input(), Channels));
        string depthwise = net.Depthwise("depthwise", wide);
        Span<float> weights = net.Builder.Constants["depthwise.w"].As<float>(), bias = net.Builder.Constants["depthwise.b"].As<float>();
        for (int i = 0; i < weights.Length; i++) weights[i] *= Gain(i / 9, spread);
        for (int i = 0; i < bias.Length; i++) bias[i] *= Gain(i, spread);
        return activation switch
        {
            "relu" => net.Add("activation", new Relu(), depthwise),
            "leaky" => net.Add("activation", new LeakyRelu(0.1f), depthwise),
            "relu6" => net.Add("activation", new Clip(0, 6), depthwise),
            _ => depthwise,
        };
    }

    /// <summary>From 1 down to 1 / spread, channel by channel.</summary>
    private static float Gain(int channel, float spread) => MathF.Pow(spread, -channel / (Channels - 1f));

    private static Graph Quantized(Graph graph, bool equalize)
    {
        QuantizationOptions options = new() { Method = RangeMethod.MinMax, Weights = WeightRange.Full, Equalize = equalize, Threads = 1 };
        return Quantizer.Calibrate(graph, SmallNetwork.Noise(8), options).Quantize().Graph;
    }

    private static double Sqnr(Graph graph, bool equalize)
    {
        float[] expected = Run(graph, 8, 16);
        TensorComparison comparison = new("output", new Shape(expected.Length));
        comparison.Add(expected, Run(Quantized(graph, equalize), 8, 16));
        return comparison.SqnrDecibels;
    }

    private static float[] Run(Graph graph, int from, int to)
    {
        using Network network = Network.Load(graph, new EngineOptions(1));
        CalibrationSet pictures = SmallNetwork.Noise(to);
        List<float> outputs = [];
        for (int i = from; i < to; i++)
        {
            pictures.Fill(i, network.Input<float>(0));
            network.Run();
            outputs.AddRange(network.Output<float>(0));
        }
        return [.. outputs];
    }
}
