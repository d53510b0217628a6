using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Models.Zoo;

/// <summary>
/// An anchor-free detector of the form that is known as YOLOv8: a backbone of cross-stage partial blocks (Wang et al., CSPNet,
/// arXiv:1911.11929) whose every intermediate result reaches the block's end, pyramid pooling (He et al., arXiv:1406.4729), a path
/// aggregation neck (Liu et al., PANet, arXiv:1803.01534), and a head of two branches (Ge et al., YOLOX, arXiv:2107.08430): distances to a
/// box's four sides as distributions over bins (Li et al., Generalized Focal Loss, arXiv:2006.04388), and a logit per class. Its outputs
/// are raw, so that what is trained is what is deployed: a map for each of the strides 8, 16 and 32, with 4 * bins + classes channels.
/// </summary>
internal sealed class YoloEdge(YoloScale scale)
{
    /// <summary>
    /// As many objects, of whatever class, a head expects at each stride before it has learned anything (Lin et al. 2017, section 3.3): the
    /// background then weighs no more than what is to be found.
    /// </summary>
    private const double Expected = 5;

    private static readonly int[] Strides = [8, 16, 32];

    public static Graph Nano(ZooOptions options) =>
        new YoloEdge(YoloScale.Published(depth: 0.33, width: 0.25)).Build("yolo_edge_n", options);

    public static Graph Small(ZooOptions options) =>
        new YoloEdge(YoloScale.Published(depth: 0.33, width: 0.5)).Build("yolo_edge_s", options);

    public static Graph Medium(ZooOptions options) =>
        new YoloEdge(YoloScale.Published(depth: 0.67, width: 0.75, most: 768)).Build("yolo_edge_m", options);

    /// <summary>For a handful of classes on a board: under half a million parameters, channels in 16s, half the bins.</summary>
    public static Graph Arena(ZooOptions options) => new YoloEdge(
        new YoloScale([16, 32, 48, 64, 64], [1, 1, 1, 1], Bins: 8, new YoloHead(Depth: 1, Boxes: 32, Classes: 32)))
        .Build("yolo_arena", options);

    private Graph Build(string name, ZooOptions options)
    {
        Features x = Features.Image(name, 3, options.Size, options.Seed);
        x = Conv(x, "conv1", scale.Channels[0], kernel: 3, stride: 2);
        Features[] stages = new Features[4];
        for (int stage = 0; stage < stages.Length; stage++)
        {
            x = Conv(x, $"conv{stage + 2}", scale.Channels[stage + 1], kernel: 3, stride: 2);
            stages[stage] = x = Partial(x, $"block{stage + 2}", scale.Channels[stage + 1], scale.Depths[stage], shortcut: true);
        }
        (Features fine, Features middle, Features coarse) = (stages[1], stages[2], PyramidPooling(x, "pooling"));

        middle = Merge("neck1", coarse.Upsample("neck1/up", 2), middle, middle.Channels);
        fine = Merge("neck2", middle.Upsample("neck2/up", 2), fine, fine.Channels);
        middle = Merge("neck3", Conv(fine, "neck3/down", fine.Channels, kernel: 3, stride: 2), middle, middle.Channels);
        coarse = Merge("neck4", Conv(middle, "neck4/down", middle.Channels, kernel: 3, stride: 2), coarse, coarse.Channels);

        int boxes = scale.Head.Boxes ?? Math.Max(Math.Max(16, fine.Channels / 4), 4 * scale.Bins);
        int classes = scale.Head.Classes ?? Math.Max(fine.Channels, Math.Min(options.Classes, 100));
        return Features.Build(
            Card(options.Classes),
            Head(fine, "head8", boxes, classes, options.Classes),
            Head(middle, "head16", boxes, classes, options.Classes),
            Head(coarse, "head32", boxes, classes, options.Classes));
    }

    private ModelCard Card(int classes) => new()
    {
        Task = "detect",
        Labels = classes == Labels.Coco.Count ? Labels.Coco : Labels.Numbered(classes),
        Preprocessing = PreprocessingCard.Of(Preprocessing.Ultralytics),
        Head = new HeadCard
        {
            Layout = HeadLayout.Distribution,
            Boxes = BoxCoding.Distribution,
            Scores = Activation.Sigmoid,
            Strides = Strides,
            Bins = scale.Bins,
            CellCentre = 0.5f,
        },
    };

    private Features Merge(string name, Features x, Features lateral, int channels) =>
        Partial(Features.Concat($"{name}/merge", x, lateral), name, channels, scale.Depths[0], shortcut: false);

    /// <summary>
    /// Half of the channels pass through a chain of bottlenecks; the halves and what every bottleneck makes are joined and mixed.
    /// </summary>
    private static Features Partial(Features x, string name, int channels, int depth, bool shortcut)
    {
        (Features first, Features last) = Conv(x, $"{name}/enter", 2 * (channels / 2), kernel: 1).Halves($"{name}/halves");
        List<Features> parts = [first, last];
        for (int i = 1; i <= depth; i++)
        {
            Features next = Conv(Conv(last, $"{name}/{i}a", channels / 2, kernel: 3), $"{name}/{i}b", channels / 2, kernel: 3);
            last = shortcut ? next.Add($"{name}/{i}sum", last) : next;
            parts.Add(last);
        }
        return Conv(Features.Concat($"{name}/concat", [.. parts]), $"{name}/leave", channels, kernel: 1);
    }

    /// <summary>Maxima over 5x5, 9x9 and 13x13 pixels, the larger ones made of the smaller.</summary>
    private static Features PyramidPooling(Features x, string name)
    {
        Features narrow = Conv(x, $"{name}/enter", x.Channels / 2, kernel: 1);
        Features five = narrow.MaxPoolSame($"{name}/5", 5), nine = five.MaxPoolSame($"{name}/9", 5);
        Features thirteen = nine.MaxPoolSame($"{name}/13", 5);
        return Conv(Features.Concat($"{name}/concat", narrow, five, nine, thirteen), $"{name}/leave", x.Channels, kernel: 1);
    }

    private Features Head(Features x, string name, int boxChannels, int classChannels, int classes)
    {
        Features boxes = x, scores = x;
        for (int i = 1; i <= scale.Head.Depth; i++)
        {
            boxes = Conv(boxes, $"{name}/box{i}", boxChannels, kernel: 3);
            scores = Conv(scores, $"{name}/class{i}", classChannels, kernel: 3);
        }
        double share = Math.Min(0.5, Expected / classes / x.Shape.CountBetween(2, 4));
        float[] prior = new float[classes];
        Array.Fill(prior, (float)Math.Log(share / (1 - share)));
        return Features.Concat(
            $"{name}/map", boxes.Predict($"{name}/distances", new float[4 * scale.Bins]), scores.Predict($"{name}/scores", prior));
    }

    private static Features Conv(Features x, string name, int channels, int kernel, int stride = 1) =>
        x.Conv(name, channels, kernel, stride, pad: kernel / 2, bias: false).BatchNorm(1e-3f).Silu();
}
