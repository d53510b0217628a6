namespace EdgeCnn.Models;

/// <summary>A part of a graph as a graph of its own, to be run alone.</summary>
public static class Excerpt
{
    /// <summary>What the nodes read and do not make becomes input; constants that they read go along.</summary>
    /// <param name="graph">The whole.</param>
    /// <param name="nodes">The part.</param>
    /// <param name="outputs">Values of the part that its caller reads.</param>
    public static Graph Of(Graph graph, IReadOnlySet<Node> nodes, IEnumerable<string> outputs)
    {
        GraphBuilder part = new(graph.Name) { Opset = graph.Opset };
        foreach (Node node in graph.Nodes.Where(nodes.Contains))
        {
            foreach (string value in node.Inputs.Where(value => value.Length > 0 && !part.Values.ContainsKey(value)))
            {
                if (graph.Constants.TryGetValue(value, out Tensor? constant)) part.Constant(value, constant);
                else part.Input(value, graph.Values[value].Type, graph.Values[value].Shape);
            }
            part.Add(node);
        }
        foreach (string output in outputs) part.Output(output);
        return part.Build();
    }

    /// <summary>What some of a graph's outputs need; inputs and metadata stay.</summary>
    /// <param name="graph">The whole.</param>
    /// <param name="outputs">The outputs that stay.</param>
    public static Graph For(Graph graph, params IReadOnlyCollection<string> outputs)
    {
        HashSet<string> needed = [.. outputs];
        // From the end, as whoever reads a value comes after its maker.
        Node[] nodes = [.. graph.Nodes.Reverse().Where(node => Needs(node, needed)).Reverse()];
        GraphBuilder part = new(graph.Name) { Opset = graph.Opset };
        foreach ((string key, string text) in graph.Metadata) part.Metadata[key] = text;
        foreach (string input in graph.Inputs) part.Input(input, graph.Values[input].Type, graph.Values[input].Shape);
        foreach ((string name, Tensor constant) in graph.Constants.Where(constant => needed.Contains(constant.Key)))
            part.Constant(name, constant);
        foreach (Node node in nodes) part.Add(node);
        foreach (string output in outputs) part.Output(output);
        return part.Build();
    }

    private static bool Needs(Node node, HashSet<string> needed)
    {
        if (!node.Outputs.Any(output => output.Length > 0 && needed.Contains(output))) return false;
        needed.UnionWith(node.Inputs);
        return true;
    }
}
