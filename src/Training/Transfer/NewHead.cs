using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Models.Zoo;

namespace EdgeCnn.Training.Transfer;

/// <summary>
/// Makes a network that has learned some classes one for others: the channels of its last layers that tell classes are replaced. Those of a
/// label that stays are kept; new ones begin as those of an untrained network. What tells where an object is stays as it is.
/// </summary>
public static class NewHead
{
    /// <summary>
    /// How likely a new class is at any place before anything of it has been learned. Lin 2017, "Focal Loss for Dense Object Detection".
    /// </summary>
    private const double Prior = 0.01;

    /// <summary>The network with a head for these labels, whose outputs are logits, and whose model card says so.</summary>
    /// <param name="graph">A classifier, a segmenter, or a detector with raw values.</param>
    /// <param name="task">What it is.</param>
    /// <param name="labels">In the order of the class ids.</param>
    /// <param name="seed">Of new weights.</param>
    /// <exception cref="ModelException">Its head cannot be replaced; says why.</exception>
    public static Graph Of(Graph graph, ModelTask task, IReadOnlyList<string> labels, int seed)
    {
        if (task.Kind == TaskKind.Detect && task.Decoder is not LevelDecoder { Overlapping: true })
            throw new ModelException(
                $"A detector whose head has the layout {task.Layout} cannot be given other classes; one with raw values can.");
        Dictionary<string, Tensor> replaced = [];
        for (int output = 0; output < graph.Outputs.Length; output++)
        {
            List<HeadLayer> layers = HeadLayer.Of(graph, graph.Outputs[output]);
            int count = layers.Max(layer => layer.First + Channels(graph, layer));
            if (HeadChannel.Of(task, output, count, labels) is not { } channels) continue;
            foreach (HeadLayer layer in layers) Replace(graph, layer, channels, task.Kind, seed, replaced);
        }
        // Losses take logits, and readers make probabilities of them.
        Graph changed = Refit.Of(graph, replaced, node => MakesProbabilities(graph, node) ? new Identity() : node.Operator);
        return Card(task, labels, task.Head is { } head ? HeadCard.Of(head) : null).In(changed);
    }

    private static bool MakesProbabilities(Graph graph, Node node) =>
        node.Operator is Softmax or LogSoftmax && graph.Outputs.Contains(node.Outputs[0]);

    /// <summary>The names of what the last layers learn.</summary>
    public static IReadOnlySet<string> Constants(Graph graph) => graph.Outputs
        .SelectMany(output => HeadLayer.Of(graph, output))
        .SelectMany(layer => new[] { layer.Weights, layer.Bias })
        .Where(name => name.Length > 0)
        .ToHashSet();

    internal static ModelCard Card(ModelTask task, IReadOnlyList<string> labels, HeadCard? head) => new()
    {
        Task = ModelCard.NameOf(task.Kind),
        Labels = labels,
        Preprocessing = PreprocessingCard.Of(task.Preprocessing),
        Head = head,
    };

    private static int Channels(Graph graph, HeadLayer layer) => graph.Constants[layer.Weights].Shape[layer.Axis];

    private static void Replace(
        Graph graph, HeadLayer layer, HeadChannel[] channels, TaskKind kind, int seed, Dictionary<string, Tensor> replaced)
    {
        Tensor weights = graph.Constants[layer.Weights];
        int old = weights.Shape[layer.Axis];
        int[] sources = [.. channels
            .Where(channel => channel.Beside >= layer.First && channel.Beside < layer.First + old)
            .Select(channel => channel.Source < 0 ? -1 : channel.Source - layer.First)];
        if (sources.SequenceEqual(Enumerable.Range(0, old)) || replaced.ContainsKey(layer.Weights)) return;

        Shape shape = weights.Shape.With(layer.Axis, sources.Length);
        long fanIn = weights.Shape.Count / old;
        replaced[layer.Weights] = layer.Enlarges
            ? Enlarging(weights, sources)
            : Keep(weights, new Weights(seed).Xavier(layer.Weights, shape, fanIn, sources.Length), layer.Axis, sources);
        if (layer.Bias.Length == 0) return;
        Tensor bias = graph.Constants[layer.Bias];
        int axis = bias.Shape.Rank == 1 ? 0 : bias.Shape.Extents.IndexOf(old);
        if (axis < 0) throw new ModelException($"The bias of {layer.Node} has the shape {bias.Shape}; one value for each class is needed.");
        Tensor other = Tensor.Zeros(ElementType.Float32, bias.Shape.With(axis, sources.Length));
        if (kind == TaskKind.Detect) other.As<float>().Fill((float)Math.Log(Prior / (1 - Prior)));
        replaced[layer.Bias] = Keep(bias, other, axis, sources);
    }

    /// <summary>Weights between maps of the same classes: a new one is enlarged as the others are on average, mixed with none.</summary>
    private static Tensor Enlarging(Tensor weights, int[] sources)
    {
        (int old, int count, int kernel) = (weights.Shape[0], sources.Length, (int)weights.Shape.CountBetween(2, weights.Shape.Rank));
        Tensor changed = Tensor.Zeros(ElementType.Float32, weights.Shape.With(0, count).With(1, count));
        ReadOnlySpan<float> from = weights.As<float>();
        Span<float> to = changed.As<float>();
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < count; j++)
            {
                Span<float> window = to.Slice((i * count + j) * kernel, kernel);
                if (sources[i] >= 0 && sources[j] >= 0) from.Slice((sources[i] * old + sources[j]) * kernel, kernel).CopyTo(window);
                else if (i == j) Average(from, old, window);
            }
        }
        return changed;
    }

    /// <summary>Of the windows that lead from a class to itself.</summary>
    private static void Average(ReadOnlySpan<float> weights, int classes, Span<float> window)
    {
        for (int c = 0; c < classes; c++)
        {
            ReadOnlySpan<float> own = weights.Slice((c * classes + c) * window.Length, window.Length);
            for (int k = 0; k < window.Length; k++) window[k] += own[k] / classes;
        }
    }

    /// <summary>Copies the slices along an axis that stay.</summary>
    private static Tensor Keep(Tensor from, Tensor to, int axis, int[] sources)
    {
        int outer = (int)from.Shape.CountBetween(0, axis), inner = (int)from.Shape.CountBetween(axis + 1, from.Shape.Rank);
        ReadOnlySpan<float> old = from.As<float>();
        Span<float> values = to.As<float>();
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < sources.Length; i++)
            {
                if (sources[i] < 0) continue;
                old.Slice((o * from.Shape[axis] + sources[i]) * inner, inner).CopyTo(values[((o * sources.Length + i) * inner)..]);
            }
        }
        return to;
    }
}
