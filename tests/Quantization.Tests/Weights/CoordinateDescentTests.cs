using EdgeCnn.Quantization.Weights;

namespace EdgeCnn.Quantization.Tests.Weights;

public class CoordinateDescentTests
{
    [Fact]
    public void Errors_of_inputs_that_vary_together_cancel()
    {
        // Both inputs are the same, so only the sum of the weights counts: 0.4 + 0.4 is nearly one step, and rounding each gives none.
        sbyte[] integers = [0, 0];
        new CoordinateDescent([], 2).Refine([0.4f, 0.4f], 1, [1, 0.99f, 0.99f, 1], integers);
        Assert.Equal(1, integers[0] + integers[1]);
    }

    [Fact]
    public void Inputs_that_vary_independently_are_rounded_to_the_nearest()
    {
        sbyte[] integers = [5, -3, 0];
        new CoordinateDescent([], 3).Refine([1.2f, -0.7f, 0.4f], 1, [1, 0, 0, 0, 1, 0, 0, 0, 1], integers);
        Assert.Equal([1, -1, 0], integers.Select(i => (int)i));
    }

    [Fact]
    public void The_error_never_grows_and_no_group_leaves_its_bound()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            Random random = new(seed);
            const int size = 16;
            int[][] groups = [.. Enumerable.Range(0, size).Chunk(4)];
            float[] weights = [.. Enumerable.Range(0, size).Select(_ => SmallNetwork.Normal(random))];
            float[] covariance = Covariance(random, size);
            sbyte[] integers = new sbyte[size];
            float scale = new ChannelRounding(groups).Round(weights, [.. weights.Select(_ => 1.0)], 0, integers);
            double before = Error(weights, scale, covariance, integers);
            new CoordinateDescent(groups, size).Refine(weights, scale, covariance, integers);
            Assert.True(Error(weights, scale, covariance, integers) <= before * (1 + 1e-6), $"seed {seed}");
            foreach (int[] group in groups)
            {
                Assert.True(group.Sum(k => Math.Max((int)integers[k], 0)) <= OverflowGroups.Bound, $"seed {seed}");
                Assert.True(group.Sum(k => Math.Max(-integers[k], 0)) <= OverflowGroups.Bound, $"seed {seed}");
            }
        }
    }

    private static double Error(float[] weights, float scale, float[] covariance, sbyte[] integers)
    {
        double[] errors = [.. weights.Zip(integers, (weight, integer) => ((double)scale * integer) - weight)];
        double sum = 0;
        for (int i = 0; i < errors.Length; i++)
        {
            for (int j = 0; j < errors.Length; j++) sum += errors[i] * covariance[(i * errors.Length) + j] * errors[j];
        }
        return sum;
    }

    private static float[] Covariance(Random random, int size)
    {
        float[] covariance = new float[size * size];
        for (int sample = 0; sample < 3 * size; sample++)
        {
            float common = SmallNetwork.Normal(random);
            float[] values = [.. Enumerable.Range(0, size).Select(_ => common + SmallNetwork.Normal(random))];
            for (int i = 0; i < size; i++) InputCovariance.AddScaled(covariance.AsSpan(i * size, size), values, values[i]);
        }
        return covariance;
    }
}
