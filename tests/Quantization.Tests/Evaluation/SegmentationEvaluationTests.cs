using EdgeCnn.Quantization.Evaluation;

namespace EdgeCnn.Quantization.Tests.Evaluation;

public sealed class SegmentationEvaluationTests
{
    /// <summary>
    /// Class 0: 2 of 4 true ones found and none else, 2/4; class 1: both found and one more, 2/3; class 2: one true one, one other found,
    /// 0.
    /// </summary>
    [Fact]
    public void Intersection_over_union_is_what_one_counts_by_hand()
    {
        SegmentationEvaluation evaluation = new(4);

        evaluation.Add([0, 0, 0, 0, 1, 1, 2], [0, 0, 1, 2, 1, 1, 3]);

        Assert.Equal([0.5, 2.0 / 3, 0, 0], evaluation.ByClass.Values);
        Assert.Equal((0.5 + 2.0 / 3) / 4, evaluation.MeanIou, 12);
        Assert.Equal(4.0 / 7, evaluation.PixelAccuracy, 12);
    }

    [Fact]
    public void Pixels_that_do_not_count_change_nothing_and_classes_that_do_not_occur_are_left_out()
    {
        SegmentationEvaluation evaluation = new(21);

        evaluation.Add([7, 7, 255, 255], [7, 7, 3, 7]);

        Assert.Equal([7], evaluation.ByClass.Keys);
        Assert.Equal((1.0, 1.0, 1), (evaluation.MeanIou, evaluation.PixelAccuracy, evaluation.Images));
    }

    [Fact]
    public void All_pictures_are_counted_together_and_not_averaged()
    {
        SegmentationEvaluation evaluation = new(2);

        evaluation.Add([1], [1]);
        evaluation.Add([1, 1, 1], [0, 0, 1]);

        Assert.Equal(0.5, evaluation.ByClass[1], 12);
        Assert.Equal(0, evaluation.ByClass[0]);
    }

    [Fact]
    public void Before_any_picture_everything_is_zero() =>
        Assert.Equal((0.0, 0.0), (new SegmentationEvaluation(3).MeanIou, new SegmentationEvaluation(3).PixelAccuracy));
}
