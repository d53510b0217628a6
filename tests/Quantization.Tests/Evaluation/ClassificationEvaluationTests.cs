using EdgeCnn.Models.Tasks;
using EdgeCnn.Quantization.Evaluation;

namespace EdgeCnn.Quantization.Tests.Evaluation;

public class ClassificationEvaluationTests
{
    [Fact]
    public void The_first_answer_counts_for_both_and_the_fifth_for_one_and_the_sixth_for_none()
    {
        ClassScore[] answers = [.. Enumerable.Range(0, 6).Select(id => new ClassScore(id, 1 - (id * 0.1f)))];
        ClassificationEvaluation evaluation = new();
        evaluation.Add(0, answers);
        evaluation.Add(4, answers);
        evaluation.Add(5, answers);
        evaluation.Add(9, answers);
        Assert.Equal((4, 0.25, 0.5), (evaluation.Images, evaluation.Top1, evaluation.Top5));
    }

    [Fact]
    public void Nothing_evaluated_is_zero_and_not_a_division_by_zero()
    {
        Assert.Equal((0, 0), (new ClassificationEvaluation().Top1, new ClassificationEvaluation().Top5));
    }
}
