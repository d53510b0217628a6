using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes;

/// <summary>
/// Products take in what follows them: a bias, a residual that is added, an activation. The joined instruction stands where the last of its
/// parts stood, so that the residual is there when it is needed.
/// </summary>
internal static class Fusion
{
    public static void Apply(Draft draft)
    {
        Dictionary<Value, List<Instruction>> readers = draft.Readers();
        HashSet<Value> outputs = [.. draft.Outputs];
        Dictionary<Instruction, Instruction?> replaced = [];
        foreach (Instruction instruction in draft.Instructions)
        {
            if (instruction.Operator is not (Conv or ConvTranspose or MatMul or Fused) || replaced.ContainsKey(instruction)) continue;
            if (instruction.Inputs[0]!.Type != ElementType.Float32) continue;
            Instruction product = instruction, last = instruction;
            while (Draft.OnlyReader(last.Outputs[0], readers, outputs) is { } reader && !replaced.ContainsKey(reader)
                && Joined(product, last, reader) is { } joined)
            {
                replaced[last] = null;
                (product, last) = (joined, reader);
            }
            if (last != instruction) replaced[last] = product;
        }
        List<Instruction> result = [];
        foreach (Instruction instruction in draft.Instructions)
        {
            if (!replaced.TryGetValue(instruction, out Instruction? replacement)) result.Add(instruction);
            else if (replacement is not null) result.Add(replacement);
        }
        draft.Instructions = result;
    }

    private static Instruction? Joined(Instruction product, Instruction last, Instruction reader)
    {
        Fused fused = product.Operator as Fused ?? new Fused(product.Operator, null, false);
        Value value = last.Outputs[0];
        if (fused.Activation is null && reader.Operator is Unary && reader.Inputs.Length == 1
            && Activations.Of(reader.Operator) is not null)
            return new Instruction(product.Name, fused with { Activation = reader.Operator }, product.Inputs, reader.Outputs);
        if (reader.Operator is not Add || fused.AddsResidual) return null;
        Value other = reader.Inputs[0] == value ? reader.Inputs[1]! : reader.Inputs[0]!;
        if (fused is { Product: MatMul, Activation: null } && product.Input(2) is null && IsBias(other, value))
        {
            Value bias = new(other.Name, other.Type, new Shape(value.Shape[^1]), other.Constant!.Reshaped(new Shape(value.Shape[^1])));
            return new Instruction(product.Name, fused, [product.Inputs[0], product.Inputs[1], bias], reader.Outputs);
        }
        if (!other.Shape.Equals(value.Shape) || other == value || other.Constant is not null) return null;
        Value? ownBias = product.Input(2);
        fused = fused with { AddsResidual = true, ResidualLast = fused.Activation is not null };
        return new Instruction(product.Name, fused, [product.Inputs[0], product.Inputs[1], ownBias, other], reader.Outputs);
    }

    private static bool IsBias(Value value, Value product) =>
        value.Constant is not null && product.Shape.Rank > 1 && value.Shape.Rank > 0 && value.Shape.Rank <= product.Shape.Rank
        && value.Shape.Count == product.Shape[^1] && value.Shape[^1] == product.Shape[^1];
}
