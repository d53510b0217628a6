using EdgeCnn.Engine.Passes;
using EdgeCnn.Engine.Passes.Int8;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests;

/// <summary>What the passes make of a graph.</summary>
internal static class Plans
{
    internal sealed record Names(IReadOnlyList<string> All)
    {
        public int Count(string name) => All.Count(other => other == name);

        public override string ToString() => string.Join(", ", All);
    }

    /// <summary>The operators that are left before memory is laid out.</summary>
    public static Names OperatorsOf(Graph graph)
    {
        Draft draft = Draft.Of(graph);
        draft.RemoveDead();
        ConstantFolding.Apply(draft, keepWeights: true);
        Canonical.Apply(draft);
        WeightFolding.Apply(draft);
        Fusion.Apply(draft);
        Integers.Apply(draft);
        DynamicProducts.Apply(draft);
        draft.RemoveDead();
        return new Names([.. draft.Instructions.Select(instruction => instruction.Operator.Name)]);
    }
}
