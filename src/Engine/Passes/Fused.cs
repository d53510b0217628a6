using System.Collections.Immutable;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes;

/// <summary>
/// A product (Conv, ConvTranspose or MatMul) with what follows it: activation(product + residual). Inputs are the product's (data, weights, bias or
/// null), then the residual if there is one.
/// </summary>
internal sealed record Fused(Operator Product, Operator? Activation, bool AddsResidual) : Operator
{
    public override string Name => string.Join('+', new[] { Product.Name, AddsResidual ? "Add" : null, Activation?.Name }.Where(name => name is not null));

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) =>
        Product.Infer(inputs[..(AddsResidual ? inputs.Length - 1 : inputs.Length)], outputCount);
}
