using EdgeCnn.Engine.Kernels.Int8;
using EdgeCnn.Engine.Kernels.Int8.Epilogues;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels.Int8;

public sealed unsafe class FixedPointSiluTests : IDisposable
{
    private readonly Weights _memory = new();

    public void Dispose() => _memory.Dispose();

    [Theory]
    [InlineData(0.00135f, 0.5)]
    [InlineData(0.0027f, 0.25)]
    [InlineData(0.004f, 0.2)]
    [InlineData(0.005f, 0.15)]
    [InlineData(0.01f, 0.1)]
    [InlineData(0.0235f, 0.035)]
    [InlineData(0.03f, 0.03)]
    [InlineData(0.1f, 0.015)]
    [InlineData(7.9f, 0.01)]
    public void It_differs_from_the_exact_function_by_a_fraction_of_a_step(float scale, double fraction)
    {
        // Sums of a hundredth of a step each, over all that 8 bits can hold and beyond.
        const int Sums = 60_000, Zero = 40;
        float factor = scale / 100;
        FixedPointSilu silu = FixedPointSilu.For(
            new SumsMeaning([factor], [0], null, false, new Silu()), new QuantizedScale([scale], [Zero], ElementType.UInt8), _memory)!;
        int[] sums = [.. Enumerable.Range(-Sums / 2, Sums)];
        byte[] output = new byte[Sums];
        fixed (int* from = sums)
        fixed (byte* to = output) silu.Rows(from, 1, Sums, 0, 1, null, 0, to, 1);
        for (int i = 0; i < Sums; i++)
        {
            double x = (double)sums[i] * factor, exact = Math.Clamp((x / (1 + Math.Exp(-x)) / scale) + Zero, 0, 255);
            double off = Math.Abs(Unsigned(output[i]) - exact);
            Assert.True(off <= 0.5 + fraction, $"scale {scale}: {x:r} became {Unsigned(output[i])}, {off:f3} steps from {exact:f3}");
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public void Vectors_of_columns_and_any_number_of_rows_have_the_bits_of_single_sums(int seed, bool adds)
    {
        Random random = new(seed);
        for (int rows = 1; rows <= 9; rows++)
        {
            int channels = random.Next(1, 70);
            float[] scales = [.. Enumerable.Range(0, random.Next(2) == 0 ? 1 : channels).Select(_ => Scale(0.0014, 1))];
            int[] zeros = [.. scales.Select(_ => random.Next(256))];
            QuantizedScale output = new([.. scales], [.. zeros], ElementType.UInt8);
            QuantizedScale? residual = adds ? new([scales.Min() * 0.9f], [random.Next(256)], ElementType.UInt8) : null;
            SumsMeaning meaning = new(
                [.. Enumerable.Range(0, channels).Select(_ => Scale(1e-5, random.Next(9) == 0 ? 1e3 : 1e-2))],
                [.. Enumerable.Range(0, channels).Select(_ => (float)(random.NextDouble() * 4 - 2))], residual, true, new Silu());
            FixedPointSilu silu = FixedPointSilu.For(meaning, output, _memory)!;

            int sumStride = channels + random.Next(3), stride = channels + random.Next(3);
            int[] sums = [.. Enumerable.Range(0, rows * sumStride).Select(_ => Sum())];
            byte[] added = new byte[rows * stride], together = new byte[rows * stride], alone = new byte[rows * stride];
            random.NextBytes(added);
            fixed (int* from = sums)
            fixed (byte* plus = added, all = together, one = alone)
            {
                silu.Rows(from, sumStride, rows, 0, channels, adds ? plus : null, stride, all, stride);
                for (int row = 0; row < rows; row++)
                {
                    for (int c = 0; c < channels; c++)
                    {
                        int at = row * stride + c;
                        silu.Rows(from + row * sumStride + c, sumStride, 1, c, 1, adds ? plus + at : null, stride, one + at, stride);
                    }
                }
            }
            Assert.True(together.AsSpan().SequenceEqual(alone), $"seed {seed}, {rows} rows of {channels} channels, {scales.Length} scales");
        }

        float Scale(double from, double to) => (float)(from * Math.Pow(to / from, random.NextDouble()));

        int Sum() => random.Next(20) switch { 0 => int.MinValue, 1 => int.MaxValue, 2 => 0, _ => random.Next(-100_000, 100_000) };
    }

    [Theory]
    [InlineData(0.0027f, 1, 0.4)]
    [InlineData(0.02f, 1, 0.05)]
    [InlineData(0.07f, 1, 0.04)]
    [InlineData(0.07f, 1.9, 0.05)]
    [InlineData(1f, 0.3, 0.04)]
    public void A_residual_as_coarse_as_the_output_is_added(float scale, double coarser, double fraction)
    {
        const int Zero = 60, ResidualZero = 8;
        float factor = scale / 100;
        QuantizedScale residual = new([(float)(scale * coarser)], [ResidualZero], ElementType.UInt8);
        FixedPointSilu silu = FixedPointSilu.For(
            new SumsMeaning([factor], [0], residual, true, new Silu()), new QuantizedScale([scale], [Zero], ElementType.UInt8), _memory)!;
        for (int sum = -5_000; sum < 20_000; sum += 7)
        {
            int added = sum & 255;
            byte stored = Values.Stored(added), output;
            silu.Rows(&sum, 1, 1, 0, 1, &stored, 1, &output, 1);
            double x = (double)sum * factor, exact = x / (1 + Math.Exp(-x)) / scale + (added - ResidualZero) * coarser + Zero;
            double off = Math.Abs(Unsigned(output) - Math.Clamp(exact, 0, 255));
            Assert.True(off <= 0.5 + fraction, $"scale {scale}: {x:r} and {added} became {Unsigned(output)}, {off:f3} steps from {exact:f3}");
        }
    }

    [Theory]
    [InlineData(0.0013f, 0f)]
    [InlineData(9f, 0f)]
    [InlineData(0.02f, 0.05f)]
    public void Steps_that_16_bits_do_not_suit_are_left_to_the_exact_function(float scale, float residual)
    {
        QuantizedScale output = new([scale], [0], ElementType.UInt8);
        SumsMeaning meaning = new(
            [1e-4f], [0], residual > 0 ? new QuantizedScale([residual * 10], [0], ElementType.UInt8) : null, true, new Silu());
        Assert.Null(FixedPointSilu.For(meaning, output, _memory));
        Assert.Null(FixedPointSilu.For(meaning with { Residual = null, Activation = new Relu() }, output, _memory));
    }

    private static int Unsigned(byte stored) => Cpu.Int8Data == ElementType.Int8 ? (sbyte)stored + 128 : stored;
}
