using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;
using EdgeCnn.Training.Running;
using Box = EdgeCnn.Training.Data.Box;

namespace EdgeCnn.Training.Tests.Running;

public class ValidationTests
{
    /// <summary>Left, top, right, bottom, score, class.</summary>
    private static readonly float[] Found = [4, 4, 20, 20, 0.9f, 0, 24, 8, 40, 30, 0.8f, 1];

    [Theory]
    [InlineData(1.0, 0, 1)]
    [InlineData(0.0, 1, 0)]
    public void A_detector_is_judged_by_its_mean_average_precision(double expected, int first, int second)
    {
        Squares data = new([new Box(first, 4, 4, 20, 20), new Box(second, 24, 8, 40, 30)]);
        ValidationResult result = new Validation(data, Card(data), threads: 1).Of(AlwaysTheSame());
        Assert.Equal(("mAP@.5", expected, null), (result.Measure, Math.Round(result.Score, 9), result.Loss));
    }

    [Fact]
    public void A_classifier_that_knows_nothing_has_the_loss_of_guessing()
    {
        Blobs data = new(40, seed: 9);
        GraphBuilder builder = new("nothing");
        string value = builder.Input("picture", ElementType.Float32, new Shape(1, 1, Blobs.Side, Blobs.Side));
        value = builder.Add("flat", new Reshape(new Shape(1, Blobs.Side * Blobs.Side)), value);
        string zeros = builder.Constant("zeros", Tensor.Zeros(ElementType.Float32, new Shape(Blobs.Side * Blobs.Side, 4)));
        builder.Output(builder.Add("scores", new MatMul(), value, zeros));
        ValidationResult result = new Validation(data, new ModelCard { Task = "classify", Labels = data.Labels }, threads: 1)
            .Of(builder.Build());
        Assert.Equal(Math.Log(4), result.Loss!.Value, 5);
        // Of equal scores the first class is named.
        Assert.Equal(Enumerable.Range(0, 40).Count(i => data.Load(i).ClassId == 0) / 40.0, result.Score, 9);
    }

    [Fact]
    public void Judging_can_be_stopped()
    {
        Squares data = new([]);
        using CancellationTokenSource stop = new();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => new Validation(data, Card(data), threads: 1).Of(AlwaysTheSame(), stop.Token));
    }

    private static ModelCard Card(IDataset data) =>
        new() { Task = "detect", Labels = data.Labels, Head = new HeadCard { Layout = HeadLayout.EndToEnd } };

    /// <summary>A network that finds the same two objects whatever it is shown.</summary>
    private static Graph AlwaysTheSame()
    {
        GraphBuilder builder = new("same");
        string value = builder.Input("picture", ElementType.Float32, new Shape(1, 3, 32, 48));
        value = builder.Add("mean", new GlobalAveragePool(), value);
        value = builder.Add("flat", new Reshape(new Shape(1, 3)), value);
        value = builder.Add(
            "zeros", new MatMul(), value, builder.Constant("weights", Tensor.Zeros(ElementType.Float32, new Shape(3, Found.Length))));
        value = builder.Add("rows", new Reshape(new Shape(1, 2, 6)), value);
        builder.Output(builder.Add("found", new Add(), value, builder.Constant("fixed", Tensor.Of(new Shape(1, 2, 6), Found))));
        return builder.Build();
    }

    /// <summary>Three equal pictures.</summary>
    private sealed class Squares(Box[] boxes) : IDataset
    {
        public TaskKind Task => TaskKind.Detect;

        public IReadOnlyList<string> Labels { get; } = ["one", "other"];

        public int Count => 3;

        public Example Load(int index) => Example.OfBoxes(new Picture(48, 32), [.. boxes]);

        public string NameOf(int index) => "square";
    }
}
