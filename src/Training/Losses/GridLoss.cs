using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;
using Box = EdgeCnn.Training.Data.Box;

namespace EdgeCnn.Training.Losses;

/// <summary>
/// The loss of detectors without anchors whose cells give a box, objectness and classes. Ge 2021, "YOLOX: Exceeding YOLO Series in 2021":
/// cells are matched to objects by <see cref="OptimalTransportAssignment"/>; matched ones pay 5 (1 - IoU^2), and binary cross entropy of
/// the classes with the IoU as target; all pay binary cross entropy of objectness. Each part is divided by the matches of the batch, at
/// least 1.
/// </summary>
public sealed class GridLoss : ILoss
{
    private const int Objectness = 4;

    /// <summary>Cells up to so many strides from an object's centre may learn it, beside those that lie in it.</summary>
    private const double Near = 2.5;

    /// <summary>Logarithms of what is nearly nothing end here, so that costs can be compared.</summary>
    private const double LeastLog = -100;

    private readonly HeadCells _cells;
    private readonly OptimalTransportAssignment _assignment = new();
    private readonly BatchMatches _matches = new();
    private readonly double[] _background;
    private readonly int[] _scored;
    private int _picture;

    /// <exception cref="ModelException">The head is of another kind, or its scores are probabilities already.</exception>
    public GridLoss(ModelTask task)
    {
        if (task.Layout != HeadLayout.Grid || task.Head!.Boxes != BoxCoding.CellExponential || task.Head.Scores != Activation.Sigmoid)
        {
            throw new ModelException(
                "This loss is for detectors as YOLOX has them (head.layout grid, head.boxes cellExponential, head.scores sigmoid).");
        }
        _cells = new HeadCells(task);
        _background = new double[_cells.Count];
        _scored = new int[_cells.Count];
    }

    /// <summary>What boxes count.</summary>
    public double BoxWeight { get; init; } = 5;

    /// <summary>Those of the last batch, picture after picture.</summary>
    internal IReadOnlyList<Match> Matches => _matches.All;

    public LossValue Compute(TrainingNetwork network, ReadOnlySpan<Example> batch)
    {
        _matches.Clear();
        for (int n = 0; n < batch.Length; n++) Assign(network, n, batch[n].Boxes.AsSpan());
        double share = 1.0 / Math.Max(_matches.All.Count, 1), boxes = 0, seen = 0, classes = 0;
        for (int output = 0; output < network.Outputs.Count; output++) network.OutputGradient(output).Clear();
        for (int n = 0; n < batch.Length; n++)
        {
            for (int l = 0; l < _cells.Levels; l++) seen += Unseen(network, n, _cells.Level(l), share);
            foreach (ref readonly Match match in _matches.Of(n))
            {
                Cell cell = new(network, n, _cells, match.Cell);
                Box target = batch[n].Boxes[match.Object];
                boxes += Outline(cell, target, share);
                // What a match changes in Unseen: a logit less.
                cell.BoxGradient[Objectness * cell.Level.Boxes.ChannelStep] -= (float)share;
                seen -= cell.Box(Objectness);
                for (int c = 0; c < _cells.Classes; c++)
                {
                    classes += BinaryCrossEntropy.Of(cell.Score(c), c == target.ClassId ? match.Target : 0, out double slope);
                    cell.ScoreGradient[c * cell.Level.Scores.ChannelStep] = (float)(share * slope);
                }
            }
        }
        (boxes, seen, classes) = (boxes * BoxWeight * share, seen * share, classes * share);
        return new LossValue(boxes + seen + classes, [("box", boxes), ("objectness", seen), ("class", classes)]);
    }

    private void Assign(TrainingNetwork network, int picture, ReadOnlySpan<Box> objects)
    {
        _picture++;
        foreach (ref readonly Box box in objects)
        {
            _cells.RequireClass(box);
            _assignment.NextObject();
            Corners target = new(box.Left, box.Top, box.Right, box.Bottom);
            for (int l = 0; l < _cells.Levels; l++)
            {
                int count = _cells.Level(l).Cells, first = _cells.First(l);
                for (int i = 0; i < count; i++)
                {
                    if (!MayLearn(_cells.Level(l), i, box, out bool inside)) continue;
                    Cell cell = new(network, picture, _cells, first + i);
                    double probability = Math.Sqrt(cell.Probability(box.ClassId));
                    double entropy = Background(cell, first + i) + LogOfRest(probability) - Math.Max(Math.Log(probability), LeastLog);
                    _assignment.Offer(first + i, entropy, BoxOverlap.Of(BoxMeasure.Iou, cell.Decode(), target), inside);
                }
            }
        }
        _assignment.Finish(_matches.All);
        _matches.EndPicture();
    }

    /// <summary>Whether a cell lies in an object or near its centre; inside: both.</summary>
    private static bool MayLearn(in Level level, int cell, in Box box, out bool inside)
    {
        double x = (cell % level.Width + 0.5) * level.Stride, y = (cell / level.Width + 0.5) * level.Stride, near = Near * level.Stride;
        bool covered = x > box.Left && x < box.Right && y > box.Top && y < box.Bottom;
        bool central = Math.Abs(x - (box.Left + box.Right) / 2.0) < near && Math.Abs(y - (box.Top + box.Bottom) / 2.0) < near;
        inside = covered && central;
        return covered || central;
    }

    private static double LogOfRest(double probability) => Math.Max(Math.Log(1 - probability), LeastLog);

    /// <summary>The cross entropy of a cell that were to show no class; computed once for each picture.</summary>
    private double Background(in Cell cell, int index)
    {
        if (_scored[index] == _picture) return _background[index];
        double sum = 0;
        for (int c = 0; c < _cells.Classes; c++) sum -= LogOfRest(Math.Sqrt(cell.Probability(c)));
        (_scored[index], _background[index]) = (_picture, sum);
        return sum;
    }

    /// <summary>Objectness of all cells, as if nothing were there.</summary>
    private static double Unseen(TrainingNetwork network, int picture, in Level level, double share)
    {
        ReadOnlySpan<float> values = HeadCells.Values(network, picture, level.Boxes);
        Span<float> gradient = HeadCells.Gradient(network, picture, level.Boxes);
        double sum = 0;
        for (int cell = 0; cell < level.Cells; cell++)
        {
            int at = cell * level.Boxes.CellStep + Objectness * level.Boxes.ChannelStep;
            sum += BinaryCrossEntropy.Of(values[at], 0, out double slope);
            gradient[at] = (float)(share * slope);
        }
        return sum;
    }

    /// <summary>1 - IoU^2; its gradient, weighted and times a factor, is written.</summary>
    private double Outline(in Cell cell, in Box target, double factor)
    {
        Corners box = cell.Decode();
        double overlap = BoxOverlap.Of(
            BoxMeasure.Iou, box, new Corners(target.Left, target.Top, target.Right, target.Bottom), out Corners grows);
        double weight = -2 * overlap * BoxWeight * factor;
        int step = cell.Level.Boxes.ChannelStep, stride = cell.Level.Stride;
        Span<float> gradient = cell.BoxGradient;
        gradient[0] = (float)(weight * stride * (grows.Left + grows.Right));
        gradient[step] = (float)(weight * stride * (grows.Top + grows.Bottom));
        // Sizes are exponentials: their slope is themselves.
        gradient[2 * step] = (float)(weight * box.Width * (grows.Right - grows.Left) / 2);
        gradient[3 * step] = (float)(weight * box.Height * (grows.Bottom - grows.Top) / 2);
        return 1 - overlap * overlap;
    }

    /// <summary>The values of one cell of one picture.</summary>
    private readonly ref struct Cell
    {
        private readonly ReadOnlySpan<float> _boxes;
        private readonly ReadOnlySpan<float> _scores;
        private readonly int _x;
        private readonly int _y;

        public Cell(TrainingNetwork network, int picture, HeadCells cells, int index)
        {
            int l = cells.LevelOf(index), cell = index - cells.First(l);
            Level = cells.Level(l);
            (_x, _y) = (cell % Level.Width, cell / Level.Width);
            int box = cell * Level.Boxes.CellStep, score = cell * Level.Scores.CellStep;
            _boxes = HeadCells.Values(network, picture, Level.Boxes)[box..];
            _scores = HeadCells.Values(network, picture, Level.Scores)[score..];
            BoxGradient = HeadCells.Gradient(network, picture, Level.Boxes)[box..];
            ScoreGradient = HeadCells.Gradient(network, picture, Level.Scores)[score..];
        }

        public Level Level { get; }

        public Span<float> BoxGradient { get; }

        public Span<float> ScoreGradient { get; }

        public float Box(int channel) => _boxes[channel * Level.Boxes.ChannelStep];

        public float Score(int classId) => _scores[classId * Level.Scores.ChannelStep];

        /// <summary>That it shows an object, and that of the class.</summary>
        public double Probability(int classId) => 1 / ((1 + Math.Exp(-Box(Objectness))) * (1 + Math.Exp(-Score(classId))));

        public Corners Decode()
        {
            double x = (Box(0) + _x) * Level.Stride, y = (Box(1) + _y) * Level.Stride;
            double width = Math.Exp(Box(2)) * Level.Stride, height = Math.Exp(Box(3)) * Level.Stride;
            return new Corners(x - width / 2, y - height / 2, x + width / 2, y + height / 2);
        }
    }
}
