using EdgeCnn.Quantization.Weights;

namespace EdgeCnn.Quantization.Tests.Weights;

public class ChannelRoundingTests
{
    [Fact]
    public void Without_groups_the_largest_weight_is_127_where_clipping_does_not_pay()
    {
        (float scale, sbyte[] integers) = Round([], [1, -0.5f, 0.25f]);
        Assert.Equal([127, -64, 32], integers.Select(i => (int)i));
        Assert.Equal(1f / 127, scale, 1e-4f);
    }

    [Fact]
    public void A_pair_at_the_border_stays_as_it_is()
    {
        // 255 * (100 + 28) = 32640 fits 16 bits; with one unit more it does not.
        (_, sbyte[] integers) = Round([[0, 1]], [100, 28, -100, 100], [1, 1, 1e6, 1e6]);
        Assert.True(Positive(integers[..2]) <= OverflowGroups.Bound, string.Join(' ', integers));
        (float scale, integers) = Round([[0, 1]], [127, 1]);
        Assert.Equal([127, 1], integers.Select(i => (int)i));
        Assert.Equal(1, scale, 1e-4f);
    }

    [Fact]
    public void Weights_of_opposite_signs_do_not_limit_each_other()
    {
        (_, sbyte[] integers) = Round([[0, 1]], [1, -1]);
        Assert.Equal([127, -127], integers.Select(i => (int)i));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    public void No_group_exceeds_its_bound_whatever_the_weights_are(int size)
    {
        for (int seed = 0; seed < 200; seed++)
        {
            Random random = new(seed);
            int[][] groups = [.. Enumerable.Range(0, 28).Chunk(size)];
            float[] weights = [.. Enumerable.Range(0, 28).Select(_ => SmallNetwork.Normal(random) * (random.Next(4) == 0 ? 10 : 1))];
            (float scale, sbyte[] integers) = Round(groups, weights);
            foreach (int[] group in groups)
            {
                sbyte[] values = [.. group.Select(k => integers[k])];
                Assert.True(Positive(values) <= 128 && Negative(values) <= 128, $"seed {seed}: {string.Join(' ', values)}");
                Assert.InRange(255 * Positive(values), 0, short.MaxValue);
            }
            Assert.DoesNotContain((sbyte)-128, integers);
            Assert.True(float.IsFinite(scale) && scale > 0, $"seed {seed}: scale {scale}");
        }
    }

    [Fact]
    public void The_scale_is_never_below_the_least_one()
    {
        (float scale, sbyte[] integers) = Round([], [0.001f, -0.002f], least: 0.001f);
        Assert.Equal(0.001f, scale);
        Assert.Equal([1, -2], integers.Select(i => (int)i));
    }

    [Fact]
    public void Weights_that_are_all_zero_have_a_scale()
    {
        (float scale, sbyte[] integers) = Round([[0, 1]], [0, 0]);
        Assert.True(scale > 0);
        Assert.Equal([0, 0], integers.Select(i => (int)i));
    }

    [Fact]
    public void What_multiplies_large_values_is_rounded_best()
    {
        float[] weights = [1, 0.0123f, 0.0117f, 0.0131f];
        (float important, _) = Round([], weights, [1e-6, 1, 1, 1]);
        (float alike, _) = Round([], weights);
        Assert.True(important < 0.9f * alike, $"{important} and {alike}");
    }

    private static (float Scale, sbyte[] Integers) Round(int[][] groups, float[] weights, double[]? importance = null, float least = 0)
    {
        sbyte[] integers = new sbyte[weights.Length];
        float scale = new ChannelRounding(groups).Round(weights, importance ?? [.. weights.Select(_ => 1.0)], least, integers);
        return (scale, integers);
    }

    private static int Positive(sbyte[] values) => values.Sum(value => Math.Max((int)value, 0));

    private static int Negative(sbyte[] values) => values.Sum(value => Math.Max(-value, 0));
}
