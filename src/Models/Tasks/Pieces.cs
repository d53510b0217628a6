namespace EdgeCnn.Models.Tasks;

/// <summary>The part of an output that belongs to one grid of cells: all of a map, or a run of rows of a table.</summary>
/// <param name="Output">Which output.</param>
/// <param name="Stride">Network pixels per cell.</param>
/// <param name="Width">Cells in a row.</param>
/// <param name="Height">Rows of cells.</param>
/// <param name="Channels">Values per cell.</param>
/// <param name="Offset">Of the first cell's first value.</param>
/// <param name="CellStep">From a cell to the next.</param>
/// <param name="ChannelStep">From a channel to the next.</param>
internal readonly record struct Piece(
    int Output, int Stride, int Width, int Height, int Channels, int Offset, int CellStep, int ChannelStep)
{
    public Field Field(int firstChannel = 0) => new(Output, Offset + (firstChannel * ChannelStep), CellStep, ChannelStep);
}

/// <summary>Cuts outputs into grids by their sizes.</summary>
internal static class Pieces
{
    /// <summary>More anchors than this per cell are none.</summary>
    private const int MostAnchors = 32;

    private static readonly int[] PowersOfTwo = [4, 8, 16, 32, 64, 128];

    /// <summary>Sets of strides that heads are built with, likely ones first.</summary>
    public static readonly int[][] StrideSets = [[8, 16, 32], [8, 16, 32, 64], [16, 32], [4, 8, 16, 32], [8, 16, 32, 64, 128]];

    public static int Cells(int size, int stride) => (size + stride - 1) / stride;

    /// <summary>Cells of all grids of these strides.</summary>
    public static int Cells(int width, int height, IEnumerable<int> strides) =>
        strides.Sum(stride => Cells(width, stride) * Cells(height, stride));

    /// <summary>The extents without a leading batch of 1 and, in N x 1 x 4, without the middle 1.</summary>
    public static int[] Squeeze(Shape shape)
    {
        int[] extents = shape.Extents.ToArray();
        if (extents.Length >= 3 && extents[0] == 1) extents = extents[1..];
        if (extents.Length == 3 && extents[1] == 1 && extents[2] == 4) extents = [extents[0], 4];
        if (extents.Length == 3 && extents[0] == 1 && extents[2] is 6 or 7) extents = extents[1..];
        return extents;
    }

    /// <summary>A table of all cells of <paramref name="strides"/>, rows or columns first; empty when the extents do not fit.</summary>
    public static IEnumerable<Piece> OfTable(int output, int[] extents, int width, int height, IReadOnlyList<int> strides)
    {
        if (extents.Length != 2) yield break;
        int cells = Cells(width, height, strides);
        bool rowsFirst = extents[0] == cells;
        if (!rowsFirst && extents[1] != cells) yield break;
        int channels = rowsFirst ? extents[1] : extents[0], first = 0;
        foreach (int stride in strides)
        {
            int columns = Cells(width, stride), rows = Cells(height, stride);
            yield return rowsFirst
                ? new Piece(output, stride, columns, rows, channels, first * channels, channels, 1)
                : new Piece(output, stride, columns, rows, channels, first, 1, cells);
            first += columns * rows;
        }
    }

    /// <summary>A table of the cells of one stride, whichever fits.</summary>
    public static IEnumerable<Piece> OfSingleTable(int output, int[] extents, int width, int height)
    {
        if (extents.Length != 2) return [];
        int stride = PowersOfTwo.FirstOrDefault(stride => Cells(width, height, [stride]) == extents[0]);
        return stride == 0 ? [] : OfTable(output, extents, width, height, [stride]);
    }

    /// <summary>
    /// A map C x H x W or H x W x C, or A maps of rank 4 (A x H x W x C), whose H and W are the input's divided by a stride; empty
    /// otherwise.
    /// </summary>
    public static IEnumerable<Piece> OfMap(int output, int[] extents, int width, int height)
    {
        if (extents.Length == 4)
        {
            (int anchors, int rows, int columns, int channels) = (extents[0], extents[1], extents[2], extents[3]);
            int stride = Stride(rows, columns);
            if (stride == 0 || anchors > MostAnchors) yield break;
            for (int a = 0; a < anchors; a++)
                yield return new Piece(output, stride, columns, rows, channels, a * rows * columns * channels, channels, 1);
        }
        if (extents.Length != 3) yield break;
        int planes = Stride(extents[1], extents[2]), interleaved = Stride(extents[0], extents[1]);
        if (planes != 0) yield return new Piece(output, planes, extents[2], extents[1], extents[0], 0, 1, extents[1] * extents[2]);
        else if (interleaved != 0) yield return new Piece(output, interleaved, extents[1], extents[0], extents[2], 0, extents[2], 1);

        int Stride(int rows, int columns) =>
            PowersOfTwo.FirstOrDefault(stride => Cells(height, stride) == rows && Cells(width, stride) == columns);
    }
}
