using EdgeCnn.Models;

namespace EdgeCnn.Quantization.Tests;

public class ComparisonTests
{
    [Fact]
    public void Equal_tensors_have_no_noise()
    {
        TensorComparison same = Compare([1, -2, float.NaN, float.PositiveInfinity], [1, -2, float.NaN, float.PositiveInfinity]);
        Assert.Equal((double.PositiveInfinity, 0d, 0d), (same.SqnrDecibels, same.LargestAbsolute, same.LargestRelative));
    }

    [Fact]
    public void A_tenth_of_the_signal_as_noise_is_twenty_decibels()
    {
        TensorComparison tenth = Compare([10, 0, -10, 0], [11, 0, -9, 0]);
        Assert.Equal(20, tenth.SqnrDecibels, 1e-9);
        Assert.Equal((1d, 0.1), (tenth.LargestAbsolute, tenth.LargestRelative));
    }

    [Fact]
    public void Runs_add_up_and_the_worst_value_is_named()
    {
        TensorComparison tensor = new("x", new Shape(2));
        tensor.Add([3, 4], [3, 4]);
        tensor.Add([0, 5], [0, 4.5f]);
        Assert.Equal((4L, 0.5, 0.1, 1), (tensor.Count, tensor.LargestAbsolute, tensor.LargestRelative, tensor.LargestAt));
        Assert.Equal(10 * Math.Log10(50 / 0.25), tensor.SqnrDecibels, 1e-9);
    }

    [Theory]
    [InlineData(1f, float.NaN)]
    [InlineData(float.NaN, 1f)]
    [InlineData(float.PositiveInfinity, float.NegativeInfinity)]
    [InlineData(0f, float.PositiveInfinity)]
    public void A_number_against_none_is_the_worst_there_is(float reference, float actual)
    {
        TensorComparison worst = Compare([1, reference], [1, actual]);
        Assert.Equal((double.NegativeInfinity, double.PositiveInfinity), (worst.SqnrDecibels, worst.LargestAbsolute));
    }

    [Fact]
    public void Noise_without_signal_is_minus_infinite()
    {
        Assert.Equal(double.NegativeInfinity, Compare([0, 0], [0, 1e-3f]).SqnrDecibels);
    }

    [Fact]
    public void The_report_begins_with_the_worst()
    {
        TensorComparison good = Compare([1, 2], [1, 2], "good"), bad = Compare([1, 2], [2, 1], "bad"), fair = Compare(
            [1, 2], [1, 2.01f], "fair");
        Assert.Equal(["bad", "fair", "good"], Comparison.WorstFirst([good, bad, fair]).Select(tensor => tensor.Name));
    }

    [Fact]
    public void Tensors_of_different_lengths_are_refused()
    {
        Assert.Contains("cannot be compared", Assert.Throws<ModelException>(() => Compare([1], [1, 2])).Message, StringComparison.Ordinal);
    }

    private static TensorComparison Compare(float[] reference, float[] actual, string name = "x")
    {
        TensorComparison comparison = new(name, new Shape(reference.Length));
        comparison.Add(reference, actual);
        return comparison;
    }
}
