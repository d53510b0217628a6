using EdgeCnn.Engine.Kernels.Int8.Convolutions;

namespace EdgeCnn.Engine.Tests.Kernels.Int8;

public class Int8DepthwiseTests
{
    private static IEnumerable<IntegerCase> Cases()
    {
        foreach (int channels in (int[])[1, 3, 15, 16, 17, 33])
        {
            foreach (int size in (int[])[1, 2, 3, 5, 7, 13])
            {
                yield return Case(channels, 3, 3, size, size) with { Pads = (1, 1, 1, 1) };
                yield return Case(channels, 5, 5, size, 13) with { Pads = (2, 2, 2, 2), Stride = (2, 2) };
            }
        }
        int[] zeros = [.. Enumerable.Range(0, 40).Select(c => c * 255 / 39)];
        foreach ((int y, int x) in ((int, int)[])[(1, 1), (2, 2), (1, 2), (3, 1)])
        {
            yield return Case(40, 3, 3, 9, 11) with { Stride = (y, x), Pads = (0, 1, 2, 3), Zero = zeros, Images = 2 };
            yield return Case(40, 3, 3, 9, 11) with { Dilation = (y, x), Pads = (3, 2, 1, 0), Zero = zeros, Beside = 5 };
            yield return Case(5, 1, 7, 4, 17) with { Stride = (y, x), Pads = (3, 3, 3, 3) };
            yield return Case(5, 7, 1, 17, 4) with { Dilation = (x, y), Pads = (6, 0, 6, 0) };
            yield return Case(19, 4, 2, 6, 6) with { Stride = (x, y), Pads = (5, 3, 4, 2) };
        }
        // Several pieces: bands of rows, blocks of channels.
        yield return Case(48, 3, 3, 70, 60) with { Pads = (1, 1, 1, 1) };
        yield return Case(17, 5, 5, 40, 200) with { Pads = (2, 2, 2, 2) };
    }

    [Fact]
    public void Every_shape_gives_the_exact_sums()
    {
        int seed = 0;
        foreach (IntegerCase shape in Cases()) (shape with { Seed = seed++ }).Check(Make);
    }

    [Theory]
    [InlineData(255, -128, 0)]
    [InlineData(255, 127, 0)]
    [InlineData(0, -128, 255)]
    [InlineData(0, 127, 255)]
    public void The_largest_sums_are_exact(byte data, sbyte weight, int zero) =>
        (Case(33, 7, 7, 9, 9) with { Data = _ => data, Weight = _ => weight, Zero = [zero], Pads = (3, 3, 3, 3) }).Check(Make);

    [Fact]
    public void Convolutions_that_see_other_channels_are_not_taken()
    {
        Assert.False(new IntegerCase(4, 8, 4, 3, 3, 5, 5).Is(Int8Depthwise.Suits));
        Assert.False(new IntegerCase(4, 4, 2, 3, 3, 5, 5).Is(Int8Depthwise.Suits));
    }

    /// <summary>Sums that must not depend on the instruction set.</summary>
    public static IEnumerable<int[]> Samples() => Cases().Select(shape => shape.Run(Make, out _));

    private static IntegerCase Case(int channels, int kernelHeight, int kernelWidth, int height, int width) =>
        new(channels, channels, channels, kernelHeight, kernelWidth, height, width);

    /// <summary>The kernel of this machine.</summary>
    private static Step Make(Int8Convolution operands, Weights weights)
    {
        Assert.True(Int8Depthwise.Suits(operands));
        return Cpu.HasNeon ? new Int8DepthwiseBytes(operands, weights) : new Int8Depthwise(operands, weights);
    }
}
