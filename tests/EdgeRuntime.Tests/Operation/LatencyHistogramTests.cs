using EdgeCnn.EdgeRuntime.Operation;

namespace EdgeCnn.EdgeRuntime.Tests.Operation;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Percentiles_are_within_three_percent_of_the_sorted_truth()
    {
        const int Seed = 7;
        Random random = new(Seed);
        LatencyHistogram histogram = new();
        double[] truth = new double[5000];
        for (int i = 0; i < truth.Length; i++)
        {
            truth[i] = Math.Exp(random.NextDouble() * 16);
            histogram.Add(TimeSpan.FromMicroseconds(truth[i]));
        }
        Array.Sort(truth);

        foreach (double fraction in (double[])[0.01, 0.5, 0.9, 0.99, 1])
        {
            double expected = truth[(int)Math.Ceiling(fraction * truth.Length) - 1];
            double actual = histogram.Percentile(fraction).TotalMicroseconds;
            Assert.True(
                Math.Abs(actual - expected) <= (0.032 * expected) + 1, $"p{fraction}: {actual} instead of {expected} (seed {Seed})");
        }
        Assert.Equal(5000, histogram.Count);
    }

    [Fact]
    public void Nothing_added_gives_zero_and_absurd_durations_are_kept()
    {
        LatencyHistogram histogram = new();
        Assert.Equal(TimeSpan.Zero, histogram.Percentile(0.5));

        histogram.Add(TimeSpan.FromDays(400));
        histogram.Add(TimeSpan.FromSeconds(-5));

        Assert.Equal(TimeSpan.FromDays(400), histogram.Maximum);
        Assert.Equal(TimeSpan.Zero, histogram.Percentile(0.5));
    }

    [Fact]
    public void Adding_allocates_nothing()
    {
        LatencyHistogram histogram = new();
        histogram.Add(TimeSpan.FromMilliseconds(1));
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 1000; i++) histogram.Add(TimeSpan.FromMicroseconds(i));

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
