using System.Diagnostics;
using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Engine.Kernels.Pointwise;

/// <summary>A function of two floats, written once for every vector width.</summary>
internal interface IBinaryFunction
{
    T Apply<T>(T a, T b) where T : unmanaged, ILanes<T>;
}

/// <summary>A function of one element of any types, one by one.</summary>
internal interface IScalar<TIn, TOut> where TIn : unmanaged where TOut : unmanaged
{
    TOut Apply(TIn x);
}

/// <summary>A function of two elements of any types, one by one.</summary>
internal interface IScalar<TA, TB, TOut> where TA : unmanaged where TB : unmanaged where TOut : unmanaged
{
    TOut Apply(TA a, TB b);
}

/// <summary>The loops over a row of elements. A step of 0 repeats an operand; the output is contiguous.</summary>
internal static unsafe class Elementwise
{
    /// <summary>
    /// y[i] = f(a[i * aStep], b[i * bStep]), for i below <paramref name="length"/>; y may be a or b where that has the step 1.
    /// </summary>
    public static void Row<TFunction>(in TFunction function, float* a, long aStep, float* b, long bStep, float* y, int length)
        where TFunction : struct, IBinaryFunction
    {
        int i = 0;
        if (aStep is 0 or 1 && bStep is 0 or 1)
        {
            if (Cpu.Lanes >= 16) i = Lanes<TFunction, Lanes16>(function, a, aStep, b, bStep, y, i, length);
            if (Cpu.Lanes >= 8) i = Lanes<TFunction, Lanes8>(function, a, aStep, b, bStep, y, i, length);
            if (Cpu.Lanes >= 4) i = Lanes<TFunction, Lanes4>(function, a, aStep, b, bStep, y, i, length);
        }
        for (; i < length; i++) function.Apply(Lanes1.Of(a[i * aStep]), Lanes1.Of(b[i * bStep])).Store(y + i);
    }

    /// <summary>y[i] = f(x[i]).</summary>
    public static void Row<TIn, TOut, TFunction>(in TFunction function, ReadOnlySpan<TIn> x, Span<TOut> y)
        where TIn : unmanaged where TOut : unmanaged where TFunction : struct, IScalar<TIn, TOut>
    {
        Debug.Assert(x.Length == y.Length);
        for (int i = 0; i < x.Length; i++) y[i] = function.Apply(x[i]);
    }

    /// <summary>y[i] = f(a[i * aStep], b[i * bStep]), for i below <paramref name="length"/>.</summary>
    public static void Row<TA, TB, TOut, TFunction>(in TFunction function, TA* a, long aStep, TB* b, long bStep, TOut* y, int length)
        where TA : unmanaged where TB : unmanaged where TOut : unmanaged where TFunction : struct, IScalar<TA, TB, TOut>
    {
        for (int i = 0; i < length; i++) y[i] = function.Apply(a[i * aStep], b[i * bStep]);
    }

    private static int Lanes<TFunction, T>(in TFunction function, float* a, long aStep, float* b, long bStep, float* y, int i, int length)
        where TFunction : struct, IBinaryFunction where T : unmanaged, ILanes<T>
    {
        int last = length - T.Count;
        if (i > last) return i;
        if (aStep == 1 && bStep == 1)
        {
            for (; i <= last; i += T.Count) function.Apply(T.Load(a + i), T.Load(b + i)).Store(y + i);
        }
        else if (aStep == 1)
        {
            T scalar = T.Of(*b);
            for (; i <= last; i += T.Count) function.Apply(T.Load(a + i), scalar).Store(y + i);
        }
        else if (bStep == 1)
        {
            T scalar = T.Of(*a);
            for (; i <= last; i += T.Count) function.Apply(scalar, T.Load(b + i)).Store(y + i);
        }
        return i;
    }
}
