using EdgeCnn.Models.Tasks;
using EdgeCnn.Quantization.Evaluation;

namespace EdgeCnn.Quantization.Tests.Evaluation;

public class DetectionEvaluationTests
{
    /// <summary>
    /// The expected values were computed by an independent Python evaluation that agrees with pycocotools to six decimals, on the same
    /// pictures (made by <see cref="Scenes"/>): boxes in quarters of a pixel, many equal scores, crowds, more than a hundred detections per
    /// picture.
    /// </summary>
    [Theory]
    [InlineData(1u, 3, 1, 3, 0.23943894389438936, 0.5544554455445543)]
    [InlineData(2u, 40, 5, 8, 0.18228880344095702, 0.39632962105880076)]
    [InlineData(3u, 20, 3, 60, 0.2392819723176838, 0.4809771965133738)]
    [InlineData(4u, 5, 80, 20, 0.3973544128606409, 0.7047269243053337)]
    [InlineData(5u, 2, 1, 900, 0.16155547029381379, 0.3516747285306914)]
    public void Average_precision_equals_that_of_COCOs_own_evaluation(
        uint seed, int images, int classes, int objects, double map, double ap50)
    {
        DetectionEvaluation evaluation = new();
        foreach ((List<GroundTruth> truths, List<Detection> detections) in Scenes(seed, images, classes, objects))
            evaluation.Add(truths, detections);
        DetectionAccuracy accuracy = evaluation.Compute();
        Assert.Equal(map, accuracy.MeanAveragePrecision, 1e-9);
        Assert.Equal(ap50, accuracy.AveragePrecision50, 1e-9);
        Assert.Equal(images, accuracy.Images);
        Assert.Equal(map, accuracy.ByClass.Values.Average(), 1e-9);
    }

    [Fact]
    public void Finding_everything_exactly_is_worth_one_and_nothing_zero()
    {
        GroundTruth[] truths = [new(new Box(10, 10, 20, 30), 0, false), new(new Box(50, 50, 5, 5), 2, false)];
        DetectionEvaluation all = new(), none = new();
        all.Add(truths, [new Detection(truths[0].Box, 0, 0.3f), new Detection(truths[1].Box, 2, 0.9f)]);
        none.Add(truths, []);
        Assert.Equal(1, all.Compute().MeanAveragePrecision, 1e-9);
        Assert.Equal(0, none.Compute().MeanAveragePrecision);
        Assert.Equal(2, none.Compute().Objects);
    }

    [Fact]
    public void A_better_ranked_miss_costs_precision_and_a_worse_ranked_one_does_not()
    {
        GroundTruth truth = new(new Box(0, 0, 10, 10), 0, false);
        Detection hit = new(truth.Box, 0, 0.5f), miss = new(new Box(100, 100, 10, 10), 0, 0.9f);
        DetectionEvaluation before = new(), after = new();
        before.Add([truth], [miss, hit]);
        after.Add([truth], [hit, miss with { Confidence = 0.1f }]);
        Assert.Equal(0.5, before.Compute().MeanAveragePrecision, 1e-9);
        Assert.Equal(1, after.Compute().MeanAveragePrecision, 1e-9);
    }

    [Fact]
    public void No_pictures_at_all_are_worth_zero()
    {
        Assert.Equal(new DetectionEvaluation().Compute() with { ByClass = null! }, new DetectionAccuracy(0, 0, 0, null!, 0, 0));
    }

    private static IEnumerable<(List<GroundTruth> Truths, List<Detection> Detections)> Scenes(
        uint seed, int images, int classes, int objects)
    {
        uint state = seed;
        for (int image = 0; image < images; image++)
        {
            List<GroundTruth> truths = [];
            List<Detection> detections = [];
            int count = Next(objects + 1);
            for (int i = 0; i < count; i++)
            {
                float x = Next(400) / 4f, y = Next(400) / 4f, w = 4 + (Next(200) / 4f), h = 4 + (Next(200) / 4f);
                int classId = Next(classes);
                truths.Add(new GroundTruth(new Box(x, y, w, h), classId, Next(10) == 0));
                int copies = Next(4);
                for (int k = 0; k < copies; k++)
                {
                    float dx = Shift(), dy = Shift(), dw = Shift(), dh = Shift();
                    int guess = Next(8) != 0 ? classId : Next(classes);
                    detections.Add(
                        new Detection(new Box(x + dx, y + dy, Math.Max(w + dw, 1), Math.Max(h + dh, 1)), guess, Next(200) / 200f));
                }
            }
            int strays = Next(6);
            for (int i = 0; i < strays; i++)
            {
                int classId = Next(classes);
                float x = Next(400) / 4f, y = Next(400) / 4f, w = 4 + (Next(200) / 4f), h = 4 + (Next(200) / 4f);
                detections.Add(new Detection(new Box(x, y, w, h), classId, Next(200) / 200f));
            }
            yield return (truths, detections);
        }

        int Next(int below)
        {
            state = (state * 1664525) + 1013904223;
            return (int)((state >> 16) % below);
        }

        float Shift() => (Next(24) / 4f) - 3;
    }
}
