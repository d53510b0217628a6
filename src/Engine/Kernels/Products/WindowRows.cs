using System.Runtime.Intrinsics;

namespace EdgeCnn.Engine.Kernels.Products;

/// <summary>
/// Finds the windows of an image as rows of a matrix, by pointers. Taps that lie side by side in memory, as those along a row of the
/// window do, make one piece of the row where the pixels are short. Windows inside of the image are not copied; those across its border
/// are, with what stands for zero, if their pieces are more than one tap. Only windows of few channels whose taps lie apart are all
/// gathered.
/// </summary>
internal sealed unsafe class WindowRows
{
    private const int ShortTap = 8;
    private const int LongTap = 64;

    private readonly WindowGeometry _geometry;
    private readonly int _tileRows;
    private readonly int _taps;
    private readonly int _tapBytes;
    private readonly nint _pixelBytes;
    private readonly nint* _offsets;
    private readonly int* _rows;
    private readonly int* _columns;
    private readonly int _top, _bottom, _left, _right;

    /// <param name="geometry">Where the taps lie.</param>
    /// <param name="depth">Channels of a tap.</param>
    /// <param name="stride">Elements from one pixel to the next.</param>
    /// <param name="elementSize">Bytes of an element.</param>
    /// <param name="tileRows">Rows of a tile, whose pointers lie together in the table.</param>
    /// <param name="weights">Where offsets are kept.</param>
    /// <param name="joinsTaps">False: every tap is a piece of its own, and nothing is copied.</param>
    public WindowRows(WindowGeometry geometry, int depth, int stride, int elementSize, int tileRows, Weights weights, bool joinsTaps = true)
    {
        geometry = geometry.InOneRow();
        (_geometry, _tileRows, _taps) = (geometry, tileRows, geometry.RowOf.Length);
        (_tapBytes, _pixelBytes) = (depth * elementSize, (nint)stride * elementSize);
        int taps = 1;
        bool adjacent = joinsTaps && stride == depth && depth <= LongTap;
        // Every row of a window has the same columns, so the first tells for all.
        while (adjacent && taps < _taps && geometry.RowOf[taps] == geometry.RowOf[0]
            && geometry.ColumnOf[taps] == geometry.ColumnOf[taps - 1] + 1)
        {
            taps++;
        }
        Gathers = joinsTaps && taps == 1 && _taps > 1 && depth < ShortTap;
        TapsOfPiece = taps;
        Pieces = Gathers ? 1 : _taps / taps;
        CopyBytes = Gathers || taps > 1 ? (_taps * _tapBytes + 15) / 16 * 16 : 0;
        _offsets = weights.Allocate<nint>(_taps);
        _rows = weights.Copy<int>(geometry.RowOf);
        _columns = weights.Copy<int>(geometry.ColumnOf);
        int width = geometry.Input[2];
        for (int t = 0; t < _taps; t++) _offsets[t] = ((nint)geometry.RowOf[t] * width + geometry.ColumnOf[t]) * _pixelBytes;
        // A window whose first pixel lies between these bounds is inside of the image as a whole.
        _top = _taps == 0 ? 0 : -geometry.RowOf.Min();
        _bottom = geometry.Input[1] - 1 - (_taps == 0 ? 0 : geometry.RowOf.Max());
        _left = _taps == 0 ? 0 : -geometry.ColumnOf.Min();
        _right = width - 1 - (_taps == 0 ? 0 : geometry.ColumnOf.Max());
    }

    /// <summary>Pieces that each row is in.</summary>
    public int Pieces { get; }

    /// <summary>How many taps lie side by side in memory and make one piece.</summary>
    public int TapsOfPiece { get; }

    /// <summary>Whether all windows are copied, each to be one piece.</summary>
    public bool Gathers { get; }

    /// <summary>Bytes that a copied row takes; 0 when none ever is.</summary>
    public int CopyBytes { get; }

    /// <summary>How the rows are reached, for profiles.</summary>
    public string Name => Gathers ? "gathered" : _taps == 1 ? "direct" : "indirect";

    /// <param name="data">The first of the channels that the windows see.</param>
    /// <param name="first">The first window.</param>
    /// <param name="count">Windows wanted.</param>
    /// <param name="table">Piece t of window first + i goes to table[(i / tileRows * Pieces + t) * tileRows + i % tileRows].</param>
    /// <param name="copies">count x <see cref="CopyBytes"/>.</param>
    /// <param name="padding">A tap outside of the image.</param>
    /// <param name="fill">Every byte of it.</param>
    public void Find(byte* data, int first, int count, byte** table, byte* copies, byte* padding, byte fill)
    {
        int height = _geometry.Input[1], width = _geometry.Input[2];
        (int image, int pixel) = Math.DivRem(first, _geometry.Height * _geometry.Width);
        (int y, int x) = Math.DivRem(pixel, _geometry.Width);
        for (int i = 0; i < count;)
        {
            // Windows side by side, in the same tile.
            (int tile, int place) = Math.DivRem(i, _tileRows);
            int run = Math.Min(Math.Min(_tileRows - place, count - i), _geometry.Width - x);
            int top = y * _geometry.StrideY, left = x * _geometry.StrideX;
            byte* origin = data + (((nint)image * height + top) * width + left) * _pixelBytes;
            byte** entry = table + (nint)tile * Pieces * _tileRows + place;
            bool inside = top >= _top && top <= _bottom && left >= _left && left + (run - 1) * _geometry.StrideX <= _right;
            if (!inside && CopyBytes > 0 && !Gathers) (run, inside) = Alike(top, left, run);
            if (inside && !Gathers) FindInside(origin, run, entry);
            else if (CopyBytes == 0) FindBorder(origin, top, left, run, entry, padding);
            else CopyAll(origin, top, left, run, entry, copies + (nint)i * CopyBytes, fill);
            i += run;
            x += run;
            if (x < _geometry.Width) continue;
            x = 0;
            if (++y < _geometry.Height) continue;
            (y, image) = (0, image + 1);
        }
    }

    /// <summary>How many of the next windows are inside of the image as the first one is, or are not, as it.</summary>
    private (int Run, bool Inside) Alike(int top, int left, int run)
    {
        if (top < _top || top > _bottom || left > _right) return (run, false);
        int stride = _geometry.StrideX;
        return left < _left
            ? (Math.Min(run, (_left - left + stride - 1) / stride), false)
            : (Math.Min(run, (_right - left) / stride + 1), true);
    }

    private void FindInside(byte* origin, int run, byte** entry)
    {
        nint step = _geometry.StrideX * _pixelBytes;
        // Two pointers fill a vector.
        Vector128<nint> first = Vector128.Create(0L, step).AsNInt(), second = first + Vector128.Create(2 * step);
        for (int t = 0; t < Pieces; t++, entry += _tileRows)
        {
            byte* row = origin + _offsets[t * TapsOfPiece];
            int i = 0;
            for (; i <= run - 4; i += 4, row += 4 * step)
            {
                Vector128<nint> four = Vector128.Create((nint)row);
                (four + first).Store((nint*)(entry + i));
                (four + second).Store((nint*)(entry + i + 2));
            }
            for (; i < run; i++, row += step) entry[i] = row;
        }
    }

    /// <summary>Windows some of whose taps lie beside the image.</summary>
    private void FindBorder(byte* origin, int top, int left, int run, byte** entry, byte* padding)
    {
        int height = _geometry.Input[1], width = _geometry.Input[2], stride = _geometry.StrideX;
        nint step = stride * _pixelBytes;
        for (int t = 0; t < _taps; t++, entry += _tileRows)
        {
            byte* row = origin + _offsets[t];
            int column = left + _columns[t];
            // In a row beside the image no column is inside.
            uint inside = (uint)(top + _rows[t]) < (uint)height ? (uint)width : 0;
            for (int i = 0; i < run; i++, row += step, column += stride) entry[i] = (uint)column < inside ? row : padding;
        }
    }

    /// <summary>Windows that have to be copied.</summary>
    private void CopyAll(byte* origin, int top, int left, int run, byte** entry, byte* copies, byte fill)
    {
        for (int i = 0; i < run; i++, entry++, left += _geometry.StrideX, origin += _geometry.StrideX * _pixelBytes, copies += CopyBytes)
        {
            Copy(origin, top, left, copies, fill);
            for (int t = 0; t < Pieces; t++) entry[t * _tileRows] = copies + t * TapsOfPiece * _tapBytes;
        }
    }

    /// <summary>Copies a window, filled up where it leaves the image.</summary>
    private void Copy(byte* origin, int top, int left, byte* row, byte fill)
    {
        int bytes = TapsOfPiece * _tapBytes;
        bool isInside = top >= _top && top <= _bottom && left >= _left && left <= _right;
        for (int t = 0; t < _taps; t += TapsOfPiece, row += bytes)
        {
            if (isInside) CopyInside(origin + _offsets[t], row, bytes);
            else CopyAcross(origin + _offsets[t], top + _rows[t], left + _columns[t], row, fill);
        }
    }

    /// <summary>Up to 15 bytes more are read and written; the next taps are written over them.</summary>
    private static void CopyInside(byte* source, byte* row, int bytes)
    {
        for (int i = 0; i < bytes; i += 16) Vector128.Load(source + i).Store(row + i);
    }

    private void CopyAcross(byte* source, int y, int column, byte* row, byte fill)
    {
        int taps = TapsOfPiece;
        bool inside = (uint)y < (uint)_geometry.Input[1];
        int from = inside ? Math.Clamp(-column, 0, taps) * _tapBytes : 0;
        int to = inside ? Math.Clamp(Math.Clamp(_geometry.Input[2] - column, 0, taps) * _tapBytes, from, taps * _tapBytes) : 0;
        new Span<byte>(row, from).Fill(fill);
        new ReadOnlySpan<byte>(source + from, to - from).CopyTo(new Span<byte>(row + from, to - from));
        new Span<byte>(row + to, taps * _tapBytes - to).Fill(fill);
    }
}
