using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Quantization.Evaluation;

/// <summary>How well a detector does, by COCO's measure.</summary>
/// <param name="MeanAveragePrecision">mAP@[.5:.95], 0 to 1: the mean over classes and ten IoU thresholds.</param>
/// <param name="AveragePrecision50">The mean over classes at IoU 0.5, 0 to 1.</param>
/// <param name="AveragePrecision75">The mean over classes at IoU 0.75, 0 to 1.</param>
/// <param name="ByClass">Average precision over the ten thresholds of each class that has objects.</param>
/// <param name="Images">Pictures evaluated.</param>
/// <param name="Objects">Marked objects, crowds not counted.</param>
public sealed record DetectionAccuracy(
    double MeanAveragePrecision,
    double AveragePrecision50,
    double AveragePrecision75,
    IReadOnlyDictionary<int, double> ByClass,
    int Images,
    int Objects);

/// <summary>
/// Collects detections and truths picture by picture and computes COCO's average precision: 101 recall points, ten IoU thresholds from 0.5
/// to 0.95, areas of all sizes, the 100 best detections per picture and class, crowds ignored. The definition is that of COCO's own
/// evaluation
/// (cocodataset.org, detection evaluation), whose arithmetic it follows.
/// </summary>
public sealed class DetectionEvaluation
{
    private const int MostDetections = 100;

    private static readonly double[] Thresholds = Evenly(0.5, 0.95, 10);

    private static readonly double[] Recalls = Evenly(0, 1, 101);

    private readonly SortedDictionary<int, ClassRecord> _classes = [];
    private int _images;

    /// <summary>Takes in one picture.</summary>
    public void Add(IReadOnlyList<GroundTruth> truths, IReadOnlyList<Detection> detections)
    {
        _images++;
        foreach (int classId in truths.Select(truth => truth.ClassId).Concat(detections.Select(detection => detection.ClassId)).Distinct())
        {
            if (!_classes.TryGetValue(classId, out ClassRecord? record)) _classes.Add(classId, record = new ClassRecord());
            record.Add(
                // Stable sorts: what is equal keeps its order, as in COCO's evaluation.
                [.. truths.Where(truth => truth.ClassId == classId).OrderBy(truth => truth.IsCrowd)],
                [.. detections.Where(found => found.ClassId == classId).OrderByDescending(found => found.Confidence).Take(MostDetections)]);
        }
    }

    public DetectionAccuracy Compute()
    {
        Dictionary<int, double[]> precisions = _classes
            .Where(pair => pair.Value.Objects > 0)
            .ToDictionary(pair => pair.Key, pair => pair.Value.AveragePrecisions());
        return new DetectionAccuracy(
            Mean(precisions.Values.SelectMany(values => values)),
            Mean(precisions.Values.Select(values => values[0])),
            Mean(precisions.Values.Select(values => values[5])),
            precisions.ToDictionary(pair => pair.Key, pair => pair.Value.Average()),
            _images,
            _classes.Values.Sum(record => record.Objects));
    }

    private static double Mean(IEnumerable<double> values) => values.DefaultIfEmpty(0).Average();

    /// <summary>Rounded as numpy.linspace rounds, so that no score on a threshold falls to its other side.</summary>
    private static double[] Evenly(double from, double to, int count)
    {
        double step = (to - from) / (count - 1);
        double[] values = [.. Enumerable.Range(0, count).Select(i => (i * step) + from)];
        values[^1] = to;
        return values;
    }

    /// <summary>One class's detections of all pictures, each judged at every threshold.</summary>
    private sealed class ClassRecord
    {
        private readonly List<(float Score, bool[] Hit, bool[] Ignored)> _judged = [];

        /// <summary>Marked objects, crowds not counted.</summary>
        public int Objects { get; private set; }

        public void Add(GroundTruth[] truths, Detection[] detections)
        {
            Objects += truths.Count(truth => !truth.IsCrowd);
            double[,] overlaps = new double[detections.Length, truths.Length];
            for (int d = 0; d < detections.Length; d++)
            {
                _judged.Add((detections[d].Confidence, new bool[Thresholds.Length], new bool[Thresholds.Length]));
                for (int t = 0; t < truths.Length; t++) overlaps[d, t] = Overlap(detections[d].Box, truths[t]);
            }
            int first = _judged.Count - detections.Length;
            for (int i = 0; i < Thresholds.Length; i++)
            {
                bool[] taken = new bool[truths.Length];
                for (int d = 0; d < detections.Length; d++)
                {
                    int match = Match(overlaps, d, truths, taken, Thresholds[i]);
                    if (match < 0) continue;
                    taken[match] = true;
                    (truths[match].IsCrowd ? _judged[first + d].Ignored : _judged[first + d].Hit)[i] = true;
                }
            }
        }

        /// <summary>The free object that a detection overlaps most, real ones before crowds; -1 when none reaches the threshold.</summary>
        private static int Match(double[,] overlaps, int detection, GroundTruth[] truths, bool[] taken, double threshold)
        {
            double best = Math.Min(threshold, 1 - 1e-10);
            int match = -1;
            for (int t = 0; t < truths.Length; t++)
            {
                if (taken[t] && !truths[t].IsCrowd) continue;
                if (match >= 0 && !truths[match].IsCrowd && truths[t].IsCrowd) break;
                if (overlaps[detection, t] < best) continue;
                (best, match) = (overlaps[detection, t], t);
            }
            return match;
        }

        /// <summary>Intersection over union; over the detection's own area for crowds.</summary>
        private static double Overlap(Box box, GroundTruth truth)
        {
            Box other = truth.Box;
            double width = Math.Min((double)box.X + box.Width, (double)other.X + other.Width) - Math.Max(box.X, other.X);
            double height = Math.Min((double)box.Y + box.Height, (double)other.Y + other.Height) - Math.Max(box.Y, other.Y);
            if (width <= 0 || height <= 0) return 0;
            double intersection = width * height, area = (double)box.Width * box.Height;
            return intersection / (truth.IsCrowd ? area : area + ((double)other.Width * other.Height) - intersection);
        }

        /// <summary>For each threshold the mean, over the recall points, of the best precision at that recall or beyond.</summary>
        public double[] AveragePrecisions()
        {
            var ranked = _judged.OrderByDescending(judged => judged.Score).ToArray();
            double[] averages = new double[Thresholds.Length];
            double[] precision = new double[ranked.Length], recall = new double[ranked.Length];
            for (int i = 0; i < Thresholds.Length; i++)
            {
                int hits = 0, misses = 0;
                for (int k = 0; k < ranked.Length; k++)
                {
                    if (ranked[k].Hit[i]) hits++;
                    else if (!ranked[k].Ignored[i]) misses++;
                    recall[k] = (double)hits / Objects;
                    precision[k] = hits / (hits + misses + double.BitIncrement(1) - 1);
                }
                for (int k = ranked.Length - 2; k >= 0; k--) precision[k] = Math.Max(precision[k], precision[k + 1]);
                int at = 0;
                foreach (double point in Recalls)
                {
                    while (at < ranked.Length && recall[at] < point) at++;
                    if (at == ranked.Length) break;
                    averages[i] += precision[at] / Recalls.Length;
                }
            }
            return averages;
        }
    }
}
