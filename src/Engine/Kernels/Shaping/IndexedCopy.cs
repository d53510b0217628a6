using System.Diagnostics;

namespace EdgeCnn.Engine.Kernels.Shaping;

/// <summary>
/// Copies a tensor whose every output index is looked up, axis by axis, in a table of input indices: y[i, j, ...] = x[table0[i],
/// table1[j], ...]. Pad (reflect, edge, wrap, constant) and Resize (nearest) are such copies. An index of <see cref="Outside"/> stands
/// for a constant. Neighbouring outputs that read neighbouring inputs are moved together.
/// </summary>
internal sealed unsafe class IndexedCopy
{
    /// <summary>The table's entry for an element that comes from nowhere and gets the constant.</summary>
    public const int Outside = -1;

    private readonly int[][] _tables;
    private readonly long[] _strides;
    private readonly Stretch[] _stretches;
    private readonly int _size;

    /// <param name="inputExtents">The input's shape.</param>
    /// <param name="tables">One per axis, as long as the output's extent, entries from 0 to the input's extent - 1 or <see
    /// cref="Outside"/>.</param>
    /// <param name="elementSize">Bytes of an element: 1, 2, 4 or 8.</param>
    public IndexedCopy(ReadOnlySpan<int> inputExtents, int[][] tables, int elementSize)
    {
        Debug.Assert(tables.Length == inputExtents.Length && elementSize is 1 or 2 or 4 or 8);
        _size = elementSize;
        // Trailing axes that are copied as they are make up the block that moves as one.
        int outer = tables.Length;
        int block = 1;
        while (outer > 0 && IsIdentity(tables[outer - 1], inputExtents[outer - 1])) block *= inputExtents[--outer];
        int[] lastTable = outer > 0 ? tables[outer - 1] : [0];
        _tables = outer > 0 ? tables[..(outer - 1)] : [];
        long stride = (long)block * (outer > 0 ? inputExtents[outer - 1] : 1);
        _strides = new long[_tables.Length];
        for (int axis = _tables.Length - 1; axis >= 0; axis--)
        {
            _strides[axis] = stride;
            stride *= inputExtents[axis];
        }
        _stretches = Stretches(lastTable, block);
        RowLength = lastTable.Length * block;
        Rows = 1;
        foreach (int[] table in _tables) Rows *= table.Length;
    }

    /// <summary>Units of work: rows along the last axis that is not copied as it is.</summary>
    public long Rows { get; }

    /// <summary>Elements of a row.</summary>
    public int RowLength { get; }

    /// <param name="source">The dense input.</param>
    /// <param name="target">The dense output.</param>
    /// <param name="constant">The bits of the constant element, in the lowest bytes.</param>
    /// <param name="from">First row.</param>
    /// <param name="to">The row after the last.</param>
    public void Run(void* source, void* target, ulong constant, long from, long to)
    {
        switch (_size)
        {
            case 1: Run((byte*)source, (byte*)target, (byte)constant, from, to); break;
            case 2: Run((ushort*)source, (ushort*)target, (ushort)constant, from, to); break;
            case 4: Run((uint*)source, (uint*)target, (uint)constant, from, to); break;
            default: Run((ulong*)source, (ulong*)target, constant, from, to); break;
        }
    }

    private void Run<T>(T* source, T* target, T constant, long from, long to) where T : unmanaged
    {
        for (long row = from; row < to; row++)
        {
            T* y = target + row * RowLength;
            long offset = RowOffset(row);
            if (offset < 0)
            {
                new Span<T>(y, RowLength).Fill(constant);
                continue;
            }
            foreach (Stretch stretch in _stretches)
            {
                T* x = source + offset + stretch.Source;
                if (stretch.Source == Outside) new Span<T>(y, stretch.Length).Fill(constant);
                else if (stretch.Length == 1) *y = *x;
                else new ReadOnlySpan<T>(x, stretch.Length).CopyTo(new Span<T>(y, stretch.Length));
                y += stretch.Length;
            }
        }
    }

    /// <summary>Where a row's input begins; <see cref="Outside"/> for a row of constants.</summary>
    private long RowOffset(long row)
    {
        long offset = 0;
        for (int axis = _tables.Length - 1; axis >= 0; axis--)
        {
            (row, long index) = Math.DivRem(row, _tables[axis].Length);
            int at = _tables[axis][index];
            if (at == Outside) return Outside;
            offset += at * _strides[axis];
        }
        return offset;
    }

    private static bool IsIdentity(int[] table, int extent)
    {
        if (table.Length != extent) return false;
        for (int i = 0; i < extent; i++)
        {
            if (table[i] != i) return false;
        }
        return true;
    }

    private static Stretch[] Stretches(int[] table, int block)
    {
        List<Stretch> stretches = [];
        foreach (int index in table)
        {
            long source = index == Outside ? Outside : (long)index * block;
            if (stretches.Count > 0 && stretches[^1] is var last
                && (source == Outside ? last.Source == Outside : last.Source != Outside && last.Source + last.Length == source))
                stretches[^1] = last with { Length = last.Length + block };
            else
                stretches.Add(new Stretch(source, block));
        }
        return [.. stretches];
    }

    private readonly record struct Stretch(long Source, int Length);
}
