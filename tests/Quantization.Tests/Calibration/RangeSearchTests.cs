using EdgeCnn.Quantization.Calibration;

namespace EdgeCnn.Quantization.Tests.Calibration;

public class RangeSearchTests
{
    [Fact]
    public void Min_max_keeps_every_value()
    {
        Assert.Equal(new ValueRange(-3, 40), RangeSearch.Find(Of([-3, 0, 1, 40]), RangeMethod.MinMax, 0));
    }

    [Fact]
    public void A_percentile_leaves_out_its_share_on_both_sides()
    {
        ValueRange range = RangeSearch.Find(Of(Enumerable.Range(0, 100_001).Select(i => i / 1000f)), RangeMethod.Percentile, 99);
        Assert.Equal(1, range.Low, 0.02f);
        Assert.Equal(99, range.High, 0.02f);
    }

    [Fact]
    public void The_hundredth_percentile_is_the_whole_range()
    {
        Assert.Equal(new ValueRange(-2, 5), RangeSearch.Find(Of([-2, 1, 1, 1, 5]), RangeMethod.Percentile, 100));
    }

    [Fact]
    public void One_outlier_among_many_does_not_widen_a_percentile()
    {
        ValueRange range = RangeSearch.Find(Of([.. Normal(20_000, seed: 3), 1000]), RangeMethod.Percentile, 99.95);
        Assert.InRange(range.High, 3, 5);
    }

    [Fact]
    public void The_least_squared_error_clips_a_normal_distribution_at_about_four_deviations()
    {
        // 3.92 for a normal distribution and 8 bits (Banner et al., "Post training 4-bit quantization of convolutional networks", 2019).
        ValueRange range = RangeSearch.Find(Of(Normal(400_000, seed: 5)), RangeMethod.Mse, 0);
        Assert.InRange(range.High, 3.6f, 4.4f);
        Assert.InRange(range.Low, -4.4f, -3.6f);
    }

    [Fact]
    public void Entropy_cuts_off_a_tail_that_holds_next_to_nothing()
    {
        ValueRange range = RangeSearch.Find(Of(Normal(400_000, seed: 7).Append(100)), RangeMethod.Entropy, 0);
        Assert.InRange(range.High, 3, 25);
    }

    [Theory]
    [InlineData(RangeMethod.Percentile)]
    [InlineData(RangeMethod.MinMax)]
    [InlineData(RangeMethod.Entropy)]
    [InlineData(RangeMethod.Mse)]
    public void A_value_that_is_always_the_same_has_a_range(RangeMethod method)
    {
        Histogram histogram = Of([2.5f, 2.5f, 2.5f]);
        ValueRange range = RangeSearch.Find(histogram, method, 99);
        Assert.Equal(2.5f, range.Union(ValueRange.Empty).High);
    }

    [Theory]
    [InlineData(-1f, 3f)]
    [InlineData(0f, 6f)]
    [InlineData(-7f, 0f)]
    [InlineData(2f, 3f)]
    [InlineData(-0.2785f, 131f)]
    public void Zero_is_represented_exactly_and_the_bounds_within_a_step(float low, float high)
    {
        AffineScale scale = new ValueRange(low, high).Scale(255);
        Assert.InRange(scale.Zero, 0, 255);
        Assert.Equal(Math.Max(high, 0), scale.Scale * (255 - scale.Zero), scale.Scale);
        Assert.Equal(Math.Min(low, 0), scale.Scale * (0 - scale.Zero), scale.Scale);
    }

    private static IEnumerable<float> Normal(int count, int seed)
    {
        Random random = new(seed);
        return Enumerable.Range(0, count).Select(_ => SmallNetwork.Normal(random));
    }

    private static Histogram Of(IEnumerable<float> values)
    {
        float[] all = [.. values];
        Histogram histogram = new(all.Min(), all.Max(), 8192);
        histogram.Add(all);
        return histogram;
    }
}
