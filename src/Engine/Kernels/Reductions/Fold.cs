using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Engine.Kernels.Reductions;

/// <summary>How floats become one: x is put into the running value, running values are merged, the result is finished.</summary>
internal interface IFold
{
    /// <summary>The running value of nothing.</summary>
    static abstract float Start { get; }

    static abstract T Put<T>(T running, T x) where T : unmanaged, ILanes<T>;

    static abstract float Merge(float a, float b);
}

/// <summary>
/// Folds over rows of floats. Along a row there are sixteen running values, element i going to the i-th modulo 16, which are merged
/// pairwise at the end: the order, and so the bits, are the same in every vector width.
/// </summary>
internal static unsafe class Fold
{
    public const int Width = 16;

    /// <summary>
    /// Narrow vectors pass over a row several times, so they take as much of it at a time as stays in the first-level cache.
    /// </summary>
    private const int Stretch = 2048;

    public readonly struct Sum : IFold
    {
        public static float Start => 0f;

        public static T Put<T>(T running, T x) where T : unmanaged, ILanes<T> => running + x;

        public static float Merge(float a, float b) => a + b;
    }

    public readonly struct SumOfMagnitudes : IFold
    {
        public static float Start => 0f;

        public static T Put<T>(T running, T x) where T : unmanaged, ILanes<T> => running + T.Abs(x);

        public static float Merge(float a, float b) => a + b;
    }

    public readonly struct SumOfSquares : IFold
    {
        public static float Start => 0f;

        public static T Put<T>(T running, T x) where T : unmanaged, ILanes<T> => T.Fma(x, x, running);

        public static float Merge(float a, float b) => a + b;
    }

    /// <summary>NaN if any element is.</summary>
    public readonly struct Largest : IFold
    {
        public static float Start => float.NegativeInfinity;

        public static T Put<T>(T running, T x) where T : unmanaged, ILanes<T> => new FloatArithmetic.Max().Apply(running, x);

        public static float Merge(float a, float b) => MathF.Max(a, b);
    }

    /// <summary>NaN if any element is.</summary>
    public readonly struct Smallest : IFold
    {
        public static float Start => float.PositiveInfinity;

        public static T Put<T>(T running, T x) where T : unmanaged, ILanes<T> => new FloatArithmetic.Min().Apply(running, x);

        public static float Merge(float a, float b) => MathF.Min(a, b);
    }

    /// <summary>Sets <see cref="Width"/> running values to that of nothing.</summary>
    public static void Begin<TFold>(float* running) where TFold : struct, IFold => new Span<float>(running, Width).Fill(TFold.Start);

    /// <summary>Puts a contiguous row into the running values.</summary>
    public static void Put<TFold>(float* running, float* x, int length) where TFold : struct, IFold
    {
        int whole = length - length % Width;
        for (int i = 0; i < whole; i += Stretch)
        {
            int count = Math.Min(Stretch, whole - i);
            if (Cpu.Lanes >= 16) Put<TFold, Lanes16>(running, x + i, count);
            else if (Cpu.Lanes >= 8) Put<TFold, Lanes8>(running, x + i, count);
            else if (Cpu.Lanes >= 4) Put<TFold, Lanes4>(running, x + i, count);
            else Put<TFold, Lanes1>(running, x + i, count);
        }
        for (int i = whole; i < length; i++) TFold.Put(Lanes1.Load(running + i - whole), Lanes1.Load(x + i)).Store(running + i - whole);
    }

    /// <summary>Merges the running values into one.</summary>
    public static float End<TFold>(float* running) where TFold : struct, IFold
    {
        for (int half = Width / 2; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++) running[i] = TFold.Merge(running[i], running[i + half]);
        }
        return running[0];
    }

    /// <summary>The fold of one contiguous row.</summary>
    public static float Row<TFold>(float* x, int length) where TFold : struct, IFold
    {
        float* running = stackalloc float[Width];
        Begin<TFold>(running);
        Put<TFold>(running, x, length);
        return End<TFold>(running);
    }

    /// <summary>y[i] = Put(y[i], x[i]): many folds side by side, one step each.</summary>
    public static void Beside<TFold>(float* y, float* x, int length) where TFold : struct, IFold
    {
        int i = 0;
        if (Cpu.Lanes >= 16) i = Beside<TFold, Lanes16>(y, x, i, length);
        if (Cpu.Lanes >= 8) i = Beside<TFold, Lanes8>(y, x, i, length);
        if (Cpu.Lanes >= 4) i = Beside<TFold, Lanes4>(y, x, i, length);
        Beside<TFold, Lanes1>(y, x, i, length);
    }

    private static void Put<TFold, T>(float* running, float* x, int length) where TFold : struct, IFold where T : unmanaged, ILanes<T>
    {
        for (int lane = 0; lane < Width; lane += T.Count)
        {
            T sum = T.Load(running + lane);
            for (int i = 0; i < length; i += Width) sum = TFold.Put(sum, T.Load(x + i + lane));
            sum.Store(running + lane);
        }
    }

    private static int Beside<TFold, T>(float* y, float* x, int i, int length) where TFold : struct, IFold where T : unmanaged, ILanes<T>
    {
        for (; i <= length - T.Count; i += T.Count) TFold.Put(T.Load(y + i), T.Load(x + i)).Store(y + i);
        return i;
    }
}
