using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Insight;

namespace EdgeCnn.Training.Tests.Insight;

/// <summary>Networks so small that one knows where the evidence lies.</summary>
public sealed class GradCamTests
{
    private const int Side = 8;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Evidence_for_a_colour_lies_where_the_colour_is(bool softmax)
    {
        // Red in the upper left quarter, blue in the lower right.
        float[] picture = new float[3 * Side * Side];
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++)
            {
                if (y < 4 && x < 4) picture[y * Side + x] = 1;
                if (y >= 4 && x >= 4) picture[2 * Side * Side + y * Side + x] = 0.8f;
            }
        }
        Graph graph = RedOrBlue(softmax);
        using GradCam cam = new(graph, Task(graph));

        ClassEvidence red = cam.Of(picture, 0), blue = cam.Of(picture, 1), likeliest = cam.Of(picture);

        Assert.Equal((0, "maps", Side, Side), (likeliest.ClassId, red.Layer, red.Height, red.Width));
        for (int i = 0; i < Side * Side; i++)
        {
            Assert.Equal(i / Side < 4 && i % Side < 4 ? 1f : 0f, red.Heat[i]);
            Assert.Equal(i / Side >= 4 && i % Side >= 4 ? 1f : 0f, blue.Heat[i]);
        }
    }

    [Fact]
    public void What_speaks_against_a_class_is_no_evidence()
    {
        Graph graph = RedOrBlue(softmax: false, against: true);
        float[] picture = new float[3 * Side * Side];
        picture.AsSpan(0, Side * Side).Fill(1);
        using GradCam cam = new(graph, Task(graph));

        Assert.All(cam.Of(picture, 1).Heat, heat => Assert.Equal(0f, heat));
    }

    /// <summary>Cells of 8 x 8 pixels; a cell's class is as sure as it is red.</summary>
    [Fact]
    public void Evidence_of_a_detector_points_at_the_object_that_it_is_surest_of()
    {
        GraphBuilder builder = new("cells");
        string image = builder.Input("image", ElementType.Float32, new Shape(1, 3, 64, 64));
        string cells = builder.Add("cells", new AveragePool([8, 8], [8, 8], [0, 0, 0, 0], [1, 1], false, false), image);
        float[] centre = new float[3 * 3 * 9];
        for (int c = 0; c < 3; c++) centre[(c * 3 + c) * 9 + 4] = 1;
        string mixed = builder.Add(
            "mixed", new Conv([1, 1], [1, 1, 1, 1], [1, 1], 1), cells,
            builder.Constant("centre", Tensor.Of(new Shape(3, 3, 3, 3), centre)));
        float[] head = new float[9 * 3];
        head[8 * 3] = 10;
        builder.Output(builder.Add(
            "map", new Conv([1, 1], [0, 0, 0, 0], [1, 1], 1), mixed, builder.Constant("head", Tensor.Of(new Shape(9, 3, 1, 1), head)),
            builder.Constant("bias", Tensor.Of(new Shape(9), [0f, 0, 0, 0, 0, 0, 0, 0, -5]))));
        ModelCard card = new()
        {
            Task = "detect",
            Labels = ["ball"],
            Preprocessing = PreprocessingCard.Of(Preprocessing.Ultralytics),
            Head = new HeadCard
            {
                Layout = HeadLayout.Distribution,
                Boxes = BoxCoding.Distribution,
                Scores = Activation.Sigmoid,
                Strides = [8],
                Bins = 2,
            },
        };
        Graph graph = card.In(builder.Build());
        float[] picture = new float[3 * 64 * 64];
        for (int i = 0; i < 64; i++) picture[(16 + i / 8) * 64 + 40 + i % 8] = 1;
        picture[50 * 64 + 3] = 1;
        using GradCam cam = new(graph, Task(graph));

        ClassEvidence evidence = cam.Of(picture);

        Assert.Equal((8, 8, 5.0), (evidence.Height, evidence.Width, Math.Round(evidence.Score, 3)));
        Assert.Equal(2 * 8 + 5, Array.IndexOf(evidence.Heat, 1f));
        Assert.Equal(1, evidence.Heat.Count(heat => heat > 0));
    }

    [Fact]
    public void A_layer_that_is_none_is_refused_by_name()
    {
        Graph graph = RedOrBlue(softmax: false);
        Assert.Contains(
            "'nowhere'", Assert.Throws<ModelException>(() => new GradCam(graph, Task(graph), "nowhere")).Message, StringComparison.Ordinal);
    }

    /// <summary>Maps of red and blue, their means, and a score that is the mean (or for blue minus that of red).</summary>
    private static Graph RedOrBlue(bool softmax, bool against = false)
    {
        GraphBuilder builder = new("colours");
        string image = builder.Input("image", ElementType.Float32, new Shape(1, 3, Side, Side));
        string pick = builder.Constant("pick", Tensor.Of(new Shape(2, 3, 1, 1), [1f, 0, 0, 0, 0, 1]));
        string maps = builder.Add("maps", new Relu(), builder.Add("picked", new Conv([1, 1], [0, 0, 0, 0], [1, 1], 1), image, pick));
        string means = builder.Add("flat", new Reshape(new Shape(1, 2), "Flatten"), builder.Add("means", new GlobalAveragePool(), maps));
        string weights = builder.Constant("weights", Tensor.Of(new Shape(2, 2), [1f, 0, against ? -1 : 0, 1]));
        string scores = builder.Add("scores", new Gemm(1, 1, false, TransB: true), means, weights);
        builder.Output(softmax ? builder.Add("probabilities", new Softmax(1), scores) : scores);
        return builder.Build();
    }

    private static ModelTask Task(Graph graph) => ModelTask.Resolve(
        [.. graph.Inputs.Select(name => new NamedValue(name, graph.Values[name].Type, graph.Values[name].Shape))],
        [.. graph.Outputs.Select(name => new NamedValue(name, graph.Values[name].Type, graph.Values[name].Shape))],
        graph.Metadata);
}
