using System.Collections.Immutable;
using EdgeCnn.Models;
using EdgeCnn.Models.Zoo;

namespace EdgeCnn.Training.Insight;

/// <summary>A part of a network: what leads to some of its values, perhaps for images of another size.</summary>
public static class GraphCut
{
    /// <param name="graph">The whole; its first input is an image, 1 x channels x height x width, where a size is given.</param>
    /// <param name="values">What the part ends in. Dropout before them goes: it acts in training only.</param>
    /// <param name="size">Of the images; null leaves it.</param>
    /// <exception cref="ModelException">There is no such value, or the part has layers that only fit the old size.</exception>
    public static Graph Upto(Graph graph, IReadOnlyList<string> values, ImageSize? size = null)
    {
        foreach (string value in values)
        {
            if (!graph.Values.ContainsKey(value)) throw new ModelException($"The network has no value '{value}'.");
        }
        HashSet<string> needed = [.. values];
        List<Node> nodes = [];
        foreach (Node node in graph.Nodes.Reverse())
        {
            if (!node.Outputs.Any(needed.Contains)) continue;
            needed.UnionWith(node.Inputs);
            nodes.Add(node);
        }
        nodes.Reverse();

        GraphBuilder builder = new(graph.Name) { Opset = graph.Opset };
        foreach ((string key, string text) in graph.Metadata) builder.Metadata[key] = text;
        foreach (string input in graph.Inputs)
        {
            ValueInfo info = graph.Values[input];
            bool resized = size is not null && input == graph.Inputs[0];
            builder.Input(
                input, info.Type, resized ? new Shape(info.Shape[0], info.Shape[1], size!.Value.Height, size.Value.Width) : info.Shape);
        }
        foreach ((string name, Tensor constant) in graph.Constants.Where(constant => needed.Contains(constant.Key)))
            builder.Constant(name, constant);
        Dictionary<string, string> sources = [];
        foreach (Node node in nodes)
        {
            ImmutableArray<string> inputs = [.. node.Inputs.Select(input => sources.GetValueOrDefault(input, input))];
            if (node.Operator is Dropout && !values.Contains(node.Outputs[0]))
            {
                sources[node.Outputs[0]] = inputs[0];
                continue;
            }
            Operator op = node.Operator is Dropout ? new Identity() : size is null ? node.Operator : Fitted(
                node, graph, builder.Values[inputs[0]].Shape);
            builder.Add(node with { Operator = op, Inputs = inputs });
        }
        foreach (string value in values) builder.Output(value);
        return builder.Build();
    }

    /// <summary>The operator for an input of another size: what scales goes on scaling, what cuts to the end goes on doing so.</summary>
    private static Operator Fitted(Node node, Graph graph, Shape x)
    {
        Shape old = graph.Values[node.Inputs[0]].Shape;
        switch (node.Operator)
        {
            case Resize resize when resize.Scales.Length == x.Rank:
                return resize with
                {
                    Target = new Shape([.. resize.Scales.Select((scale, axis) => (int)Math.Round(x[axis] * (double)scale))]),
                };
            case Slice slice when slice.Steps.All(step => step > 0):
                int[] sizes = [.. slice.Sizes];
                for (int axis = 0; axis < sizes.Length; axis++)
                {
                    bool toTheEnd = sizes[axis] == Reach(old[axis], axis);
                    if (toTheEnd) sizes[axis] = Reach(x[axis], axis);
                    else if (x[axis] != old[axis]) throw new ModelException($"{node} cuts a part out of images of one size.");
                }
                return slice with { Sizes = [.. sizes] };

                int Reach(int extent, int axis) => (extent - slice.Starts[axis] + slice.Steps[axis] - 1) / slice.Steps[axis];
            default:
                return node.Operator;
        }
    }
}
