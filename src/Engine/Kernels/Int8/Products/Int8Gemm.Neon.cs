using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeCnn.Engine.Kernels.Int8.Products;

internal static unsafe partial class Int8Gemm
{
    /// <summary>Whether panels whose weights prove <paramref name="chain"/> are read as <see cref="ArrangeColumns"/> lays them.</summary>
    public static bool ReadsColumns(int chain) => Cpu.HasNeon && chain > 1;

    /// <summary>
    /// Lays a panel as the columns of NEON are read: of every 32 k that make chains of four, of every 16 k otherwise, and of 8 that are
    /// left of a piece, column after column; what is left then stays four k of each column side by side.
    /// </summary>
    /// <param name="panel">pieces x length / 4 x <see cref="Columns"/> x 4 weights.</param>
    /// <param name="pieces">How many pieces.</param>
    /// <param name="length">Elements of each.</param>
    /// <param name="chain">What its weights prove.</param>
    public static void ArrangeColumns(sbyte* panel, int pieces, int length, int chain)
    {
        // As many groups of four k as a block may have.
        int* block = stackalloc int[8 * Columns];
        for (int piece = 0; piece < pieces; piece++)
        {
            int groups;
            for (int left = length / 4; left > 0; left -= groups, panel += groups * Columns * sizeof(int))
            {
                groups = left >= 8 && chain > 2 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
                new ReadOnlySpan<int>(panel, groups * Columns).CopyTo(new Span<int>(block, groups * Columns));
                for (int i = 0; i < groups * Columns; i++) ((int*)panel)[i] = block[i % groups * Columns + i / groups];
            }
        }
    }

    /// <summary>
    /// Signed data. SMULL makes eight products of 16 bits, SMLAL adds those of the next k where the weights prove that they fit, and
    /// SADALP adds neighbours to sums of 32 bits. Sixteen k of a column fill a vector, so that nothing of a row has to be repeated: two
    /// rows, whose sums for each column are four, which are added at the end. Thirty-two k make chains of four, sixteen chains of two.
    /// </summary>
    public static void MultiplyColumns(
        byte** a, int pieces, nint length, sbyte* panel, int chain, int* start, int* sums, nint stride, int rows)
    {
        // Where no chains of four are proven, no piece is long enough for them.
        nint longest = chain > 2 ? 32 : nint.MaxValue;
        // One of the four sums of each column begins with what the column starts from. Each row has its own, for the compiler would copy
        // registers, which takes twice as many instructions as loading pairs of them.
        const int Width = 8, Sums = 4 * Width;
        int* first = stackalloc int[2 * Sums], second = first + Sums;
        new Span<int>(first, 2 * Sums).Clear();
        for (int column = 0; column < Width; column++) first[4 * column] = second[4 * column] = start[column];
        for (int place = 0; rows > 0; rows -= 2, sums += stride)
        {
            Vector128<int> s0 = Vector128.Load(first), s1 = Vector128.Load(first + 4), s2 = Vector128.Load(first + 8);
            Vector128<int> s3 = Vector128.Load(first + 12), s4 = Vector128.Load(first + 16), s5 = Vector128.Load(first + 20);
            Vector128<int> s6 = Vector128.Load(first + 24), s7 = Vector128.Load(first + 28);
            Vector128<int> t0 = Vector128.Load(second), t1 = Vector128.Load(second + 4), t2 = Vector128.Load(second + 8);
            Vector128<int> t3 = Vector128.Load(second + 12), t4 = Vector128.Load(second + 16), t5 = Vector128.Load(second + 20);
            Vector128<int> t6 = Vector128.Load(second + 24), t7 = Vector128.Load(second + 28);
            byte** row = a;
            sbyte* b = panel;
            // A row that is not there is computed as its neighbour is, and not stored.
            int next = rows > 1 ? 1 : 0;
            for (int piece = 0; piece < pieces; piece++, row += Rows)
            {
                sbyte* x = (sbyte*)row[0], y = (sbyte*)row[next];
                nint left = length;
                for (; left >= longest; left -= 32, x += 32, y += 32, b += 256)
                {
                    Sixteen x0 = new(x), x1 = new(x + 16), y0 = new(y), y1 = new(y + 16);
                    Add(b, 0, x0, x1, y0, y1, ref s0, ref t0);
                    Add(b, 32, x0, x1, y0, y1, ref s1, ref t1);
                    Add(b, 64, x0, x1, y0, y1, ref s2, ref t2);
                    Add(b, 96, x0, x1, y0, y1, ref s3, ref t3);
                    Add(b, 128, x0, x1, y0, y1, ref s4, ref t4);
                    Add(b, 160, x0, x1, y0, y1, ref s5, ref t5);
                    Add(b, 192, x0, x1, y0, y1, ref s6, ref t6);
                    Add(b, 224, x0, x1, y0, y1, ref s7, ref t7);
                }
                for (; left >= 16; left -= 16, x += 16, y += 16, b += 128)
                {
                    Sixteen x0 = new(x), y0 = new(y);
                    Add(b, 0, x0, y0, ref s0, ref s1, ref t0, ref t1);
                    Add(b, 32, x0, y0, ref s2, ref s3, ref t2, ref t3);
                    Add(b, 64, x0, y0, ref s4, ref s5, ref t4, ref t5);
                    Add(b, 96, x0, y0, ref s6, ref s7, ref t6, ref t7);
                }
                if (left >= 8)
                {
                    Vector64<sbyte> x0 = Vector64.Load(x), y0 = Vector64.Load(y);
                    Add(b, x0, y0, ref s0, ref t0);
                    Add(b + 8, x0, y0, ref s1, ref t1);
                    Add(b + 16, x0, y0, ref s2, ref t2);
                    Add(b + 24, x0, y0, ref s3, ref t3);
                    Add(b + 32, x0, y0, ref s4, ref t4);
                    Add(b + 40, x0, y0, ref s5, ref t5);
                    Add(b + 48, x0, y0, ref s6, ref t6);
                    Add(b + 56, x0, y0, ref s7, ref t7);
                    left -= 8;
                    x += 8;
                    y += 8;
                    b += 64;
                }
                if (left > 0)
                {
                    // Four k of two columns lie side by side: what belongs to the other one meets zeros.
                    Vector64<sbyte> x0 = Vector64.CreateScalar(*(int*)x).AsSByte(), y0 = Vector64.CreateScalar(*(int*)y).AsSByte();
                    Vector64<sbyte> x1 = AdvSimd.ExtractVector64(default, x0, 4), y1 = AdvSimd.ExtractVector64(default, y0, 4);
                    Add(b, x0, y0, ref s0, ref t0);
                    Add(b, x1, y1, ref s1, ref t1);
                    Add(b + 8, x0, y0, ref s2, ref t2);
                    Add(b + 8, x1, y1, ref s3, ref t3);
                    Add(b + 16, x0, y0, ref s4, ref t4);
                    Add(b + 16, x1, y1, ref s5, ref t5);
                    Add(b + 24, x0, y0, ref s6, ref t6);
                    Add(b + 24, x1, y1, ref s7, ref t7);
                    b += 32;
                }
            }
            StoreSums(sums, s0, s1, s2, s3);
            StoreSums(sums + 4, s4, s5, s6, s7);
            if (rows == 1) break;
            sums += stride;
            StoreSums(sums, t0, t1, t2, t3);
            StoreSums(sums + 4, t4, t5, t6, t7);
            // Behind the last rows of a tile come the pointers of the next tile.
            place += 2;
            a += place == Rows ? 2 + Rows * (pieces - 1) : 2;
            if (place == Rows) place = 0;
        }
    }

    /// <summary>Sixteen k of a row, their lower half in a register of its own: else the compiler would copy it for every product.</summary>
    private readonly struct Sixteen
    {
        private readonly Vector128<sbyte> _all;
        private readonly Vector64<sbyte> _lower;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Sixteen(sbyte* x) => (_all, _lower) = (Vector128.Load(x), Vector64.Load(x));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector128<short> Upper(Vector128<sbyte> b) => AdvSimd.MultiplyWideningUpper(_all, b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector128<short> Upper(Vector128<short> sums, Vector128<sbyte> b) => AdvSimd.MultiplyWideningUpperAndAdd(sums, _all, b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector128<short> Lower(Vector128<short> sums, Vector64<sbyte> b) => AdvSimd.MultiplyWideningLowerAndAdd(sums, _lower, b);
    }

    /// <summary>
    /// Thirty-two k of a column and two rows: a chain of four for each row. The lower halves of the weights come last, when nothing else
    /// needs their registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        sbyte* b, int offset, in Sixteen x0, in Sixteen x1, in Sixteen y0, in Sixteen y1, ref Vector128<int> s, ref Vector128<int> t)
    {
        Vector128<sbyte> b0 = Vector128.Load(b + offset), b1 = Vector128.Load(b + offset + 16);
        Vector128<short> p = x0.Upper(b0), q = y0.Upper(b0);
        Vector64<sbyte> lower0 = b0.GetLower();
        (p, q) = (x0.Lower(p, lower0), y0.Lower(q, lower0));
        (p, q) = (x1.Upper(p, b1), y1.Upper(q, b1));
        Vector64<sbyte> lower1 = b1.GetLower();
        (p, q) = (x1.Lower(p, lower1), y1.Lower(q, lower1));
        (s, t) = (AdvSimd.AddPairwiseWideningAndAdd(s, p), AdvSimd.AddPairwiseWideningAndAdd(t, q));
    }

    /// <summary>Sixteen k of two columns and two rows: chains of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        sbyte* b, int offset, in Sixteen x, in Sixteen y,
        ref Vector128<int> s0, ref Vector128<int> s1, ref Vector128<int> t0, ref Vector128<int> t1)
    {
        Vector128<sbyte> b0 = Vector128.Load(b + offset), b1 = Vector128.Load(b + offset + 16);
        Vector128<short> p0 = x.Upper(b0), q0 = y.Upper(b0), p1 = x.Upper(b1), q1 = y.Upper(b1);
        Vector64<sbyte> lower0 = b0.GetLower(), lower1 = b1.GetLower();
        s0 = AdvSimd.AddPairwiseWideningAndAdd(s0, x.Lower(p0, lower0));
        t0 = AdvSimd.AddPairwiseWideningAndAdd(t0, y.Lower(q0, lower0));
        s1 = AdvSimd.AddPairwiseWideningAndAdd(s1, x.Lower(p1, lower1));
        t1 = AdvSimd.AddPairwiseWideningAndAdd(t1, y.Lower(q1, lower1));
    }

    /// <summary>Eight k of a column and two rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(sbyte* b, Vector64<sbyte> x, Vector64<sbyte> y, ref Vector128<int> s, ref Vector128<int> t)
    {
        Vector64<sbyte> b0 = Vector64.Load(b);
        s = AdvSimd.AddPairwiseWideningAndAdd(s, AdvSimd.MultiplyWideningLower(x, b0));
        t = AdvSimd.AddPairwiseWideningAndAdd(t, AdvSimd.MultiplyWideningLower(y, b0));
    }

    /// <summary>Adds the four sums of each of four columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreSums(int* sums, Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d) =>
        AdvSimd.Arm64.AddPairwise(AdvSimd.Arm64.AddPairwise(a, b), AdvSimd.Arm64.AddPairwise(c, d)).Store(sums);

    /// <summary>Where no two products may be added in 16 bits: four rows after the other, four k of two columns in a vector.</summary>
    public static void TileNeon(byte** a, int pieces, nint length, sbyte* panel, int* start, int* sums, nint stride, int rows)
    {
        const int Most = 4;
        for (; rows > 0; rows -= Most, a += Most, sums += Most * stride)
        {
            switch (rows)
            {
                case 1: Neon<Count1>(a, pieces, length, panel, start, sums, stride); break;
                case 2: Neon<Count2>(a, pieces, length, panel, start, sums, stride); break;
                case 3: Neon<Count3>(a, pieces, length, panel, start, sums, stride); break;
                default: Neon<Count4>(a, pieces, length, panel, start, sums, stride); break;
            }
        }
    }

    private static void Neon<TRows>(byte** a, int pieces, nint length, sbyte* panel, int* start, int* sums, nint stride)
        where TRows : struct, ICount
    {
        Vector128<int> s0 = default, t0 = default, u0 = default, v0 = default;
        Vector128<int> s1 = default, t1 = default, u1 = default, v1 = default;
        Vector128<int> s2 = default, t2 = default, u2 = default, v2 = default;
        Vector128<int> s3 = default, t3 = default, u3 = default, v3 = default;
        for (int piece = 0; piece < pieces; piece++, a += Rows)
        {
            byte* x0 = a[0];
            byte* x1 = TRows.Count > 1 ? a[1] : x0;
            byte* x2 = TRows.Count > 2 ? a[2] : x0;
            byte* x3 = TRows.Count > 3 ? a[3] : x0;
            for (nint k = 0; k < length; k += 4, panel += 32)
            {
                Vector64<sbyte> b0 = Vector64.Load(panel), b1 = Vector64.Load(panel + 8);
                Vector64<sbyte> b2 = Vector64.Load(panel + 16), b3 = Vector64.Load(panel + 24);
                One(x0 + k, b0, b1, b2, b3, ref s0, ref t0, ref u0, ref v0);
                if (TRows.Count > 1) One(x1 + k, b0, b1, b2, b3, ref s1, ref t1, ref u1, ref v1);
                if (TRows.Count > 2) One(x2 + k, b0, b1, b2, b3, ref s2, ref t2, ref u2, ref v2);
                if (TRows.Count > 3) One(x3 + k, b0, b1, b2, b3, ref s3, ref t3, ref u3, ref v3);
            }
        }
        Store(start, sums, s0, t0, u0, v0);
        if (TRows.Count > 1) Store(start, sums += stride, s1, t1, u1, v1);
        if (TRows.Count > 2) Store(start, sums += stride, s2, t2, u2, v2);
        if (TRows.Count > 3) Store(start, sums += stride, s3, t3, u3, v3);
    }

    /// <summary>Four k of one row: two columns in each register of sums, two sums for each column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void One(
        byte* x, Vector64<sbyte> b0, Vector64<sbyte> b1, Vector64<sbyte> b2, Vector64<sbyte> b3,
        ref Vector128<int> s, ref Vector128<int> t, ref Vector128<int> u, ref Vector128<int> v)
    {
        Vector64<sbyte> y = AdvSimd.DuplicateSelectedScalarToVector64(One((sbyte*)x).AsInt32(), 0).AsSByte();
        Vector128<short> p = AdvSimd.MultiplyWideningLower(y, b0), q = AdvSimd.MultiplyWideningLower(y, b1);
        Vector128<short> r = AdvSimd.MultiplyWideningLower(y, b2), w = AdvSimd.MultiplyWideningLower(y, b3);
        s = AdvSimd.AddPairwiseWideningAndAdd(s, p);
        t = AdvSimd.AddPairwiseWideningAndAdd(t, q);
        u = AdvSimd.AddPairwiseWideningAndAdd(u, r);
        v = AdvSimd.AddPairwiseWideningAndAdd(v, w);
    }

    /// <summary>Adds the two sums of each column and what it starts from.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(int* start, int* sums, Vector128<int> s, Vector128<int> t, Vector128<int> u, Vector128<int> v)
    {
        (Vector128.Load(start) + AdvSimd.Arm64.AddPairwise(s, t)).Store(sums);
        (Vector128.Load(start + 4) + AdvSimd.Arm64.AddPairwise(u, v)).Store(sums + 4);
    }
}
