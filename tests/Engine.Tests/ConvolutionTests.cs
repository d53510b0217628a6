using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests;

public class ConvolutionTests
{
    /// <summary>N, C, H, W, M, kH, kW, stride, pad, dilation, groups.</summary>
    public static TheoryData<int[]> Shapes => new(
        [1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1],
        [1, 8, 1, 5, 15, 1, 1, 1, 0, 1, 1],
        [1, 16, 1, 6, 16, 1, 1, 1, 0, 1, 1],
        [1, 17, 1, 7, 17, 1, 1, 1, 0, 1, 1],
        [2, 31, 5, 7, 33, 1, 1, 1, 0, 1, 1],
        [1, 300, 3, 3, 40, 1, 1, 1, 0, 1, 1],
        [1, 700, 2, 2, 5, 1, 1, 1, 0, 1, 1],
        [1, 24, 6, 6, 10, 1, 1, 2, 0, 1, 1],
        [1, 3, 11, 13, 16, 3, 3, 2, 1, 1, 1],
        [1, 3, 9, 8, 7, 7, 7, 2, 3, 1, 1],
        [1, 1, 6, 5, 4, 5, 3, 1, 2, 1, 1],
        [1, 7, 6, 5, 4, 3, 3, 1, 1, 2, 1],
        [1, 8, 7, 9, 12, 3, 3, 1, 1, 1, 1],
        [1, 40, 7, 7, 20, 3, 3, 1, 1, 1, 1],
        [1, 130, 4, 5, 18, 3, 3, 1, 1, 1, 1],
        [1, 300, 4, 4, 16, 3, 3, 1, 1, 1, 1],
        [3, 10, 5, 4, 6, 3, 3, 3, 2, 1, 1],
        [1, 9, 3, 3, 5, 3, 3, 1, 5, 1, 1],
        [1, 12, 9, 9, 8, 3, 3, 1, 4, 4, 1],
        [1, 12, 9, 9, 8, 3, 5, 2, 2, 3, 1],
        [1, 12, 5, 5, 18, 3, 3, 1, 1, 1, 3],
        [1, 32, 6, 5, 64, 1, 1, 1, 0, 1, 4],
        [1, 6, 5, 5, 12, 3, 3, 1, 1, 1, 6],
        [1, 1, 5, 5, 1, 3, 3, 1, 1, 1, 1],
        [1, 8, 7, 7, 8, 3, 3, 1, 1, 1, 8],
        [2, 19, 8, 5, 19, 3, 3, 1, 1, 1, 19],
        [1, 37, 9, 9, 37, 3, 3, 2, 1, 1, 37],
        [1, 16, 2, 2, 16, 3, 3, 1, 2, 1, 16],
        [1, 23, 9, 9, 23, 5, 5, 1, 2, 1, 23],
        [1, 20, 9, 9, 20, 3, 3, 1, 2, 2, 20],
        [1, 33, 7, 9, 33, 1, 1, 1, 0, 1, 33],
        [1, 5, 3, 3, 5, 3, 3, 1, 4, 1, 5],
        [1, 64, 5, 4, 17, 3, 3, 1, 1, 1, 1],
        [1, 65, 5, 4, 31, 3, 3, 1, 1, 1, 1],
        [2, 3, 3, 3, 24, 3, 3, 1, 2, 1, 1],
        [1, 2, 2, 2, 4, 5, 5, 1, 2, 1, 1],
        [1, 1, 28, 28, 8, 5, 5, 1, 2, 1, 1],
        [1, 3, 20, 20, 24, 7, 7, 2, 3, 1, 1]);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_convolution_has_the_bits_of_its_definition(int[] s)
    {
        (Conv conv, Tensor x, Tensor w, Tensor b, float[] expected) = Case(s, seed: 7);
        string what = string.Join(' ', s);
        Run.AssertSameBits(expected, Run.One(conv, [x, w, b], [false, true, true]), what);
        Run.AssertSameBits(expected, Run.One(conv, [x, w, b], [false, true, true], threads: 3), $"{what}, three threads");
        Run.AssertSameBits(expected, Run.One(conv, [x, w, b], [false, false, false]), $"{what}, weights computed at run time");
    }

    [Fact]
    public void Random_convolutions_have_the_bits_of_their_definitions()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            Random random = new(seed);
            int groups = random.Next(4) switch { 0 => 2, 1 => random.Next(1, 40), _ => 1 };
            int[] s =
            [
                random.Next(1, 3), groups * random.Next(1, 1 + 60 / groups), random.Next(1, 12), random.Next(
                    1, 12), groups * random.Next(1, 1 + 40 / groups),
                random.Next(1, 5), random.Next(1, 5), random.Next(1, 4), random.Next(4, 7), random.Next(1, 3), groups,
            ];
            (Conv conv, Tensor x, Tensor w, _, float[] expected) = Case(s, seed, bias: false);
            Run.AssertSameBits(expected, Run.One(conv, [x, w], [false, true], threads: 2), $"seed {seed}: {string.Join(' ', s)}");
        }
    }

    /// <summary>C, H, W, M, k, stride, pad, dilation, output padding, groups.</summary>
    [Theory]
    [InlineData(1, 1, 1, 1, 1, 1, 0, 1, 0, 1)]
    [InlineData(5, 3, 4, 7, 2, 2, 0, 1, 0, 1)]
    [InlineData(8, 4, 3, 6, 3, 2, 1, 1, 1, 1)]
    [InlineData(8, 5, 5, 20, 4, 2, 1, 1, 0, 1)]
    [InlineData(3, 4, 4, 5, 2, 3, 0, 1, 0, 1)]
    [InlineData(6, 4, 4, 9, 3, 1, 1, 2, 0, 3)]
    [InlineData(4, 3, 3, 4, 3, 3, 2, 2, 1, 4)]
    public void A_transposed_convolution_has_the_bits_of_its_definition(
        int c, int h, int w, int m, int k, int stride, int pad, int dilation, int outputPadding, int groups)
    {
        ConvTranspose conv = new([stride, stride], [pad, pad, pad, pad], [dilation, dilation], [outputPadding, outputPadding], groups);
        Random random = new(3);
        Tensor x = Run.Random(random, new Shape(2, c, h, w)), weights = Run.Random(
            random, new Shape(c, m / groups, k, k)), b = Run.Random(random, new Shape(m));
        Shape y = conv.Infer([x.Info, weights.Info, b.Info], 1)[0].Shape;
        float[] expected = PlainConvolution.ConvTranspose(
            conv, x.Shape, x.As<float>(), weights.Shape, weights.As<float>(), b.As<float>(), y);
        Run.AssertSameBits(expected, Run.One(conv, [x, weights, b], [false, true, true], threads: 2), $"to {y}");
    }

    [Fact]
    public void Not_a_number_and_infinity_go_where_the_definition_takes_them()
    {
        int[] s = [1, 9, 5, 5, 9, 3, 3, 1, 1, 1, 9];
        (Conv conv, Tensor x, Tensor w, Tensor b, _) = Case(s, 1);
        x.As<float>()[30] = float.NaN;
        x.As<float>()[60] = float.PositiveInfinity;
        b.As<float>()[2] = -0f;
        w.As<float>()[20] = 1e-42f;
        Shape y = conv.Infer([x.Info, w.Info], 1)[0].Shape;
        float[] expected = PlainConvolution.Conv(conv, x.Shape, x.As<float>(), w.Shape, w.As<float>(), b.As<float>(), y);
        Run.AssertSameBits(expected, Run.One(conv, [x, w, b], [false, true, true]), "depthwise with special values");
    }

    private static (Conv Conv, Tensor X, Tensor W, Tensor B, float[] Expected) Case(int[] s, int seed, bool bias = true)
    {
        Conv conv = new([s[7], s[7]], [s[8], s[8], s[8], s[8]], [s[9], s[9]], s[10]);
        Random random = new(seed);
        Tensor x = Run.Random(random, new Shape(s[0], s[1], s[2], s[3])), w = Run.Random(random, new Shape(s[4], s[1] / s[10], s[5], s[6]));
        Tensor b = Run.Random(random, new Shape(s[4]));
        Shape y = conv.Infer([x.Info, w.Info, b.Info], 1)[0].Shape;
        return (conv, x, w, b, PlainConvolution.Conv(conv, x.Shape, x.As<float>(), w.Shape, w.As<float>(), bias ? b.As<float>() : [], y));
    }
}
