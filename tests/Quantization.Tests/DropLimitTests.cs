using EdgeCnn.Models;
using EdgeCnn.Quantization.Sensitivity;

namespace EdgeCnn.Quantization.Tests;

public class DropLimitTests
{
    private static readonly LayerSensitivity[] Layers =
        [.. Enumerable.Range(0, 5).Select(i => new LayerSensitivity($"conv{i}", 0.2, 10 * (i + 1), 10))];

    [Fact]
    public void A_network_that_loses_little_is_taken_as_it_is()
    {
        LimitedNetwork network = DropLimit.Meet(Calibrated(), _ => 0.001, 0.01, () => throw new InvalidOperationException("not needed"));
        Assert.Equal((0.001, 5), (network.Drop, network.Network.IntegerLayers));
        Assert.Empty(network.Precisions);
    }

    [Fact]
    public void The_layer_that_costs_most_gets_finer_weights_then_16_bits_and_stays_float_at_last()
    {
        List<LayerPrecision> seen = [];
        LimitedNetwork network = DropLimit.Meet(
            Calibrated(), quantized => quantized.IntegerLayers == 5 ? 0.5 : 0.4 / seen.Count, 0.1, () => Layers,
            tried => seen.Add(tried.Precisions.GetValueOrDefault("conv0")));
        Assert.Equal([LayerPrecision.Int8, LayerPrecision.Int8Full, LayerPrecision.Int16], seen.Take(3));
        Assert.True(network.Drop <= 0.1 && network.Network.IntegerLayers < 5);
    }

    [Fact]
    public void What_cannot_be_met_gives_the_best_network_there_was()
    {
        double next = 0.5;
        LimitedNetwork network = DropLimit.Meet(Calibrated(), _ => next += next > 0.45 && next < 0.48 ? 0.2 : -0.01, 0.001, () => Layers);
        Assert.True(network.Drop > 0.001, "the limit cannot be met");
        Assert.True(network.Network.FloatLayers <= 3, "an 8-bit network stays one");
    }

    [Fact]
    public void Finer_layers_make_less_noise()
    {
        Graph graph = Chain();
        Quantizer quantizer = Calibrated();
        OutputNoise noise = quantizer.Outputs(SmallNetwork.Noise(4));
        double[] shares =
        [
            .. new[] { LayerPrecision.Int8, LayerPrecision.Int16, LayerPrecision.Float }
                .Select(precision => quantizer.Layers.ToDictionary(layer => layer, _ => precision))
                .Select(precisions => noise.ShareOf(quantizer.Quantize(precisions).Graph)),
        ];
        Assert.True(shares[0] > shares[1] && shares[1] > shares[2], string.Join(", ", shares));
        Assert.True(shares[2] < 1e-9, "what stays float computes what it did");
    }

    [Fact]
    public void The_sensitivity_of_a_layer_is_that_of_the_network_with_it_alone()
    {
        IReadOnlyList<LayerSensitivity> layers = SensitivityAnalysis.Of(Calibrated(), SmallNetwork.Noise(2));
        Assert.Equal(["conv0", "conv1", "conv2", "conv3", "conv4"], layers.Select(layer => layer.Layer));
        Assert.All(layers, layer => Assert.InRange(layer.AloneDecibels, 20, 80));
        Assert.Equal(1, layers.Sum(layer => layer.Share), 1e-9);
    }

    private static Quantizer Calibrated() => Quantizer.Calibrate(Chain(), SmallNetwork.Noise(4), new QuantizationOptions { Threads = 1 });

    private static Graph Chain()
    {
        SmallNetwork net = new();
        string x = net.Input();
        for (int i = 0; i < 5; i++) x = net.Add($"relu{i}", new Relu(), net.Conv($"conv{i}", x, 8, 3));
        return net.Build(x);
    }
}
