using System.Collections;
using System.Reflection;

namespace EdgeCnn.Models.Tests;

/// <summary>Whether two graphs are the same: nodes with all attributes, values, constants, metadata.</summary>
internal static class GraphEquality
{
    public static void Same(Graph expected, Graph actual)
    {
        Assert.Equal(expected.Inputs.AsEnumerable(), actual.Inputs.AsEnumerable());
        Assert.Equal(expected.Outputs.AsEnumerable(), actual.Outputs.AsEnumerable());
        Assert.Equal(expected.Nodes.Select(Describe), actual.Nodes.Select(Describe));
        Assert.Equal(expected.Values.OrderBy(value => value.Key), actual.Values.OrderBy(value => value.Key));
        Assert.Equal(expected.Metadata.Order(Comparer<KeyValuePair<string, string>>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key))),
            actual.Metadata.Order(Comparer<KeyValuePair<string, string>>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key))));
        Assert.Equal(expected.Constants.Keys.Order(), actual.Constants.Keys.Order());
        foreach ((string name, Tensor constant) in expected.Constants)
            Assert.True(constant.Bytes.SequenceEqual(actual.Constants[name].Bytes), $"The constant '{name}' differs.");
    }

    /// <summary>A node with every attribute; how a Reshape was spelt is left out, since files are written with one spelling.</summary>
    public static string Describe(Node node) =>
        $"{node.Name} = {Describe(node.Operator)} ({string.Join(", ", node.Inputs)}) -> ({string.Join(", ", node.Outputs)})";

    public static string Describe(Operator op)
    {
        IEnumerable<string> attributes = op.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.Name is not ("Name" or "Spelling" or "EqualityContract"))
            .OrderBy(property => property.Name, StringComparer.Ordinal)
            .Select(property => $"{property.Name}={Text(property.GetValue(op))}");
        return $"{op.GetType().Name}[{string.Join(' ', attributes)}]";
    }

    private static string Text(object? value) => value switch
    {
        Shape shape => shape.ToString(),
        string text => text,
        IEnumerable list => string.Join(',', list.Cast<object>().Select(Text)),
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value?.ToString() ?? "",
    };
}
