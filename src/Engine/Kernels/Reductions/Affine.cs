using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Engine.Kernels.Reductions;

/// <summary>Rows with a factor and a summand for each element, and what their normalisation needs.</summary>
internal static unsafe class Affine
{
    /// <summary>y[i] = x[i] * factor[i] + summand[i], rounded once; x and y may be the same memory.</summary>
    public static void Row(float* x, float* factor, float* summand, float* y, int length)
    {
        int i = 0;
        if (Cpu.Lanes >= 16) i = Row<Lanes16>(x, factor, summand, y, i, length);
        if (Cpu.Lanes >= 8) i = Row<Lanes8>(x, factor, summand, y, i, length);
        if (Cpu.Lanes >= 4) i = Row<Lanes4>(x, factor, summand, y, i, length);
        Row<Lanes1>(x, factor, summand, y, i, length);
    }

    /// <summary>sum[i] += (x[i] - mean[i])^2.</summary>
    public static void AddSquaredDeviations(float* sum, float* x, float* mean, int length)
    {
        int i = 0;
        if (Cpu.Lanes >= 16) i = AddSquaredDeviations<Lanes16>(sum, x, mean, i, length);
        if (Cpu.Lanes >= 8) i = AddSquaredDeviations<Lanes8>(sum, x, mean, i, length);
        if (Cpu.Lanes >= 4) i = AddSquaredDeviations<Lanes4>(sum, x, mean, i, length);
        AddSquaredDeviations<Lanes1>(sum, x, mean, i, length);
    }

    private static int Row<T>(float* x, float* factor, float* summand, float* y, int i, int length) where T : unmanaged, ILanes<T>
    {
        for (; i <= length - T.Count; i += T.Count) T.Fma(T.Load(x + i), T.Load(factor + i), T.Load(summand + i)).Store(y + i);
        return i;
    }

    private static int AddSquaredDeviations<T>(float* sum, float* x, float* mean, int i, int length) where T : unmanaged, ILanes<T>
    {
        for (; i <= length - T.Count; i += T.Count)
        {
            T deviation = T.Load(x + i) - T.Load(mean + i);
            T.Fma(deviation, deviation, T.Load(sum + i)).Store(sum + i);
        }
        return i;
    }
}
