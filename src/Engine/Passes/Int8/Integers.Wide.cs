using EdgeCnn.Engine.Kernels.Int8;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes.Int8;

/// <summary>
/// Data of 16 bits: 256 times its upper byte and once its lower one, less the same of the zero point's bytes. A product of such data is
/// the sum of two products of 8-bit data with the same weights, whose sums are exact; they are added as floats.
/// </summary>
internal sealed partial class Integers
{
    private const int Radix = 256;

    // Float values that stand for 16-bit integers.
    private readonly Dictionary<Value, Wide> _wide = [];

    // Both bytes of 16-bit values, once they were needed.
    private readonly Dictionary<Value, (Value Upper, Value Lower)> _bytes = [];

    /// <summary>A real value as it is stored in 16 bits, and how each byte counts.</summary>
    private readonly record struct Wide(Value Stored, QuantizedScale Upper, QuantizedScale Lower);

    private bool HoldWide(Instruction instruction)
    {
        Value stored = instruction.Inputs[0]!, value = instruction.Outputs[0];
        if (stored.Type is not (ElementType.UInt16 or ElementType.Int16) || stored.Constant is not null) return false;
        if (ParametersOf(instruction, stored.Shape, ((DequantizeLinear)instruction.Operator).Axis) is not { } map) return false;
        float[] upper = [.. map.Scales.Select(scale => Radix * scale)];
        if (upper.Any(float.IsInfinity)) return false;
        int lowest = stored.Type == ElementType.Int16 ? short.MinValue : 0;
        int[] zeros = [.. map.Zeros.Select(zero => zero - lowest)];
        _wide[value] = new Wide(
            stored, Scale(upper, zeros.Select(zero => zero / Radix)), Scale(map.Scales, zeros.Select(zero => zero % Radix)));
        _pending[value] = instruction;
        return true;

        static QuantizedScale Scale(float[] scales, IEnumerable<int> zeros) =>
            new QuantizedScale([.. scales], [.. zeros], ElementType.UInt8).Stored(Cpu.Int8Data);
    }

    /// <summary>A product of 16-bit data with constant 8-bit weights; the result and what follows are floats.</summary>
    private bool MultiplyWide(Instruction instruction)
    {
        Fused fused = instruction.Operator as Fused ?? new Fused(instruction.Operator, null, false);
        if (!_wide.TryGetValue(instruction.Inputs[0]!, out Wide data)) return false;
        if (WeightsOf(fused.Product, instruction) is not { } weights) return false;
        if (!data.Upper.IsPerTensor && !IsDepthwise(fused.Product, weights, data.Stored)) return false;
        int inputs = instruction.Inputs.Length - (fused.AddsResidual ? 1 : 0);
        Value? bias = inputs > 2 ? instruction.Inputs[2] : null;
        if (bias is { Constant: not { Type: ElementType.Float32 } }) return false;

        (Value upper, Value lower) = BytesOf(data.Stored);
        QuantizedProduct ofUpper = new(fused.Product, weights, null, data.Upper, null, false, null, null);
        QuantizedProduct ofLower = ofUpper with { Data = data.Lower, Bias = bias is null ? null : [.. bias.Constant!.As<float>()] };
        Value a = Then(instruction, "upper", ofUpper, last: false, upper), b = Then(instruction, "lower", ofLower, last: false, lower);
        Value? residual = fused.AddsResidual ? instruction.Inputs[^1]! : null;
        if (residual is not null) Materialise(residual);
        Value? early = fused.ResidualLast ? null : residual, late = fused.ResidualLast ? residual : null;
        Value sum = Then(instruction, "sum", new Add(), early is null && fused.Activation is null && late is null, a, b);
        if (early is not null) sum = Then(instruction, "residual", new Add(), fused.Activation is null && late is null, sum, early);
        if (fused.Activation is { } activation) sum = Then(instruction, "activation", activation, late is null, sum);
        if (late is not null) Then(instruction, "residual", new Add(), last: true, sum, late);
        return true;
    }

    /// <summary>One of the steps into which an instruction falls; the last one writes what the instruction would.</summary>
    private Value Then(Instruction whole, string part, Operator op, bool last, params Value[] inputs)
    {
        Value output = last ? whole.Outputs[0] : new Value($"{whole.Outputs[0].Name}:{part}", ElementType.Float32, whole.Outputs[0].Shape);
        _result.Add(new Instruction($"{whole.Name}:{part}", op, inputs, [output]));
        return output;
    }

    private (Value Upper, Value Lower) BytesOf(Value stored)
    {
        if (_bytes.TryGetValue(stored, out (Value, Value) bytes)) return bytes;
        Materialise(stored);
        return _bytes[stored] = (Byte(upper: true), Byte(upper: false));

        Value Byte(bool upper)
        {
            Int16Byte op = new(upper);
            Value half = new($"{stored.Name}:{op.Name}", Cpu.Int8Data, stored.Shape);
            _result.Add(new Instruction($"{stored.Name}:{op.Name}", op, [stored], [half]));
            return half;
        }
    }
}
