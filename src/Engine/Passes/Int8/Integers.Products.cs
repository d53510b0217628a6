using EdgeCnn.Engine.Kernels.Int8;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes.Int8;

internal sealed partial class Integers
{
    /// <summary>A product of held data with constant 8-bit weights; its result is stored in 8 bits if it is quantised right away.</summary>
    private bool Multiply(Instruction instruction)
    {
        Fused fused = instruction.Operator as Fused ?? new Fused(instruction.Operator, null, false);
        Value output = instruction.Outputs[0];
        int inputs = instruction.Inputs.Length - (fused.AddsResidual ? 1 : 0);
        if (!_held.TryGetValue(instruction.Inputs[0]!, out Held data) || WeightsOf(fused.Product, instruction) is not { } weights)
            return false;
        if (!data.Scale.IsPerTensor && !IsDepthwise(fused.Product, weights, data.Stored)) return false;
        Value? bias = inputs > 2 ? instruction.Inputs[2] : null;
        if (bias is { Constant: not { Type: ElementType.Float32 } }) return false;
        Held residual = default;
        if (fused.AddsResidual && !(_held.TryGetValue(instruction.Inputs[^1]!, out residual) && residual.Scale.IsPerTensor)) return false;

        QuantizedScale? scale = QuantisedTo(output);
        if (scale is { IsPerTensor: false } && fused.Product is not Conv) scale = null;
        QuantizedProduct product = new(
            fused.Product, weights, bias is null ? null : [.. bias.Constant!.As<float>()], data.Scale,
            fused.AddsResidual ? residual.Scale : null, fused.ResidualLast, fused.Activation, scale);
        Value result = scale is null ? output : Quantised(output);
        _result.Add(
            new Instruction(instruction.Name, product, fused.AddsResidual ? [data.Stored, residual.Stored] : [data.Stored], [result]));
        if (scale is not null) TakeIn(output, result, scale);
        return true;
    }

    private Int8Weights? WeightsOf(Operator product, Instruction instruction)
    {
        Value matrix = instruction.Inputs[1]!;
        if (!_makers.TryGetValue(matrix, out Instruction? maker)) return null;
        return product switch
        {
            Conv => Int8Constants.Weights(maker, _makers, 0, matrix.Shape[0]),
            // With more groups a scale per channel of a group is not one per output channel; with larger strides than kernels some outputs
            // see no tap.
            ConvTranspose { Groups: 1, Dilations: [1, 1] } conv when conv.Strides[0] <= matrix.Shape[2]
                && conv.Strides[1] <= matrix.Shape[3] => Int8Constants.Weights(maker, _makers, 1, matrix.Shape[1]),
            MatMul when matrix.Shape.Rank == 2 && instruction.Inputs[0]!.Shape.Rank >= 2 =>
                Int8Constants.Weights(maker, _makers, 1, matrix.Shape[1]),
            _ => null,
        };
    }

    private static bool IsDepthwise(Operator product, Int8Weights weights, Value data) =>
        product is Conv conv && conv.Groups == weights.Shape[0] && weights.Shape[1] == 1 && data.Shape[1] == conv.Groups;
}
