using System.Runtime.CompilerServices;
using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Engine.Kernels.Int8.Convolutions;

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
    /// <param name="sums">The results, one vector after the other.</param>
    /// <param name="columns">Results.</param>
    public static void Windows<T>(byte** taps, nint offset, nint step, int count, short* weights, int* sums, int columns)
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
                T p = T.Multiply(T.Load(x), w), q = T.Multiply(T.Load(x + step), w);
                (s0, s1) = (T.Add32(s0, p), T.Add32(s1, q));
                (p, q) = (T.Multiply(T.Load(x + 2 * step), w), T.Multiply(T.Load(x + three), w));
                (s2, s3) = (T.Add32(s2, p), T.Add32(s3, q));
                (p, q) = (T.Multiply(T.Load(y), w), T.Multiply(T.Load(y + step), w));
                (s4, s5) = (T.Add32(s4, p), T.Add32(s5, q));
                (p, q) = (T.Multiply(T.Load(y + 2 * step), w), T.Multiply(T.Load(y + three), w));
                (s6, s7) = (T.Add32(s6, p), T.Add32(s7, q));
            }
            sums = Store(Store(sums, s0, s1, s2, s3), s4, s5, s6, s7);
        }
        if (columns <= 0) return;
        T t0 = default, t1 = default, t2 = default, t3 = default;
        for (int i = 0; i < count; i++)
        {
            T w = T.Load(weights + i * 2 * T.Count);
            byte* x = taps[i] + offset;
            T p = T.Multiply(T.Load(x), w), q = T.Multiply(T.Load(x + step), w);
            (t0, t1) = (T.Add32(t0, p), T.Add32(t1, q));
            (p, q) = (T.Multiply(T.Load(x + 2 * step), w), T.Multiply(T.Load(x + three), w));
            (t2, t3) = (T.Add32(t2, p), T.Add32(t3, q));
        }
        Store(sums, t0, t1, t2, t3);
    }

    /// <summary>
    /// Windows of two pairs of rows and three columns, one column apart: each column is loaded once for the three windows that see it,
    /// and all weights stay in registers.
    /// </summary>
    public static void Windows3x3<T>(byte* upper, byte* lower, nint step, short* weights, int* sums, int columns)
        where T : unmanaged, IIntegerLanes<T>
    {
        T w0 = T.Load(weights), w1 = T.Load(weights + 2 * T.Count), w2 = T.Load(weights + 4 * T.Count);
        T w3 = T.Load(weights + 6 * T.Count), w4 = T.Load(weights + 8 * T.Count), w5 = T.Load(weights + 10 * T.Count);
        T x = T.Load(upper), y = T.Load(lower);
        // What the columns so far give to the next window but one, and to the next.
        T second = T.Add32(T.Multiply(x, w0), T.Multiply(y, w3));
        (x, y) = (T.Load(upper + step), T.Load(lower + step));
        T first = T.Add32(second, T.Add32(T.Multiply(x, w1), T.Multiply(y, w4)));
        second = T.Add32(T.Multiply(x, w0), T.Multiply(y, w3));
        upper += 2 * step;
        lower += 2 * step;
        for (int column = 0; column < columns; column++, upper += step, lower += step, sums += T.Count)
        {
            (x, y) = (T.Load(upper), T.Load(lower));
            T p = T.Multiply(x, w2), q = T.Multiply(y, w5);
            T.Add32(T.Add32(first, p), q).Store(sums);
            (p, q) = (T.Multiply(x, w1), T.Multiply(y, w4));
            first = T.Add32(T.Add32(second, p), q);
            (p, q) = (T.Multiply(x, w0), T.Multiply(y, w3));
            second = T.Add32(p, q);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int* Store<T>(int* sums, T a, T b, T c, T d) where T : unmanaged, IIntegerLanes<T>
    {
        a.Store(sums);
        b.Store(sums + T.Count);
        c.Store(sums + 2 * T.Count);
        d.Store(sums + 3 * T.Count);
        return sums + 4 * T.Count;
    }
}
