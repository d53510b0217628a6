namespace EdgeCnn.Models.Tasks;

/// <summary>How a detector's outputs are laid out. C is the number of classes; a leading batch of 1 is not written here.</summary>
public enum HeadLayout
{
    /// <summary>
    /// cells x (5 + C), one row per grid cell of all strides: offsets to the cell, logarithms of the size in strides, objectness, classes
    /// (YOLOX).
    /// </summary>
    Grid,

    /// <summary>N x (5 + C), decoded: centre, size, objectness, classes (YOLOv5, YOLOv7, YOLOX decoded in the network).</summary>
    Rows,

    /// <summary>(4 + C) x N or N x (4 + C), decoded: centre, size, classes without objectness (YOLOv8, v9, v11).</summary>
    Columns,

    /// <summary>
    /// One map per stride with A anchors each: A*(5+C) x H x W, H x W x A*(5+C) or A x H x W x (5+C) (YOLOv3, v5, v7 before decoding).
    /// </summary>
    AnchorMaps,

    /// <summary>
    /// Distances to the four sides as distributions over bins, per stride or joined; scores beside or behind them (NanoDet, YOLOv8 before
    /// decoding).
    /// </summary>
    Distribution,

    /// <summary>
    /// N x 6 (left, top, right, bottom, score, class), N x 7 (image, left, top, right, bottom, class, score), or boxes, scores and classes
    /// apart: overlaps are already suppressed.
    /// </summary>
    EndToEnd,

    /// <summary>
    /// N x (4 + C), or N x 4 and N x C: centre and size as shares of the input; every query is one object, nothing overlaps (RT-DETR).
    /// </summary>
    Queries,

    /// <summary>
    /// Two outputs, N x C scores and N x 4 boxes: corners as shares of the input, or offsets to anchors (SSD, UltraFace, RetinaFace).
    /// </summary>
    ScoresAndBoxes,
}

/// <summary>What turns a raw score into a probability.</summary>
public enum Activation
{
    /// <summary>Nothing: the network did it.</summary>
    None,
    Sigmoid,

    /// <summary>Over the classes, the background included.</summary>
    Softmax,
}

/// <summary>How the numbers of a box are meant.</summary>
public enum BoxCoding
{
    /// <summary>Centre x, y, width, height.</summary>
    CentreSize,

    /// <summary>Left, top, right, bottom.</summary>
    Corners,

    /// <summary>Centre (v + cell) * stride, size exp(v) * stride. Ge et al., YOLOX, 2021.</summary>
    CellExponential,

    /// <summary>Centre (sigmoid(v) + cell) * stride, size exp(v) * anchor. Redmon and Farhadi, YOLOv3, 2018.</summary>
    AnchorExponential,

    /// <summary>Centre (2 sigmoid(v) - 0.5 + cell) * stride, size (2 sigmoid(v))^2 * anchor. YOLOv5 and later.</summary>
    AnchorSquare,

    /// <summary>Centre of the anchor + v * variance * anchor size, size exp(v * variance) * anchor. Liu et al., SSD, 2016.</summary>
    AnchorVariance,

    /// <summary>
    /// Four distances in strides, each the mean of a distribution over bins 0, 1, 2 ... Li et al., Generalized Focal Loss, 2020.
    /// </summary>
    Distribution,
}

/// <summary>A detection head with everything decided: what <see cref="LevelDecoder"/> needs beside the outputs' shapes.</summary>
internal sealed record Head
{
    public required HeadLayout Layout { get; init; }

    public required BoxCoding Boxes { get; init; }

    public Activation Scores { get; init; }

    /// <summary>Network pixels per cell, in the order of the rows or maps.</summary>
    public IReadOnlyList<int> Strides { get; init; } = [8, 16, 32];

    /// <summary>For each stride the widths and heights of its anchors in network pixels: w, h, w, h ...</summary>
    public IReadOnlyList<IReadOnlyList<float>> Anchors { get; init; } = [];

    /// <summary>What <see cref="BoxCoding.AnchorVariance"/> multiplies centres and sizes by.</summary>
    public (float Centre, float Size) Variance { get; init; } = (0.1f, 0.2f);

    /// <summary>Bins of each distance's distribution.</summary>
    public int Bins { get; init; } = 16;

    /// <summary>Where in its cell a point lies, 0 to 1.</summary>
    public float CellCentre { get; init; } = 0.5f;

    /// <summary>Boxes are shares of the network's input, not pixels of it.</summary>
    public bool Normalised { get; init; }

    /// <summary>Class 0 means "nothing".</summary>
    public bool Background { get; init; }
}
