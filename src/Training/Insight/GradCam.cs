using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Training.Insight;

/// <summary>Where in a picture a network sees a class.</summary>
/// <param name="ClassId">Index into the model's labels.</param>
/// <param name="Score">The network's raw score of that class, for a detector at its best place.</param>
/// <param name="Layer">Whose maps were weighed.</param>
/// <param name="Height">Of the heat map.</param>
/// <param name="Width">Of the heat map, which covers the network's input.</param>
/// <param name="Heat">Height x width, 0 for no evidence to 1 for the most; all 0 where nothing speaks for the class.</param>
public sealed record ClassEvidence(int ClassId, double Score, string Layer, int Height, int Width, float[] Heat);

/// <summary>
/// Class evidence by gradients (Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", ICCV
/// 2017): the maps A_k of a late layer, each weighed by how much the class's score rises with it, a_k = mean over places of dy / dA_k,
/// added up, and what speaks against the class cut off: max(sum_k a_k A_k, 0). For a segmenter y is the sum of a class's scores over the
/// pixels that it wins (Vinogradova et al., "Towards Interpretable Semantic Segmentation via Gradient-weighted Class Activation Mapping",
/// 2020). For a
/// detector it is the raw score of a class at the place where it is likeliest; since that place is one of many, nothing is averaged:
/// max(sum_k dy / dA_k * A_k, 0), place by place (Draelos and Carin, "Use HiResCAM instead of Grad-CAM", arXiv:2011.08891, 2020).
/// </summary>
public sealed class GradCam : IDisposable
{
    /// <summary>Layers of a detector that may turn out to be the last before the place that counts.</summary>
    private const int Candidates = 64;

    /// <summary>
    /// Of a layer's places, so many have to have a part in a detector's answer, or it would only point at the answer's own place.
    /// </summary>
    private const double Reach = 0.25;

    private readonly TrainingNetwork _network;
    private readonly ModelTask _task;
    private readonly string[] _layers;
    private readonly IReadOnlyDictionary<string, ValueInfo> _values;

    /// <param name="graph">A network of floats.</param>
    /// <param name="task">What it is for.</param>
    /// <param name="layer">Whose maps are weighed, 1 x channels x height x width; null: the last before places are joined, or the last from
    /// which a good part of the picture reaches a detector's answer.</param>
    /// <param name="threads">How many work; 0: all cores.</param>
    /// <exception cref="ModelException">The layer is no such map, or the network has operators without a gradient.</exception>
    public GradCam(Graph graph, ModelTask task, string? layer = null, int threads = 0)
    {
        _task = task;
        IReadOnlyList<string> outputs = task.Kind == TaskKind.Classify ? [BeforeSoftmax(graph, graph.Outputs[0])] : graph.Outputs;
        Graph cut = GraphCut.Upto(graph, outputs);
        _values = cut.Values;
        if (layer is not null && (!cut.Values.TryGetValue(layer, out ValueInfo? info) || info.Shape.Rank != 4))
            throw new ModelException(
                $"'{layer}' is no layer that makes maps and leads to the model's answer; 'edgecnn inspect' lists the layers.");
        _layers = layer is not null ? [layer] : Late(cut, task.Kind);
        if (_layers.Length == 0) throw new ModelException("The network has no layer with maps, so there is no place to point at.");
        _network = TrainingNetwork.Plan(cut, new TrainingOptions(1, threads) { Learns = _ => false, Watched = _layers });
    }

    /// <summary>The evidence for a class.</summary>
    /// <param name="input">The network's input, as the task's preprocessing makes it.</param>
    /// <param name="classId">null: the class that the network takes the picture for.</param>
    public ClassEvidence Of(ReadOnlySpan<float> input, int? classId = null)
    {
        input.CopyTo(_network.Input(0));
        _network.Forward();
        for (int i = 0; i < _network.Outputs.Count; i++)
        {
            if (_network.Outputs[i].Type == ElementType.Float32) _network.OutputGradient(i).Clear();
        }
        (int found, double score) = _task.Kind switch
        {
            TaskKind.Classify => Classify(classId),
            TaskKind.Segment => Segment(classId),
            _ => Detect(classId),
        };
        _network.Backward();
        string layer = _layers.LastOrDefault(name => Share(name) >= Reach)
            ?? _layers.LastOrDefault(name => _network.ValueGradient(name).ContainsAnyExcept(0f), _layers[^1]);
        return Weigh(layer, found, score);
    }

    public void Dispose() => _network.Dispose();

    /// <summary>Of the first channel's places, those on which the answer depends.</summary>
    private double Share(string layer)
    {
        Shape shape = _values[layer].Shape;
        int places = shape[2] * shape[3];
        return 1 - _network.ValueGradient(layer)[..places].Count(0f) / (double)places;
    }

    private ClassEvidence Weigh(string layer, int classId, double score)
    {
        ReadOnlySpan<float> values = _network.Value(layer), gradients = _network.ValueGradient(layer);
        Shape shape = _values[layer].Shape;
        int places = shape[2] * shape[3];
        double[] sums = new double[places];
        for (int k = 0; k < shape[1]; k++)
        {
            ReadOnlySpan<float> map = values.Slice(k * places, places), slopes = gradients.Slice(k * places, places);
            if (_task.Kind == TaskKind.Detect)
            {
                for (int i = 0; i < places; i++) sums[i] += (double)slopes[i] * map[i];
                continue;
            }
            double weight = 0;
            foreach (float slope in slopes) weight += slope;
            weight /= places;
            for (int i = 0; i < places; i++) sums[i] += weight * map[i];
        }
        double most = Math.Max(sums.Max(), double.Epsilon);
        return new ClassEvidence(classId, score, layer, shape[2], shape[3], [.. sums.Select(sum => (float)Math.Clamp(sum / most, 0, 1))]);
    }

    private (int ClassId, double Score) Classify(int? classId)
    {
        ReadOnlySpan<float> scores = _network.Output(0);
        int id = classId ?? Largest(scores);
        _network.OutputGradient(0)[id] = 1;
        return (id, scores[id]);
    }

    private (int ClassId, double Score) Segment(int? classId)
    {
        ReadOnlySpan<float> scores = _network.Output(0);
        Span<float> gradient = _network.OutputGradient(0);
        Shape map = _task.Map!;
        int classes = map[1], places = map[2] * map[3];
        int[] winners = new int[places], wins = new int[classes];
        for (int i = 0; i < places; i++)
        {
            for (int c = 1; c < classes; c++)
            {
                if (scores[c * places + i] > scores[winners[i] * places + i]) winners[i] = c;
            }
            wins[winners[i]]++;
        }
        // What covers most, the background only where there is nothing else.
        int id = classId ?? Enumerable.Range(0, classes).MaxBy(c => c == 0 ? wins[c] - (long)places : wins[c]);
        double sum = 0;
        for (int i = 0; i < places; i++)
        {
            if (winners[i] != id && wins[id] > 0) continue;
            gradient[id * places + i] = 1;
            sum += scores[id * places + i];
        }
        return (id, sum / Math.Max(wins[id], 1));
    }

    private (int ClassId, double Score) Detect(int? classId)
    {
        if (_task.Decoder is not LevelDecoder decoder)
            throw new ModelException("The detector suppresses overlaps itself, so its scores cannot be followed back.");
        (double most, double score, int id, int scoreOutput, int scoreAt, int objectOutput, int objectAt) best = (double.NegativeInfinity,
            0, 0, 0, 0, 0, -1);
        int background = _task.Head!.Background ? 1 : 0;
        foreach (Level level in decoder.Levels)
        {
            ReadOnlySpan<float> scores = _network.Output(level.Scores.Output), boxes = _network.Output(level.Boxes.Output);
            for (int cell = 0; cell < level.Cells; cell++)
            {
                int objectAt = decoder.Objectness < 0 ? -1
                    : level.Boxes.Offset + cell * level.Boxes.CellStep + decoder.Objectness * level.Boxes.ChannelStep;
                double objectness = objectAt < 0 ? 1 : Probability(boxes[objectAt]);
                for (int c = 0; c < decoder.Classes; c++)
                {
                    if (classId is { } wanted && c != wanted) continue;
                    int at = level.Scores.Offset + cell * level.Scores.CellStep + (c + background) * level.Scores.ChannelStep;
                    double confidence = objectness * Probability(scores[at]);
                    if (confidence > best.most) best = (confidence, scores[at], c, level.Scores.Output, at, level.Boxes.Output, objectAt);
                }
            }
        }
        _network.OutputGradient(best.scoreOutput)[best.scoreAt] = 1;
        if (best.objectAt >= 0) _network.OutputGradient(best.objectOutput)[best.objectAt] = 1;
        return (best.id, best.score);

        // Any rising function ranks the places; softmax is not needed for that.
        double Probability(float raw) => _task.Head!.Scores == Activation.None ? raw : 1 / (1 + Math.Exp(-raw));
    }

    /// <summary>
    /// A classifier's last maps of more than one place; of a detector, where it is not known before which of its branches will count, the
    /// inputs of its last convolutions that look at more than one place.
    /// </summary>
    private static string[] Late(Graph graph, TaskKind kind)
    {
        bool IsMap(string value) => graph.Values[value].Shape is { Rank: 4 } shape && shape[0] == 1 && shape[2] * shape[3] > 1
            && graph.Values[value].Type == ElementType.Float32 && !graph.Inputs.Contains(value);
        if (kind == TaskKind.Classify)
        {
            string? last = graph.Nodes.Reverse().SelectMany(node => node.Outputs).FirstOrDefault(value => value.Length > 0 && IsMap(value));
            return last is null ? [] : [last];
        }
        string[] inputs =
        [
            .. graph.Nodes
                .Where(node => node.Operator is Conv && graph.Values[node.Inputs[1]].Shape is { } kernel && kernel[2] * kernel[3] > 1)
                .Select(node => node.Inputs[0]).Where(IsMap).Distinct(),
        ];
        return inputs[Math.Max(0, inputs.Length - Candidates)..];
    }

    /// <summary>Probabilities rise with one class as others fall; the raw score speaks of its class alone.</summary>
    private static string BeforeSoftmax(Graph graph, string value)
    {
        Dictionary<string, Node> producers = [];
        foreach (Node node in graph.Nodes) producers[node.Outputs[0]] = node;
        string at = value;
        while (producers.TryGetValue(at, out Node? node) && node.Operator is Reshape or Identity or Softmax or LogSoftmax)
        {
            at = node.Inputs[0];
            if (node.Operator is Softmax or LogSoftmax) return at;
        }
        return value;
    }

    private static int Largest(ReadOnlySpan<float> values)
    {
        int largest = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] > values[largest]) largest = i;
        }
        return largest;
    }
}
