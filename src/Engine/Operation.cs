using EdgeCnn.Models;

namespace EdgeCnn.Engine;

/// <summary>
/// A node as the kernels see it, after the plan has chosen layouts: axes in the operator's attributes (Concat, Slice, Pad, Transpose,
/// Reduce, Resize, Softmax ...) mean physical axes of the buffers. Operators that slide windows or normalise over space (Conv,
/// ConvTranspose, poolings, BatchNormalization, InstanceNormalization, GroupNormalization, LRN, DepthToSpace, SpaceToDepth, ConvInteger,
/// QLinearConv ...) always see channels last: N x H x W x C.
/// </summary>
/// <param name="Name">The node's name.</param>
/// <param name="Operator">What is computed.</param>
/// <param name="Inputs">One per input of the node; null for an optional input that is left out.</param>
/// <param name="Outputs">One per output; those that nobody wants have a buffer too.</param>
internal sealed record Operation(string Name, Operator Operator, Buffer?[] Inputs, Buffer[] Outputs)
{
    /// <summary>An input that the operator cannot do without.</summary>
    /// <exception cref="ModelException">It is left out.</exception>
    public Buffer Input(int index) => Optional(index) ?? throw new ModelException($"{Operator.Name} '{Name}' lacks input {index}.");

    /// <summary>An input that may be left out.</summary>
    public Buffer? Optional(int index) => index < Inputs.Length ? Inputs[index] : null;

    public Buffer Output => Outputs[0];
}
