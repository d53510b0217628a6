using EdgeCnn.Models;

namespace EdgeCnn.Quantization.Placement;

/// <summary>
/// Takes SiLU apart into the Sigmoid and the Mul that files are written with, so that values between them can be quantised.
/// </summary>
internal static class Gates
{
    public static Graph Expand(Graph graph) => Rebuilding.Of(graph, graph.Nodes.SelectMany(Expand), new Dictionary<string, Tensor>());

    private static IEnumerable<Node> Expand(Node node)
    {
        if (node.Operator is not Silu) return [node];
        string gate = $"{node.Outputs[0]}:sigmoid";
        return
        [
            new Node($"{node.Name}:sigmoid", new Sigmoid(), node.Inputs, [gate]),
            node with { Operator = new Mul(), Inputs = [node.Inputs[0], gate] },
        ];
    }
}
