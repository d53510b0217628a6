using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Models.Zoo;
using EdgeCnn.Training.Insight;

namespace EdgeCnn.Training.Tests.Insight;

public sealed class DeepDreamTests
{
    private const string Layer = "conv3_1/sum/relu";

    private static readonly Graph Network = Zoo.Build("resnet20", seed: 4);

    [Theory]
    [InlineData(null)]
    [InlineData(5)]
    public void A_dream_makes_its_layer_answer_more_and_stays_a_picture(int? channel)
    {
        Planes picture = Noise(48, 64);
        Dream dream = new(Layer, channel) { Octaves = 2, Steps = 6 };

        Planes dreamt = DeepDream.Run(Network, new Preprocessing(), picture, dream, threads: 2);

        Assert.Equal((3, 48, 64), (dreamt.Channels, dreamt.Height, dreamt.Width));
        Assert.All(dreamt.Values, level => Assert.InRange(level, 0, 255));
        (double before, double after) = (Answer(picture, channel), Answer(dreamt, channel));
        Assert.True(after > 1.2 * before, $"the layer answers {after:G4} after {before:G4}");
    }

    [Fact]
    public void The_same_seed_dreams_the_same_bits_with_any_number_of_threads()
    {
        Dream dream = new(Layer) { Octaves = 2, Steps = 3 };
        Assert.Equal(
            DeepDream.Run(Network, new Preprocessing(), Noise(32, 48), dream, threads: 1).Values,
            DeepDream.Run(Network, new Preprocessing(), Noise(32, 48), dream, threads: 2).Values);
    }

    [Fact]
    public void A_channel_that_there_is_not_is_refused() => Assert.Contains(
        "there is no channel 99",
        Assert.Throws<ModelException>(() => DeepDream.Run(Network, new Preprocessing(), Noise(32, 32), new Dream(Layer, 99))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_part_of_a_network_takes_images_of_another_size()
    {
        Graph graph = Zoo.Build("yolo_arena", seed: null, size: new ImageSize(256, 320));

        Graph cut = GraphCut.Upto(graph, ["neck2/leave/bn/silu"], new ImageSize(96, 160));

        Graph built = Zoo.Build("yolo_arena", seed: null, size: new ImageSize(96, 160));
        Assert.All(cut.Nodes, node => Assert.Equal(built.Values[node.Outputs[0]], cut.Values[node.Outputs[0]]));
        Assert.DoesNotContain(cut.Nodes, node => node.Name.StartsWith("head", StringComparison.Ordinal));
    }

    [Fact]
    public void A_part_of_a_network_has_no_dropout_and_refuses_what_only_fits_the_old_size()
    {
        Graph graph = Zoo.Build("alexnet", classes: 4, seed: null, size: 67);

        Assert.DoesNotContain(GraphCut.Upto(graph, graph.Outputs).Nodes, node => node.Operator is Dropout);
        Assert.ThrowsAny<ModelException>(() => GraphCut.Upto(graph, graph.Outputs, new ImageSize(99, 99)));
        Assert.Contains(
            "'nowhere'", Assert.Throws<ModelException>(() => GraphCut.Upto(graph, ["nowhere"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rolling_back_undoes_rolling_and_blurring_and_resizing_keep_what_is_even()
    {
        Planes picture = Noise(7, 11), even = new(2, 5, 9, [.. Enumerable.Repeat(3f, 90)]);

        Assert.Equal(picture.Values, picture.Rolled(3, -5).Rolled(-3, 5).Values);
        Assert.All(even.Blurred(1.5).Values, value => Assert.Equal(3, value, 1e-5));
        Assert.All(even.Resized(13, 4).Values, value => Assert.Equal(3, value, 1e-5));
    }

    private static double Answer(Planes picture, int? channel)
    {
        Graph cut = GraphCut.Upto(Network, [Layer], new ImageSize(picture.Height, picture.Width));
        using Network network = Engine.Network.Load(cut, new EngineOptions(1));
        Span<float> input = network.Input<float>(0);
        for (int i = 0; i < input.Length; i++) input[i] = picture.Values[i] / 255;
        network.Run();
        int places = (int)network.Outputs[0].Shape.CountBetween(2, 4);
        float[] values = network.Output<float>(0).ToArray();
        return channel is { } one ? values.Skip(one * places).Take(places).Average() : values.Average(value => (double)value * value);
    }

    private static Planes Noise(int height, int width)
    {
        Random64 random = new(9);
        Planes picture = new(3, height, width);
        foreach (ref float level in picture.Values.AsSpan()) level = 64 + 128 * random.Single();
        return picture;
    }
}
