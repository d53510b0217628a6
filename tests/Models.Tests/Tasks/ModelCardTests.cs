using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Models.Tests.Tasks;

public sealed class ModelCardTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("card").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_card_says_everything_that_it_can_and_comes_back_as_it_was_saved()
    {
        ModelCard card = new()
        {
            Task = "detect",
            Labels = ["cat", "dog"],
            Preprocessing = new PreprocessingCard
            {
                Resize = ResizePolicy.Stretch,
                Channels = ChannelOrder.Bgr,
                Mean = [1, 2, 3],
                Deviation = [4],
                Scale = 1,
            },
            Head = new HeadCard
            {
                Layout = HeadLayout.ScoresAndBoxes,
                Boxes = BoxCoding.AnchorVariance,
                Scores = Activation.Softmax,
                Strides = [8],
                Anchors = [[1, 2]],
                Variance = [0.1f, 0.2f],
            },
            Confidence = 0.5f,
            Provenance = "trained here",
        };
        string path = Path.Combine(_folder, "x.card.json");
        card.Save(path);
        ModelCard read = ModelCard.Load(path);
        string again = Path.Combine(_folder, "y.card.json");
        read.Save(again);
        Assert.Equal(File.ReadAllText(path), File.ReadAllText(again));
        Assert.Equal((card.Task, card.Confidence, HeadLayout.ScoresAndBoxes, ResizePolicy.Stretch),
            (read.Task, read.Confidence, read.Head?.Layout, read.Preprocessing?.Resize));
        Assert.Equal(["x.card.json", "y.card.json"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void The_card_lies_beside_the_model_and_its_labels_beside_the_card()
    {
        string model = Path.Combine(_folder, "robots.onnx");
        Assert.Null(ModelCard.Beside(model));
        File.WriteAllText(Path.Combine(_folder, "robots.card.json"), """{ "labelsFile": "names.txt", /* why */ "confidence": 0.5, }""");
        File.WriteAllText(Path.Combine(_folder, "names.txt"), "left arm\n right arm \r\n\n\n");
        ModelCard card = Assert.IsType<ModelCard>(ModelCard.Beside(model));
        Assert.Equal(["left arm", "right arm"], card.Labels);
        Assert.Equal(0.5f, card.Confidence);
    }

    [Theory]
    [InlineData("", "line 1")]
    [InlineData("null", "no model card")]
    [InlineData("[1]", "valid model card")]
    [InlineData("""{"confidense": 0.5}""", "confidense")]
    [InlineData("""{"head": {"layout": "yolo99"}}""", "head.layout")]
    [InlineData("""{"labelsFile": "nowhere.txt"}""", "nowhere.txt")]
    public void A_broken_card_is_refused_with_its_place(string json, string said)
    {
        string path = Path.Combine(_folder, "x.card.json");
        File.WriteAllText(path, json);
        Assert.Contains(said, Assert.Throws<ModelException>(() => ModelCard.Load(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0x0A, 0x0A, 0x20 })]
    [InlineData(new byte[] { 0x66, 0xC0, 0x00, 0x80 })]
    public void Labels_that_are_no_text_or_none_at_all_are_refused(byte[] content)
    {
        string path = Path.Combine(_folder, "labels.txt");
        File.WriteAllBytes(path, content);
        Assert.Contains(path, Assert.Throws<ModelException>(() => Labels.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void COCOs_names_are_built_in()
    {
        Assert.Equal((80, "person", "toothbrush"), (Labels.Coco.Count, Labels.Coco[0], Labels.Coco[79]));
    }

    [Theory]
    [InlineData("{0: 'person', 1: \"dog's bowl\", 2: 'it\\'s'}", "person|dog's bowl|it's")]
    [InlineData("['a', 'b']", "a|b")]
    [InlineData(" { 0 : 'x' , } ", "x")]
    [InlineData("{0: 'x'", null)]
    [InlineData("{1: 'x'}", null)]
    [InlineData("{0: x}", null)]
    [InlineData("{0: 'x' 1: 'y'}", null)]
    [InlineData("{0: 'x\\", null)]
    [InlineData("{}", null)]
    [InlineData("", null)]
    [InlineData("{0", null)]
    public void Names_are_read_from_a_Python_literal(string literal, string? names)
    {
        Assert.Equal(names?.Split('|'), UltralyticsMetadata.Names(literal));
    }
}
