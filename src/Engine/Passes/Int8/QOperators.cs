using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes.Int8;

/// <summary>
/// Spells operators on quantised tensors (QLinearConv and its kin) as the same operators on floats between DequantizeLinear and
/// QuantizeLinear, so that one pass makes integers of both kinds of files. Only where scales, zero points and weights are constants;
/// others keep their own kernels.
/// </summary>
internal sealed class QOperators
{
    private readonly List<Instruction> _result = [];

    public static void Apply(Draft draft)
    {
        if (!draft.Instructions.Exists(instruction => IsQLinear(instruction.Operator))) return;
        QOperators pass = new();
        foreach (Instruction instruction in draft.Instructions)
        {
            if (!IsQLinear(instruction.Operator) || !pass.Spell(instruction)) pass._result.Add(instruction);
        }
        draft.Instructions = pass._result;
    }

    private static bool IsQLinear(Operator op) => op is QLinear or QLinearConv;

    private bool Spell(Instruction instruction)
    {
        (Operator? op, int[] data, int output) = instruction.Operator switch
        {
            QLinearConv conv => (new Conv(conv.Strides, conv.Pads, conv.Dilations, conv.Groups), new[] { 0, 3 }, 6),
            QLinearMatMul => (new MatMul(), [0, 3], 6),
            QLinearAdd => (new Add(), [0, 3], 6),
            QLinearMul => (new Mul(), [0, 3], 6),
            QLinearSigmoid => (new Sigmoid(), [0], 3),
            QLinearLeakyRelu leaky => (new LeakyRelu(leaky.Alpha), [0], 3),
            QLinearGlobalAveragePool => (new GlobalAveragePool(), [0], 3),
            QLinearAveragePool pool => (
                new AveragePool(pool.Kernel, pool.Strides, pool.Pads, pool.Dilations, pool.CeilMode, pool.CountIncludePad), [0], 3),
            QLinearConcat concat =>
                (new Concat(concat.Axis), [.. Enumerable.Range(0, (instruction.Inputs.Length - 2) / 3).Select(i => 2 + 3 * i)], 0),
            _ => ((Operator?)null, Array.Empty<int>(), 0),
        };
        bool product = op is Conv or MatMul;
        if (op is null || !data.Append(output - 1).All(index => HasConstantScale(instruction, index))
            || (product && instruction.Inputs[3]!.Constant is null))
            return false;
        if (op is Conv && instruction.Input(8) is { Constant: null }) return false;
        Value result = instruction.Outputs[0], real = new($"{result.Name}:float", ElementType.Float32, result.Shape);
        List<Value?> operands =
            [.. data.Select((index, i) => (Value?)Real(instruction, index, product && i == 1 ? (op is Conv ? 0 : 1) : 0))];
        if (op is Conv && instruction.Input(8) is { } bias) operands.Add(RealBias(instruction, bias));
        _result.Add(new Instruction(instruction.Name, op, [.. operands], [real]));
        Value? zero = instruction.Input(output + 1);
        _result.Add(
            new Instruction($"{instruction.Name}:quantise", new QuantizeLinear(0, result.Type, true),
                [real, instruction.Inputs[output], zero], [result]));
        return true;
    }

    /// <summary>Whether the scale and zero point behind an operand are constants.</summary>
    private static bool HasConstantScale(Instruction instruction, int index) =>
        instruction.Inputs[index + 1]!.Constant is { Type: ElementType.Float32 }
            && instruction.Input(index + 2) is null or { Constant: not null };

    private Value Real(Instruction instruction, int index, int axis)
    {
        Value stored = instruction.Inputs[index]!, real = new(
            $"{stored.Name}:{instruction.Name}:{index}", ElementType.Float32, stored.Shape);
        _result.Add(new Instruction(
            $"{instruction.Name}:{index}", new DequantizeLinear(axis),
            [stored, instruction.Inputs[index + 1], instruction.Input(index + 2)], [real]));
        return real;
    }

    /// <summary>Biases are stored in units of data scale * weight scale.</summary>
    private static Value RealBias(Instruction instruction, Value bias)
    {
        ReadOnlySpan<int> stored = bias.Constant!.As<int>();
        ReadOnlySpan<float> data = instruction.Inputs[1]!.Constant!.As<float>(), weights = instruction.Inputs[4]!.Constant!.As<float>();
        float[] real = new float[stored.Length];
        for (int c = 0; c < real.Length; c++) real[c] = (float)((double)stored[c] * data[0] * weights[weights.Length == 1 ? 0 : c]);
        return new Value($"{bias.Name}:float", ElementType.Float32, bias.Shape, Tensor.Of(bias.Shape, real));
    }
}
