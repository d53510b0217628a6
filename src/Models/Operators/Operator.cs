using System.Collections.Immutable;

namespace EdgeCnn.Models;

/// <summary>
/// What a node computes, named and defined as in ONNX (the newest operator set that we read; older spellings are translated when a file is read).
/// Everything that decides a shape is an attribute here, even where ONNX passes it as an input; a node's inputs are data only.
/// </summary>
public abstract record Operator
{
    /// <summary>The ONNX operator's name.</summary>
    public virtual string Name => GetType().Name;

    /// <summary>Types and shapes of the outputs.</summary>
    /// <param name="inputs">One per input of the node; null for an optional input that is left out.</param>
    /// <param name="outputCount">How many outputs the node asks for.</param>
    /// <exception cref="ModelException">The operator does not accept these inputs; says which and why.</exception>
    public abstract ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount);

    /// <summary>Multiply-adds of one run; 0 for operators that are not counted so.</summary>
    public virtual long MultiplyAdds(ReadOnlySpan<ValueInfo?> inputs, ReadOnlySpan<ValueInfo> outputs) => 0;
}
