using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes;

/// <summary>What depends on constants alone is computed once, by the same kernels, and becomes a constant.</summary>
internal static class ConstantFolding
{
    /// <param name="draft">Whose constants are computed.</param>
    /// <param name="keepWeights">Whether 8-bit weights stay as they are: matrices and kernels that a DequantizeLinear would make floats
    /// of.</param>
    public static void Apply(Draft draft, bool keepWeights = false)
    {
        HashSet<Value> known = [];
        List<Instruction> folded = [], kept = [];
        foreach (Instruction instruction in draft.Instructions)
        {
            bool constant = !(keepWeights && IsWeights(instruction))
                && instruction.Inputs.All(input => input is null || input.Constant is not null || known.Contains(input));
            (constant ? folded : kept).Add(instruction);
            if (constant) known.UnionWith(instruction.Outputs);
        }
        if (folded.Count == 0) return;
        HashSet<Value> read = [.. draft.Outputs];
        foreach (Instruction instruction in kept) read.UnionWith(instruction.Inputs.OfType<Value>());
        Value[] wanted = [.. known.Where(read.Contains)];
        Draft constants = new([], wanted, folded);
        Canonical.Apply(constants);
        constants.RemoveDead();
        using Plan plan = Plan.Make(constants, new EngineOptions(Threads: 1));
        using Workers workers = new(1, plan.ScratchBytes);
        foreach (Step step in plan.Steps) workers.Run(step);
        for (int i = 0; i < wanted.Length; i++) wanted[i].Constant = Plan.Read(plan.Outputs[i], wanted[i].Shape);
        draft.Instructions = kept;
    }

    private static bool IsWeights(Instruction instruction) =>
        instruction.Operator is DequantizeLinear
            && instruction.Inputs[0] is { Type: ElementType.UInt8 or ElementType.Int8, Shape.Rank: >= 2 };
}
