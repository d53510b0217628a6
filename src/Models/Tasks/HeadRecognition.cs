using System.Text.Json;

namespace EdgeCnn.Models.Tasks;

/// <summary>Recognises a detection head from the shapes of the outputs. What the shapes do not decide is assumed, and said.</summary>
internal sealed class HeadRecognition
{
    private const int CocoClasses = 80;

    private readonly int[][] _shapes;
    private readonly int _width;
    private readonly int _height;
    private readonly int? _labels;
    private readonly List<string> _assumptions;

    private HeadRecognition(IReadOnlyList<NamedValue> outputs, int width, int height, int? labels, List<string> assumptions)
    {
        _shapes = [.. outputs.Select(output => Pieces.Squeeze(output.Shape))];
        (_width, _height, _labels, _assumptions) = (width, height, labels, assumptions);
    }

    /// <param name="outputs">The network's outputs.</param>
    /// <param name="width">Of the network's input.</param>
    /// <param name="height">Of the network's input.</param>
    /// <param name="labels">How many labels are known, null for none.</param>
    /// <param name="card">What is decided already.</param>
    /// <param name="assumptions">Sentences are added to it.</param>
    /// <exception cref="ModelException">No layout fits.</exception>
    public static Head Recognise(
        IReadOnlyList<NamedValue> outputs, int width, int height, int? labels, HeadCard? card, List<string> assumptions)
    {
        // A card that says how boxes and scores are coded leaves nothing to assume.
        HeadRecognition recognition = new(outputs, width, height, labels, card is { Boxes: not null, Scores: not null } ? [] : assumptions);
        HeadLayout layout = card?.Layout ?? recognition.Layout() ?? throw new ModelException(
            $"No known detection head has outputs of the shapes {string.Join(", ", outputs.Select(output => output.Shape))} "
            + $"for an input of {width}x{height}; describe it under 'head' in a model card.");
        Head head = recognition.Standard(layout);
        return card?.Over(head) ?? head;
    }

    private HeadLayout? Layout()
    {
        if (_shapes.All(shape => IsMap(shape))) return OfMaps();
        if (_shapes.Length >= 2 && _shapes.All(IsTableOfOneStride)) return HeadLayout.Distribution;
        if (_shapes.Length == 1 && _shapes[0].Length == 2) return OfTable(_shapes[0]);
        if (_shapes.Length >= 2 && ScoresAndBoxes.Find(_shapes) is (int scores, _))
        {
            bool queries = _shapes[scores][0] is 100 or 300 or 900 && _shapes.Length == 2;
            if (!queries) return HeadLayout.ScoresAndBoxes;
            Assume($"Two outputs of {_shapes[scores][0]} rows are taken to be a transformer's queries, centres and sizes as shares of the input.");
            return HeadLayout.Queries;
        }
        if (EndToEndLayout.IsSplit(_shapes)) return HeadLayout.EndToEnd;
        return null;
    }

    private bool IsMap(int[] shape) => Pieces.OfMap(0, shape, _width, _height).Any();

    private bool IsTableOfOneStride(int[] shape) => Pieces.OfSingleTable(0, shape, _width, _height).Any();

    /// <summary>How many strides the maps have.</summary>
    private int MapStrides() => _shapes.Select(shape => Pieces.OfMap(0, shape, _width, _height).First().Stride).Distinct().Count();

    private HeadLayout OfMaps()
    {
        int channels = _shapes[0].Length == 4 ? 0 : Pieces.OfMap(0, _shapes[0], _width, _height).First().Channels;
        if (channels == 0) return HeadLayout.AnchorMaps;
        if (_shapes.Length > MapStrides()) return HeadLayout.Distribution;
        int perAnchor = channels % 3 == 0 ? channels / 3 : 0;
        HeadLayout? chosen = Choose(
            [(HeadLayout.AnchorMaps, perAnchor - 5), (HeadLayout.Distribution, channels - 64), (HeadLayout.Grid, channels - 5)]);
        if (chosen is HeadLayout known) return known;
        HeadLayout assumed = perAnchor > 5 ? HeadLayout.AnchorMaps : channels > 64 ? HeadLayout.Distribution : HeadLayout.Grid;
        Assume($"Maps of {channels} channels are taken to be of the layout {KeyOf(assumed)}.");
        return assumed;
    }

    private HeadLayout OfTable(int[] shape)
    {
        foreach (int[] strides in Pieces.StrideSets)
        {
            int cells = Pieces.Cells(_width, _height, strides);
            if (Other(shape, cells) is int channels && channels >= 5) return PerCell(channels, rowsFirst: shape[0] == cells, strides);
            if (Other(shape, 3 * cells) is >= 6) return HeadLayout.Rows;
        }
        if (shape[1] is 6 or 7) return HeadLayout.EndToEnd;
        if (shape[0] is 100 or 300 or 900)
        {
            Assume($"{shape[0]} rows of {shape[1]} values are taken to be a transformer's queries, centres and sizes as shares of the input.");
            return HeadLayout.Queries;
        }
        HeadLayout assumed = shape[0] < shape[1] ? HeadLayout.Columns : HeadLayout.Rows;
        Assume($"A table of {shape[0]}x{shape[1]}, which fits no grid of the input, is taken to be of the layout {KeyOf(assumed)}.");
        return assumed;
    }

    /// <summary>As model cards write it.</summary>
    private static string KeyOf(HeadLayout layout) => JsonNamingPolicy.CamelCase.ConvertName(layout.ToString());

    private static int? Other(int[] shape, int extent) => shape[0] == extent ? shape[1] : shape[1] == extent ? shape[0] : null;

    /// <summary>A table with one row per cell: the number of classes tells what the other values are.</summary>
    private HeadLayout PerCell(int channels, bool rowsFirst, int[] strides)
    {
        HeadLayout? chosen = Choose(
        [
            (HeadLayout.Grid, channels - 5),
            (HeadLayout.Columns, channels - 4),
            (HeadLayout.Distribution, channels - 32),
            (HeadLayout.Distribution, channels - 64),
        ]);
        HeadLayout layout = chosen ?? (rowsFirst ? HeadLayout.Grid : HeadLayout.Columns);
        if (chosen is null)
            Assume($"{channels} values for each cell of the strides {string.Join(", ", strides)} are taken to be of the layout {KeyOf(layout)}.");
        if (layout == HeadLayout.Grid)
            Assume("Boxes are taken to be offsets to their cells, as YOLOX exports them without decoding; "
                + "a model card with head.layout rows says otherwise.");
        return layout;
    }

    /// <summary>The layout that gives as many classes as there are labels; without labels, as COCO has.</summary>
    private HeadLayout? Choose(ReadOnlySpan<(HeadLayout Layout, int Classes)> layouts)
    {
        foreach ((HeadLayout layout, int classes) in layouts)
        {
            if (classes == (_labels ?? CocoClasses)) return layout;
        }
        return null;
    }

    /// <summary>A layout as its best-known family has it.</summary>
    private Head Standard(HeadLayout layout)
    {
        switch (layout)
        {
            case HeadLayout.Grid:
                return new Head { Layout = layout, Boxes = BoxCoding.CellExponential, Strides = TableStrides() };
            case HeadLayout.AnchorMaps:
                return StandardAnchorMaps();
            case HeadLayout.Distribution:
                return StandardDistribution();
            case HeadLayout.ScoresAndBoxes:
                return StandardScoresAndBoxes();
            case HeadLayout.EndToEnd:
                return new Head { Layout = layout, Boxes = BoxCoding.Corners };
            case HeadLayout.Queries:
                Activation scores = _shapes.Length == 2 ? Activation.Sigmoid : Activation.None;
                return new Head { Layout = layout, Boxes = BoxCoding.CentreSize, Normalised = true, Scores = scores };
            default:
                return new Head { Layout = layout, Boxes = BoxCoding.CentreSize };
        }
    }

    /// <summary>The strides that a table's rows belong to.</summary>
    private int[] TableStrides() => Pieces.StrideSets.FirstOrDefault(
        strides => _shapes[0].Length == 2 && Pieces.OfTable(0, _shapes[0], _width, _height, strides).Any()) ?? Pieces.StrideSets[0];

    private Head StandardAnchorMaps()
    {
        bool squared = _shapes[0].Length == 4;
        Assume(squared
            ? "Anchor maps with the values innermost are taken to be decoded as YOLOv5 and v7 do (sizes are squares), with the anchors of YOLOv5."
            : "Anchor maps with the channels joined are taken to be decoded as YOLOv3 does (sizes are exponentials), with the anchors of YOLOv3.");
        bool tiny = _shapes.Length == 2;
        return new Head
        {
            Layout = HeadLayout.AnchorMaps,
            Boxes = squared ? BoxCoding.AnchorSquare : BoxCoding.AnchorExponential,
            Scores = Activation.Sigmoid,
            Strides = tiny ? [16, 32] : [8, 16, 32],
            Anchors = tiny
                ? [[10, 14, 23, 27, 37, 58], [81, 82, 135, 169, 344, 319]]
                : [[10, 13, 16, 30, 33, 23], [30, 61, 62, 45, 59, 119], [116, 90, 156, 198, 373, 326]],
        };
    }

    private Head StandardDistribution()
    {
        Head head = new() { Layout = HeadLayout.Distribution, Boxes = BoxCoding.Distribution };
        if (IsMap(_shapes[0]))
        {
            bool joined = MapStrides() == _shapes.Length;
            Assume($"Distances are taken to be distributions over 16 bins, and scores to be {(joined ? "logits" : "probabilities")}.");
            return head with { Bins = 16, Scores = joined ? Activation.Sigmoid : Activation.None };
        }
        int[] strides = TableStrides();
        if (_shapes.Length > 1) return head with { Bins = 8 };
        bool rowsFirst = _shapes[0][0] > _shapes[0][1];
        Assume(rowsFirst
            ? "Rows of scores and distances are taken to be NanoDet-Plus's: 8 bins, points at the cells' corners, scores as probabilities."
            : "Columns of distances and scores are taken to be YOLOv8's before decoding: 16 bins, scores as logits.");
        return rowsFirst
            ? head with { Bins = 8, Strides = strides, CellCentre = 0 }
            : head with { Bins = 16, Strides = strides, Scores = Activation.Sigmoid };
    }

    private Head StandardScoresAndBoxes()
    {
        (int scores, _) = ScoresAndBoxes.Find(_shapes) ?? (0, 1);
        int classes = _shapes[scores][1];
        bool background = _labels is int labels ? classes == labels + 1 : classes != CocoClasses && classes > 1;
        if (_labels is null)
            Assume(background
                ? "Class 0 is taken to be the background, scores to be probabilities, and boxes to be corners as shares of the input."
                : "Scores are taken to be probabilities, and boxes to be corners as shares of the input.");
        return new Head { Layout = HeadLayout.ScoresAndBoxes, Boxes = BoxCoding.Corners, Normalised = true, Background = background };
    }

    private void Assume(string sentence) => _assumptions.Add(sentence);
}
