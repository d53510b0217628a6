using EdgeCnn.Engine.Kernels.Int8;
using EdgeCnn.Engine.Kernels.Int8.Epilogues;
using EdgeCnn.Engine.Passes.Int8;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels.Int8;

/// <summary>
/// Stored values that are added, against the plainest words in single precision. A zero point is 128 less where the processor's integers
/// are signed; scales and zero points are such that this would show if it was ever multiplied before it was subtracted.
/// </summary>
public sealed unsafe class AddingTests : IDisposable
{
    private readonly Weights _memory = new();

    public void Dispose() => _memory.Dispose();

    [Theory]
    [InlineData(8, false)]
    [InlineData(8, true)]
    [InlineData(101, false)]
    [InlineData(128, true)]
    public void A_residual_is_its_distance_from_zero_times_its_scale(int zero, bool last)
    {
        const int Channels = 37, Rows = 211;
        Random random = new(zero);
        float[] factor = [.. Enumerable.Range(0, Channels).Select(_ => random.NextSingle() * 1e-3f)];
        float[] bias = [.. Enumerable.Range(0, Channels).Select(_ => random.NextSingle() - 0.5f)];
        float scale = 0.07f + random.NextSingle() * 0.01f;
        SumsMeaning meaning = new(factor, bias, new QuantizedScale([scale], [zero], ElementType.UInt8), last, new Relu());
        int[] sums = [.. Enumerable.Range(0, Rows * Channels).Select(_ => random.Next(-10_000, 10_000))];
        byte[] residual = new byte[sums.Length];
        random.NextBytes(residual);
        byte[] stored = [.. residual.Select(value => Values.Stored(value))];
        float[] output = new float[sums.Length];
        fixed (int* from = sums)
        fixed (byte* plus = stored)
        fixed (float* to = output) meaning.To(null, _memory).Rows(from, Channels, Rows, 0, Channels, plus, Channels, (byte*)to, Channels);
        for (int i = 0; i < sums.Length; i++)
        {
            int c = i % Channels;
            float value = MathF.FusedMultiplyAdd(sums[i], factor[c], bias[c]), distance = residual[i] - zero;
            float expected = last
                ? MathF.FusedMultiplyAdd(distance, scale, Math.Max(value, 0))
                : Math.Max(MathF.FusedMultiplyAdd(distance, scale, value), 0);
            Assert.True(expected == output[i], $"zero point {zero}, element {i}: {output[i]:r} instead of {expected:r}");
        }
    }

    [Theory]
    [InlineData(8, 61)]
    [InlineData(128, 0)]
    [InlineData(255, 119)]
    public void A_sum_of_two_is_that_of_their_distances_from_zero(int aZero, int bZero)
    {
        // Sums of sixths: many end in a half, where the last bit decides.
        const float AScale = 0.1f, BScale = 0.2f, Scale = 0.6f;
        const int Zero = 100;
        Tensor a = Pairs(i => i & 255), b = Pairs(i => i >> 8);
        Int8Binary add = new(new Add(), As(AScale, aZero), As(BScale, bZero), null, As(Scale, Zero));
        byte[] sums = StepRunner.One(add, a, b).Bytes.ToArray();
        float aFactor = (float)(AScale * (1.0 / Scale)), bFactor = (float)(BScale * (1.0 / Scale));
        for (int i = 0; i < sums.Length; i++)
        {
            float steps = MathF.FusedMultiplyAdd((i & 255) - aZero, aFactor, ((i >> 8) - bZero) * bFactor);
            int expected = (int)Math.Clamp(MathF.Round(steps) + Zero, 0, 255);
            Assert.True(
                Values.Stored(expected) == sums[i], $"zero points {aZero} and {bZero}, {i & 255} and {i >> 8}: {steps:r} steps are not {expected}");
        }
    }

    private static QuantizedScale As(float scale, int zero) =>
        new QuantizedScale([scale], [zero], ElementType.UInt8).Stored(Cpu.Int8Data);

    private static Tensor Pairs(Func<int, int> value) =>
        new(Cpu.Int8Data, Values.Shape(256, 256), Enumerable.Range(0, 1 << 16).Select(i => Values.Stored(value(i))).ToArray());
}
