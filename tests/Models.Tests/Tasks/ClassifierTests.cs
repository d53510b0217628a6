using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Models.Tests.Tasks;

public class ClassifierTests
{
    private static readonly NamedValue Picture = new("x", ElementType.Float32, new Shape(1, 3, 8, 8));

    [Fact]
    public void Logits_go_through_softmax_and_probabilities_do_not()
    {
        float[] logits = [1, 3, -2], probabilities = [0.25f, 0.5f, 0.25f];
        float sum = MathF.Exp(1) + MathF.Exp(3) + MathF.Exp(-2);
        Assert.Equal([(1, MathF.Exp(3) / sum), (0, MathF.Exp(1) / sum), (2, MathF.Exp(-2) / sum)], Top(logits, 5), new Near());
        Assert.Equal([(1, 0.5f), (0, 0.25f)], Top(probabilities, 2), new Near());
    }

    [Fact]
    public void The_card_decides_what_is_done_to_the_scores()
    {
        Assert.Equal([(0, 2f)], Top([2, 1], 1, new ModelCard { Head = new HeadCard { Scores = Activation.None } }), new Near());
        Assert.Equal([(0, 0.5f)], Top([0, -1], 1, new ModelCard { Head = new HeadCard { Scores = Activation.Sigmoid } }), new Near());
    }

    [Fact]
    public void Huge_logits_do_not_overflow() => Assert.Equal([(1, 1f), (0, 0f)], Top([-3e38f, 3e38f], 2), new Near());

    [Fact]
    public void A_detector_is_no_classifier_and_the_other_way_round()
    {
        ModelTask classify = ModelTask.Resolve([Picture], [new NamedValue("y", ElementType.Float32, new Shape(1, 3))]);
        ModelTask detect = ModelTask.Resolve(
            [Picture with { Shape = new Shape(1, 3, 640, 640) }], [new NamedValue("y", ElementType.Float32, new Shape(1, 84, 8400))]);
        Assert.Throws<ModelException>(() => new Detector(classify));
        Assert.Throws<ModelException>(() => new Classifier(detect));
    }

    private static List<(int, float)> Top(float[] output, int top, ModelCard? card = null)
    {
        ModelTask task = ModelTask.Resolve(
            [Picture], [new NamedValue("y", ElementType.Float32, new Shape(1, output.Length, 1, 1))], card: card);
        List<ClassScore> scores = [];
        new Classifier(task).Decode(_ => output, top, scores);
        return [.. scores.Select(score => (score.ClassId, score.Confidence))];
    }

    private sealed class Near : IEqualityComparer<(int Id, float Score)>
    {
        public bool Equals((int Id, float Score) x, (int Id, float Score) y) => x.Id == y.Id && Math.Abs(x.Score - y.Score) < 1e-6f;

        public int GetHashCode((int Id, float Score) value) => value.Id;
    }
}
