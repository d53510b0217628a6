using System.Globalization;
using EdgeCnn.Training.Losses;
using EdgeCnn.Training.Tests.Optimisers;

namespace EdgeCnn.Training.Tests.Losses;

public class BoxOverlapTests
{
    public static TheoryData<BoxMeasure> Measures => [BoxMeasure.Iou, BoxMeasure.Giou, BoxMeasure.Diou, BoxMeasure.Ciou];

    [Theory]
    [MemberData(nameof(Measures))]
    public void Equal_boxes_have_the_measure_one(BoxMeasure measure)
    {
        Corners box = new(3, 4, 11, 9);
        Assert.Equal(1, BoxOverlap.Of(measure, box, box), 1e-6);
    }

    [Fact]
    public void Boxes_side_by_side_have_the_measures_of_the_papers()
    {
        // Unit squares two apart: enclosing box 3 x 1, of which 1 is not covered; centres 2 apart, diagonal squared 10.
        Corners left = new(0, 0, 1, 1), right = new(2, 0, 3, 1);
        Assert.Equal(0, BoxOverlap.Of(BoxMeasure.Iou, left, right), 1e-6);
        Assert.Equal(-1.0 / 3, BoxOverlap.Of(BoxMeasure.Giou, left, right), 1e-6);
        Assert.Equal(-0.4, BoxOverlap.Of(BoxMeasure.Diou, left, right), 1e-6);
        Assert.Equal(-0.4, BoxOverlap.Of(BoxMeasure.Ciou, left, right), 1e-6);
    }

    [Theory]
    [MemberData(nameof(Measures))]
    public void Gradients_are_those_of_differences(BoxMeasure measure)
    {
        for (int seed = 0; seed < 300; seed++)
        {
            Random random = new(seed);
            Corners box = Any(random), target = Any(random);
            BoxOverlap.Of(measure, box, target, out Corners gradient);
            // CIoU's alpha counts as constant: what is differentiated is DIoU less the alpha of this box times v.
            double alpha = measure == BoxMeasure.Ciou ? Alpha(box, target) : 0;
            double At(Corners at) => measure == BoxMeasure.Ciou
                ? BoxOverlap.Of(BoxMeasure.Diou, at, target) - alpha * Aspect(at, target)
                : BoxOverlap.Of(measure, at, target);
            const double Step = 1e-5;
            double[] numeric =
            [
                At(box with { Left = box.Left + Step }) - At(box with { Left = box.Left - Step }),
                At(box with { Top = box.Top + Step }) - At(box with { Top = box.Top - Step }),
                At(box with { Right = box.Right + Step }) - At(box with { Right = box.Right - Step }),
                At(box with { Bottom = box.Bottom + Step }) - At(box with { Bottom = box.Bottom - Step }),
            ];
            double[] analytic = [gradient.Left, gradient.Top, gradient.Right, gradient.Bottom];
            for (int i = 0; i < 4; i++)
            {
                Assert.True(
                    Math.Abs(numeric[i] / (2 * Step) - analytic[i]) < 1e-5,
                    $"{measure}, seed {seed}, corner {i}: {analytic[i]}, differences give {numeric[i] / (2 * Step)}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Measures))]
    public void Boxes_without_extent_give_finite_numbers(BoxMeasure measure)
    {
        Corners point = new(5, 5, 5, 5);
        Assert.True(double.IsFinite(BoxOverlap.Of(measure, point, point, out Corners gradient)));
        Assert.True(double.IsFinite(gradient.Left + gradient.Top + gradient.Right + gradient.Bottom));
        Assert.True(double.IsFinite(BoxOverlap.Of(measure, point, new Corners(5, 5, 9, 7), out gradient)));
        Assert.True(double.IsFinite(gradient.Left + gradient.Top + gradient.Right + gradient.Bottom));
    }

    [TorchTheory]
    [InlineData(17)]
    public void Torchvision_gives_the_same_complete_IoU_and_gradient(int seed)
    {
        const int Count = 50;
        Random random = new(seed);
        (Corners Box, Corners Target)[] pairs = [.. Enumerable.Range(0, Count).Select(_ => (Any(random), Any(random)))];
        string List(IEnumerable<Corners> boxes) => "[" + string.Join(',', boxes.Select(box => string.Create(
            CultureInfo.InvariantCulture, $"[{box.Left:R},{box.Top:R},{box.Right:R},{box.Bottom:R}]"))) + "]";
        string printed = Torch.Run($"""
            import torch, torchvision
            a = torch.tensor({List(pairs.Select(pair => pair.Box))}, dtype=torch.float64, requires_grad=True)
            b = torch.tensor({List(pairs.Select(pair => pair.Target))}, dtype=torch.float64)
            loss = torchvision.ops.complete_box_iou_loss(a, b)
            loss.sum().backward()
            for l, g in zip(loss.tolist(), a.grad.tolist()): print(l, *g)
            """);
        string[] lines = printed.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Count, lines.Length);
        foreach (((Corners box, Corners target), string line) in pairs.Zip(lines))
        {
            double[] wanted = [.. line.Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
            double loss = 1 - BoxOverlap.Of(BoxMeasure.Ciou, box, target, out Corners gradient);
            double[] own = [loss, -gradient.Left, -gradient.Top, -gradient.Right, -gradient.Bottom];
            for (int i = 0; i < wanted.Length; i++)
                Assert.True(Math.Abs(wanted[i] - own[i]) < 1e-5, $"seed {seed}, {box} and {target}: {own[i]}, torchvision {wanted[i]}");
        }
    }

    private static Corners Any(Random random)
    {
        double left = 10 * random.NextDouble(), top = 10 * random.NextDouble();
        return new Corners(left, top, left + 1 + 8 * random.NextDouble(), top + 1 + 8 * random.NextDouble());
    }

    private static double Aspect(Corners box, Corners target) =>
        4 / (Math.PI * Math.PI) * Math.Pow(Math.Atan(target.Width / target.Height) - Math.Atan(box.Width / box.Height), 2);

    private static double Alpha(Corners box, Corners target) =>
        Aspect(box, target) / (1 - BoxOverlap.Of(BoxMeasure.Iou, box, target) + Aspect(box, target));
}
