namespace EdgeCnn.Models;

/// <summary>The receptive fields of a graph's values, followed node by node from its images (inputs of rank 4).</summary>
internal sealed class ReceptiveFields
{
    private readonly Graph _graph;
    private readonly Dictionary<string, (ReceptiveField Height, ReceptiveField Width)?> _known = [];

    public ReceptiveFields(Graph graph)
    {
        _graph = graph;
        foreach (string input in graph.Inputs)
            _known[input] = graph.Values[input].Shape.Rank == 4 ? (ReceptiveField.Pixel, ReceptiveField.Pixel) : null;
    }

    /// <summary>Goes on to the node's outputs; the larger extent of its first one.</summary>
    public int? Follow(Node node, ReadOnlySpan<ValueInfo?> inputs, ReadOnlySpan<ValueInfo> outputs)
    {
        (ReceptiveField Height, ReceptiveField Width)? after = null;
        if (Joined(node) is { } before
            && ReceptiveField.After(node.Operator, inputs, outputs[0].Shape, before.Height, 2) is { } height
            && ReceptiveField.After(node.Operator, inputs, outputs[0].Shape, before.Width, 3) is { } width)
        {
            after = (height, width);
        }
        foreach (string output in node.Outputs) _known[output] = after;
        return after is { } field && Math.Ceiling(Math.Max(field.Height.Extent, field.Width.Extent)) is var extent and <= int.MaxValue
            ? (int)extent
            : null;
    }

    private (ReceptiveField Height, ReceptiveField Width)? Joined(Node node)
    {
        (ReceptiveField Height, ReceptiveField Width)? joined = null;
        foreach (string input in node.Inputs)
        {
            if (input.Length == 0 || _graph.Constants.ContainsKey(input)) continue;
            if (_known.GetValueOrDefault(input) is not { } field) return null;
            joined = joined is { } other
                ? (ReceptiveField.Join(other.Height, field.Height), ReceptiveField.Join(other.Width, field.Width))
                : field;
        }
        return joined;
    }
}
