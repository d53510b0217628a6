using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;
using Box = EdgeCnn.Training.Data.Box;

namespace EdgeCnn.Training.Losses;

/// <summary>
/// The loss of detectors with anchors. Redmon and Farhadi 2018, "YOLOv3": an object belongs to the cell that holds its centre and to the
/// anchor whose shape is likest; there, binary cross entropy of the place in the cell, of objectness and of the classes, and half the
/// squared error of the size's logarithm, place and size times 2 - the object's share of the picture. Elsewhere objectness should be 0,
/// unless the
/// box there overlaps some object by more than <see cref="Ignore"/>. Sums, divided by the batch.
/// </summary>
public sealed class AnchorLoss : ILoss
{
    private const int Objectness = 4;

    private readonly HeadCells _cells;
    private readonly double _area;
    private readonly List<int> _taken = [];

    /// <exception cref="ModelException">The head is of another kind, or its scores are probabilities already.</exception>
    public AnchorLoss(ModelTask task)
    {
        if (task.Layout != HeadLayout.AnchorMaps || task.Head!.Boxes != BoxCoding.AnchorExponential
            || task.Head.Scores != Activation.Sigmoid)
            throw new ModelException(
                "This loss is for detectors with anchors as YOLOv3 has them (head.layout anchorMaps, head.boxes anchorExponential, head.scores "
                + "sigmoid).");
        _cells = new HeadCells(task);
        Shape input = task.Input.Shape;
        _area = (double)input[2] * input[3];
    }

    /// <summary>A box that overlaps an object by more than this IoU need not deny that it sees it.</summary>
    public double Ignore { get; init; } = 0.7;

    public LossValue Compute(TrainingNetwork network, ReadOnlySpan<Example> batch)
    {
        for (int output = 0; output < network.Outputs.Count; output++) network.OutputGradient(output).Clear();
        double share = 1.0 / batch.Length;
        Sums sums = default;
        for (int n = 0; n < batch.Length; n++)
        {
            ReadOnlySpan<Box> objects = batch[n].Boxes.AsSpan();
            _taken.Clear();
            foreach (ref readonly Box box in objects)
            {
                _cells.RequireClass(box);
                int cell = Responsible(box, out int level);
                // Of two objects in one cell with the same anchor, the first is learned.
                if (cell < 0 || _taken.Contains(_cells.First(level) + cell)) continue;
                _taken.Add(_cells.First(level) + cell);
                Seen(network, n, level, cell, box, share, ref sums);
            }
            for (int level = 0; level < _cells.Levels; level++) Unseen(network, n, level, objects, share, ref sums);
        }
        (double boxes, double seen, double classes) = (sums.Box * share, sums.Objectness * share, sums.Class * share);
        return new LossValue(boxes + seen + classes, [("box", boxes), ("objectness", seen), ("class", classes)]);
    }

    /// <summary>
    /// The cell that holds the object's centre, in the level with the anchor of the likest shape; -1 outside the picture.
    /// </summary>
    private int Responsible(in Box box, out int level)
    {
        level = 0;
        double most = -1;
        for (int l = 0; l < _cells.Levels; l++)
        {
            ref readonly Level candidate = ref _cells.Level(l);
            double common = Math.Min(box.Width, candidate.AnchorWidth) * (double)Math.Min(box.Height, candidate.AnchorHeight);
            double overlap = common / ((double)box.Width * box.Height + (double)candidate.AnchorWidth * candidate.AnchorHeight - common);
            if (!(overlap > most)) continue;
            (most, level) = (overlap, l);
        }
        ref readonly Level chosen = ref _cells.Level(level);
        int x = (int)Math.Floor((box.Left + box.Right) / 2 / chosen.Stride), y = (int)Math.Floor(
            (box.Top + box.Bottom) / 2 / chosen.Stride);
        return (uint)x < (uint)chosen.Width && (uint)y < (uint)chosen.Height && box.Width > 0 && box.Height > 0 ? y * chosen.Width + x : -1;
    }

    private void Seen(TrainingNetwork network, int picture, int l, int cell, in Box box, double share, ref Sums sums)
    {
        ref readonly Level level = ref _cells.Level(l);
        int at = cell * level.Boxes.CellStep, step = level.Boxes.ChannelStep;
        ReadOnlySpan<float> values = HeadCells.Values(network, picture, level.Boxes)[at..];
        Span<float> gradient = HeadCells.Gradient(network, picture, level.Boxes)[at..];
        double weight = 2 - (double)box.Width * box.Height / _area, slope;
        double x = (box.Left + box.Right) / 2.0 / level.Stride, y = (box.Top + box.Bottom) / 2.0 / level.Stride;

        sums.Box += weight * BinaryCrossEntropy.Of(values[0], x - Math.Floor(x), out slope);
        gradient[0] = (float)(share * weight * slope);
        sums.Box += weight * BinaryCrossEntropy.Of(values[step], y - Math.Floor(y), out slope);
        gradient[step] = (float)(share * weight * slope);
        double wider = values[2 * step] - Math.Log(box.Width / level.AnchorWidth);
        double higher = values[3 * step] - Math.Log(box.Height / level.AnchorHeight);
        sums.Box += weight * (wider * wider + higher * higher) / 2;
        gradient[2 * step] = (float)(share * weight * wider);
        gradient[3 * step] = (float)(share * weight * higher);
        sums.Objectness += BinaryCrossEntropy.Of(values[Objectness * step], 1, out slope);
        gradient[Objectness * step] = (float)(share * slope);

        ReadOnlySpan<float> scores = HeadCells.Values(network, picture, level.Scores)[(cell * level.Scores.CellStep)..];
        Span<float> ofScores = HeadCells.Gradient(network, picture, level.Scores)[(cell * level.Scores.CellStep)..];
        for (int c = 0; c < _cells.Classes; c++)
        {
            sums.Class += BinaryCrossEntropy.Of(scores[c * level.Scores.ChannelStep], c == box.ClassId ? 1 : 0, out slope);
            ofScores[c * level.Scores.ChannelStep] = (float)(share * slope);
        }
    }

    private void Unseen(TrainingNetwork network, int picture, int l, ReadOnlySpan<Box> objects, double share, ref Sums sums)
    {
        ref readonly Level level = ref _cells.Level(l);
        ReadOnlySpan<float> values = HeadCells.Values(network, picture, level.Boxes);
        Span<float> gradient = HeadCells.Gradient(network, picture, level.Boxes);
        for (int cell = 0; cell < level.Cells; cell++)
        {
            if (_taken.Contains(_cells.First(l) + cell)) continue;
            if (Overlaps(Decode(values, level, cell), objects)) continue;
            int at = cell * level.Boxes.CellStep + Objectness * level.Boxes.ChannelStep;
            sums.Objectness += BinaryCrossEntropy.Of(values[at], 0, out double slope);
            gradient[at] = (float)(share * slope);
        }
    }

    private bool Overlaps(in Corners box, ReadOnlySpan<Box> objects)
    {
        foreach (ref readonly Box other in objects)
        {
            if (BoxOverlap.Of(BoxMeasure.Iou, box, new Corners(other.Left, other.Top, other.Right, other.Bottom)) > Ignore) return true;
        }
        return false;
    }

    private static Corners Decode(ReadOnlySpan<float> values, in Level level, int cell)
    {
        int at = cell * level.Boxes.CellStep, step = level.Boxes.ChannelStep;
        double x = (1 / (1 + Math.Exp(-values[at])) + cell % level.Width) * level.Stride;
        double y = (1 / (1 + Math.Exp(-values[at + step])) + cell / level.Width) * level.Stride;
        double width = Math.Exp(values[at + 2 * step]) * level.AnchorWidth, height = Math.Exp(values[at + 3 * step]) * level.AnchorHeight;
        return new Corners(x - width / 2, y - height / 2, x + width / 2, y + height / 2);
    }

    private struct Sums
    {
        public double Box;
        public double Objectness;
        public double Class;
    }
}
