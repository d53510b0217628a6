using EdgeCnn.Models;

namespace EdgeCnn.Quantization.Placement;

/// <summary>Who makes and who reads each value of a graph.</summary>
internal sealed class Wiring
{
    private readonly Dictionary<string, Node> _producers = [];
    private readonly Dictionary<string, List<Node>> _readers = [];
    private readonly HashSet<string> _outputs;

    public Wiring(Graph graph)
    {
        Graph = graph;
        _outputs = [.. graph.Outputs];
        foreach (Node node in graph.Nodes)
        {
            foreach (string output in node.Outputs.Where(output => output.Length > 0)) _producers[output] = node;
            foreach (string input in node.Inputs.Where(input => input.Length > 0).Distinct())
            {
                if (!_readers.TryGetValue(input, out List<Node>? readers)) _readers.Add(input, readers = []);
                readers.Add(node);
            }
        }
    }

    public Graph Graph { get; }

    /// <summary>The node that makes a value; null for inputs and constants.</summary>
    public Node? Producer(string value) => _producers.GetValueOrDefault(value);

    public IReadOnlyList<Node> Readers(string value) => _readers.TryGetValue(value, out List<Node>? readers) ? readers : [];

    /// <summary>The node that alone reads a value; null where there are several, or the value is an output of the graph.</summary>
    public Node? OnlyReader(string value) =>
        !_outputs.Contains(value) && Readers(value) is [Node only] && only.Inputs.Count(input => input == value) == 1 ? only : null;

    public bool IsConstant(string value) => Graph.Constants.ContainsKey(value);

    public Shape ShapeOf(string value) => Graph.Values[value].Shape;
}
