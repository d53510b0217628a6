using System.Collections.Immutable;

namespace EdgeCnn.Models;

/// <summary>
/// What a node computes, named and defined as in ONNX (the newest operator set that we read; older spellings are translated when a file is
/// read). Everything that decides a shape is an attribute here, even where ONNX passes it as an input; a node's inputs are data only.
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

    /// <summary>The input at <paramref name="index"/>, which the operator cannot do without.</summary>
    protected static ValueInfo Required(ReadOnlySpan<ValueInfo?> inputs, int index, string role) =>
        Optional(inputs, index) ?? throw new ModelException($"Input {index} ({role}) is missing.");

    protected static ValueInfo? Optional(ReadOnlySpan<ValueInfo?> inputs, int index) => index < inputs.Length ? inputs[index] : null;

    protected static void AtMost(int count, ReadOnlySpan<ValueInfo?> inputs)
    {
        if (inputs.Length > count) throw new ModelException($"It takes at most {count} inputs, not {inputs.Length}.");
    }

    protected static ImmutableArray<ValueInfo> One(ElementType type, Shape shape) => [new ValueInfo(type, shape)];

    protected static void SameType(ValueInfo first, ValueInfo other)
    {
        if (first.Type != other.Type)
            throw new ModelException($"Its inputs are of different types, {first.Type} and {other.Type}; a Cast is missing.");
    }

    protected static void Floating(ValueInfo input)
    {
        if (!input.Type.IsFloat()) throw new ModelException($"It is defined for floating point, not for {input.Type}.");
    }

    protected static void Numeric(ValueInfo input)
    {
        if (input.Type == ElementType.Bool) throw new ModelException("It is defined for numbers, not for Bool.");
    }

    protected static void OneOf(ValueInfo input, string role, params ReadOnlySpan<ElementType> types)
    {
        if (!types.Contains(input.Type))
            throw new ModelException($"Its {role} is {input.Type}; it takes {string.Join(" or ", types.ToArray())}.");
    }

    /// <summary>Axes of records are resolved: 0 up to the rank, never negative.</summary>
    protected static void Within(int axis, Shape shape)
    {
        if ((uint)axis >= (uint)shape.Rank) throw new ModelException($"Axis {axis} lies outside a tensor of shape {shape}.");
    }

    /// <summary>A per-channel input: one value for each of <paramref name="channels"/>.</summary>
    protected static void PerChannel(ValueInfo? input, string role, int channels)
    {
        if (input is not null && (input.Shape.Rank != 1 || input.Shape[0] != channels))
            throw new ModelException($"Its {role} has the shape {input.Shape} where {channels} values, one per channel, are needed.");
    }

    protected static void Images(ValueInfo input)
    {
        if (input.Shape.Rank != 4) throw new ModelException($"Its input has the shape {input.Shape}; N x C x H x W is needed.");
    }

    /// <summary>A scale or zero point of a whole tensor: one value.</summary>
    protected static void Single(ValueInfo input, string role)
    {
        if (input.Shape.Count != 1) throw new ModelException($"Its {role} has the shape {input.Shape}; one value is needed.");
    }
}
