using System.Runtime.CompilerServices;
using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Engine.Kernels.Int8.Convolutions;

/// <summary>
/// Winograd's minimal filtering of three taps, in integers (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016):
/// outputs are A' ((G weights) * (B' data)), the product element by element, where G has been multiplied by what makes it whole. In two
/// dimensions the transforms are applied to columns, then to rows. All 16-bit results fit, as each says; sums are exact modulo 2^32.
/// </summary>
internal interface IWinograd
{
    /// <summary>Outputs of a tile, in each dimension.</summary>
    static abstract int Outputs { get; }

    /// <summary>Inputs of a tile, in each dimension: two more.</summary>
    static abstract int Inputs { get; }

    /// <summary>Sums that are smaller in magnitude are exact.</summary>
    static abstract int Limit { get; }

    /// <summary>B': <see cref="Inputs"/> values to as many, 16 bits each, at the given distance.</summary>
    static abstract unsafe void Data<T, TSource>(TSource x, T* y, int yStep)
        where T : unmanaged, IIntegerLanes<T> where TSource : struct, ISource<T>;

    /// <summary>G times an integer: three values to <see cref="Inputs"/>, 16 bits each.</summary>
    static abstract unsafe void Weights<T>(T* x, int xStep, T* y, int yStep) where T : unmanaged, IIntegerLanes<T>;

    /// <summary>A': <see cref="Inputs"/> sums to <see cref="Outputs"/>, 32 bits each.</summary>
    static abstract unsafe void Columns<T>(T* x, int xStep, T* y, int yStep) where T : unmanaged, IIntegerLanes<T>;

    /// <summary>
    /// A' in the other dimension. The results are multiples of the integers that G was multiplied by in both; these are taken out.
    /// </summary>
    static abstract unsafe void Row<T>(T* x, int* y, int yStep) where T : unmanaged, IIntegerLanes<T>;
}

/// <summary>Where a transform reads: vectors in a row.</summary>
internal interface ISource<T>
{
    T this[int index] { get; }
}

/// <summary>Vectors at equal distances.</summary>
internal readonly unsafe struct Strided<T>(T* first, int step) : ISource<T> where T : unmanaged
{
    public T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => first[index * step];
    }
}

/// <summary>Stored data, widened to 16 bits, less their zero point; pointers to pixels lie at equal distances.</summary>
internal readonly unsafe struct WidenedPixels<T>(byte** first, int step, nint channel, T zero) : ISource<T>
    where T : unmanaged, IIntegerLanes<T>
{
    public T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => T.Subtract16(T.Widen(first[index * step] + channel), zero);
    }
}

/// <summary>
/// F(2, 3): 16 products for the 36 of four outputs. G is doubled. In two dimensions data, below 256 in magnitude, grow to 4 * 255 at most,
/// weights to 9 * 128.
/// </summary>
internal readonly unsafe struct Winograd2 : IWinograd
{
    public static int Outputs => 2;

    public static int Inputs => 4;

    /// <summary>Four times the sum has to fit.</summary>
    public static int Limit => 1 << 29;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Data<T, TSource>(TSource x, T* y, int yStep)
        where T : unmanaged, IIntegerLanes<T> where TSource : struct, ISource<T>
    {
        T x1 = x[1], x2 = x[2];
        y[0] = T.Subtract16(x[0], x2);
        y[yStep] = T.Add16(x1, x2);
        y[2 * yStep] = T.Subtract16(x2, x1);
        y[3 * yStep] = T.Subtract16(x1, x[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Weights<T>(T* x, int xStep, T* y, int yStep) where T : unmanaged, IIntegerLanes<T>
    {
        T x0 = x[0], x1 = x[xStep], x2 = x[2 * xStep], outer = T.Add16(x0, x2);
        y[0] = T.ShiftLeft16(x0, 1);
        y[yStep] = T.Add16(outer, x1);
        y[2 * yStep] = T.Subtract16(outer, x1);
        y[3 * yStep] = T.ShiftLeft16(x2, 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Columns<T>(T* x, int xStep, T* y, int yStep) where T : unmanaged, IIntegerLanes<T> =>
        Combine(x[0], x[xStep], x[2 * xStep], x[3 * xStep], out y[0], out y[yStep]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Row<T>(T* x, int* y, int yStep) where T : unmanaged, IIntegerLanes<T>
    {
        Combine(x[0], x[1], x[2], x[3], out T y0, out T y1);
        T.ShiftRight32(y0, 2).Store(y);
        T.ShiftRight32(y1, 2).Store(y + yStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Combine<T>(T x0, T x1, T x2, T x3, out T y0, out T y1) where T : unmanaged, IIntegerLanes<T>
    {
        y0 = T.Add32(x0, T.Add32(x1, x2));
        y1 = T.Subtract32(T.Subtract32(x1, x2), x3);
    }
}

/// <summary>
/// F(4, 3): 36 products for the 144 of sixteen outputs. G is multiplied by 24; its last row by 6 only, and A' makes up for the rest. In
/// two dimensions data, below 256 in magnitude and of a range of 255, grow to 68 * 255 at most, weights to 144 * 128.
/// </summary>
internal readonly unsafe struct Winograd4 : IWinograd
{
    // 9 * this is 1 modulo 2^32.
    private const int InverseOfNine = 0x38E38E39;

    public static int Outputs => 4;

    public static int Inputs => 6;

    /// <summary>576 = 64 * 9 times the sum is known modulo 2^32, so that 64 times the sum is: that has to fit.</summary>
    public static int Limit => 1 << 25;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Data<T, TSource>(TSource x, T* y, int yStep)
        where T : unmanaged, IIntegerLanes<T> where TSource : struct, ISource<T>
    {
        T x1 = x[1], x2 = x[2], x3 = x[3], x4 = x[4];
        T even = T.Subtract16(x4, T.ShiftLeft16(x2, 2)), odd = T.Subtract16(x3, T.ShiftLeft16(x1, 2));
        y[yStep] = T.Add16(even, odd);
        y[2 * yStep] = T.Subtract16(even, odd);
        even = T.Subtract16(x4, x2);
        odd = T.ShiftLeft16(T.Subtract16(x3, x1), 1);
        y[3 * yStep] = T.Add16(even, odd);
        y[4 * yStep] = T.Subtract16(even, odd);
        // 4 x0 - 5 x2 + x4 and 4 x1 - 5 x3 + x5.
        y[0] = T.Add16(T.ShiftLeft16(T.Subtract16(x[0], x2), 2), even);
        y[5 * yStep] = T.Subtract16(T.Subtract16(x[5], x3), T.ShiftLeft16(odd, 1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Weights<T>(T* x, int xStep, T* y, int yStep) where T : unmanaged, IIntegerLanes<T>
    {
        T x0 = x[0], x1 = x[xStep], x2 = x[2 * xStep], outer = T.Add16(x0, x2);
        y[0] = T.Add16(T.ShiftLeft16(x0, 2), T.ShiftLeft16(x0, 1));
        y[yStep] = T.ShiftLeft16(T.Subtract16(default, T.Add16(outer, x1)), 2);
        y[2 * yStep] = T.ShiftLeft16(T.Subtract16(x1, outer), 2);
        outer = T.Add16(x0, T.ShiftLeft16(x2, 2));
        T twice = T.ShiftLeft16(x1, 1);
        y[3 * yStep] = T.Add16(outer, twice);
        y[4 * yStep] = T.Subtract16(outer, twice);
        y[5 * yStep] = T.Add16(T.ShiftLeft16(x2, 2), T.ShiftLeft16(x2, 1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Columns<T>(T* x, int xStep, T* y, int yStep) where T : unmanaged, IIntegerLanes<T>
    {
        Combine(
            x[0], x[xStep], x[2 * xStep], x[3 * xStep], x[4 * xStep], x[5 * xStep],
            out y[0], out y[yStep], out y[2 * yStep], out y[3 * yStep]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Row<T>(T* x, int* y, int yStep) where T : unmanaged, IIntegerLanes<T>
    {
        Combine(x[0], x[1], x[2], x[3], x[4], x[5], out T y0, out T y1, out T y2, out T y3);
        Divide(y0).Store(y);
        Divide(y1).Store(y + yStep);
        Divide(y2).Store(y + 2 * yStep);
        Divide(y3).Store(y + 3 * yStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Combine<T>(T x0, T x1, T x2, T x3, T x4, T x5, out T y0, out T y1, out T y2, out T y3)
        where T : unmanaged, IIntegerLanes<T>
    {
        T near = T.Add32(x1, x2), far = T.Add32(x3, x4);
        y0 = T.Add32(x0, T.Add32(near, far));
        y2 = T.Add32(near, T.ShiftLeft32(far, 2));
        near = T.Subtract32(x1, x2);
        far = T.ShiftLeft32(T.Subtract32(x3, x4), 1);
        y1 = T.Add32(near, far);
        y3 = T.Add32(near, T.ShiftLeft32(T.Add32(far, x5), 2));
    }

    /// <summary>By 576.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Divide<T>(T sum) where T : unmanaged, IIntegerLanes<T> => T.ShiftRight32(T.Multiply32(sum, InverseOfNine), 6);
}
