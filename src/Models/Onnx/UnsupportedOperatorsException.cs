using System.Collections.Immutable;

namespace EdgeCnn.Models.Onnx;

/// <summary>A node that cannot be run here.</summary>
/// <param name="Op">The operator, with its domain in front where that is not ONNX's own.</param>
/// <param name="Node">The node's name, or that of its first output where it has none.</param>
/// <param name="Reason">What about it is not supported; null: all of it.</param>
public sealed record UnsupportedOperator(string Op, string Node, string? Reason = null)
{
    public override string ToString() => Reason is null ? $"{Op} '{Node}'" : $"{Op} '{Node}' ({Reason})";
}

/// <summary>The model uses operators that are not supported; all of them are listed.</summary>
public sealed class UnsupportedOperatorsException(ImmutableArray<UnsupportedOperator> operators) : ModelException(Describe(operators))
{
    private const int Shown = 20;

    public ImmutableArray<UnsupportedOperator> Operators { get; } = operators;

    private static string Describe(ImmutableArray<UnsupportedOperator> operators)
    {
        string rest = operators.Length > Shown ? $" and {operators.Length - Shown} more" : "";
        string list = string.Join(", ", operators.Take(Shown));
        return $"The model uses what is not supported: {list}{rest}; export it without, or run it with ONNX Runtime.";
    }
}
