using EdgeCnn.Models;
using EdgeCnn.Quantization.Placement;
using EdgeCnn.Quantization.Weights;

namespace EdgeCnn.Quantization.Tests.Weights;

public class OverflowGroupsTests
{
    [Fact]
    public void A_chain_of_four_is_the_same_pair_of_four_successive_fours() =>
        Assert.Equal(
            [[0, 1, 4, 5, 8, 9, 12, 13], [2, 3, 6, 7, 10, 11, 14, 15], [16, 17], [18, 19]],
            OverflowGroups.Of(Convolution(20, 1), WeightRange.Chain4));

    [Fact]
    public void Pairs_are_neighbouring_channels_of_one_tap()
    {
        Assert.Equal([[0, 1], [2, 3], [4, 5], [6, 7]], OverflowGroups.Of(Convolution(8, 1), WeightRange.Pair));
    }

    [Fact]
    public void A_chain_of_two_is_the_same_pair_of_two_successive_fours()
    {
        Assert.Equal([[0, 1, 4, 5], [2, 3, 6, 7], [8, 9], [10, 11]], OverflowGroups.Of(Convolution(12, 1), WeightRange.Chain2));
    }

    [Fact]
    public void Taps_do_not_mix_while_their_channels_are_even()
    {
        Assert.All(OverflowGroups.Of(Convolution(6, 3), WeightRange.Chain2), group => Assert.Single(group.Select(k => k / 6).Distinct()));
    }

    [Fact]
    public void An_odd_number_of_channels_is_paired_in_every_way()
    {
        int[][] groups = OverflowGroups.Of(Convolution(3, 3), WeightRange.Pair);
        for (int k = 0; k < 26; k++) Assert.Contains(groups, group => group.SequenceEqual([k, k + 1]));
    }

    [Fact]
    public void Depthwise_weights_and_full_range_are_free()
    {
        SmallNetwork net = new();
        Graph graph = net.Build(net.Depthwise("conv", net.Input(8)));
        Assert.Empty(OverflowGroups.Of(Product.Of(graph.Nodes[0], graph)!, WeightRange.Chain2));
        Assert.Empty(OverflowGroups.Of(Convolution(8, 1), WeightRange.Full));
    }

    [Theory]
    [InlineData(WeightRange.Pair)]
    [InlineData(WeightRange.Chain2)]
    [InlineData(WeightRange.Chain4)]
    public void A_quantised_network_keeps_to_them(WeightRange range)
    {
        SmallNetwork net = new(seed: 4);
        string relu = net.Add("relu", new Relu(), net.Conv("a", net.Input(), 16, 3));
        QuantizationOptions options = new() { Weights = range, Threads = 1 };
        Graph graph = Quantizer.Calibrate(net.Build(net.Conv("b", relu, 8, 3)), SmallNetwork.Noise(8), options).Quantize().Graph;
        sbyte[] integers = graph.Constants["b:weights:integers"].As<sbyte>().ToArray();
        Product product = Convolution(16, 3);
        for (int channel = 0; channel < 8; channel++)
        {
            foreach (int[] group in OverflowGroups.Of(product, range))
            {
                int[] values = [.. group.Select(k => (int)integers[product.Index(channel, k)])];
                Assert.InRange(255 * values.Where(value => value > 0).Sum(), 0, short.MaxValue);
                Assert.InRange(255 * values.Where(value => value < 0).Sum(), short.MinValue, 0);
            }
        }
    }

    private static Product Convolution(int depth, int kernel)
    {
        SmallNetwork net = new();
        Graph graph = net.Build(net.Conv("conv", net.Input(depth), 8, kernel));
        return Product.Of(graph.Nodes[0], graph)!;
    }
}
