namespace EdgeCnn.Engine.Kernels.Vectors;

/// <summary>Sums of runs of floats.</summary>
internal static unsafe class Sums
{
    /// <summary>sum[i] += other[i].</summary>
    public static void Add(float* sum, float* other, nint count)
    {
        nint i = 0;
        if (Cpu.Lanes >= 16) i = Add<Lanes16>(sum, other, i, count);
        if (Cpu.Lanes >= 8) i = Add<Lanes8>(sum, other, i, count);
        if (Cpu.Lanes >= 4) i = Add<Lanes4>(sum, other, i, count);
        Add<Lanes1>(sum, other, i, count);
    }

    private static nint Add<T>(float* sum, float* other, nint i, nint count) where T : unmanaged, ILanes<T>
    {
        for (; i <= count - T.Count; i += T.Count) (T.Load(sum + i) + T.Load(other + i)).Store(sum + i);
        return i;
    }
}
