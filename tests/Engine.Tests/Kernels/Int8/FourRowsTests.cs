using EdgeCnn.Engine.Kernels.Int8;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels.Int8;

public sealed unsafe class FourRowsTests : IDisposable
{
    private static readonly float[] Extremes =
    [
        float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e30f, -1e30f, 3e9f, -3e9f, 40000, -40000, 256, -256, 0, -0f, 0.5f, 1.5f,
        -0.5f, 254.5f,
    ];

    private readonly Weights _memory = new();

    public void Dispose() => _memory.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(128)]
    [InlineData(255)]
    public void Four_rows_are_rounded_as_each_of_them_is_alone(int zero)
    {
        foreach (Operator? clamp in (Operator?[])[null, new Relu(), new Clip(-3, 6), new Clip(40, 50)])
        {
            if (Cpu.HasAvx2) Check<Lanes8>(zero, clamp);
            if (Cpu.HasAvx512) Check<Lanes16>(zero, clamp);
        }
    }

    private void Check<T>(int zero, Operator? clamp) where T : unmanaged, ILanes<T>
    {
        const int Stride = 19;
        Random random = new(zero);
        float[] scales = [.. Enumerable.Range(0, T.Count).Select(i => 0.25f + i)];
        int[] zeros = [.. scales.Select((_, i) => (zero + i) % 256)];
        Rounding rounding = new(new QuantizedScale([.. scales], [.. zeros], ElementType.UInt8), T.Count, _memory, clamp);
        Rounding.Bounds<T> bounds = rounding.Of<T>(0);
        float* values = stackalloc float[4 * T.Count];
        byte* alone = stackalloc byte[4 * Stride], together = stackalloc byte[4 * Stride];
        for (int run = 0; run < 200; run++)
        {
            for (int i = 0; i < 4 * T.Count; i++)
                values[i] = random.Next(3) == 0 ? Extremes[random.Next(Extremes.Length)] : random.Next(-600, 600) / 2f;
            for (int row = 0; row < 4; row++) bounds.StoreSteps(T.Load(values + row * T.Count), alone + row * Stride);
            bounds.FourRows.StoreSteps(
                T.Load(values), T.Load(values + T.Count), T.Load(values + 2 * T.Count), T.Load(values + 3 * T.Count), together, Stride);
            for (int row = 0; row < 4; row++)
            {
                for (int i = 0; i < T.Count; i++)
                {
                    Assert.True(
                        alone[row * Stride + i] == together[row * Stride + i],
                        $"{T.Count} lanes, zero point {zeros[i]}, {clamp}, seed {zero}: {values[row * T.Count + i]:r} became "
                            + $"{together[row * Stride + i]}, not {alone[row * Stride + i]}");
                }
            }
        }
    }
}
