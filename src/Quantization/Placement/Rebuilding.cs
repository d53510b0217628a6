using EdgeCnn.Models;

namespace EdgeCnn.Quantization.Placement;

/// <summary>Makes a graph again from changed nodes.</summary>
internal static class Rebuilding
{
    /// <summary>The inputs, metadata and outputs of a graph around other nodes.</summary>
    /// <param name="graph">The old graph.</param>
    /// <param name="nodes">In an order in which they can run.</param>
    /// <param name="constants">What they read beside the old constants; those that nobody reads are left out.</param>
    /// <param name="outputs">Further outputs, after those of the old graph.</param>
    public static Graph Of(
        Graph graph, IEnumerable<Node> nodes, IReadOnlyDictionary<string, Tensor> constants, params IEnumerable<string> outputs)
    {
        GraphBuilder builder = Begin(graph);
        Node[] all = [.. nodes];
        HashSet<string> read = [.. all.SelectMany(node => node.Inputs), .. graph.Outputs];
        foreach ((string name, Tensor constant) in graph.Constants.Concat(constants))
        {
            if (read.Contains(name)) builder.Constant(name, constant);
        }
        foreach (Node node in all) builder.Add(node);
        foreach (string output in graph.Outputs.Concat(outputs).Distinct()) builder.Output(output);
        return builder.Build();
    }

    /// <summary>A builder with the name, the metadata and the inputs of a graph.</summary>
    public static GraphBuilder Begin(Graph graph)
    {
        GraphBuilder builder = new(graph.Name) { Opset = graph.Opset };
        foreach ((string key, string value) in graph.Metadata) builder.Metadata[key] = value;
        foreach (string input in graph.Inputs) builder.Input(input, graph.Values[input].Type, graph.Values[input].Shape);
        return builder;
    }
}
