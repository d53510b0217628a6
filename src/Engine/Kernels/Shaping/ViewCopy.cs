using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace EdgeCnn.Engine.Kernels.Shaping;

/// <summary>
/// Copies one view into another of the same extents: Slice, Split, Concat, Transpose, Expand, Tile, DepthToSpace, SpaceToDepth and the
/// inside of Pad. Elements are moved by their size, whatever they mean.
/// </summary>
internal sealed unsafe class ViewCopy
{
    private const int TileEdge = 8;

    /// <summary>Rows below this length are not worth a call each.</summary>
    private const int ShortRow = 8;

    private readonly Nest _nest;
    private readonly int _size;

    /// <summary>
    /// The axis along which the source is contiguous, where that is not the row: the copy is then done in square tiles; otherwise -1.
    /// </summary>
    private readonly int _across;

    /// <param name="source">Where elements are read.</param>
    /// <param name="target">Where they are written.</param>
    /// <param name="elementSize">Bytes of an element: 1, 2, 4 or 8.</param>
    public ViewCopy(View source, View target, int elementSize)
    {
        Debug.Assert(elementSize is 1 or 2 or 4 or 8);
        _nest = new Nest(source, target);
        _size = elementSize;
        _across = -1;
        if (_nest.RowStride(0) is 0 or 1 || _nest.RowStride(1) != 1) return;
        for (int axis = 0; axis < _nest.Extents.Length - 1; axis++)
        {
            if (_nest.Strides(0)[axis] == 1 && _nest.Extents[axis] >= TileEdge && _nest.RowLength >= TileEdge) _across = axis;
        }
        if (_across < 0) return;
        Planes = 1;
        for (int axis = 0; axis < _nest.Extents.Length - 1; axis++)
        {
            if (axis != _across) Planes *= _nest.Extents[axis];
        }
        Bands = (_nest.Extents[_across] + TileEdge - 1) / TileEdge;
    }

    private long Planes { get; }

    private int Bands { get; }

    /// <summary>Units of work that can be copied one by one.</summary>
    public long Units => _across < 0 ? _nest.Count : Planes * Bands;

    /// <summary>Elements copied by one unit, about.</summary>
    public long UnitSize => Math.Max(1, _nest.Count / Math.Max(1, Units));

    /// <summary>
    /// Copies the units <paramref name="from"/> up to, not including, <paramref name="to"/>. <paramref name="source"/> and <paramref
    /// name="target"/> are the first elements of the memory that the two views describe, and do not overlap.
    /// </summary>
    public void Run(void* source, void* target, long from, long to)
    {
        switch (_size)
        {
            case 1: Run((byte*)source, (byte*)target, from, to); break;
            case 2: Run((ushort*)source, (ushort*)target, from, to); break;
            case 4: Run((uint*)source, (uint*)target, from, to); break;
            default: Run((ulong*)source, (ulong*)target, from, to); break;
        }
    }

    private void Run<T>(T* source, T* target, long from, long to) where T : unmanaged
    {
        if (_across < 0) CopyRows(source, target, from, to);
        else CopyBands(source, target, from, to);
    }

    private void CopyRows<T>(T* source, T* target, long from, long to) where T : unmanaged
    {
        long read = _nest.RowStride(0);
        long write = _nest.RowStride(1);
        (long readDown, long writeDown) = (_nest.DownStride(0), _nest.DownStride(1));
        for (Nest.Runs run = _nest.Blocks(from, to); run.MoveNext();)
        {
            T* x = source + run[0];
            T* y = target + run[1];
            if (run.Length < ShortRow)
            {
                CopyColumns(x, read, readDown, y, write, writeDown, run.Length, run.Rows);
                continue;
            }
            for (int row = 0; row < run.Rows; row++, x += readDown, y += writeDown)
            {
                if (write == 1 && read == 1) new ReadOnlySpan<T>(x, run.Length).CopyTo(new Span<T>(y, run.Length));
                else if (write == 1 && read == 0) new Span<T>(y, run.Length).Fill(*x);
                else
                {
                    int i = write == 1 && read == 2 ? EveryOther(x, y, run.Length) : 0;
                    for (; i < run.Length; i++) y[i * write] = x[i * read];
                }
            }
        }
    }

    /// <summary>Every other element, bytes or floats, as far as they fill vectors; nothing behind the last one wanted is read.</summary>
    private static int EveryOther<T>(T* x, T* y, int length) where T : unmanaged
    {
        int i = 0, count = Vector128<T>.Count;
        if (!Vector128.IsHardwareAccelerated) return i;
        for (; sizeof(T) == sizeof(byte) && i < length - count; i += count)
        {
            Vector128<ushort> even = Vector128.Create((ushort)byte.MaxValue);
            ushort* pairs = (ushort*)(x + 2 * i);
            Vector128.Narrow(Vector128.Load(pairs) & even, Vector128.Load(pairs + 8) & even).Store((byte*)(y + i));
        }
        for (; sizeof(T) == sizeof(uint) && i < length - count; i += count)
        {
            ulong* pairs = (ulong*)(x + 2 * i);
            Vector128.Narrow(Vector128.Load(pairs), Vector128.Load(pairs + 2)).Store((uint*)(y + i));
        }
        return i;
    }

    /// <summary>Short rows are copied column by column, as many rows at a time as stay in the first-level cache.</summary>
    private static void CopyColumns<T>(T* x, long read, long readDown, T* y, long write, long writeDown, int length, int rows)
        where T : unmanaged
    {
        const int RowsAtOnce = 256;
        for (int first = 0; first < rows; first += RowsAtOnce, x += RowsAtOnce * readDown, y += RowsAtOnce * writeDown)
        {
            int count = Math.Min(RowsAtOnce, rows - first);
            for (int i = 0; i < length; i++)
            {
                T* from = x + i * read;
                T* to = y + i * write;
                for (int row = 0; row < count; row++, from += readDown, to += writeDown) *to = *from;
            }
        }
    }

    /// <summary>
    /// A band is <see cref="TileEdge"/> rows of one plane, cut into square tiles so that reads and writes stay within few cache lines.
    /// </summary>
    private void CopyBands<T>(T* source, T* target, long from, long to) where T : unmanaged
    {
        ReadOnlySpan<int> extents = _nest.Extents;
        int inner = extents.Length - 1;
        long read = _nest.RowStride(0);
        long write = _nest.Strides(1)[_across];
        for (long unit = from; unit < to; unit++)
        {
            (long plane, long band) = Math.DivRem(unit, Bands);
            long x = _nest.Offset(0);
            long y = _nest.Offset(1);
            for (int axis = inner - 1; axis >= 0; axis--)
            {
                if (axis == _across) continue;
                (plane, long index) = Math.DivRem(plane, extents[axis]);
                x += index * _nest.Strides(0)[axis];
                y += index * _nest.Strides(1)[axis];
            }
            int first = (int)band * TileEdge;
            int rows = Math.Min(TileEdge, extents[_across] - first);
            x += first;
            y += first * write;
            int column = 0;
            if (rows == TileEdge)
            {
                for (; column + TileEdge <= extents[inner]; column += TileEdge)
                    SquareTile.Transpose(source + x + column * read, read, target + y + column, write);
            }
            for (int row = 0; row < rows; row++)
            {
                for (int i = column; i < extents[inner]; i++) target[y + row * write + i] = source[x + row + i * read];
            }
        }
    }
}
