using System.Runtime.CompilerServices;

namespace EdgeCnn.Engine.Kernels.Int8;

/// <summary>
/// The inner loops of <see cref="Int8Depthwise"/>: a row of outputs of one vector of channels, out of planes that hold pairs of rows.
/// Distances between columns are in bytes for planes and in elements for sums.
/// </summary>
internal static unsafe class DepthwiseRow
{
    /// <summary>Rows are computed up to a multiple of this many columns.</summary>
    public const int Unit = 4;

    /// <summary>Any window: eight columns at a time, or four.</summary>
    /// <param name="taps">For each pair of taps where the first output finds it, but for <paramref name="offset"/>.</param>
    /// <param name="offset">Where the vector of channels is.</param>
    /// <param name="step">From one output to the next.</param>
    /// <param name="count">Pairs of taps.</param>
    /// <param name="weights">A vector for each of them.</param>
    /// <param name="sums">The results.</param>
    /// <param name="stride">From one result to the next.</param>
    /// <param name="columns">Results.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Windows<T>(byte** taps, nint offset, nint step, int count, short* weights, int* sums, nint stride, int columns)
        where T : unmanaged, IIntegerLanes<T>
    {
        nint three = 3 * step;
        for (; columns > Unit; columns -= 2 * Unit, offset += 8 * step)
        {
            T s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
            for (int i = 0; i < count; i++)
            {
                T w = T.Load(weights + i * 2 * T.Count);
                byte* x = taps[i] + offset, y = x + 4 * step;
                s0 = T.MultiplyAdd(T.Load(x), w, s0);
                s1 = T.MultiplyAdd(T.Load(x + step), w, s1);
                s2 = T.MultiplyAdd(T.Load(x + 2 * step), w, s2);
                s3 = T.MultiplyAdd(T.Load(x + three), w, s3);
                s4 = T.MultiplyAdd(T.Load(y), w, s4);
                s5 = T.MultiplyAdd(T.Load(y + step), w, s5);
                s6 = T.MultiplyAdd(T.Load(y + 2 * step), w, s6);
                s7 = T.MultiplyAdd(T.Load(y + three), w, s7);
            }
            sums = Store(Store(sums, stride, s0, s1, s2, s3), stride, s4, s5, s6, s7);
        }
        if (columns <= 0) return;
        T t0 = default, t1 = default, t2 = default, t3 = default;
        for (int i = 0; i < count; i++)
        {
            T w = T.Load(weights + i * 2 * T.Count);
            byte* x = taps[i] + offset;
            t0 = T.MultiplyAdd(T.Load(x), w, t0);
            t1 = T.MultiplyAdd(T.Load(x + step), w, t1);
            t2 = T.MultiplyAdd(T.Load(x + 2 * step), w, t2);
            t3 = T.MultiplyAdd(T.Load(x + three), w, t3);
        }
        Store(sums, stride, t0, t1, t2, t3);
    }

    /// <summary>
    /// Windows of two pairs of rows and three columns, one column apart: each column is loaded once for the three windows that see it,
    /// and all weights stay in registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Windows3x3<T>(byte* upper, byte* lower, nint step, short* weights, int* sums, nint stride, int columns)
        where T : unmanaged, IIntegerLanes<T>
    {
        T w0 = T.Load(weights), w1 = T.Load(weights + 2 * T.Count), w2 = T.Load(weights + 4 * T.Count);
        T w3 = T.Load(weights + 6 * T.Count), w4 = T.Load(weights + 8 * T.Count), w5 = T.Load(weights + 10 * T.Count);
        T x = T.Load(upper), y = T.Load(lower);
        // What the columns so far give to the next window but one, and to the next.
        T second = T.MultiplyAdd(y, w3, T.Multiply(x, w0));
        (x, y) = (T.Load(upper + step), T.Load(lower + step));
        T first = T.MultiplyAdd(y, w4, T.MultiplyAdd(x, w1, second));
        second = T.MultiplyAdd(y, w3, T.Multiply(x, w0));
        upper += 2 * step;
        lower += 2 * step;
        for (int column = 0; column < columns; column++, upper += step, lower += step, sums += stride)
        {
            (x, y) = (T.Load(upper), T.Load(lower));
            T.MultiplyAdd(y, w5, T.MultiplyAdd(x, w2, first)).Store(sums);
            first = T.MultiplyAdd(y, w4, T.MultiplyAdd(x, w1, second));
            second = T.MultiplyAdd(y, w3, T.Multiply(x, w0));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int* Store<T>(int* sums, nint stride, T a, T b, T c, T d) where T : unmanaged, IIntegerLanes<T>
    {
        a.Store(sums);
        b.Store(sums + stride);
        c.Store(sums + 2 * stride);
        d.Store(sums + 3 * stride);
        return sums + 4 * stride;
    }
}
