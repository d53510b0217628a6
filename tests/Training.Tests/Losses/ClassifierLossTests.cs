using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;
using EdgeCnn.Training.Losses;

namespace EdgeCnn.Training.Tests.Losses;

public class ClassifierLossTests
{
    private static Example Of(int classId) => Example.OfClass(new Picture(1, 1), classId);

    [Fact]
    public void A_network_that_knows_nothing_pays_the_logarithm_of_the_number_of_classes()
    {
        using LossCase outputs = new(3, new Shape(1, 10));
        Assert.Equal(Math.Log(10), outputs.Compute(new SoftmaxCrossEntropy(), [Of(0), Of(4), Of(9)]).Total, 12);
        Assert.Equal(Math.Log(10), outputs.Compute(new SoftmaxCrossEntropy(smoothing: 0.1), [Of(0), Of(4), Of(9)]).Total, 12);
    }

    [Theory]
    [InlineData(1, 2, 0)]
    [InlineData(3, 7, 0)]
    [InlineData(5, 13, 0.1)]
    public void The_gradient_of_cross_entropy_is_that_of_differences(int batch, int classes, double smoothing)
    {
        Random random = new(classes);
        using LossCase outputs = new(batch, new Shape(1, classes));
        outputs.Fill(random, spread: 4);
        Example[] examples = [.. Enumerable.Range(0, batch).Select(_ => Of(random.Next(classes)))];
        outputs.CheckGradient(new SoftmaxCrossEntropy(smoothing), examples, random, $"seed {classes}");
    }

    [Fact]
    public void Gradients_of_cross_entropy_sum_to_zero_over_the_classes()
    {
        using LossCase outputs = new(2, new Shape(1, 17));
        outputs.Fill(new Random(1));
        outputs.Compute(new SoftmaxCrossEntropy(0.05), [Of(3), Of(16)]);
        foreach (float[] row in outputs.Network.OutputGradient(0).ToArray().Chunk(17)) Assert.Equal(0, row.Sum(), 1e-6);
    }

    [Fact]
    public void Auxiliary_classifiers_count_three_tenths()
    {
        using LossCase outputs = new(2, new Shape(1, 10), new Shape(1, 10));
        Assert.Equal(1.3 * Math.Log(10), outputs.Compute(new SoftmaxCrossEntropy(), [Of(0), Of(4)]).Total, 12);
        outputs.CheckGradient(new SoftmaxCrossEntropy(), [Of(0), Of(4)], new Random(2), "two outputs");
    }

    [Fact]
    public void Logits_of_any_size_give_finite_losses()
    {
        using LossCase outputs = new(1, new Shape(1, 3));
        new[] { 3e38f, -3e38f, 0 }.CopyTo(outputs.Values(0));
        Assert.Equal(0, outputs.Compute(new SoftmaxCrossEntropy(), [Of(0)]).Total, 12);
        Assert.Equal(0, outputs.Compute(new FocalLoss(), [Of(0)]).Total, 12);
        Assert.All(outputs.Network.OutputGradient(0).ToArray(), value => Assert.True(float.IsFinite(value)));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(2)]
    [InlineData(5)]
    public void The_gradient_of_the_focal_loss_is_that_of_differences(double gamma)
    {
        Random random = new(11);
        using LossCase outputs = new(4, new Shape(1, 5));
        outputs.Fill(random, spread: 3);
        outputs.CheckGradient(new FocalLoss(gamma), [Of(0), Of(4), Of(2), Of(2)], random, $"gamma {gamma}, seed 11");
    }

    [Fact]
    public void The_focal_loss_with_gamma_zero_is_cross_entropy()
    {
        using LossCase outputs = new(2, new Shape(1, 6));
        outputs.Fill(new Random(5));
        double entropy = outputs.Compute(new SoftmaxCrossEntropy(), [Of(1), Of(5)]).Total;
        float[] gradient = outputs.Network.OutputGradient(0).ToArray();
        Assert.Equal(entropy, outputs.Compute(new FocalLoss(0), [Of(1), Of(5)]).Total, 12);
        foreach ((float a, float b) in gradient.Zip(outputs.Network.OutputGradient(0).ToArray())) Assert.Equal(a, b, 1e-6f);
    }

    [Fact]
    public void What_is_easy_counts_less_in_the_focal_loss()
    {
        using LossCase outputs = new(1, new Shape(1, 2));
        outputs.Values(0)[0] = 3;
        double easy = outputs.Compute(new FocalLoss(), [Of(0)]).Total / outputs.Compute(new SoftmaxCrossEntropy(), [Of(0)]).Total;
        double hard = outputs.Compute(new FocalLoss(), [Of(1)]).Total / outputs.Compute(new SoftmaxCrossEntropy(), [Of(1)]).Total;
        Assert.True(easy < 0.01 && hard > 0.9, $"{easy}, {hard}");
    }

    [Fact]
    public void A_class_that_the_network_does_not_know_is_refused()
    {
        using LossCase outputs = new(1, new Shape(1, 4));
        Assert.Contains("class 4", Assert.Throws<DataException>(() => outputs.Compute(new SoftmaxCrossEntropy(), [Of(4)])).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(6, 5)]
    [InlineData(3, 2)]
    public void The_gradient_of_the_segmentation_loss_is_that_of_differences(int width, int height)
    {
        Random random = new(3);
        using LossCase outputs = new(2, new Shape(1, 4, height, width));
        outputs.Fill(random);
        Example[] examples = [Masked(), Masked()];
        outputs.CheckGradient(new SegmentationLoss(), examples, random, $"{width}x{height}, seed 3");

        Example Masked()
        {
            byte[] mask = new byte[5 * 6];
            foreach (ref byte pixel in mask.AsSpan()) pixel = random.Next(5) is var c && c == 4 ? SegmentationLoss.Ignored : (byte)c;
            return new Example(new Picture(6, 5), -1, [], mask);
        }
    }

    [Fact]
    public void Pixels_that_do_not_count_have_no_gradient()
    {
        using LossCase outputs = new(1, new Shape(1, 3, 2, 2));
        outputs.Fill(new Random(4));
        LossValue loss = outputs.Compute(new SegmentationLoss(), [new Example(new Picture(2, 2), -1, [], [255, 255, 255, 255])]);
        Assert.Equal(0, loss.Total);
        Assert.All(outputs.Network.OutputGradient(0).ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void The_loss_is_chosen_by_what_a_network_is_for()
    {
        NamedValue image = new("image", ElementType.Float32, new Shape(1, 3, 64, 64));
        Assert.IsType<SoftmaxCrossEntropy>(
            Training.Losses.Losses.For(ModelTask.Resolve([image], [new NamedValue("y", ElementType.Float32, new Shape(1, 5))])));
        Assert.Contains("raw values", Assert.Throws<ModelException>(() => Training.Losses.Losses.For(
            ModelTask.Resolve([image],
                [new NamedValue("y", ElementType.Float32, new Shape(1, 84, 84))]))).Message, StringComparison.Ordinal);
    }
}
