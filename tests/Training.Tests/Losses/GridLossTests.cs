using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;
using EdgeCnn.Training.Losses;
using Box = EdgeCnn.Training.Data.Box;

namespace EdgeCnn.Training.Tests.Losses;

public class GridLossTests
{
    private const int Width = 96, Height = 64, Classes = 2, Channels = 5 + Classes;

    /// <summary>Strides of 8, 16 and 32: 96 + 24 + 6 cells.</summary>
    private static readonly Shape Table = new(1, 126, Channels);

    private static readonly HeadCard Head =
        new() { Layout = HeadLayout.Grid, Boxes = BoxCoding.CellExponential, Scores = Activation.Sigmoid };

    private static readonly Example[] Batch =
    [
        LossCase.Blank(Width, Height, new Box(0, 10, 7, 22, 20), new Box(1, 40, 2, 81.5f, 33)),
        LossCase.Blank(Width, Height, new Box(1, 33, 33, 93, 63)),
    ];

    private static GridLoss Loss() => new(LossCase.Detector(Width, Height, Head, Table));

    [Fact]
    public void The_gradient_is_that_of_differences()
    {
        int compared = 0;
        for (int seed = 0; seed < 4; seed++)
        {
            using LossCase outputs = new(2, Table);
            outputs.Fill(new Random(seed), spread: 1.2);
            GridLoss loss = Loss();
            outputs.Compute(loss, Batch);
            (int, int)[] matches = Matched(loss);
            float[] gradient = outputs.Network.OutputGradient(0).ToArray();
            foreach (int i in Enumerable.Range(0, gradient.Length).Where(i => gradient[i] != 0))
            {
                // What a class should be follows from the box, and counts as given: a box moves the other parts alone.
                string[] parts = i % Channels < 4 ? ["box", "objectness"] : ["box", "objectness", "class"];
                const float Step = 1e-3f;
                float value = outputs.Values(0)[i];
                double? up = At(value + Step), down = At(value - Step);
                outputs.Values(0)[i] = value;
                if (up is null || down is null) continue;
                double numeric = (up.Value - down.Value) / ((double)(value + Step) - (value - Step));
                Assert.True(
                    Math.Abs(numeric - gradient[i]) <= 2e-3 * Math.Max(0.05, Math.Abs(numeric)),
                    $"seed {seed}, cell {i / Channels}, value {i % Channels}: the gradient is {gradient[i]}, differences give {numeric}");
                compared++;

                // Null where other cells are matched than before.
                double? At(float moved)
                {
                    outputs.Values(0)[i] = moved;
                    LossValue lost = outputs.Compute(loss, Batch);
                    if (!Matched(loss).SequenceEqual(matches)) return null;
                    return lost.Parts.Where(part => parts.Contains(part.Name)).Sum(part => part.Value);
                }
            }
        }
        Assert.True(compared > 800, $"{compared} values were compared");
    }

    private static (int Cell, int Object)[] Matched(GridLoss loss) => [.. loss.Matches.Select(match => (match.Cell, match.Object))];

    [Fact]
    public void Following_the_gradient_leads_to_the_objects()
    {
        using LossCase outputs = new(2, Table);
        GridLoss loss = Loss();
        double first = outputs.Compute(loss, Batch).Total;
        for (int step = 0; step < 1500; step++)
        {
            Span<float> values = outputs.Values(0);
            ReadOnlySpan<float> gradient = outputs.Network.OutputGradient(0);
            for (int i = 0; i < values.Length; i++) values[i] -= 0.05f * gradient[i];
            outputs.Compute(loss, Batch);
        }
        Detector detector = new(LossCase.Detector(Width, Height, Head, Table)) { Confidence = 0.5f };
        detector.Prepare(new Picture(Width, Height).View, new float[3 * Width * Height]);
        float[] own = outputs.Network.Output(0)[..(int)Table.Count].ToArray();
        List<Detection> found = [];
        detector.Decode(_ => own, found);
        Assert.Equal([0, 1], found.Select(detection => detection.ClassId).Order());
        foreach (Detection detection in found)
        {
            Box box = Batch[0].Boxes.Single(box => box.ClassId == detection.ClassId);
            float apart = Math.Abs(detection.Box.X - box.Left) + Math.Abs(detection.Box.Right - box.Right);
            // Which cells learn it changes from step to step, so it comes near and does not settle.
            Assert.True(apart < 0.15 * box.Width, $"{box}: {detection.Box}");
        }
        Assert.True(outputs.Compute(loss, Batch).Total < first);
    }

    [Fact]
    public void Every_object_is_learned_by_a_cell_and_no_cell_learns_two()
    {
        Random random = new(7);
        for (int seed = 0; seed < 20; seed++)
        {
            using LossCase outputs = new(1, Table);
            outputs.Fill(random);
            Box[] boxes = [.. Enumerable.Range(0, 1 + random.Next(5)).Select(_ => Any(random))];
            GridLoss loss = Loss();
            outputs.Compute(loss, [LossCase.Blank(Width, Height, boxes)]);
            Assert.Equal(loss.Matches.Count, loss.Matches.Select(match => match.Cell).Distinct().Count());
            Assert.InRange(loss.Matches.Select(match => match.Object).Distinct().Count(), 1, boxes.Length);
        }

        static Box Any(Random random)
        {
            float x = 70 * random.NextSingle(), y = 40 * random.NextSingle();
            return new Box(random.Next(Classes), x, y, x + 3 + (20 * random.NextSingle()), y + 3 + (20 * random.NextSingle()));
        }
    }

    [Fact]
    public void A_picture_of_nothing_costs_objectness_alone()
    {
        using LossCase outputs = new(1, Table);
        LossValue loss = outputs.Compute(Loss(), [LossCase.Blank(Width, Height)]);
        // Logits of 0 are a chance of a half: each of 126 cells costs log 2.
        Assert.Equal(126 * Math.Log(2), loss.Total, 1e-4);
        Assert.Equal(loss.Total, loss.Parts.Single(part => part.Name == "objectness").Value);
    }

    [Fact]
    public void A_box_of_a_class_that_is_not_there_is_refused()
    {
        using LossCase outputs = new(1, Table);
        Example unknown = LossCase.Blank(Width, Height, new Box(2, 1, 1, 9, 9));
        string message = Assert.Throws<DataException>(() => outputs.Compute(Loss(), [unknown])).Message;
        Assert.Contains("class 2", message, StringComparison.Ordinal);
    }
}
