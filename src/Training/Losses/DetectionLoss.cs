using System.Runtime.InteropServices;
using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;
using Box = EdgeCnn.Training.Data.Box;

namespace EdgeCnn.Training.Losses;

/// <summary>
/// The loss of detectors whose cells give each side's distance as a distribution, and logits of the classes (YOLOv8 and its like): cells
/// are matched to objects by <see cref="TaskAlignedAssignment"/>; matched ones pay 1 - CIoU and the distribution focal loss, all pay binary
/// cross entropy, of the class with the matched target, of the others with 0. Each part is divided by the sum of targets over the batch, at
/// least 1.
/// </summary>
public sealed class DetectionLoss : ILoss
{
    private readonly HeadCells _cells;
    private readonly int _bins;
    private readonly double _cellCentre;
    private readonly TaskAlignedAssignment _assignment;
    private readonly BatchMatches _matches = new();
    private readonly Corners[] _boxes;
    private readonly int[] _decoded;
    private int _picture;

    /// <exception cref="ModelException">The head is of another kind, or its scores are probabilities already.</exception>
    public DetectionLoss(ModelTask task)
    {
        if (task.Layout != HeadLayout.Distribution || task.Head!.Scores != Activation.Sigmoid)
            throw new ModelException(
                "This loss is for detectors whose outputs are distances as distributions, and logits of the classes (head.layout distribution, "
                + "head.scores sigmoid).");
        _cells = new HeadCells(task);
        (_bins, _cellCentre) = (task.Head.Bins, task.Head.CellCentre);
        _assignment = new TaskAlignedAssignment(_cells.Count);
        _boxes = new Corners[_cells.Count];
        _decoded = new int[_cells.Count];
    }

    /// <summary>What each part counts; the defaults are YOLOv8's.</summary>
    public double BoxWeight { get; init; } = 7.5;

    public double ClassWeight { get; init; } = 0.5;

    public double DistributionWeight { get; init; } = 1.5;

    /// <summary>Those of the last batch, picture after picture.</summary>
    internal IReadOnlyList<Match> Matches => _matches.All;

    public LossValue Compute(TrainingNetwork network, ReadOnlySpan<Example> batch)
    {
        _matches.Clear();
        for (int n = 0; n < batch.Length; n++) Assign(network, n, batch[n].Boxes.AsSpan());
        double targets = 0;
        foreach (ref readonly Match match in CollectionsMarshal.AsSpan(_matches.All)) targets += match.Target;
        targets = Math.Max(targets, 1);

        for (int output = 0; output < network.Outputs.Count; output++) network.OutputGradient(output).Clear();
        double classes = 0, boxes = 0, distributions = 0;
        for (int n = 0; n < batch.Length; n++)
        {
            classes += Negatives(network, n, ClassWeight / targets);
            foreach (ref readonly Match match in _matches.Of(n))
            {
                Box target = batch[n].Boxes[match.Object];
                classes -= Positive(network, n, match, target.ClassId, ClassWeight / targets);
                (double box, double distribution) = Outline(network, n, match, target, match.Target / targets);
                boxes += match.Target * box;
                distributions += match.Target * distribution;
            }
        }
        boxes *= BoxWeight / targets;
        classes *= ClassWeight / targets;
        distributions *= DistributionWeight / targets;
        return new LossValue(boxes + classes + distributions, [("box", boxes), ("class", classes), ("distribution", distributions)]);
    }

    private void Assign(TrainingNetwork network, int picture, ReadOnlySpan<Box> objects)
    {
        _picture++;
        foreach (ref readonly Box box in objects)
        {
            _cells.RequireClass(box);
            _assignment.NextObject();
            Corners target = new(box.Left, box.Top, box.Right, box.Bottom);
            // An object smaller than the finest cell is looked for where the cell that holds its centre lies.
            double slack = _cells.Level(0).Stride / 2.0, x = (target.Left + target.Right) / 2, y = (target.Top + target.Bottom) / 2;
            double halfWidth = Math.Max(target.Width / 2, slack), halfHeight = Math.Max(target.Height / 2, slack);
            for (int l = 0; l < _cells.Levels; l++)
            {
                ref readonly Level level = ref _cells.Level(l);
                ReadOnlySpan<float> distances = HeadCells.Values(network, picture, level.Boxes);
                ReadOnlySpan<float> scores = HeadCells.Values(network, picture, level.Scores)[(box.ClassId * level.Scores.ChannelStep)..];
                (int left, int right) = Inside(x - halfWidth, x + halfWidth, level.Stride, level.Width);
                (int top, int bottom) = Inside(y - halfHeight, y + halfHeight, level.Stride, level.Height);
                for (int row = top; row < bottom; row++)
                {
                    for (int column = left; column < right; column++)
                    {
                        int cell = row * level.Width + column, number = _cells.First(l) + cell;
                        if (_decoded[number] != _picture)
                        {
                            _decoded[number] = _picture;
                            _boxes[number] = Decode(distances, level, cell);
                        }
                        double score = 1 / (1 + Math.Exp(-scores[cell * level.Scores.CellStep]));
                        _assignment.Offer(number, score, BoxOverlap.Of(BoxMeasure.Iou, _boxes[number], target));
                    }
                }
            }
        }
        _assignment.Finish(_matches.All);
        _matches.EndPicture();
    }

    /// <summary>The cells of an axis whose centres lie from one place up to another.</summary>
    private (int First, int End) Inside(double from, double to, int stride, int count) => (
        (int)Math.Clamp(Math.Ceiling(from / stride - _cellCentre), 0, count),
        (int)Math.Clamp(Math.Ceiling(to / stride - _cellCentre), 0, count));

    /// <summary>The box of a cell in pixels.</summary>
    private Corners Decode(ReadOnlySpan<float> distances, in Level level, int cell)
    {
        Span<float> logits = stackalloc float[_bins];
        Span<double> probabilities = stackalloc double[_bins];
        Span<double> means = stackalloc double[4];
        for (int side = 0; side < 4; side++)
        {
            Gather(distances, level.Boxes, cell, side, logits);
            Softmax.Probabilities(logits, probabilities);
            means[side] = DistributionFocalLoss.Mean(probabilities);
        }
        return Around(level, cell, means);
    }

    private (double X, double Y) Centre(in Level level, int cell) =>
        ((cell % level.Width + _cellCentre) * level.Stride, (cell / level.Width + _cellCentre) * level.Stride);

    private Corners Around(in Level level, int cell, ReadOnlySpan<double> distances)
    {
        (double x, double y) = Centre(level, cell);
        int stride = level.Stride;
        return new Corners(x - distances[0] * stride, y - distances[1] * stride, x + distances[2] * stride, y + distances[3] * stride);
    }

    private static void Gather(ReadOnlySpan<float> distances, in Field field, int cell, int side, Span<float> logits)
    {
        int at = cell * field.CellStep + side * logits.Length * field.ChannelStep;
        for (int bin = 0; bin < logits.Length; bin++) logits[bin] = distances[at + bin * field.ChannelStep];
    }

    /// <summary>All classes of all cells, as if nothing were there.</summary>
    private double Negatives(TrainingNetwork network, int picture, double factor)
    {
        double sum = 0;
        for (int l = 0; l < _cells.Levels; l++)
        {
            ref readonly Level level = ref _cells.Level(l);
            Field field = level.Scores;
            ReadOnlySpan<float> scores = HeadCells.Values(network, picture, field);
            Span<float> gradient = HeadCells.Gradient(network, picture, field);
            bool byClass = field.CellStep == 1;
            (int runs, int step, int length) = byClass
                ? (_cells.Classes, field.ChannelStep, level.Cells)
                : (level.Cells, field.CellStep, _cells.Classes);
            for (int run = 0; run < runs; run++)
                sum += BinaryCrossEntropy.OfNegatives(scores.Slice(run * step, length), (float)factor, gradient.Slice(run * step, length));
        }
        return sum;
    }

    /// <summary>What a match changes in <see cref="Negatives"/>: the product of target and logit, which the loss is less.</summary>
    private double Positive(TrainingNetwork network, int picture, in Match match, int classId, double factor)
    {
        int l = _cells.LevelOf(match.Cell);
        Field field = _cells.Level(l).Scores;
        int at = (match.Cell - _cells.First(l)) * field.CellStep + classId * field.ChannelStep;
        HeadCells.Gradient(network, picture, field)[at] -= (float)(factor * match.Target);
        return match.Target * HeadCells.Values(network, picture, field)[at];
    }

    /// <summary>
    /// 1 - CIoU and the distribution focal loss, the mean of four sides; their gradients, weighted and times a factor, are written.
    /// </summary>
    private (double Box, double Distribution) Outline(TrainingNetwork network, int picture, in Match match, in Box target, double factor)
    {
        int l = _cells.LevelOf(match.Cell), cell = match.Cell - _cells.First(l);
        ref readonly Level level = ref _cells.Level(l);
        ReadOnlySpan<float> values = HeadCells.Values(network, picture, level.Boxes);
        Span<float> gradient = HeadCells.Gradient(network, picture, level.Boxes);
        (double x, double y) = Centre(level, cell);
        double stride = level.Stride;
        Span<double> wanted =
            [(x - target.Left) / stride, (y - target.Top) / stride, (target.Right - x) / stride, (target.Bottom - y) / stride];

        Span<float> logits = stackalloc float[_bins];
        Span<double> probabilities = stackalloc double[4 * _bins], focal = stackalloc double[4 * _bins], means = stackalloc double[4];
        double distribution = 0;
        for (int side = 0; side < 4; side++)
        {
            Gather(values, level.Boxes, cell, side, logits);
            Span<double> p = probabilities.Slice(side * _bins, _bins);
            double logSum = Softmax.Probabilities(logits, p);
            means[side] = DistributionFocalLoss.Mean(p);
            distribution += DistributionFocalLoss.Of(logits, p, logSum, wanted[side], focal.Slice(side * _bins, _bins)) / 4;
        }
        Corners predicted = Around(level, cell, means);
        double likeness = BoxOverlap.Of(
            BoxMeasure.Ciou, predicted, new Corners(target.Left, target.Top, target.Right, target.Bottom), out Corners grows);
        // Left and top recede as their distances grow; the loss falls as the likeness grows.
        Span<double> perDistance = [grows.Left * stride, grows.Top * stride, -grows.Right * stride, -grows.Bottom * stride];
        for (int side = 0; side < 4; side++)
        {
            int at = cell * level.Boxes.CellStep + side * _bins * level.Boxes.ChannelStep;
            for (int bin = 0; bin < _bins; bin++)
            {
                int i = side * _bins + bin;
                // The mean's derivative to a logit: p (bin - mean).
                double box = perDistance[side] * probabilities[i] * (bin - means[side]);
                gradient[at + bin * level.Boxes.ChannelStep] = (float)(factor * (BoxWeight * box + DistributionWeight / 4 * focal[i]));
            }
        }
        return (1 - likeness, distribution);
    }
}
