using EdgeCnn.Engine.Kernels.Int8.Convolutions;

namespace EdgeCnn.Engine.Tests.Kernels.Int8;

public class Int8WinogradTests
{
    private static IEnumerable<IntegerCase> Cases()
    {
        foreach (int channels in (int[])[1, 3, 15, 16, 17, 33])
        {
            foreach (int size in (int[])[1, 2, 3, 5, 7, 13])
            {
                IntegerCase shape = new(channels, 49 - channels, 1, 3, 3, size, 14 - size);
                yield return shape with { Pads = (1, 1, 1, 1), Zero = [channels * 7] };
            }
        }
        foreach (int top in (int[])[0, 1, 2, 3])
        {
            foreach (int left in (int[])[0, 1, 2, 3])
                yield return new IntegerCase(5, 7, 1, 3, 3, 4, 5) { Pads = (top, left, 3 - top, (left + 2) % 4), Images = 2, Beside = 3 };
        }
        // Several pieces: blocks of tiles, blocks of output channels.
        yield return new IntegerCase(40, 130, 1, 3, 3, 40, 30) { Pads = (1, 1, 1, 1) };
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Every_shape_gives_the_exact_sums(int tile)
    {
        int seed = 0;
        foreach (IntegerCase shape in Cases()) (shape with { Seed = seed++ }).Check(Make(tile));
    }

    [Theory]
    [InlineData(2, 255, 127, 0, 115)]
    [InlineData(2, 0, -128, 255, 114)]
    [InlineData(4, 255, 127, 0, 115)]
    [InlineData(4, 0, 127, 255, 115)]
    [InlineData(4, 255, -128, 0, 114)]
    [InlineData(4, 0, -128, 255, 114)]
    public void Sums_at_the_border_of_the_bound_are_exact(int tile, byte data, sbyte weight, int zero, int channels)
    {
        IntegerCase largest = Square(channels, 13) with { Data = _ => data, Weight = _ => weight, Zero = [zero] };
        long sum = 0;
        largest.Is(operands => (sum = Int8Winograd.LargestSum(operands)) != 0);
        Assert.InRange(sum, (long)(Winograd4.Limit * 0.99), Winograd4.Limit - 1);
        largest.Check(Make(tile));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void The_extremes_of_data_and_weights_fit_sixteen_bits(int tile)
    {
        foreach (int zero in (int[])[0, 1, 128, 254, 255])
        {
            IntegerCase extreme = Square(16, 11) with
            {
                Data = random => random.Next(2) == 0 ? (byte)0 : (byte)255,
                Weight = random => random.Next(2) == 0 ? (sbyte)-128 : (sbyte)127,
                Zero = [zero],
            };
            for (int seed = 0; seed < 5; seed++) (extreme with { Seed = seed }).Check(Make(tile));
        }
    }

    [Fact]
    public void The_tile_is_the_largest_that_is_exact()
    {
        Assert.Equal(Cpu.HasDotProduct ? 0 : 4, Tile(Square(115, 13) with { Weight = _ => 127, Zero = [0] }));
        Assert.Equal(Cpu.HasDotProduct ? 0 : 2, Tile(Square(116, 13) with { Weight = _ => 127, Zero = [0] }));
        // From the middle data reach half as far.
        Assert.Equal(Cpu.HasDotProduct ? 0 : 4, Tile(Square(116, 13) with { Weight = _ => 127, Zero = [128] }));
        Assert.Equal(0, Tile(new IntegerCase(1842, 16, 1, 3, 3, 13, 13) { Weight = _ => 127, Zero = [0] }));
    }

    [Fact]
    public void Other_convolutions_are_not_taken()
    {
        IntegerCase plain = Square(32, 20);
        Assert.Equal(0, Tile(plain with { Stride = (2, 1) }));
        Assert.Equal(0, Tile(plain with { Dilation = (1, 2) }));
        Assert.Equal(0, Tile(plain with { Groups = 2 }));
        Assert.Equal(0, Tile(plain with { KernelWidth = 5 }));
        Assert.Equal(0, Tile(plain with { Channels = 3 }));
        Assert.Equal(0, Tile(plain with { Zero = new int[32] }));
    }

    /// <summary>Sums that must not depend on the instruction set.</summary>
    public static IEnumerable<int[]> Samples() =>
        Cases().SelectMany(shape => (int[][])[shape.Run(Make(2), out _), shape.Run(Make(4), out _)]);

    private static IntegerCase Square(int channels, int size) => new(channels, 32, 1, 3, 3, size, size) { Pads = (1, 1, 1, 1) };

    private static int Tile(IntegerCase shape)
    {
        int tile = 0;
        shape.Is(operands => (tile = Int8Winograd.OutputsOfTile(operands)) != 0);
        return tile;
    }

    private static Func<Int8Convolution, Weights, Step> Make(int tile) => (operands, weights) => new Int8Winograd(operands, tile, weights);
}
