using System.Collections.Immutable;
using EdgeCnn.Engine;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>
/// Weights as 8 bits would have them: each output channel in steps of its largest magnitude / 127, in floats. A batch normalisation that
/// follows scales channels, so that what it makes of rounded weights are rounded weights still. Gradients pass straight through.
/// </summary>
/// <param name="Axis">Of the output channels.</param>
/// <param name="Groups">Of a transposed convolution, whose output channels count by group first; 1 elsewhere.</param>
internal sealed record FakeQuantizedWeights(int Axis, int Groups) : Extension
{
    public override string Name => "fake quantized weights";

    public override AxisRule Rule => AxisRule.Plain;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) => [inputs[0]!];

    public override Step Lower(Operation operation, Weights weights) => new FakeQuantizedWeightsStep(operation, this);
}

/// <summary>A piece is a channel.</summary>
internal sealed unsafe class FakeQuantizedWeightsStep : Step
{
    private const float Largest = 127;

    private readonly int _groups, _outer, _channels, _inner;

    public FakeQuantizedWeightsStep(Operation operation, FakeQuantizedWeights op)
        : base(operation.Name, [operation.Input(0)], [operation.Output])
    {
        Shape w = operation.Input(0).Shape;
        (_groups, _channels) = (op.Groups, w[op.Axis]);
        _outer = (int)(w.CountBetween(0, op.Axis) / op.Groups);
        _inner = (int)w.CountBetween(op.Axis + 1, w.Rank);
    }

    public override string Kernel => "fake quantized weights";

    public override int Pieces => _groups * _channels;

    public override bool CanOverwrite(int read) => true;

    public override void Execute(int piece, byte* scratch)
    {
        (int group, int channel) = Math.DivRem(piece, _channels);
        long first = ((long)group * _outer * _channels + channel) * _inner, step = (long)_channels * _inner;
        float* w = Reads[0].Floats + first, y = Writes[0].Floats + first;
        float largest = 0;
        for (int i = 0; i < _outer; i++)
        {
            for (int k = 0; k < _inner; k++) largest = MathF.Max(largest, MathF.Abs(w[i * step + k]));
        }
        float scale = MathF.Max(largest / Largest, 1e-20f);
        for (int i = 0; i < _outer; i++)
        {
            for (int k = 0; k < _inner; k++) y[i * step + k] = MathF.Round(w[i * step + k] / scale) * scale;
        }
    }
}
