using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models;
using EdgeCnn.Quantization;

namespace EdgeCnn.EdgeRuntime.Commands.Measuring;

/// <summary>
/// Every node of a model by itself: the engine computes it from the values that the reference made before it, so that the difference is
/// this node's own, and no error of an earlier one reaches it. A QuantizeLinear is taken together with the float nodes that lead to it
/// from other integers, because that is what the engine computes in integers.
/// </summary>
internal sealed class NodeComparisons : IDisposable
{
    /// <summary>A longer way from integers to integers is no layer any more.</summary>
    private const int MostNodes = 12;

    private readonly Graph _graph;
    private readonly INetwork _reference;
    private readonly Dictionary<string, int> _inputs, _outputs;
    private readonly Dictionary<string, Node> _producers;
    private readonly HashSet<string> _fixed;
    private readonly List<(INetwork Network, TensorComparison[] Tensors)> _parts = [];

    /// <param name="graph">The model.</param>
    /// <param name="reference">The same in ONNX Runtime, with all values that it can give as outputs.</param>
    public NodeComparisons(Graph graph, INetwork reference)
    {
        (_graph, _reference) = (graph, reference);
        _inputs = Indices(reference.Inputs);
        _outputs = Indices(reference.Outputs);
        _producers = graph.Nodes.SelectMany(node => node.Outputs, (node, output) => (output, node))
            .Where(made => made.output.Length > 0).ToDictionary();
        _fixed = [.. graph.Constants.Keys];
        foreach (Node node in graph.Nodes.Where(node => node.Inputs.All(input => input.Length == 0 || _fixed.Contains(input))))
            _fixed.UnionWith(node.Outputs);
        try
        {
            foreach (Node node in graph.Nodes.Where(node => node.Outputs.Any(IsJudged))) Add(node);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>How far the engine is from the reference so far, for each value that a node makes and the reference gives.</summary>
    public IEnumerable<TensorComparison> Tensors => _parts.SelectMany(part => part.Tensors);

    /// <summary>Computes every node from what the reference made of its last run.</summary>
    public void Add()
    {
        Parallel.ForEach(_parts, part =>
        {
            (INetwork network, TensorComparison[] tensors) = part;
            for (int i = 0; i < network.Inputs.Count; i++) Reference(network.Inputs[i].Name).CopyTo(network.Input(i));
            network.Run();
            for (int i = 0; i < tensors.Length; i++) tensors[i].Add(Reference(tensors[i].Name), network.Output(i));
        });
    }

    public void Dispose()
    {
        foreach ((INetwork network, _) in _parts) network.Dispose();
    }

    private static Dictionary<string, int> Indices(IReadOnlyList<NamedValue> values) =>
        values.Index().ToDictionary(value => value.Item.Name, value => value.Index);

    private ReadOnlySpan<float> Reference(string value) =>
        _inputs.TryGetValue(value, out int input) ? _reference.Input(input) : _reference.Output(_outputs[value]);

    private bool IsJudged(string value) => _outputs.ContainsKey(value) && !_fixed.Contains(value);

    private void Add(Node node)
    {
        HashSet<Node> part = [];
        bool wide = node.Operator is QuantizeLinear && Grow(node, part, floats: true);
        if (!wide)
        {
            part.Clear();
            Grow(node, part, floats: false);
        }
        string[] outputs = [.. node.Outputs.Where(IsJudged)];
        // One thread each: what is done at the same time is whole nodes.
        INetwork network = EngineNetwork.Load(Excerpt.Of(_graph, part, outputs), new InferenceOptions { Threads = 1 }, []);
        _parts.Add((network, [.. outputs.Select(output => new TensorComparison(output, _graph.Values[output].Shape))]));
    }

    /// <summary>Adds a node and what it needs besides values of the reference; with <paramref name="floats"/>, besides integers.</summary>
    /// <returns>Whether the part has stayed small.</returns>
    private bool Grow(Node node, HashSet<Node> part, bool floats)
    {
        if (!part.Add(node)) return true;
        bool small = part.Count(member => !member.Outputs.All(_fixed.Contains)) <= MostNodes;
        foreach (string input in node.Inputs.Where(_producers.ContainsKey))
        {
            bool given = IsJudged(input) && !(floats && _graph.Values[input].Type == ElementType.Float32);
            if (!given) small = small && Grow(_producers[input], part, floats);
        }
        return small;
    }
}
