using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;
using EdgeCnn.Training.Losses;
using Box = EdgeCnn.Training.Data.Box;

namespace EdgeCnn.Training.Tests.Losses;

public class AnchorLossTests
{
    private const int Width = 96, Height = 64, Classes = 2;

    private static readonly Shape[] Maps = [new Shape(1, 2 * (5 + Classes), 4, 6), new Shape(1, 2 * (5 + Classes), 2, 3)];

    private static readonly HeadCard Head = new()
    {
        Layout = HeadLayout.AnchorMaps,
        Boxes = BoxCoding.AnchorExponential,
        Scores = Activation.Sigmoid,
        Strides = [16, 32],
        Anchors = [[10, 14, 23, 27], [40, 30, 60, 60]],
    };

    private static readonly Example[] Batch =
    [
        LossCase.Blank(Width, Height, new Box(0, 10, 7, 22, 20), new Box(1, 40, 2, 81.5f, 33)),
        LossCase.Blank(Width, Height, new Box(1, 33, 33, 93, 63)),
    ];

    private static AnchorLoss Loss() => new(LossCase.Detector(Width, Height, Head, Maps)) { Ignore = 0.5 };

    [Fact]
    public void The_gradient_is_that_of_differences()
    {
        for (int seed = 0; seed < 4; seed++)
        {
            using LossCase outputs = new(2, Maps);
            outputs.Fill(new Random(seed), spread: 1.5);
            // A small step, so that no box comes to be ignored between its ends.
            outputs.CheckGradient(Loss(), Batch, new Random(seed), $"seed {seed}", step: 2e-3);
        }
    }

    [Fact]
    public void Following_the_gradient_leads_to_the_objects()
    {
        using LossCase outputs = new(2, Maps);
        AnchorLoss loss = Loss();
        double first = outputs.Compute(loss, Batch).Total;
        for (int step = 0; step < 300; step++)
        {
            for (int output = 0; output < 2; output++)
            {
                Span<float> values = outputs.Values(output);
                ReadOnlySpan<float> gradient = outputs.Network.OutputGradient(output);
                for (int i = 0; i < values.Length; i++) values[i] -= 0.5f * gradient[i];
            }
            outputs.Compute(loss, Batch);
        }
        Detector detector = new(LossCase.Detector(Width, Height, Head, Maps)) { Confidence = 0.5f };
        detector.Prepare(new Picture(Width, Height).View, new float[3 * Width * Height]);
        float[][] own = [.. Enumerable.Range(0, 2).Select(i => outputs.Network.Output(i)[..(int)Maps[i].Count].ToArray())];
        List<Detection> found = [];
        detector.Decode(i => own[i], found);
        Assert.Equal([0, 1], found.Select(detection => detection.ClassId).Order());
        foreach (Detection detection in found)
        {
            Box box = Batch[0].Boxes.Single(box => box.ClassId == detection.ClassId);
            Assert.True(
                Math.Abs(detection.Box.X - box.Left) < 1 && Math.Abs(detection.Box.Right - box.Right) < 1, $"{box}: {detection.Box}");
        }
        Assert.True(outputs.Compute(loss, Batch).Total < first);
    }

    [Fact]
    public void An_object_outside_of_the_picture_is_left_out()
    {
        using LossCase outputs = new(2, Maps);
        Example away = LossCase.Blank(Width, Height, new Box(0, 100, 10, 130, 40));
        LossValue loss = outputs.Compute(Loss(), [away, away]);
        Assert.Equal(0, loss.Parts.Single(part => part.Name == "box").Value);
    }
}
