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
}
