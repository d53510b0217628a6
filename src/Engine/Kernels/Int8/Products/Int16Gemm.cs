using System.Runtime.CompilerServices;
using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Engine.Kernels.Int8.Products;

/// <summary>
/// Products of matrices of 16-bit integers with 32-bit sums: exact whenever the sums fit, whatever the operands. Rows of A lie at equal
/// distances. B is packed in panels of <see cref="Columns"/> columns, for each two rows of B one vector of pairs as
/// <see cref="IIntegerLanes{T}.MultiplyAdd"/> wants them; two panels are interleaved vector by vector, and an odd last one is alone.
/// </summary>
internal static unsafe partial class Int16Gemm
{
    /// <summary>A tile has this many rows, or half of them.</summary>
    public const int Rows = 8;

    /// <summary>Columns of a panel; a tile has one or two of them.</summary>
    public static readonly int Columns = Cpu.Lanes;

    /// <summary>The depth of a product is rounded up to a multiple of this, with zeros in B.</summary>
    public static readonly int DepthUnit = Cpu.HasNeon ? 8 : 2;

    /// <summary>c[r, j] = sum over k of a[r, k] * b[k, j].</summary>
    /// <param name="a">A's first row; the depth that was added is read, and may hold anything.</param>
    /// <param name="aStride">Elements from one row of A to the next.</param>
    /// <param name="rows">Rows to compute, a multiple of <see cref="Rows"/> / 2.</param>
    /// <param name="depth">A multiple of <see cref="DepthUnit"/>.</param>
    /// <param name="b">depth x panels x <see cref="Columns"/> elements.</param>
    /// <param name="panels">Panels of B.</param>
    /// <param name="c">The sums.</param>
    /// <param name="cStride">Elements from one row of sums to the next.</param>
    public static void Multiply(short* a, nint aStride, int rows, int depth, short* b, int panels, int* c, nint cStride)
    {
        for (; panels > 0; panels -= 2, b += 2 * (nint)depth * Columns, c += 2 * Columns)
        {
            bool two = panels > 1;
            int row = 0;
            for (; row <= rows - Rows; row += Rows) Tile<AllRows>(a + row * aStride, aStride, depth, b, two, c + row * cStride, cStride);
            if (row < rows) Tile<HalfOfRows>(a + row * aStride, aStride, depth, b, two, c + row * cStride, cStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile<TRows>(short* a, nint aStride, int depth, short* b, bool two, int* c, nint cStride)
        where TRows : struct, IRows
    {
        if (Cpu.HasAvx512) Tile<IntegerLanes16, TRows>(a, aStride, depth, b, two, c, cStride);
        else if (Cpu.HasAvx2) HalfTiles<IntegerLanes8, TRows>(a, aStride, depth, b, two, c, cStride);
        else if (Cpu.HasNeon) TileNeon<TRows>(a, aStride, depth, b, two, c, cStride);
        else if (Cpu.HasVector128) HalfTiles<IntegerLanes4, TRows>(a, aStride, depth, b, two, c, cStride);
        else HalfTiles<IntegerLanes1, TRows>(a, aStride, depth, b, two, c, cStride);
    }

    /// <summary>Sixteen registers do not hold the sums of eight rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void HalfTiles<T, TRows>(short* a, nint aStride, int depth, short* b, bool two, int* c, nint cStride)
        where T : unmanaged, IIntegerLanes<T> where TRows : struct, IRows
    {
        Tile<T, HalfOfRows>(a, aStride, depth, b, two, c, cStride);
        if (TRows.Count > 4) Tile<T, HalfOfRows>(a + 4 * aStride, aStride, depth, b, two, c + 4 * cStride, cStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile<T, TRows>(short* a, nint aStride, int depth, short* b, bool two, int* c, nint cStride)
        where T : unmanaged, IIntegerLanes<T> where TRows : struct, IRows
    {
        if (two) TwoPanels<T, TRows>((byte*)a, aStride * sizeof(short), depth, b, c, cStride);
        else OnePanel<T, TRows>((byte*)a, aStride * sizeof(short), depth, b, c, cStride);
    }

    private static void TwoPanels<T, TRows>(byte* a, nint step, int depth, short* b, int* c, nint stride)
        where T : unmanaged, IIntegerLanes<T> where TRows : struct, IRows
    {
        T c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default;
        T c40 = default, c41 = default, c50 = default, c51 = default, c60 = default, c61 = default, c70 = default, c71 = default;
        nint three = 3 * step;
        byte* lower = a + 4 * step;
        for (short* end = b + 2 * (nint)depth * T.Count; b < end; b += 4 * T.Count, a += sizeof(int), lower += sizeof(int))
        {
            T b0 = T.Load(b), b1 = T.Load(b + 2 * T.Count);
            T x = T.Broadcast(a);
            Add(x, b0, x, b1, ref c00, ref c01);
            x = T.Broadcast(a + step);
            Add(x, b0, x, b1, ref c10, ref c11);
            x = T.Broadcast(a + 2 * step);
            Add(x, b0, x, b1, ref c20, ref c21);
            x = T.Broadcast(a + three);
            Add(x, b0, x, b1, ref c30, ref c31);
            if (TRows.Count <= 4) continue;
            x = T.Broadcast(lower);
            Add(x, b0, x, b1, ref c40, ref c41);
            x = T.Broadcast(lower + step);
            Add(x, b0, x, b1, ref c50, ref c51);
            x = T.Broadcast(lower + 2 * step);
            Add(x, b0, x, b1, ref c60, ref c61);
            x = T.Broadcast(lower + three);
            Add(x, b0, x, b1, ref c70, ref c71);
        }
        Store(c, c00, c01);
        Store(c + stride, c10, c11);
        Store(c + 2 * stride, c20, c21);
        Store(c + 3 * stride, c30, c31);
        if (TRows.Count <= 4) return;
        Store(c + 4 * stride, c40, c41);
        Store(c + 5 * stride, c50, c51);
        Store(c + 6 * stride, c60, c61);
        Store(c + 7 * stride, c70, c71);
    }

    /// <summary>Two multiplications, then two additions: in this order they share a processor's pipes best (see docs/kernels.md).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<T>(T x0, T b0, T x1, T b1, ref T c0, ref T c1) where T : unmanaged, IIntegerLanes<T>
    {
        T first = T.Multiply(x0, b0), second = T.Multiply(x1, b1);
        c0 = T.Add32(c0, first);
        c1 = T.Add32(c1, second);
    }

    private static void OnePanel<T, TRows>(byte* a, nint step, int depth, short* b, int* c, nint stride)
        where T : unmanaged, IIntegerLanes<T> where TRows : struct, IRows
    {
        T c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        nint three = 3 * step;
        byte* lower = a + 4 * step;
        for (short* end = b + (nint)depth * T.Count; b < end; b += 2 * T.Count, a += sizeof(int), lower += sizeof(int))
        {
            T b0 = T.Load(b);
            Add(T.Broadcast(a), b0, T.Broadcast(a + step), b0, ref c0, ref c1);
            Add(T.Broadcast(a + 2 * step), b0, T.Broadcast(a + three), b0, ref c2, ref c3);
            if (TRows.Count <= 4) continue;
            Add(T.Broadcast(lower), b0, T.Broadcast(lower + step), b0, ref c4, ref c5);
            Add(T.Broadcast(lower + 2 * step), b0, T.Broadcast(lower + three), b0, ref c6, ref c7);
        }
        c0.Store(c);
        c1.Store(c + stride);
        c2.Store(c + 2 * stride);
        c3.Store(c + 3 * stride);
        if (TRows.Count <= 4) return;
        c4.Store(c + 4 * stride);
        c5.Store(c + 5 * stride);
        c6.Store(c + 6 * stride);
        c7.Store(c + 7 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(int* c, T left, T right) where T : unmanaged, IIntegerLanes<T>
    {
        left.Store(c);
        right.Store(c + T.Count);
    }

    /// <summary>A number of rows that the compiler knows.</summary>
    private interface IRows
    {
        static abstract int Count { get; }
    }

    private readonly struct AllRows : IRows { public static int Count => Rows; }

    private readonly struct HalfOfRows : IRows { public static int Count => Rows / 2; }
}
