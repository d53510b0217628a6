using System.Collections.Immutable;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Transfer;

/// <summary>Gives a network other constants, of other extents where that is so; what depends on their shapes follows.</summary>
internal static class Refit
{
    /// <param name="graph">Metadata, inputs and outputs stay.</param>
    /// <param name="constants">By name; those that are not among them stay.</param>
    /// <param name="change">What becomes of an operator.</param>
    /// <exception cref="ModelException">An operator cannot be carried over to the other shapes.</exception>
    public static Graph Of(Graph graph, IReadOnlyDictionary<string, Tensor> constants, Func<Node, Operator> change)
    {
        GraphBuilder builder = new(graph.Name) { Opset = graph.Opset };
        foreach ((string key, string text) in graph.Metadata) builder.Metadata[key] = text;
        foreach (string input in graph.Inputs) builder.Input(input, graph.Values[input].Type, graph.Values[input].Shape);
        foreach ((string name, Tensor constant) in graph.Constants)
            builder.Constant(name, constants.TryGetValue(name, out Tensor? other) ? other : constant);
        foreach (Node node in graph.Nodes)
        {
            Operator op = change(node);
            if (node.Inputs.Length > 0 && node.Inputs[0].Length > 0)
            {
                (Shape before, Shape after) = (graph.Values[node.Inputs[0]].Shape, builder.Values[node.Inputs[0]].Shape);
                if (!before.Equals(after)) op = Carried(op, before, after, node);
            }
            builder.Add(node with { Operator = op });
        }
        foreach (string output in graph.Outputs) builder.Output(output);
        return builder.Build();
    }

    /// <summary>An operator that says shapes, for an input of another shape.</summary>
    private static Operator Carried(Operator op, Shape before, Shape after, Node node) => op switch
    {
        Reshape reshape => reshape with { Target = Target(reshape.Target, before, after, node) },
        Split split => split with { Sizes = Sizes(split, after, node) },
        // What had the extent of its input has it again.
        Resize resize => resize with { Target = new Shape([.. Again(resize.Target, before, after)]) },
        Slice slice => slice with { Sizes = [.. Again(slice.Sizes, before, after)] },
        _ => op,
    };

    private static IEnumerable<int> Again(IEnumerable<int> extents, Shape before, Shape after) =>
        extents.Select((extent, axis) => extent == before[axis] ? after[axis] : extent);

    /// <summary>The shape that a Reshape gives when an axis of what it is given has another extent.</summary>
    private static Shape Target(Shape target, Shape before, Shape after, Node node)
    {
        int axis = Enumerable.Range(0, before.Rank).First(axis => before[axis] != after[axis]);
        for (int i = 0; i < target.Rank; i++)
        {
            if (target[i] % before[axis] != 0) continue;
            Shape changed = target.With(i, target[i] / before[axis] * after[axis]);
            if (changed.Count == after.Count) return changed;
        }
        throw new ModelException($"{node} cannot be carried over to another number of classes.");
    }

    /// <summary>The parts of a Split when there are more or fewer classes: they come last.</summary>
    private static ImmutableArray<int> Sizes(Split split, Shape after, Node node)
    {
        int missing = after[split.Axis] - split.Sizes.Sum(), last = split.Sizes[^1] + missing;
        if (last <= 0) throw new ModelException($"{node} cannot be carried over to another number of classes.");
        return split.Sizes.SetItem(split.Sizes.Length - 1, last);
    }
}
