using System.Collections.Immutable;
using EdgeCnn.Engine;
using EdgeCnn.Engine.Kernels;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>
/// Dropout in training (Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014): elements are zero
/// with the probability
/// <paramref name="Ratio"/>, the others divided by 1 - Ratio. Inputs: the data, and the number of the step (one Int64). No mask is kept: it
/// is a function of seed,
/// step and place, so that the way back, which is the same operator on the gradient, computes it anew.
/// </summary>
internal sealed record DropoutMask(float Ratio, ulong Seed) : Extension
{
    public override string Name => "Dropout";

    public override AxisRule Rule => AxisRule.ChannelsLast;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) => [inputs[0]!];

    public override Step Lower(Operation operation, Weights weights) => new DropoutStep(operation, this);
}

internal sealed unsafe class DropoutStep(Operation operation, DropoutMask op)
    : Step(operation.Name, [operation.Input(0), operation.Input(1)], [operation.Output])
{
    // One random number serves four elements.
    private const int Group = 4;
    private readonly Chunks _groups = new((operation.Output.Shape.Count + Group - 1) / Group, Chunks.Elements / Group);

    public override string Kernel => "dropout";

    public override int Pieces => _groups.Count;

    public override bool CanOverwrite(int read) => read == 0;

    public override void Execute(int piece, byte* scratch)
    {
        float* x = Reads[0].Floats, y = Writes[0].Floats;
        ulong seed = Mixed(op.Seed + Mixed((ulong)*Reads[1].As<long>()));
        uint threshold = (uint)MathF.Round(op.Ratio * 65536f);
        float factor = 1f / (1f - op.Ratio);
        long count = Writes[0].Shape.Count;
        (long from, long to) = _groups[piece];
        for (long group = from; group < to; group++)
        {
            ulong bits = Mixed(seed + (ulong)group);
            long end = Math.Min((group + 1) * Group, count);
            for (long i = group * Group; i < end; i++, bits >>= 16) y[i] = (bits & 0xFFFF) < threshold ? 0f : x[i] * factor;
        }
    }

    /// <summary>The finaliser of SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).</summary>
    private static ulong Mixed(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
