using System.Collections.Immutable;
using EdgeCnn.Engine;
using EdgeCnn.Engine.Kernels;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>dx = dy f'(x) for an activation f. Inputs: x, or y where <see cref="ReadsOutput"/>; and dy.</summary>
internal sealed record ActivationGradient(Operator Activation) : Extension
{
    public override string Name => $"{Activation.Name} gradient";

    public override AxisRule Rule => AxisRule.Any;

    public static bool IsKnown(Operator activation) => Slope.AtOutput(activation) is not null || Slope.AtInput(activation) is not null;

    public static bool ReadsOutput(Operator activation) => Slope.AtOutput(activation) is not null;

    public override bool IsData(int index) => true;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) => [inputs[1]!];

    public override Step Lower(Operation operation, Weights weights) =>
        new SlopeStep(operation, (Slope.AtOutput(Activation) ?? Slope.AtInput(Activation))!, Name);
}

internal sealed unsafe class SlopeStep(Operation operation, Slope slope, string kernel)
    : Step(operation.Name, [operation.Input(0), operation.Input(1)], [operation.Output])
{
    private readonly Chunks _chunks = new(operation.Output.Shape.Count, Chunks.Elements / 2);

    public override string Kernel => kernel;

    public override int Pieces => _chunks.Count;

    public override bool CanOverwrite(int read) => true;

    public override void Execute(int piece, byte* scratch)
    {
        (long from, long to) = _chunks[piece];
        slope.Apply(Reads[0].Floats + from, Reads[1].Floats + from, Writes[0].Floats + from, (int)(to - from));
    }
}
