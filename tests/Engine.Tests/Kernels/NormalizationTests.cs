using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels;

/// <summary>Images here have channels last, as the plan gives them to these operators.</summary>
public class NormalizationTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 5, 7, 3)]
    [InlineData(1, 13, 11, 64)]
    [InlineData(3, 2, 9, 37)]
    public void Batch_normalization_scales_and_shifts_each_channel(int n, int h, int w, int c)
    {
        Tensor x = Values.Random(1, Values.Shape(n, h, w, c)), scale = Values.Random(2, Values.Shape(c)), bias = Values.Random(
            3, Values.Shape(c));
        Tensor mean = Values.Random(4, Values.Shape(c)), variance = Tensor.Of(
            Values.Shape(c), [.. Values.Random(5, Values.Shape(c)).As<float>().ToArray().Select(MathF.Abs)]);
        Tensor y = StepRunner.Run(new BatchNormalization(1e-3f), [x.Info], x, scale, bias, mean, variance)[0];
        Tensor expected = Tensor.Zeros(ElementType.Float32, x.Shape);
        for (int i = 0; i < x.Shape.Count; i++)
        {
            int k = i % c;
            double factor = scale.As<float>()[k] / Math.Sqrt(variance.As<float>()[k] + 1e-3f);
            expected.As<float>()[i] = (float)((x.As<float>()[i] - (double)mean.As<float>()[k]) * factor + bias.As<float>()[k]);
        }
        Values.Close(expected, y, 1e-5, 2e-5, $"{x.Shape}");
    }

    [Theory]
    [InlineData(1, 1, 3, 4, 2)]
    [InlineData(2, 9, 7, 6, 6)]
    [InlineData(2, 9, 7, 6, 1)]
    [InlineData(1, 31, 29, 48, 3)]
    [InlineData(2, 20, 20, 100, 100)]
    [InlineData(1, 4, 4, 33, 11)]
    public void Groups_of_channels_get_mean_zero_and_variance_one_before_scale_and_bias(int n, int h, int w, int c, int groups)
    {
        Tensor x = Values.Random(1, Values.Shape(n, h, w, c)), scale = Values.Random(2, Values.Shape(c)), bias = Values.Random(
            3, Values.Shape(c));
        for (int i = 0; i < x.Shape.Count; i++) x.As<float>()[i] += 50 * (i % c);
        Operator op = groups == c ? new InstanceNormalization(1e-5f) : new GroupNormalization(1e-5f, groups);
        Tensor y = StepRunner.Run(op, [x.Info], x, scale, bias)[0];
        Tensor expected = Tensor.Zeros(ElementType.Float32, x.Shape);
        int perGroup = c / groups;
        for (int image = 0; image < n; image++)
        {
            for (int group = 0; group < groups; group++)
            {
                int[] members =
                    [.. Enumerable.Range(0, h * w * c).Where(i => i % c / perGroup == group).Select(i => image * h * w * c + i)];
                double mean = members.Average(i => (double)x.As<float>()[i]);
                double variance = members.Average(i => Math.Pow(x.As<float>()[i] - mean, 2));
                foreach (int i in members)
                    expected.As<float>()[i] = (float)(
                        (x.As<float>()[i] - mean) / Math.Sqrt(variance + 1e-5) * scale.As<float>()[i % c] + bias.As<float>()[i % c]);
            }
        }
        Values.Close(expected, y, 1e-4, 5e-4 * c, $"{x.Shape} in {groups} groups");
    }

    [Theory]
    [InlineData("4x7", 1, "7")]
    [InlineData("2x3x40", 1, "3x40")]
    [InlineData("2x3x40", 2, "40")]
    [InlineData("2x3x40", 1, "40")]
    [InlineData("2x3x40", 1, "3x1")]
    public void Layer_normalization_treats_each_row_by_itself(string text, int axis, string parameters)
    {
        Tensor x = Values.Random(1, Parse(text)), scale = Values.Random(2, Parse(parameters)), bias = Values.Random(3, Parse(parameters));
        int length = (int)x.Shape.CountBetween(axis, x.Shape.Rank);
        Shape row = new(x.Shape.Extents[axis..]);
        int[][] indices = [.. Values.Indices(row)];
        foreach (Tensor? offset in (Tensor?[])[bias, null])
        {
            Tensor y = StepRunner.Run(new LayerNormalization(axis, 1e-5f), [x.Info], x, scale, offset)[0];
            Tensor expected = Tensor.Zeros(ElementType.Float32, x.Shape);
            for (int start = 0; start < x.Shape.Count; start += length)
            {
                double[] values = [.. x.As<float>().Slice(start, length).ToArray()];
                double mean = values.Average(), variance = values.Average(v => (v - mean) * (v - mean));
                for (int i = 0; i < length; i++)
                {
                    double normal =
                        (values[i] - mean) / Math.Sqrt(variance + 1e-5) * scale.As<float>()[Values.Flat(scale.Shape, indices[i])];
                    expected.As<float>()[start + i] = (float)(
                        normal + (offset is null ? 0 : offset.As<float>()[Values.Flat(bias.Shape, indices[i])]));
                }
            }
            Values.Close(expected, y, 1e-5, 1e-5, $"{x.Shape} from axis {axis}, scale {scale.Shape}");
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    [InlineData(4, 7)]
    [InlineData(5, 64)]
    [InlineData(9, 37)]
    [InlineData(30, 16)]
    public void Local_response_normalization_looks_at_the_neighbouring_channels(int size, int c)
    {
        Tensor x = Values.Random(1, Values.Shape(2, 3, 5, c));
        Tensor y = StepRunner.Run(new Lrn(size, 0.02f, 0.75f, 1.5f), [x.Info], x)[0];
        Tensor expected = Tensor.Zeros(ElementType.Float32, x.Shape);
        for (int i = 0; i < x.Shape.Count; i++)
        {
            double sum = 0;
            for (int k = i % c - (size - 1) / 2; k <= i % c + size / 2; k++)
            {
                if (k >= 0 && k < c) sum += Math.Pow(x.As<float>()[i - i % c + k], 2);
            }
            expected.As<float>()[i] = (float)(x.As<float>()[i] / Math.Pow(1.5 + 0.02 / size * sum, 0.75));
        }
        Values.Close(expected, y, 1e-6, 1e-7, $"size {size}, {x.Shape}");
    }

    [Fact]
    public void Lp_normalization_divides_by_the_norm_and_leaves_zeros_alone()
    {
        Tensor x = Tensor.Of(Values.Shape(2, 2), [3f, 4, 0, 0]);
        Values.Close(Tensor.Of(x.Shape, [0.6f, 0.8f, 0, 0]), StepRunner.One(new LpNormalization(1, 2), x), 1e-6, 0, "p = 2");
        Values.Close(Tensor.Of(x.Shape, [1f, 1, 0, 0]), StepRunner.One(new LpNormalization(0, 1), x), 1e-6, 0, "p = 1");
    }

    private static Shape Parse(string text) => new([.. text.Split('x').Select(int.Parse)]);
}
