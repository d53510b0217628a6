using EdgeCnn.Models;

namespace EdgeCnn.Training.Tests.Gradients;

public class ConvolutionGradientTests
{
    /// <summary>Batch, C, H, W, M, kH, kW, strides, pads (top, left, bottom, right), dilations, groups.</summary>
    public static TheoryData<int[]> Shapes => new(
        [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1],
        [2, 3, 7, 5, 4, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        [3, 5, 9, 8, 7, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1],
        [2, 2, 11, 13, 3, 3, 3, 3, 3, 1, 0, 2, 1, 1, 1, 1],
        [1, 17, 6, 7, 19, 3, 2, 2, 1, 0, 1, 1, 0, 1, 1, 1],
        [2, 7, 9, 9, 5, 3, 3, 1, 1, 2, 2, 2, 2, 2, 2, 1],
        [2, 3, 12, 11, 6, 3, 3, 2, 3, 0, 1, 2, 3, 2, 1, 1],
        [2, 1, 14, 14, 6, 5, 5, 1, 1, 0, 0, 0, 0, 1, 1, 1],
        [1, 3, 16, 15, 16, 7, 7, 2, 2, 3, 3, 3, 3, 1, 1, 1],
        [2, 33, 5, 5, 31, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1],
        [1, 16, 9, 9, 13, 1, 1, 2, 2, 0, 0, 0, 0, 1, 1, 1],
        [2, 64, 4, 3, 48, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        [1, 12, 6, 6, 18, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 3],
        [2, 32, 5, 4, 64, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 4],
        [2, 19, 8, 7, 19, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 19],
        [1, 37, 9, 9, 37, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 37],
        [2, 6, 9, 8, 6, 5, 5, 2, 1, 2, 2, 1, 2, 1, 1, 6],
        [1, 5, 11, 9, 5, 3, 3, 1, 2, 2, 3, 2, 1, 2, 2, 5],
        [1, 6, 5, 5, 12, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 6],
        [4, 8, 31, 29, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1]);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_gradient_of_a_convolution_is_that_of_its_differences(int[] s)
    {
        const int Seed = 11;
        Random random = new(Seed);
        Conv conv = new([s[7], s[8]], [s[9], s[10], s[11], s[12]], [s[13], s[14]], s[15]);
        Tensor w =
            GradientCheck.Random(random, new Shape(s[4], s[1] / s[15], s[5], s[6])), b = GradientCheck.Random(random, new Shape(s[4]));
        GradientCheck.Differences(
            GradientCheck.OfOne(conv, new Shape(1, s[1], s[2], s[3]), w, b), s[0], Seed, $"Conv {string.Join(' ', s)}");
    }

    /// <summary>Batch, C, H, W, M, kH, kW, stride, pad, dilation, output padding, groups.</summary>
    public static TheoryData<int[]> TransposedShapes => new(
        [1, 1, 2, 2, 1, 2, 2, 2, 0, 1, 0, 1],
        [2, 5, 4, 3, 7, 3, 3, 1, 1, 1, 0, 1],
        [2, 8, 5, 4, 6, 2, 2, 2, 0, 1, 0, 1],
        [1, 3, 5, 7, 17, 3, 3, 2, 1, 1, 1, 1],
        [2, 4, 4, 4, 6, 3, 3, 3, 1, 2, 2, 2],
        [1, 16, 3, 3, 33, 4, 4, 2, 1, 1, 0, 1]);

    [Theory]
    [MemberData(nameof(TransposedShapes))]
    public void The_gradient_of_a_transposed_convolution_is_that_of_its_differences(int[] s)
    {
        const int Seed = 5;
        Random random = new(Seed);
        ConvTranspose conv = new([s[7], s[7]], [s[8], s[8], s[8], s[8]], [s[9], s[9]], [s[10], s[10]], s[11]);
        Tensor w =
            GradientCheck.Random(random, new Shape(s[1], s[4] / s[11], s[5], s[6])), b = GradientCheck.Random(random, new Shape(s[4]));
        GradientCheck.Differences(
            GradientCheck.OfOne(conv, new Shape(1, s[1], s[2], s[3]), w, b), s[0], Seed, $"ConvTranspose {string.Join(' ', s)}");
    }
}
