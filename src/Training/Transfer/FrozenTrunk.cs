using EdgeCnn.Models;

namespace EdgeCnn.Training.Transfer;

/// <summary>
/// A network in two: what nothing that learns has a part in, and the rest, whose only input is what the first part makes of a picture (the
/// features, one after the other in one row). While the rest learns, a picture's features stay the same.
/// </summary>
public sealed class FrozenTrunk
{
    private const string Features = "features";

    private readonly Graph _whole;

    private FrozenTrunk(Graph whole, Graph trunk, Graph rest) => (_whole, Trunk, Rest) = (whole, trunk, rest);

    /// <summary>From the picture to the features, an output each.</summary>
    public Graph Trunk { get; }

    /// <summary>From the features (1 x count) to the outputs.</summary>
    public Graph Rest { get; }

    /// <summary>Features of a picture.</summary>
    public int Count => (int)Rest.Values[Rest.Inputs[0]].Shape.Count;

    /// <summary>
    /// Cuts a network of one input before the first layers that learn; null where nothing that computes would be left of the trunk.
    /// </summary>
    /// <param name="graph">The network.</param>
    /// <param name="learns">Which constants learn.</param>
    public static FrozenTrunk? Of(Graph graph, Func<string, bool> learns)
    {
        HashSet<string> moving = [];
        foreach (Node node in graph.Nodes)
        {
            bool moves = node.Inputs.Any(input => moving.Contains(input) || (graph.Constants.ContainsKey(input) && learns(input)));
            if (moves) moving.UnionWith(node.Outputs);
        }
        Node[] rest = [.. graph.Nodes.Where(node => node.Outputs.Any(moving.Contains))];
        string[] features = [.. rest
            .SelectMany(node => node.Inputs)
            .Where(input => input.Length > 0 && !moving.Contains(input) && !graph.Constants.ContainsKey(input))
            .Distinct()];
        bool cuts = features.Length > 0 && !features.Any(graph.Inputs.Contains) && graph.Outputs.All(moving.Contains);
        return cuts ? new FrozenTrunk(graph, Upto(graph, features), From(graph, rest, features)) : null;
    }

    /// <summary>The whole network with the values that the rest has by now.</summary>
    public Graph Join(Graph rest)
    {
        GraphBuilder builder = Begin(_whole);
        foreach (string input in _whole.Inputs) builder.Input(input, _whole.Values[input].Type, _whole.Values[input].Shape);
        foreach ((string name, Tensor constant) in _whole.Constants)
            builder.Constant(name, rest.Constants.GetValueOrDefault(name, constant));
        foreach (Node node in _whole.Nodes) builder.Add(node);
        foreach (string output in _whole.Outputs) builder.Output(output);
        return builder.Build();
    }

    private static Graph Upto(Graph graph, string[] features)
    {
        HashSet<string> needed = [.. features];
        List<Node> nodes = [];
        foreach (Node node in graph.Nodes.Reverse())
        {
            if (!node.Outputs.Any(needed.Contains)) continue;
            needed.UnionWith(node.Inputs);
            nodes.Insert(0, node);
        }
        GraphBuilder builder = Begin(graph);
        foreach (string input in graph.Inputs) builder.Input(input, graph.Values[input].Type, graph.Values[input].Shape);
        Finish(builder, graph, nodes, features);
        return builder.Build();
    }

    private static Graph From(Graph graph, Node[] rest, string[] features)
    {
        GraphBuilder builder = Begin(graph);
        int[] sizes = [.. features.Select(feature => (int)graph.Values[feature].Shape.Count)];
        string row = builder.Input(Features, ElementType.Float32, new Shape(1, sizes.Sum()));
        int first = 0;
        for (int i = 0; i < features.Length; i++)
        {
            string part = features.Length == 1
                ? row
                : builder.Add($"{Features}/{i}", new Slice([0, first], [1, 1], [1, sizes[i]]), row);
            builder.Add(new Node(
                builder.UniqueNodeName($"{Features}/{i}/shape"), new Reshape(graph.Values[features[i]].Shape), [part], [features[i]]));
            first += sizes[i];
        }
        Finish(builder, graph, rest, graph.Outputs);
        return builder.Build();
    }

    private static GraphBuilder Begin(Graph graph)
    {
        GraphBuilder builder = new(graph.Name) { Opset = graph.Opset };
        foreach ((string key, string text) in graph.Metadata) builder.Metadata[key] = text;
        return builder;
    }

    private static void Finish(GraphBuilder builder, Graph graph, IReadOnlyCollection<Node> nodes, IEnumerable<string> outputs)
    {
        foreach (string name in nodes.SelectMany(node => node.Inputs).Distinct())
        {
            if (graph.Constants.TryGetValue(name, out Tensor? constant)) builder.Constant(name, constant);
        }
        foreach (Node node in nodes) builder.Add(node);
        foreach (string output in outputs) builder.Output(output);
    }
}
