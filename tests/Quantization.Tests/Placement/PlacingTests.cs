using EdgeCnn.Models;
using EdgeCnn.Quantization.Placement;

namespace EdgeCnn.Quantization.Tests.Placement;

public class PlacingTests
{
    [Fact]
    public void Nothing_is_quantised_between_a_convolution_and_its_activation()
    {
        SmallNetwork net = new();
        string a = net.Conv("a", net.Input(), 8), silu = net.Add("silu", new Silu(), a);
        QdqPlacement placement = Place(net.Build(net.Conv("b", silu, 4)));
        Assert.Equal(["picture", "silu"], placement.Values.Keys.Order());
        Assert.Equal(2, placement.Products.Count);
    }

    [Fact]
    public void In_the_full_style_only_a_relu_is_spared()
    {
        SmallNetwork net = new();
        string relu = net.Add("relu", new Relu(), net.Conv("a", net.Input(), 8));
        string silu = net.Add("silu", new Silu(), net.Conv("b", relu, 8));
        Graph graph = Gates.Expand(net.Build(net.Conv("c", silu, 4)));
        QdqPlacement placement = Placing.Of(graph, QdqStyle.Full, new HashSet<string>());
        Assert.Equal(["b", "c", "picture", "relu", "silu", "silu:sigmoid"], placement.Values.Keys.Order());
    }

    [Fact]
    public void A_residual_is_added_to_the_sums_of_the_convolution_before_it()
    {
        SmallNetwork net = new();
        string x = net.Add("relu", new Relu(), net.Conv("a", net.Input(), 8));
        string sum = net.Add("sum", new Add(), x, net.Conv("b", x, 8));
        string after = net.Add("after", new Relu(), sum);
        QdqPlacement placement = Place(net.Build(net.Conv("c", after, 4)));
        Assert.Equal(["after", "picture", "relu"], placement.Values.Keys.Order());
        Assert.Equal(Reading.PerTensor, placement.Readings[("sum", 0)]);
        Assert.False(placement.Readings.ContainsKey(("sum", 1)));
    }

    [Fact]
    public void Of_two_convolutions_that_are_added_one_becomes_8_bits()
    {
        SmallNetwork net = new();
        string x = net.Input();
        string sum = net.Add("sum", new Add(), net.Conv("a", x, 8), net.Conv("b", x, 8));
        QdqPlacement placement = Place(net.Build(net.Conv("c", sum, 4)));
        Assert.Equal(["a", "picture", "sum"], placement.Values.Keys.Order());
    }

    [Fact]
    public void Everything_around_a_concat_shares_one_scale()
    {
        SmallNetwork net = new();
        string x = net.Add("x", new Relu(), net.Conv("a", net.Input(), 8));
        string y = net.Add("y", new Relu(), net.Conv("b", x, 8));
        string pooled = net.Add("pooled", new MaxPool([3, 3], [1, 1], [1, 1, 1, 1], [1, 1], false), y);
        string concat = net.Add("concat", new Concat(1), x, pooled);
        QdqPlacement placement = Place(net.Build(net.Conv("c", concat, 4)));
        Assert.Single(new[] { "x", "y", "pooled", "concat" }.Select(name => placement.Values[name].Group).Distinct());
        Assert.NotEqual(placement.Values["x"].Group, placement.Values["picture"].Group);
        Assert.Equal(["concat", "pooled"], placement.Values.Values.Where(value => value.Carried).Select(value => value.Name).Order());
    }

    [Fact]
    public void What_only_depthwise_convolutions_read_has_a_scale_for_each_channel()
    {
        SmallNetwork net = new();
        string x = net.Add("x", new Relu(), net.Conv("a", net.Input(), 8));
        QdqPlacement placement = Place(net.Build(net.Depthwise("b", x)));
        Assert.Equal((true, false), (placement.Values["x"].PerChannel, placement.Values["x"].PerTensor));
        Assert.Equal(Reading.PerChannel, placement.Readings[("b", 0)]);
    }

    [Fact]
    public void What_others_read_too_is_quantised_twice()
    {
        SmallNetwork net = new();
        string x = net.Add("x", new Relu(), net.Conv("a", net.Input(), 8));
        QdqPlacement placement = Place(net.Build(net.Depthwise("b", x), net.Conv("c", x, 4)));
        Assert.Equal((true, true), (placement.Values["x"].PerChannel, placement.Values["x"].PerTensor));
    }

    [Fact]
    public void Boxes_and_scores_are_joined_as_floats()
    {
        SmallNetwork net = new();
        string x = net.Add("x", new Relu(), net.Conv("a", net.Input(), 8));
        string head = net.Add("head", new Concat(1), net.Conv("box", x, 4), net.Add("score", new Sigmoid(), net.Conv("class", x, 4)));
        QdqPlacement placement = Place(net.Build(head));
        Assert.Equal(["picture", "x"], placement.Values.Keys.Order());
        Assert.Equal(3, placement.Products.Count);
    }

    [Fact]
    public void The_mean_of_a_softmax_over_bins_stays_float()
    {
        SmallNetwork net = new();
        string bins = net.Add("bins", new Softmax(1), net.Conv("box", net.Input(), 16));
        QdqPlacement placement = Place(net.Build(net.Conv("mean", bins, 1)));
        Assert.Equal(["picture"], placement.Values.Keys);
        Assert.Equal("mean", Assert.Single(placement.Kept).Node.Name);
    }

    [Fact]
    public void A_node_that_is_to_be_kept_reads_and_writes_floats()
    {
        SmallNetwork net = new();
        string x = net.Add("x", new Relu(), net.Conv("a", net.Input(), 8));
        string b = net.Conv("b", x, 8);
        QdqPlacement placement = Placing.Of(net.Build(net.Conv("c", b, 4)), QdqStyle.Lean, new HashSet<string> { "b" });
        Assert.Equal(["b", "picture"], placement.Values.Keys.Order());
        Assert.Equal(["a", "c"], placement.Products.Select(product => product.Node.Name));
    }

    private static QdqPlacement Place(Graph graph) => Placing.Of(Folding.Apply(graph), QdqStyle.Lean, new HashSet<string>());
}
