using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Models.Zoo;
using ModelZoo = EdgeCnn.Models.Zoo.Zoo;

namespace EdgeCnn.Models.Tests.Zoo;

/// <summary>The networks of the zoo against what their papers, Caffe's model zoo, Keras and torchvision print about them.</summary>
public class ZooTests
{
    /// <summary>
    /// What the published counts of the anchor-free family include and nothing learns: 0, 1 ... 15, by which distances are averaged.
    /// </summary>
    private const int FixedProjection = 16;

    /// <summary>
    /// By hand, with c = 16: 3x3 convolutions 3-c-c, then c-2c-2c to 16c on the way down (9 (2 + 4) (1 + 4 + 16 + 64) c^2), up-convolutions
    /// 2c-c to 16c-8c (4 * 2 (1 + 4 + 16 + 64) c^2 and biases), and 2c-c-c to 16c-8c-8c on the way up (9 * 3 * 85 c^2); two values of batch
    /// normalisation for each of the 2 (1 + 2 + 4 + 8 + 16 + 8 + 4 + 2 + 1) c channels; two classes.
    /// </summary>
    private const int UNet =
        9 * (3 * 16 + 16 * 16) + 9 * 6 * 85 * 256 + 4 * 2 * 85 * 256 + 15 * 16 + 9 * 3 * 85 * 256 + 4 * 46 * 16 + (16 + 1) * 2;

    public static TheoryData<string> Names => [.. ModelZoo.Names];

    [Theory]
    [InlineData("mlp", 266_610)]
    [InlineData("lenet5", 61_706)]
    [InlineData("alexnet", 60_965_224)]
    [InlineData("alexnet_one_tower", 61_100_840)]
    [InlineData("vgg16", 138_357_544)]
    [InlineData("vgg19", 143_667_240)]
    [InlineData("googlenet", 6_998_552)]
    [InlineData("googlenet_bn", 6_624_904)]
    [InlineData("inception_v3", 23_834_568)]
    [InlineData("resnet18", 11_689_512)]
    [InlineData("resnet34", 21_797_672)]
    [InlineData("resnet50", 25_557_032)]
    [InlineData("resnet101", 44_549_160)]
    [InlineData("resnet8", 75_290)]
    [InlineData("resnet20", 269_722)]
    [InlineData("resnet56", 853_018)]
    [InlineData("squeezenet", 1_248_424)]
    [InlineData("mobilenet_v1", 4_231_976)]
    [InlineData("mobilenet_v2", 3_504_872)]
    [InlineData("fcn_resnet18", 11_176_512 + (512 + 256 + 128 + 3) * 21 + 2 * 4 * 4 * 21 * 21)]
    [InlineData("fcn_resnet50", 23_508_032 + 9 * 2048 * 512 + 2 * 512 + (512 + 1) * 21)]
    [InlineData("unet", UNet)]
    [InlineData("yolo_tiny", 8_852_366)]
    [InlineData("yolo_edge_n", 3_157_200 - FixedProjection)]
    [InlineData("yolo_edge_s", 11_166_560 - FixedProjection)]
    [InlineData("yolo_edge_m", 25_902_640 - FixedProjection)]
    [InlineData("yolo_arena", 457_212)]
    public void Parameters_are_as_many_as_published(string name, long parameters) => Assert.Equal(parameters, Figures(name).Parameters);

    [Theory]
    [InlineData("googlenet", 13_378_280)]
    [InlineData("googlenet_bn", 13_004_888)]
    [InlineData("inception_v3", 27_161_264)]
    [InlineData("fcn_resnet50", 35_322_218)]
    public void Auxiliary_classifiers_add_outputs_and_as_many_parameters_as_published(string name, long parameters)
    {
        Graph graph = ModelZoo.Build(name, seed: null, auxiliary: true);

        Assert.Equal(name.StartsWith("googlenet", StringComparison.Ordinal) ? 3 : 2, graph.Outputs.Length);
        Assert.All(graph.Outputs, output => Assert.Equal(graph.Values[graph.Outputs[0]].Shape, graph.Values[output].Shape));
        Assert.Equal(parameters, GraphSummary.Of(graph).Parameters);
    }

    [Theory]
    [InlineData("vgg16", 15.47)]
    [InlineData("vgg19", 19.63)]
    [InlineData("alexnet", 0.724)]
    [InlineData("alexnet_one_tower", 0.714)]
    [InlineData("resnet18", 1.814)]
    [InlineData("resnet34", 3.664)]
    [InlineData("resnet50", 3.858)]
    [InlineData("resnet101", 7.570)]
    [InlineData("inception_v3", 5.713)]
    [InlineData("mobilenet_v1", 0.569)]
    [InlineData("mobilenet_v2", 0.301)]
    [InlineData("squeezenet", 0.818)]
    [InlineData("yolo_tiny", 2.78)]
    [InlineData("yolo_edge_n", 4.35)]
    [InlineData("yolo_edge_s", 14.3)]
    [InlineData("yolo_edge_m", 39.45)]
    public void Multiply_adds_are_as_many_as_published(string name, double billions) =>
        Assert.Equal(billions, Figures(name).MultiplyAdds / 1e9, 0.005 * billions);

    [Fact]
    public void Vgg16_shows_the_table_that_everyone_teaches()
    {
        LayerSummary[] layers = [.. Figures("vgg16").Layers.Where(layer => layer.Parameters > 0)];

        Assert.Equal(
            [
                "3x3x3x64 + 64", "3x3x64x64 + 64", "3x3x64x128 + 128", "3x3x128x128 + 128", "3x3x128x256 + 256", "3x3x256x256 + 256",
                "3x3x256x256 + 256", "3x3x256x512 + 512", "3x3x512x512 + 512", "3x3x512x512 + 512", "3x3x512x512 + 512",
                "3x3x512x512 + 512",
                "3x3x512x512 + 512", "25088x4096 + 4096", "4096x4096 + 4096", "4096x1000 + 1000",
            ],
            layers.Select(layer => layer.Product));
        Assert.Equal(
            [1_728L, 36_864, 73_728, 147_456, 102_760_448, 16_777_216, 4_096_000],
            new[] { 0, 1, 2, 3, 13, 14, 15 }.Select(i => layers[i].Parameters - layers[i].OutputShape[1]));
        Assert.Equal(224 * 224 * 64 * 4, layers[0].ActivationBytes);
    }

    /// <summary>
    /// Araujo, Norris, Sim 2019 for the convolutions; VGG's 404 behind fc6 is the field of FCN-32s (Long, Shelhamer, Darrell 2015).
    /// </summary>
    [Theory]
    [InlineData("alexnet", "pool5", 195)]
    [InlineData("vgg16", "conv1_2", 5)]
    [InlineData("vgg16", "pool5", 212)]
    [InlineData("vgg16", "fc6", 404)]
    [InlineData("resnet50", "conv5_3/sum", 483)]
    [InlineData("resnet101", "conv5_3/sum", 1027)]
    [InlineData("inception_v3", "mixed11", 1311)]
    [InlineData("mobilenet_v1", "conv14/pw", 315)]
    [InlineData("lenet5", "s4", 16)]
    [InlineData("lenet5", "c5", 32)]
    public void Receptive_fields_are_those_of_the_literature(string name, string layer, int field) =>
        Assert.Equal(field, Figures(name).Layers.Single(found => found.Name == layer).ReceptiveField);

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_layer_sees_at_least_what_one_before_it_saw(string name)
    {
        GraphSummary figures = Figures(name);
        if (name == "mlp") return; // Its field is the image from the first layer on.
        Assert.All(figures.Layers, layer => Assert.True(layer.ReceptiveField >= 1, layer.Name));
        Assert.Equal(figures.Layers.Max(layer => layer.ReceptiveField), figures.Layers[^1].ReceptiveField);
    }

    [Theory]
    [InlineData("lenet5", 10, 32)]
    [InlineData("resnet20", 7, 32)]
    [InlineData("squeezenet", 3, 65)]
    [InlineData("mobilenet_v2", 5, 64)]
    [InlineData("googlenet", 4, 96)]
    [InlineData("yolo_arena", 4, 64)]
    [InlineData("unet", 4, 48)]
    [InlineData("fcn_resnet18", 4, 70)]
    [InlineData("fcn_resnet50", 4, 33)]
    [InlineData("yolo_tiny", 4, 64)]
    [InlineData("yolo_edge_n", 4, 32)]
    public void What_is_written_is_read_again(string name, int classes, int size)
    {
        Graph graph = ModelZoo.Build(name, classes, seed: 3, size);
        using MemoryStream file = new();
        OnnxModel.Write(graph, file);
        file.Position = 0;

        Graph read = OnnxModel.Read(file);

        Assert.Equal(graph.Nodes.Select(GraphEquality.Describe), read.Nodes.Select(GraphEquality.Describe));
        Assert.Equal(graph.Constants.Keys.Order(), read.Constants.Keys.Order());
        Assert.All(graph.Constants, constant =>
            Assert.True(constant.Value.Bytes.SequenceEqual(read.Constants[constant.Key].Bytes), constant.Key));
        Assert.Equal(graph.Values[graph.Outputs[0]].Shape, read.Values[read.Outputs[0]].Shape);
        Assert.Equal(graph.Metadata, read.Metadata);
    }

    [Theory]
    [InlineData("yolo_arena", 8, "8 16 32")]
    [InlineData("yolo_edge_n", 16, "8 16 32")]
    [InlineData("yolo_tiny", 0, "16 32")]
    public void A_detector_gives_a_raw_map_for_each_stride(string name, int bins, string strides)
    {
        Graph graph = ModelZoo.Build(name, classes: 5, seed: null, size: new ImageSize(Height: 96, Width: 160));

        int channels = bins > 0 ? (4 * bins) + 5 : 3 * (5 + 5);
        Assert.Equal(
            strides.Split(' ').Select(int.Parse).Select(stride => $"1x{channels}x{96 / stride}x{160 / stride}"),
            graph.Outputs.Select(output => graph.Values[output].Shape.ToString()));
    }

    [Theory]
    [InlineData("yolo_arena", HeadLayout.Distribution, "class_0")]
    [InlineData("yolo_tiny", HeadLayout.AnchorMaps, "class_0")]
    public void A_detector_says_in_its_file_how_it_is_read(string name, HeadLayout layout, string label)
    {
        using MemoryStream file = new();
        OnnxModel.Write(ModelZoo.Build(name, classes: 4, size: new ImageSize(64, 96)), file);
        file.Position = 0;
        Graph read = OnnxModel.Read(file);
        NamedValue[] Named(IEnumerable<string> names) =>
            [.. names.Select(value => new NamedValue(value, read.Values[value].Type, read.Values[value].Shape))];

        ModelTask task = ModelTask.Resolve(Named(read.Inputs), Named(read.Outputs), read.Metadata);

        Assert.Empty(task.Assumptions);
        Assert.Equal((TaskKind.Detect, layout, 4, label), (task.Kind, task.Layout, task.Labels.Count, task.Labels[0]));
        Assert.Equal((ResizePolicy.Letterbox, 1f / 255), (task.Preprocessing.Resize, task.Preprocessing.Scale));
    }

    [Fact]
    public void A_detector_expects_five_objects_at_each_stride_before_it_has_learned_anything()
    {
        Graph graph = ModelZoo.Build("yolo_arena");
        foreach ((string head, int cells) in new[] { ("head8", 32 * 40), ("head16", 16 * 20), ("head32", 8 * 10) })
        {
            float[] scores = graph.Constants[$"{head}/scores.bias"].As<float>().ToArray();
            Assert.Equal(5, cells * scores.Sum(bias => 1 / (1 + Math.Exp(-bias))), 1e-3);
        }
    }

    /// <summary>
    /// The values were computed apart from this code, with Python's integers and floats, from SplitMix64's and FNV-1a's definitions.
    /// </summary>
    [Fact]
    public void A_seed_gives_the_same_bits_on_every_machine()
    {
        Graph graph = ModelZoo.Build("resnet20", seed: 7);

        ReadOnlySpan<float> weights = graph.Constants["conv1.weight"].As<float>();
        Assert.Equal(Expected, weights[..4].ToArray().Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Another_number_of_classes_leaves_all_other_layers_as_they_were_and_another_seed_none()
    {
        Graph ten = ModelZoo.Build("lenet5", 10), three = ModelZoo.Build("lenet5", 3), other = ModelZoo.Build("lenet5", 10, seed: 2);

        Assert.All(ten.Constants.Where(constant => !constant.Key.StartsWith("scores", StringComparison.Ordinal)), constant =>
            Assert.True(constant.Value.Bytes.SequenceEqual(three.Constants[constant.Key].Bytes), constant.Key));
        Assert.All(ten.Constants.Where(constant => constant.Key.EndsWith("weight", StringComparison.Ordinal)), constant =>
            Assert.False(constant.Value.Bytes.SequenceEqual(other.Constants[constant.Key].Bytes), constant.Key));
    }

    [Fact]
    public void Weights_have_the_variance_that_keeps_signals_alive()
    {
        Graph graph = ModelZoo.Build("resnet56");

        Assert.Equal(2.0 / (64 * 9), Variance(graph.Constants["conv4_2/a.weight"]), 0.05 * 2 / (64 * 9)); // He: 2 / fan-in
        Assert.Equal(2.0 / (64 + 10), Variance(graph.Constants["scores.weight"]), 0.15 * 2 / (64 + 10)); // Glorot: 2 / (fan-in + fan-out)
    }

    [Theory]
    [InlineData("vgg16", 10, 20)]
    [InlineData("alexnet", 10, 8)]
    [InlineData("vgg16", 0, 224)]
    [InlineData("vgg16", 1_000_000, 224)]
    [InlineData("vgg16", 10, 0)]
    [InlineData("yolo_arena", 4, 100)]
    [InlineData("unet", 2, 100)]
    [InlineData("lenet5", 10, 100_000)]
    public void What_cannot_be_built_is_refused_in_one_sentence_that_names_the_network(string name, int classes, int size)
    {
        ModelException refusal = Assert.ThrowsAny<ModelException>(() => ModelZoo.Build(name, classes, null, size));

        Assert.StartsWith(name, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_name_is_answered_with_the_known_ones() =>
        Assert.Contains("vgg16, vgg19", Assert.Throws<ModelException>(() => ModelZoo.Build("vgg17")).Message, StringComparison.Ordinal);

    private static readonly int[] Expected = [-1142273965, -1098653190, -1101657668, -1095069015];

    private static GraphSummary Figures(string name) => GraphSummary.Of(ModelZoo.Build(name, seed: null));

    private static double Variance(Tensor tensor) => tensor.ToDoubles().Average(value => value * value);
}
