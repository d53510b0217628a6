using EdgeCnn.Training.Data;
using EdgeCnn.Training.Losses;
using Box = EdgeCnn.Training.Data.Box;

namespace EdgeCnn.Training.Tests.Losses;

/// <summary>The detection loss as the papers write it, over joined maps of strides 8, 16, 32, for matches that are given.</summary>
internal sealed class PlainDetectionLoss
{
    private readonly LossCase _outputs;
    private readonly Example[] _batch;
    private readonly int _bins;
    private readonly int _classes;
    private readonly int _width;
    private readonly int _height;
    private readonly List<(int Picture, Match Match)> _matches = [];
    private readonly double[] _alphas;

    public PlainDetectionLoss(
        LossCase outputs, Example[] batch, int bins, int classes, IReadOnlyList<Match> matches, int width, int height)
    {
        (_outputs, _batch, _bins, _classes, _width, _height) = (outputs, batch, bins, classes, width, height);
        int picture = 0, last = 0;
        foreach (Match match in matches)
        {
            // Objects are numbered within their picture, in rising order.
            if (match.Object < last || batch[picture].Boxes.Length == 0) picture++;
            while (batch[picture].Boxes.Length == 0) picture++;
            last = match.Object;
            _matches.Add((picture, match));
        }
        _alphas = [.. _matches.Select(match => Alpha(Predicted(match.Picture, match.Match.Cell), Target(match)))];
    }

    public double Of()
    {
        double sum = Math.Max(1, _matches.Sum(match => match.Match.Target)), loss = 0;
        for (int picture = 0; picture < _batch.Length; picture++)
        {
            for (int cell = 0; cell < Cells(8) + Cells(16) + Cells(32); cell++)
            {
                for (int c = 0; c < _classes; c++)
                {
                    double target = _matches
                        .Where(match => match.Picture == picture && match.Match.Cell == cell && ClassOf(match) == c)
                        .Sum(match => match.Match.Target);
                    double p = 1 / (1 + Math.Exp(-At(picture, cell, 4 * _bins + c)));
                    loss -= 0.5 * (target * Math.Log(p) + (1 - target) * Math.Log(1 - p));
                }
            }
        }
        for (int i = 0; i < _matches.Count; i++)
        {
            (int picture, Match match) = _matches[i];
            Corners predicted = Predicted(picture, match.Cell), target = Target(_matches[i]);
            double ciou = BoxOverlap.Of(BoxMeasure.Diou, predicted, target) - _alphas[i] * Aspect(predicted, target);
            (double x, double y, int stride) = Centre(match.Cell);
            double[] wanted = [x - target.Left, y - target.Top, target.Right - x, target.Bottom - y];
            double focal = 0;
            for (int side = 0; side < 4; side++)
            {
                double[] p = Probabilities(picture, match.Cell, side);
                double distance = Math.Clamp(wanted[side] / stride, 0, _bins - 1.01);
                int lower = (int)distance;
                focal -= ((lower + 1 - distance) * Math.Log(p[lower]) + (distance - lower) * Math.Log(p[lower + 1])) / 4;
            }
            loss += match.Target * (7.5 * (1 - ciou) + 1.5 * focal);
        }
        return loss / sum;
    }

    private int ClassOf((int Picture, Match Match) match) => _batch[match.Picture].Boxes[match.Match.Object].ClassId;

    private Corners Target((int Picture, Match Match) match)
    {
        Box box = _batch[match.Picture].Boxes[match.Match.Object];
        return new Corners(box.Left, box.Top, box.Right, box.Bottom);
    }

    private int Cells(int stride) => _width / stride * (_height / stride);

    private (int Stride, int Cell) Level(int cell) =>
        cell < Cells(8) ? (8, cell) : cell < Cells(8) + Cells(16) ? (16, cell - Cells(8)) : (32, cell - Cells(8) - Cells(16));

    private (double X, double Y, int Stride) Centre(int cell)
    {
        (int stride, int own) = Level(cell);
        int columns = _width / stride;
        return ((own % columns + 0.5) * stride, (own / columns + 0.5) * stride, stride);
    }

    private double At(int picture, int cell, int channel)
    {
        (int stride, int own) = Level(cell);
        return _outputs.Values((int)Math.Log2(stride / 8))[(picture * (4 * _bins + _classes) + channel) * Cells(stride) + own];
    }

    private double[] Probabilities(int picture, int cell, int side)
    {
        double[] e = [.. Enumerable.Range(0, _bins).Select(bin => Math.Exp(At(picture, cell, side * _bins + bin)))];
        return [.. e.Select(value => value / e.Sum())];
    }

    private Corners Predicted(int picture, int cell)
    {
        (double x, double y, int stride) = Centre(cell);
        double[] d =
            [.. Enumerable.Range(0, 4).Select(side => stride * Probabilities(picture, cell, side).Select((p, bin) => p * bin).Sum())];
        return new Corners(x - d[0], y - d[1], x + d[2], y + d[3]);
    }

    private static double Aspect(Corners box, Corners target) =>
        4 / (Math.PI * Math.PI) * Math.Pow(Math.Atan(target.Width / target.Height) - Math.Atan(box.Width / box.Height), 2);

    private static double Alpha(Corners box, Corners target) =>
        Aspect(box, target) / (1 - BoxOverlap.Of(BoxMeasure.Iou, box, target) + Aspect(box, target));
}
