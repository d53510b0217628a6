using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Models.Tests.Tasks;

public class ModelTaskTests
{
    /// <summary>Input size, output shapes and what they have to be taken for; as the families' usual exports have them.</summary>
    [Theory]
    [InlineData(416, 416, "1x3549x85", HeadLayout.Grid, ResizePolicy.LetterboxTopLeft, 80)]
    [InlineData(640, 640, "1x8400x85", HeadLayout.Grid, ResizePolicy.LetterboxTopLeft, 80)]
    [InlineData(640, 384, "1x5040x6", HeadLayout.Grid, ResizePolicy.LetterboxTopLeft, 1)]
    [InlineData(640, 640, "1x84x8400", HeadLayout.Columns, ResizePolicy.Letterbox, 80)]
    [InlineData(640, 640, "1x8400x84", HeadLayout.Columns, ResizePolicy.Letterbox, 80)]
    [InlineData(320, 320, "1x84x2100", HeadLayout.Columns, ResizePolicy.Letterbox, 80)]
    [InlineData(640, 640, "1x6x8400", HeadLayout.Columns, ResizePolicy.Letterbox, 2)]
    [InlineData(1280, 1280, "1x84x33600", HeadLayout.Columns, ResizePolicy.Letterbox, 80)]
    [InlineData(640, 640, "1x25200x85", HeadLayout.Rows, ResizePolicy.Letterbox, 80)]
    [InlineData(640, 640, "1x25200x6", HeadLayout.Rows, ResizePolicy.Letterbox, 1)]
    [InlineData(416, 416, "1x2535x85", HeadLayout.Rows, ResizePolicy.Letterbox, 80)]
    [InlineData(640, 640, "1x3x80x80x85 1x3x40x40x85 1x3x20x20x85", HeadLayout.AnchorMaps, ResizePolicy.Letterbox, 80)]
    [InlineData(416, 416, "1x255x13x13 1x255x26x26 1x255x52x52", HeadLayout.AnchorMaps, ResizePolicy.Letterbox, 80)]
    [InlineData(416, 416, "1x13x13x255 1x26x26x255", HeadLayout.AnchorMaps, ResizePolicy.Letterbox, 80)]
    [InlineData(640, 640, "1x144x80x80 1x144x40x40 1x144x20x20", HeadLayout.Distribution, ResizePolicy.Letterbox, 80)]
    [InlineData(640, 640, "1x64x80x80 1x80x80x80 1x1x80x80 1x64x40x40 1x80x40x40 1x1x40x40 1x64x20x20 1x80x20x20 1x1x20x20",
        HeadLayout.Distribution, ResizePolicy.Letterbox, 80)]
    [InlineData(640, 640, "1x144x8400", HeadLayout.Distribution, ResizePolicy.Letterbox, 80)]
    [InlineData(416, 416, "1x2704x80 1x676x80 1x169x80 1x2704x32 1x676x32 1x169x32", HeadLayout.Distribution, ResizePolicy.Warp, 80)]
    [InlineData(416, 416, "1x3598x112", HeadLayout.Distribution, ResizePolicy.Warp, 80)]
    [InlineData(640, 640, "1x300x6", HeadLayout.EndToEnd, ResizePolicy.Letterbox, 80)]
    [InlineData(320, 320, "1x100x6", HeadLayout.EndToEnd, ResizePolicy.Letterbox, 80)]
    [InlineData(640, 640, "100x7", HeadLayout.EndToEnd, ResizePolicy.Letterbox, 80)]
    [InlineData(640, 640, "1x1 1x100x4 1x100 1x100", HeadLayout.EndToEnd, ResizePolicy.Letterbox, 80)]
    [InlineData(640, 640, "1x300x84", HeadLayout.Queries, ResizePolicy.Stretch, 80)]
    [InlineData(640, 640, "1x300x80 1x300x4", HeadLayout.Queries, ResizePolicy.Stretch, 80)]
    [InlineData(320, 240, "1x4420x2 1x4420x4", HeadLayout.ScoresAndBoxes, ResizePolicy.Stretch, 1)]
    [InlineData(300, 300, "1x8732x4 1x8732x81", HeadLayout.ScoresAndBoxes, ResizePolicy.Stretch, 80)]
    [InlineData(416, 416, "1x10647x1x4 1x10647x80", HeadLayout.ScoresAndBoxes, ResizePolicy.Stretch, 80)]
    public void Heads_are_recognised_by_their_shapes(
        int width, int height, string outputs, HeadLayout layout, ResizePolicy resize, int classes)
    {
        ModelTask task = Resolve(width, height, outputs);
        Assert.Equal((TaskKind.Detect, layout, resize, classes), (task.Kind, task.Layout, task.Preprocessing.Resize, task.Labels.Count));
    }

    [Theory]
    [InlineData("1x3549x86", 81, HeadLayout.Grid)]
    [InlineData("1x3549x86", 82, HeadLayout.Columns)]
    [InlineData("1x86x3549", 82, HeadLayout.Columns)]
    [InlineData("1x3549x86", 54, HeadLayout.Distribution)]
    [InlineData("1x90x52x52 1x90x26x26 1x90x13x13", 25, HeadLayout.AnchorMaps)]
    [InlineData("1x90x52x52 1x90x26x26 1x90x13x13", 26, HeadLayout.Distribution)]
    public void The_number_of_labels_decides_between_layouts(string outputs, int labels, HeadLayout layout)
    {
        Assert.Equal(layout, Resolve(416, 416, outputs, card: new ModelCard { Labels = Labels.Numbered(labels) }).Layout);
    }

    [Fact]
    public void What_is_assumed_is_said_and_what_is_told_is_not_assumed()
    {
        Assert.Contains(Resolve(416, 416, "1x3549x85").Assumptions, sentence => sentence.Contains("COCO", StringComparison.Ordinal));
        Assert.Empty(Resolve(640, 640, "1x84x8400", card: new ModelCard { Labels = Labels.Coco }).Assumptions);
    }

    [Fact]
    public void Metadata_yields_to_the_card_and_the_card_to_the_configuration()
    {
        Dictionary<string, string> metadata =
            new() { ["task"] = "detect", ["names"] = "{0: 'cup', 1: 'bowl'}", ["stride"] = "32", ["imgsz"] = "[640, 640]" };
        ModelCard card =
            new() { Confidence = 0.6f, Iou = 0.7f, Preprocessing = new PreprocessingCard { Channels = ChannelOrder.Bgr, Scale = 1 } };
        ModelCard configuration = new() { Labels = ["mug", "dish"], Iou = 0.3f, Preprocessing = new PreprocessingCard { Scale = 0.5f } };
        ModelTask plain = Resolve(640, 640, "1x6x8400", metadata), carded = Resolve(
            640, 640, "1x6x8400", metadata, card), all = Resolve(640, 640, "1x6x8400", metadata, card, configuration);
        Assert.Equal(["cup", "bowl"], plain.Labels);
        Assert.Equal((0.25f, 0.45f), (plain.Confidence, plain.Iou));
        Assert.Equal(
            (0.6f, 0.7f, 1f, ChannelOrder.Bgr), (carded.Confidence, carded.Iou, carded.Preprocessing.Scale, carded.Preprocessing.Channels));
        Assert.Equal(["mug", "dish"], all.Labels);
        Assert.Equal((0.6f, 0.3f, 0.5f, ChannelOrder.Bgr), (all.Confidence, all.Iou, all.Preprocessing.Scale, all.Preprocessing.Channels));
    }

    [Theory]
    [InlineData("[480, 640]", 480, 640)]
    [InlineData("320", 320, 320)]
    [InlineData("[0, 640]", null, null)]
    [InlineData("[640, -1]", null, null)]
    [InlineData("large", null, null)]
    public void A_size_that_nobody_gives_is_the_one_in_the_exporters_metadata(string imgsz, int? height, int? width)
    {
        Dictionary<string, string> metadata = new() { ["task"] = "detect", ["imgsz"] = imgsz };
        OnnxReadOptions said = OnnxReadOptions.Default.Over(metadata);
        Assert.Equal((height, width), (said.Height, said.Width));
        OnnxReadOptions given = new OnnxReadOptions { Height = 96, Width = 128 }.Over(metadata);
        Assert.Equal((96, 128), (given.Height!.Value, given.Width!.Value));
    }

    [Theory]
    [InlineData("1x10", 1, 28, ResizePolicy.Stretch, ChannelOrder.Grey)]
    [InlineData("1x1000", 3, 224, ResizePolicy.CentreCrop, ChannelOrder.Rgb)]
    [InlineData("1x1000x1x1", 3, 224, ResizePolicy.CentreCrop, ChannelOrder.Rgb)]
    [InlineData("1x10", 3, 32, ResizePolicy.CentreCrop, ChannelOrder.Rgb)]
    public void A_single_row_of_scores_is_a_classification(string output, int channels, int size, ResizePolicy resize, ChannelOrder order)
    {
        ModelTask task = ModelTask.Resolve([new NamedValue("x", ElementType.Float32, new Shape(1, channels, size, size))], Outputs(output));
        Assert.Equal((TaskKind.Classify, resize, order), (task.Kind, task.Preprocessing.Resize, task.Preprocessing.Channels));
        Assert.Null(task.Layout);
    }

    [Theory]
    [InlineData("segment")]
    [InlineData("pose")]
    [InlineData("obb")]
    [InlineData("")]
    public void A_task_that_is_none_of_this_program_is_refused_in_a_sentence(string task)
    {
        ModelException refusal = Assert.Throws<ModelException>(
            () => Resolve(640, 640, "1x116x8400 1x32x160x160", new() { ["task"] = task }));
        Assert.Contains($"'{task}'", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1x21x520x520")]
    [InlineData("1x7x9x11")]
    [InlineData("1x5 1x9")]
    [InlineData("1x116x8400 1x32x160x160")]
    public void Outputs_of_no_known_head_are_refused_with_their_shapes(string outputs)
    {
        Assert.Contains(
            outputs.Split(' ')[0], Assert.Throws<ModelException>(() => Resolve(640, 640, outputs)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_have_to_be_as_many_as_classes()
    {
        ModelException refusal = Assert.Throws<ModelException>(
            () => Resolve(640, 640, "1x25200x85", card: new ModelCard { Labels = ["cat", "dog"] }));
        Assert.Contains("80 classes and 2 labels", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_layout_that_does_not_fit_the_outputs_is_refused()
    {
        foreach (HeadLayout layout in Enum.GetValues<HeadLayout>())
        {
            ModelCard card = new() { Task = "detect", Head = new HeadCard { Layout = layout } };
            Assert.Throws<ModelException>(() => Resolve(640, 640, "1x3x5x5", card: card));
        }
    }

    [Fact]
    public void A_card_that_makes_no_sense_is_refused()
    {
        Refuse(new ModelCard { Confidence = 1.5f });
        Refuse(new ModelCard { Iou = -0.1f });
        Refuse(new ModelCard { Confidence = float.NaN });
        Refuse(new ModelCard { MaxDetections = 0 });
        Refuse(new ModelCard { Head = new HeadCard { Strides = [0] } });
        Refuse(new ModelCard { Head = new HeadCard { Strides = [8], Anchors = [[1, 2, 3]] } });
        Refuse(new ModelCard { Head = new HeadCard { Bins = 1 } });
        static void Refuse(ModelCard card) => Assert.Throws<ModelException>(() => Resolve(640, 640, "1x84x8400", card: card));
    }

    [Fact]
    public void Digits_and_faces_are_named_as_such()
    {
        Assert.Equal(["face"], Resolve(320, 240, "1x4420x2 1x4420x4").Labels);
        Assert.Equal(
            "7", ModelTask.Resolve([new NamedValue("x", ElementType.Float32, new Shape(1, 1, 28, 28))], Outputs("1x10")).Labels[7]);
        Assert.Equal(
            "class_7", ModelTask.Resolve([new NamedValue("x", ElementType.Float32, new Shape(1, 3, 32, 32))], Outputs("1x10")).Labels[7]);
    }

    [Theory]
    [InlineData("1x100000000")]
    [InlineData("1x100000000x5")]
    [InlineData("1x100000000x1x1x1")]
    public void A_claim_of_a_hundred_million_classes_is_refused(string output)
    {
        Assert.Throws<ModelException>(() => Resolve(640, 640, output));
    }

    [Fact]
    public void A_model_with_two_inputs_is_refused()
    {
        NamedValue input = new("x", ElementType.Float32, new Shape(1, 3, 8, 8));
        Assert.Contains("2 inputs", Assert.Throws<ModelException>(() => ModelTask.Resolve([input, input], Outputs("1x10"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_in_the_file_outdoes_the_shapes_and_other_metadata_and_a_card_beside_it_outdoes_that()
    {
        ModelCard inFile =
            new() { Labels = ["cup", "bowl"], Head = new HeadCard { Layout = HeadLayout.Rows }, Confidence = 0.3f, Iou = 0.6f };
        Graph graph = inFile.In(new GraphBuilder("empty").Build());
        Dictionary<string, string> metadata = new(graph.Metadata) { ["names"] = "['left', 'right']", ["task"] = "detect" };

        ModelTask task = Resolve(416, 416, "1x3549x7", metadata, card: new ModelCard { Confidence = 0.7f });

        Assert.Equal((HeadLayout.Rows, 0.7f, 0.6f), (task.Layout, task.Confidence, task.Iou));
        Assert.Equal(["cup", "bowl"], task.Labels);
    }

    [Fact]
    public void A_damaged_card_in_the_file_is_refused()
    {
        Dictionary<string, string> metadata = new() { [ModelCard.MetadataKey] = "{\"head\": 3}" };
        Assert.Contains(
            "metadata", Assert.Throws<ModelException>(() => Resolve(416, 416, "1x3549x85", metadata)).Message, StringComparison.Ordinal);
    }

    private static ModelTask Resolve(
        int width, int height, string outputs, Dictionary<string, string>? metadata = null, ModelCard? card = null,
        ModelCard? configuration = null) =>
        ModelTask.Resolve([new NamedValue("images", ElementType.Float32, new Shape(1, 3, height, width))], Outputs(outputs), metadata, card,
            configuration);

    private static NamedValue[] Outputs(string shapes) =>
        [.. shapes.Split(' ').Select((shape, i) => new NamedValue($"output{i}", ElementType.Float32,
            new Shape([.. shape.Split('x').Select(int.Parse)])))];
}
