using System.Collections.Immutable;
using EdgeCnn.Engine;
using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Shaping;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>
/// dx of Resize over height and width: each pixel of the input gathers from the pixels of the output that it went into.
/// </summary>
internal sealed record ResizeGradient(Resize Resize, Shape Input) : Extension
{
    public override string Name => "Resize gradient";

    public override AxisRule Rule => AxisRule.ChannelsLast;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        Shape y = inputs[0]!.Shape;
        if (y.Rank != 4 || y[0] != Input[0] || y[1] != Input[1])
            throw new ModelException($"Resize of {Input} to {y}: training takes those that resize the height and width of N x C x H x W.");
        return [new ValueInfo(inputs[0]!.Type, Input)];
    }

    public override Step Lower(Operation operation, Weights weights) =>
        new ResizeGradientStep(operation, Readers(2, operation.Output.Shape[1]), Readers(3, operation.Output.Shape[2]));

    /// <summary>For each index of the input along an axis, the indices of the output that read it, with their weights.</summary>
    private (int Index, float Weight)[][] Readers(int axis, int extent)
    {
        List<(int, float)>[] readers = [.. Enumerable.Range(0, extent).Select(_ => new List<(int, float)>())];
        ResizeCoordinates coordinates = new(Resize, axis, extent, Resize.Target[axis]);
        if (Resize.Mode == ResizeMode.Nearest)
        {
            foreach ((int output, int input) in coordinates.NearestIndices().Index()) readers[input].Add((output, 1f));
        }
        else
        {
            Taps taps = coordinates.Taps();
            for (int i = 0; i < taps.Indices.Length; i++)
            {
                if (taps.Weights[i] != 0) readers[taps.Indices[i]].Add((i / taps.Count, taps.Weights[i]));
            }
        }
        return [.. readers.Select(list => list.ToArray())];
    }
}

/// <summary>A piece is a row of the input.</summary>
internal sealed unsafe class ResizeGradientStep(
    Operation operation, (int Index, float Weight)[][] rows, (int Index, float Weight)[][] columns)
    : Step(operation.Name, [operation.Input(0)], [operation.Output])
{
    public override string Kernel => "resize gradient";

    public override int Pieces => Writes[0].Shape[0] * rows.Length;

    public override void Execute(int piece, byte* scratch)
    {
        Shape dy = Reads[0].Shape;
        int channels = dy[3];
        (int image, int y) = Math.DivRem(piece, rows.Length);
        float* to = Writes[0].Floats + (long)piece * columns.Length * channels;
        new Span<float>(to, columns.Length * channels).Clear();
        foreach ((int row, float rowWeight) in rows[y])
        {
            float* from = Reads[0].Floats + ((long)image * dy[1] + row) * dy[2] * channels;
            for (int x = 0; x < columns.Length; x++)
            {
                float* pixel = to + (long)x * channels;
                foreach ((int column, float weight) in columns[x])
                    Elementwise.Row(new AddWeighted(rowWeight * weight), pixel, 1, from + (long)column * channels, 1, pixel, channels);
            }
        }
    }

    /// <summary>a + weight * b, rounded once.</summary>
    private readonly struct AddWeighted(float weight) : IBinaryFunction
    {
        public T Apply<T>(T a, T b) where T : unmanaged, ILanes<T> => T.Fma(b, T.Of(weight), a);
    }
}
