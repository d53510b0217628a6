using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes.Int8;

/// <summary>
/// Dynamically quantised networks: ConvInteger and MatMulInteger with constant weights take in what makes floats of their sums again
/// (Cast, Mul by a scale that only the run tells, Add of a bias) and the activation behind it.
/// </summary>
internal sealed class DynamicProducts
{
    private readonly Dictionary<Value, List<Instruction>> _readers;
    private readonly HashSet<Value> _outputs;
    private readonly Dictionary<Value, Value> _shifted = [];
    private readonly Dictionary<Instruction, Instruction?> _replaced = [];
    private readonly Dictionary<Instruction, List<Instruction>> _before = [];

    private DynamicProducts(Draft draft) => (_readers, _outputs) = (draft.Readers(), [.. draft.Outputs]);

    public static void Apply(Draft draft)
    {
        if (!draft.Instructions.Exists(instruction => instruction.Operator is ConvInteger or MatMulInteger)) return;
        DynamicProducts pass = new(draft);
        foreach (Instruction instruction in draft.Instructions)
        {
            if (instruction.Operator is ConvInteger or MatMulInteger) pass.Join(instruction);
        }
        List<Instruction> result = [];
        foreach (Instruction instruction in draft.Instructions)
        {
            if (!pass._replaced.TryGetValue(instruction, out Instruction? replacement))
            {
                result.Add(instruction);
            }
            else if (replacement is not null)
            {
                result.AddRange(pass._before[replacement]);
                result.Add(replacement);
            }
        }
        draft.Instructions = result;
    }

    /// <summary>The joined instruction stands where the last of its parts stood, so that the scale is there when it is needed.</summary>
    private void Join(Instruction product)
    {
        if (product.Inputs[0]!.Constant is not null || WeightsOf(product) is not { } weights) return;
        List<Instruction> parts = [product];
        Value? scale = null;
        float[]? bias = null;
        Operator? activation = null;
        if (Next(parts) is { Operator: Cast { To: ElementType.Float32 } } cast && Next([cast]) is { Operator: Mul } multiply
            && Other(multiply, cast.Outputs[0]) is { Type: ElementType.Float32, Shape.Count: 1 } factor)
        {
            scale = factor;
            parts.AddRange([cast, multiply]);
            if (Next(parts) is { Operator: Add } add && Bias(Other(add, multiply.Outputs[0]), product.Operator, weights) is { } values)
            {
                bias = values;
                parts.Add(add);
            }
            if (Next(parts) is { Operator: Unary } function && Kernels.Pointwise.Activations.Of(function.Operator) is not null)
            {
                activation = function.Operator;
                parts.Add(function);
            }
        }
        Operator op = product.Operator is ConvInteger conv ? new Conv(conv.Strides, conv.Pads, conv.Dilations, conv.Groups) : new MatMul();
        List<Instruction> before = [];
        Value data = Stored(product.Inputs[0]!, before), zero = Stored(product.Input(2) ?? Zero(product), before);
        DynamicProduct joined = new(op, weights, bias is null ? null : [.. bias], activation);
        Instruction instruction = new(product.Name, joined, [data, zero, scale], parts[^1].Outputs);
        foreach (Instruction part in parts) _replaced[part] = null;
        _replaced[parts[^1]] = instruction;
        _before[instruction] = before;
    }

    private Instruction? Next(List<Instruction> parts) => Draft.OnlyReader(parts[^1].Outputs[0], _readers, _outputs);

    private static Value Other(Instruction instruction, Value operand) =>
        instruction.Inputs[0] == operand ? instruction.Inputs[1]! : instruction.Inputs[0]!;

    private static Value Zero(Instruction product) =>
        new($"{product.Name}:zero", product.Inputs[0]!.Type, Shape.Scalar, Tensor.Zeros(product.Inputs[0]!.Type, Shape.Scalar));

    /// <summary>The value as this processor's kernels store data.</summary>
    private Value Stored(Value value, List<Instruction> before)
    {
        if (value.Type == Cpu.Int8Data) return value;
        if (_shifted.TryGetValue(value, out Value? shifted)) return shifted;
        shifted = new Value($"{value.Name}:int8", Cpu.Int8Data, value.Shape);
        before.Add(new Instruction(value.Name, Int8Table.Shift(Cpu.Int8Data), [value], [shifted]));
        _shifted.Add(value, shifted);
        return shifted;
    }

    /// <summary>
    /// The weights less their zero point, each of scale 1; null where they are no constants or leave the range of signed bytes.
    /// </summary>
    private static Int8Weights? WeightsOf(Instruction product)
    {
        if (product.Inputs[1] is not { Constant: { } stored } || product.Input(3) is { Constant: null }
            || product.Input(2) is { Shape.Count: > 1 })
            return null;
        bool conv = product.Operator is ConvInteger;
        if (!conv && (stored.Shape.Rank != 2 || product.Inputs[0]!.Shape.Rank < 2)) return null;
        int channels = stored.Shape[conv ? 0 : 1];
        long inner = conv ? stored.Shape.Count / Math.Max(channels, 1) : 1;
        int[] zeros = product.Input(3)?.Constant is { } zero ? Int8Constants.Integers(zero) : [0];
        return Int8Constants.Shifted(stored, zeros, inner) is { } weights
            ? new Int8Weights(stored.Shape, weights, [.. Enumerable.Repeat(1f, channels)])
            : null;
    }

    /// <summary>A constant of one value per output channel.</summary>
    private static float[]? Bias(Value value, Operator product, Int8Weights weights)
    {
        int channels = weights.Scale.Length, axis = product is ConvInteger ? 3 : 1;
        if (value.Constant is not { Type: ElementType.Float32 } constant || value.Shape.Count != channels) return null;
        return value.Shape.Rank >= axis && value.Shape[^axis] == channels ? constant.As<float>().ToArray() : null;
    }
}
