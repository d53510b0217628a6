namespace EdgeCnn.Engine.Passes;

/// <summary>What depends on constants alone is computed once, by the same kernels, and becomes a constant.</summary>
internal static class ConstantFolding
{
    public static void Apply(Draft draft)
    {
        HashSet<Value> known = [];
        List<Instruction> folded = [], kept = [];
        foreach (Instruction instruction in draft.Instructions)
        {
            bool constant = instruction.Inputs.All(input => input is null || input.Constant is not null || known.Contains(input));
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
}
