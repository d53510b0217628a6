using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;
using EdgeCnn.Training.Losses;
using Box = EdgeCnn.Training.Data.Box;

namespace EdgeCnn.Training.Tests.Losses;

public class DetectionLossTests
{
    private const int Width = 96, Height = 64, Bins = 8, Classes = 3;

    private static readonly HeadCard Head = new()
    {
        Layout = HeadLayout.Distribution,
        Scores = Activation.Sigmoid,
        Bins = Bins,
        Strides = [8, 16, 32],
    };

    private static readonly Shape[] Joined = [.. new[] { 8, 16, 32 }.Select(Map(4 * Bins + Classes))];

    private static readonly Shape[] Apart =
        [.. new[] { 8, 16, 32 }.SelectMany(stride => new[] { Map(4 * Bins)(stride), Map(Classes)(stride) })];

    private static readonly Shape[] Table = [new Shape(1, 4 * Bins + Classes, 12 * 8 + 6 * 4 + 3 * 2)];

    private static readonly Example[] Batch =
    [
        LossCase.Blank(Width, Height, new Box(1, 10.5f, 7.25f, 52, 40), new Box(0, 40, 20, 90.5f, 63), new Box(2, 3, 44, 17, 60)),
        LossCase.Blank(Width, Height),
        LossCase.Blank(Width, Height, new Box(2, 0, 0, 96, 64), new Box(2, 0, 0, 96, 64)),
    ];

    private static Func<int, Shape> Map(int channels) => stride => new Shape(1, channels, Height / stride, Width / stride);

    private static (LossCase Outputs, DetectionLoss Loss) Case(Shape[] shapes, int seed)
    {
        LossCase outputs = new(Batch.Length, shapes);
        outputs.Fill(new Random(seed));
        return (outputs, new DetectionLoss(LossCase.Detector(Width, Height, Head, shapes)));
    }

    [Theory]
    [InlineData("joined")]
    [InlineData("apart")]
    [InlineData("table")]
    public void The_same_values_in_any_layout_give_the_same_loss(string layout)
    {
        (LossCase joined, DetectionLoss reference) = Case(Joined, 3);
        Shape[] shapes = layout switch { "apart" => Apart, "table" => Table, _ => Joined };
        (LossCase other, DetectionLoss loss) = Case(shapes, 3);
        Rearrange(
            (int output, int index) => joined.Values(output)[index], (output, index, value) => other.Values(output)[index] = value, layout);
        LossValue wanted = joined.Compute(reference, Batch), value = other.Compute(loss, Batch);
        Assert.Equal(wanted.Total, value.Total, 1e-6 * wanted.Total);
        List<float> differences = [];
        Rearrange(
            (int output, int index) => joined.Network.OutputGradient(output)[index],
            (output, index, gradient) => differences.Add(Math.Abs(gradient - other.Network.OutputGradient(output)[index])),
            layout);
        Assert.Equal(3 * 126 * (4 * Bins + Classes), differences.Count);
        Assert.True(differences.Max() < 1e-6, $"{layout}: {differences.Max()}");
        joined.Dispose();
        other.Dispose();
    }

    private static void Rearrange(Func<int, int, float> from, Action<int, int, float> to, string layout)
    {
        int[] cells = [96, 24, 6];
        for (int n = 0; n < Batch.Length; n++)
        {
            for (int level = 0, first = 0; level < 3; first += cells[level++])
            {
                for (int c = 0; c < 4 * Bins + Classes; c++)
                {
                    for (int cell = 0; cell < cells[level]; cell++)
                    {
                        float value = from(level, (n * (4 * Bins + Classes) + c) * cells[level] + cell);
                        if (layout == "joined") to(level, (n * (4 * Bins + Classes) + c) * cells[level] + cell, value);
                        else if (layout == "table") to(0, (n * (4 * Bins + Classes) + c) * 126 + first + cell, value);
                        else if (c < 4 * Bins) to(2 * level, (n * 4 * Bins + c) * cells[level] + cell, value);
                        else to(2 * level + 1, (n * Classes + c - 4 * Bins) * cells[level] + cell, value);
                    }
                }
            }
        }
    }

    /// <summary>
    /// Targets follow the outputs but count as constant (Feng 2021), so the plain definition is differentiated with matches held.
    /// </summary>
    [Fact]
    public void The_loss_and_its_gradient_are_those_of_the_plain_definition()
    {
        for (int seed = 1; seed <= 2; seed++)
        {
            (LossCase outputs, DetectionLoss loss) = Case(Joined, seed);
            LossValue value = outputs.Compute(loss, Batch);
            PlainDetectionLoss plain = new(outputs, Batch, Bins, Classes, loss.Matches, Width, Height);
            Assert.Equal(plain.Of(), value.Total, 1e-5 * value.Total);
            Assert.Equal(value.Total, value.Parts.Sum(part => part.Value), 1e-9);
            Random random = new(seed);
            for (int output = 0; output < 3; output++)
            {
                float[] gradient = outputs.Network.OutputGradient(output).ToArray();
                int[] largest = [.. Enumerable.Range(0, gradient.Length).OrderByDescending(i => Math.Abs(gradient[i])).Take(40)];
                foreach (int i in largest.Concat(Enumerable.Range(0, 20).Select(_ => random.Next(gradient.Length))))
                {
                    float before = outputs.Values(output)[i];
                    const float Step = 1e-2f;
                    outputs.Values(output)[i] = before + Step;
                    double up = plain.Of();
                    outputs.Values(output)[i] = before - Step;
                    double numeric = (up - plain.Of()) / (before + Step - (double)(before - Step));
                    outputs.Values(output)[i] = before;
                    Assert.True(
                        Math.Abs(numeric - gradient[i]) <= 1e-3 * Math.Max(0.05, Math.Abs(numeric)),
                        $"seed {seed}, output {output}, value {i}: the gradient is {gradient[i]}, differences give {numeric}");
                }
            }
            outputs.Dispose();
        }
    }

    [Fact]
    public void Every_object_is_learned_by_some_cell_also_the_smallest()
    {
        (LossCase outputs, DetectionLoss loss) = Case(Joined, 5);
        Example[] batch =
        [
            LossCase.Blank(Width, Height, new Box(0, 13, 13, 15, 15), new Box(1, 60, 30, 61, 61)),
            LossCase.Blank(Width, Height, new Box(2, 92, 60, 96, 64)),
            LossCase.Blank(Width, Height, new Box(2, 0, 0, 96, 64)),
        ];
        outputs.Compute(loss, batch);
        // A picture's objects come in order, and each has at least one match.
        IEnumerable<int> objects = loss.Matches.Select(match => match.Object);
        Assert.Equal("0,1,0", string.Join(',', objects.Where((o, i) => i == 0 || o != objects.ElementAt(i - 1))));
        Assert.All(loss.Matches, match => Assert.InRange(match.Target, double.Epsilon, 1));
        outputs.Dispose();
    }

    [Fact]
    public void A_picture_without_objects_only_lowers_scores()
    {
        (LossCase outputs, DetectionLoss loss) = Case(Joined, 6);
        Example[] batch = [.. Enumerable.Range(0, Batch.Length).Select(_ => LossCase.Blank(Width, Height))];
        LossValue value = outputs.Compute(loss, batch);
        Assert.Equal(0, value.Parts.Single(part => part.Name == "box").Value);
        int cells = 96;
        float[][] channels = [.. outputs.Network.OutputGradient(0).ToArray().Chunk(cells)];
        for (int c = 0; c < channels.Length; c++)
            Assert.All(channels[c], gradient => Assert.True(c % (4 * Bins + Classes) < 4 * Bins ? gradient == 0 : gradient > 0));
        outputs.Dispose();
    }

    [Fact]
    public void Equal_outputs_give_equal_bits_and_nothing_is_left_of_the_batch_before()
    {
        (LossCase outputs, DetectionLoss loss) = Case(Joined, 7);
        LossValue first = outputs.Compute(loss, Batch);
        float[] gradient = outputs.Network.OutputGradient(1).ToArray();
        outputs.Compute(loss, [Batch[2], Batch[0], Batch[0]]);
        Assert.Equal(first.Total, outputs.Compute(loss, Batch).Total);
        Assert.Equal(gradient, outputs.Network.OutputGradient(1).ToArray());
        outputs.Dispose();
    }

    [Fact]
    public void A_step_allocates_no_more_than_its_report()
    {
        (LossCase outputs, DetectionLoss loss) = Case(Joined, 8);
        for (int i = 0; i < 3; i++) outputs.Compute(loss, Batch);
        outputs.Network.Forward();
        long before = GC.GetAllocatedBytesForCurrentThread();
        loss.Compute(outputs.Network, Batch);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200);
        outputs.Dispose();
    }

    [Fact]
    public void Following_the_gradient_leads_to_the_objects()
    {
        (LossCase outputs, DetectionLoss loss) = Case(Joined, 9);
        ModelTask task = LossCase.Detector(Width, Height, Head, Joined);
        Example[] batch = [Batch[0], Batch[0], Batch[0]];
        double first = outputs.Compute(loss, batch).Total;
        for (int step = 0; step < 300; step++)
        {
            for (int output = 0; output < 3; output++)
            {
                Span<float> values = outputs.Values(output);
                ReadOnlySpan<float> gradient = outputs.Network.OutputGradient(output);
                for (int i = 0; i < values.Length; i++) values[i] -= 10 * gradient[i];
            }
            outputs.Compute(loss, batch);
        }
        Assert.True(outputs.Compute(loss, batch).Total < first / 4, $"{first} became {outputs.Compute(loss, batch).Total}");

        Detector detector = new(task) { Confidence = 0.5f };
        detector.Prepare(new Picture(Width, Height).View, new float[3 * Width * Height]);
        List<Detection> found = [];
        float[][] values0 =
            [.. Enumerable.Range(0, 3).Select(i => outputs.Network.Output(i)[..(outputs.Network.Output(i).Length / 3)].ToArray())];
        detector.Decode(i => values0[i], found);
        Assert.Equal([0, 1, 2], found.Select(detection => detection.ClassId).Order());
        foreach (Box box in batch[0].Boxes)
        {
            Models.Tasks.Box near = found.Single(detection => detection.ClassId == box.ClassId).Box;
            Assert.True(
                Math.Abs(near.X - box.Left) < 2 && Math.Abs(near.Y - box.Top) < 2 && Math.Abs(near.Right - box.Right) < 2
                && Math.Abs(near.Bottom - box.Bottom) < 2,
                $"{box} was found as {near}");
        }
        outputs.Dispose();
    }

    [Theory]
    [InlineData("yolo_arena", typeof(DetectionLoss))]
    [InlineData("yolo_edge_n", typeof(DetectionLoss))]
    [InlineData("yolo_tiny", typeof(AnchorLoss))]
    [InlineData("lenet5", typeof(SoftmaxCrossEntropy))]
    [InlineData("unet", typeof(SegmentationLoss))]
    public void Networks_of_the_zoo_have_a_loss(string name, Type loss)
    {
        Graph graph = Models.Zoo.Zoo.Build(name, seed: null);
        Assert.IsType(loss, Training.Losses.Losses.For(ModelTask.Resolve(
            [.. graph.Inputs.Select(Named)], [.. graph.Outputs.Select(Named)], graph.Metadata)));

        NamedValue Named(string value) => new(value, graph.Values[value].Type, graph.Values[value].Shape);
    }

    [Fact]
    public void A_class_that_the_detector_does_not_know_is_refused()
    {
        (LossCase outputs, DetectionLoss loss) = Case(Joined, 10);
        Example wrong = LossCase.Blank(Width, Height, new Box(3, 1, 1, 20, 20));
        Assert.Contains("class 3", Assert.Throws<DataException>(() => outputs.Compute(loss, [wrong, wrong, wrong])).Message,
            StringComparison.Ordinal);
        outputs.Dispose();
    }
}
