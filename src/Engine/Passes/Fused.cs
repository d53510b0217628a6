using System.Collections.Immutable;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes;

/// <summary>
/// A product (Conv, ConvTranspose or MatMul) with what follows it: activation(product + residual), or activation(product) + residual where
/// <paramref name="ResidualLast"/>. Inputs are the product's (data, weights, bias or null), then the residual if there is one.
/// </summary>
internal sealed record Fused(Operator Product, Operator? Activation, bool AddsResidual, bool ResidualLast = false) : Operator
{
    /// <summary>Whether the constant matrix of a MatMul lies as N x K.</summary>
    public bool IsTransposed { get; init; }

    public override string Name => string.Join('+', Parts.Where(part => part is not null));

    private IEnumerable<string?> Parts =>
        [Product.Name, AddsResidual && !ResidualLast ? "Add" : null, Activation?.Name, ResidualLast ? "Add" : null];

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) =>
        Product.Infer(inputs[..(AddsResidual ? inputs.Length - 1 : inputs.Length)], outputCount);
}
