namespace EdgeCnn.Models.Tasks;

/// <summary>Finds, among the outputs of a network, where the values of a head lie.</summary>
internal static class HeadBuilder
{
    /// <exception cref="ModelException">The outputs do not have the shapes that the head's layout needs.</exception>
    public static IHeadDecoder Build(Head head, IReadOnlyList<NamedValue> outputs, int width, int height)
    {
        int[][] shapes = [.. outputs.Select(output => Pieces.Squeeze(output.Shape))];
        IHeadDecoder? decoder = head.Layout switch
        {
            HeadLayout.Grid => Grid(head, shapes, width, height),
            HeadLayout.Rows => Table(head, shapes, width, height, objectness: 4),
            HeadLayout.Columns => Table(head, shapes, width, height, objectness: -1),
            HeadLayout.Queries when shapes.Length == 1 => Table(head, shapes, width, height, objectness: -1),
            HeadLayout.Queries or HeadLayout.ScoresAndBoxes => ScoresAndBoxes.Build(head, shapes, width, height),
            HeadLayout.AnchorMaps => AnchorMaps(head, shapes, width, height),
            HeadLayout.Distribution => Distribution(head, shapes, width, height),
            HeadLayout.EndToEnd => EndToEndLayout.Build(head, shapes, width, height),
            _ => null,
        };
        return decoder ?? throw new ModelException(
            $"Outputs of the shapes {string.Join(", ", outputs.Select(output => output.Shape))} do not have the layout {head.Layout} "
            + $"for an input of {width}x{height}; correct 'head' in the model card.");
    }

    private static LevelDecoder? Grid(Head head, int[][] shapes, int width, int height)
    {
        Piece[] pieces = [.. shapes.SelectMany((shape, output) => shape.Length == 2
            ? Pieces.OfTable(output, shape, width, height, head.Strides)
            : Pieces.OfMap(output, shape, width, height))];
        if (pieces.Length == 0 || pieces[0].Channels < 6 || pieces.Any(piece => piece.Channels != pieces[0].Channels)) return null;
        Level[] levels =
            [.. pieces.Select(piece => new Level(piece.Width, piece.Height, piece.Stride, 0, 0, piece.Field(), piece.Field(5)))];
        return new LevelDecoder(head, levels, 4, pieces[0].Channels - 5, width, height);
    }

    /// <summary>
    /// One table with a box, perhaps objectness, and classes: the longer side counts the boxes, unless a side is a known number of them.
    /// </summary>
    private static LevelDecoder? Table(Head head, int[][] shapes, int width, int height, int objectness)
    {
        int[]? shape = Array.Find(shapes, shape => shape.Length == 2);
        if (shape is null) return null;
        bool rowsFirst = FitsGrid(shape[0]) || (!FitsGrid(shape[1]) && (shape[0] > shape[1] || head.Layout == HeadLayout.Queries));
        (int count, int channels) = rowsFirst ? (shape[0], shape[1]) : (shape[1], shape[0]);
        int classes = channels - (objectness < 0 ? 4 : 5);
        if (classes < 1) return null;
        Piece piece = new(Array.IndexOf(shapes, shape), 1, count, 1, channels, 0, rowsFirst ? channels : 1, rowsFirst ? 1 : count);
        Level level = new(count, 1, 1, 0, 0, piece.Field(), piece.Field(channels - classes));
        return new LevelDecoder(head, [level], objectness, classes, width, height);

        bool FitsGrid(int extent) => Pieces.StrideSets
            .Select(strides => Pieces.Cells(width, height, strides))
            .Any(cells => extent == cells || extent == 3 * cells);
    }

    private static LevelDecoder? AnchorMaps(Head head, int[][] shapes, int width, int height)
    {
        List<Level> levels = [];
        int classes = 0;
        foreach (var (shape, output) in shapes.Select((shape, output) => (shape, output)))
        {
            Piece[] pieces = [.. Pieces.OfMap(output, shape, width, height)];
            if (pieces.Length == 0 || head.Anchors.Count != head.Strides.Count) return null;
            int scale = Enumerable.Range(0, head.Strides.Count).FirstOrDefault(i => head.Strides[i] == pieces[0].Stride, -1);
            if (scale < 0) return null;
            IReadOnlyList<float> anchors = head.Anchors[scale];
            int count = anchors.Count / 2;
            if (pieces.Length == 1 && pieces[0].Channels % count == 0 && shape.Length == 3)
            {
                Piece joined = pieces[0];
                int each = joined.Channels / count;
                pieces =
                    [.. Enumerable.Range(0, count).Select(a => joined with { Channels = each, Offset = a * each * joined.ChannelStep })];
            }
            if (pieces.Length != count || pieces[0].Channels < 6 || (classes != 0 && classes != pieces[0].Channels - 5)) return null;
            classes = pieces[0].Channels - 5;
            for (int a = 0; a < count; a++)
            {
                Piece piece = pieces[a];
                levels.Add(
                    new Level(
                        piece.Width, piece.Height, piece.Stride, anchors[2 * a], anchors[(2 * a) + 1], piece.Field(), piece.Field(5)));
            }
        }
        return new LevelDecoder(head, [.. levels], 4, classes, width, height);
    }

    private static LevelDecoder? Distribution(Head head, int[][] shapes, int width, int height)
    {
        int box = 4 * head.Bins;
        List<Piece> pieces = [];
        for (int output = 0; output < shapes.Length; output++)
        {
            int[] shape = shapes[output];
            pieces.AddRange(shape.Length != 2 ? Pieces.OfMap(output, shape, width, height)
                : shapes.Length == 1 ? Pieces.OfTable(output, shape, width, height, head.Strides)
                : Pieces.OfSingleTable(output, shape, width, height));
        }
        List<Level> levels = [];
        int classes = 0;
        foreach (IGrouping<int, Piece> grid in pieces.GroupBy(piece => piece.Stride).OrderBy(grid => grid.Key))
        {
            Piece[] parts = [.. grid];
            bool rows = shapes[parts[0].Output].Length == 2;
            if ((parts.Length == 1 ? Joined(parts[0], rows, box) : Apart(parts, rows, box)) is not (Field boxes, Field scores, int count))
                return null;
            if (count < 1 || (classes != 0 && count != classes)) return null;
            classes = count;
            levels.Add(new Level(parts[0].Width, parts[0].Height, parts[0].Stride, 0, 0, boxes, scores));
        }
        return levels.Count == 0 ? null : new LevelDecoder(head, [.. levels], -1, classes, width, height);
    }

    /// <summary>
    /// Distances and scores in one piece: rows carry the scores first (NanoDet-Plus), columns and maps the distances (YOLOv8).
    /// </summary>
    private static (Field Boxes, Field Scores, int Classes)? Joined(Piece piece, bool rows, int box)
    {
        int classes = piece.Channels - box;
        return rows && piece.ChannelStep == 1 ? (piece.Field(classes), piece.Field(), classes) : (piece.Field(), piece.Field(box), classes);
    }

    /// <summary>Distances and scores in pieces of their own: among rows the scores come first, among maps the distances.</summary>
    private static (Field Boxes, Field Scores, int Classes)? Apart(Piece[] parts, bool rows, int box)
    {
        int distances = rows
            ? Array.FindLastIndex(parts, part => part.Channels == box)
            : Array.FindIndex(parts, part => part.Channels == box);
        if (distances < 0) return null;
        // A third map, the sum of a place's scores, has one channel and is not needed.
        Piece scores = parts.Where((_, i) => i != distances).MaxBy(part => part.Channels);
        return (parts[distances].Field(), scores.Field(), scores.Channels);
    }
}
