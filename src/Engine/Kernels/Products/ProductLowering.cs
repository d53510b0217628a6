using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Products;

/// <summary>From convolutions and products of matrices to the kernels that compute them.</summary>
internal static class ProductLowering
{
    /// <returns>Null when the element types are not float.</returns>
    public static Step? Lower(Operation operation, Weights weights)
    {
        Fused fused = operation.Operator as Fused ?? new Fused(operation.Operator, null, false);
        Buffer? residual = fused.AddsResidual ? operation.Inputs[^1] : null;
        Buffer? bias = operation.Inputs.Length - (fused.AddsResidual ? 1 : 0) > 2 ? operation.Inputs[2] : null;
        if (operation.Input(0).Type != ElementType.Float32 || operation.Input(1).Type != ElementType.Float32) return null;
        Map? activation = fused.Activation is null ? null : Activations.Of(fused.Activation);
        ProductOperands operands = new(
            operation.Name, operation.Input(0), operation.Input(1), bias, residual, fused.ResidualLast, activation, operation.Output);
        return fused.Product switch
        {
            Conv conv => Convolve(conv, operands, weights),
            ConvTranspose conv => Transposed(conv, operands, weights),
            MatMul => Multiply(operands, fused.IsTransposed, weights),
            _ => null,
        };
    }

    private static Step Convolve(Conv conv, ProductOperands operands, Weights weights)
    {
        Shape w = operands.Matrix.Shape, x = operands.Data.Shape, y = operands.Output.Shape;
        WindowGeometry geometry = WindowGeometry.Of(conv, x, y, w[2], w[3]);
        if (w[1] == 1 && w[0] == conv.Groups && conv.Groups > 1)
            return new Depthwise(operands, geometry, w[2], w[3], weights);
        int area = w[2] * w[3];
        MatrixSource layout = new(
            conv.Groups, w.Count / conv.Groups, [.. Enumerable.Range(0, area)], w[1], area, w[0] / conv.Groups, (long)w[1] * area);
        return new Windows(operands, layout, conv.Groups, geometry, weights);
    }

    private static Step Transposed(ConvTranspose conv, ProductOperands operands, Weights weights)
    {
        Shape w = operands.Matrix.Shape;
        int area = w[2] * w[3], depth = operands.Data.Shape[3] / conv.Groups;
        Windows[] phases =
        [
            .. TransposedWindows.Phases(conv, operands.Data.Shape, operands.Output.Shape, w[2], w[3]).Select(phase => new Windows(
                operands,
                new MatrixSource(conv.Groups, (long)depth * w[1] * area, phase.Taps, depth, (long)w[1] * area, w[1], area),
                conv.Groups, phase.Geometry, weights)),
        ];
        return phases.Length == 1 ? phases[0] : new Phases(operands.Name, phases);
    }

    private static Rows Multiply(ProductOperands operands, bool transposed, Weights weights)
    {
        Shape a = operands.Data.Shape, b = operands.Matrix.Shape;
        int length = a[^1], rows = a.Rank > 1 ? a[^2] : 1, columns = transposed ? b[0] : b.Rank > 1 ? b[^1] : 1;
        Shape aBatch = new(a.Extents[..Math.Max(a.Rank - 2, 0)]), bBatch = new(b.Extents[..Math.Max(b.Rank - 2, 0)]);
        (int depthStride, int columnStride) = transposed ? (1, length) : (columns, 1);
        MatrixSource layout = new((int)bBatch.Count, (long)length * columns, [0], length, depthStride, columns, columnStride);
        if (bBatch.Count == 1 && aBatch.Rank >= bBatch.Rank)
            return new Rows(operands, layout, [0], [0], checked((int)(aBatch.Count * rows)), weights);
        Shape batch = Shape.Broadcast(aBatch, bBatch);
        int[] firstRows = [.. Broadcasting(aBatch, batch).Select(matrix => matrix * rows)];
        return new Rows(operands, layout, firstRows, [.. Broadcasting(bBatch, batch)], rows, weights);
    }

    /// <summary>For each element of the broadcast shape, the element of the smaller one that stands there.</summary>
    private static IEnumerable<int> Broadcasting(Shape shape, Shape broadcast)
    {
        for (long i = 0; i < broadcast.Count; i++)
        {
            long rest = i, index = 0, stride = 1;
            for (int axis = 1; axis <= broadcast.Rank; axis++)
            {
                long place = rest % broadcast[^axis];
                rest /= broadcast[^axis];
                if (axis > shape.Rank) continue;
                if (shape[^axis] != 1) index += place * stride;
                stride *= shape[^axis];
            }
            yield return (int)index;
        }
    }
}

/// <summary>
/// A transposed convolution: all its ordinary ones at once; and before it, where weights are no constants, all their packing at once.
/// </summary>
internal sealed unsafe class Phases(string name, IReadOnlyList<Step> phases)
    : Step(name, [.. phases.SelectMany(phase => phase.Reads).Distinct()], [.. phases.SelectMany(phase => phase.Writes).Distinct()])
{
    private readonly int[] _firstPieces = [.. phases.Select((_, i) => phases.Take(i).Sum(phase => phase.Pieces))];

    public override Step? First { get; } = phases[0]
        .First is null ? null : new Phases($"{name} weights", [.. phases.Select(phase => phase.First!)]);

    public override string Kernel => $"{phases.Count} phases of {phases[0].Kernel}";

    public override int Pieces { get; } = phases.Sum(phase => phase.Pieces);

    public override int ScratchBytes { get; } = phases.Max(phase => phase.ScratchBytes);

    public override long MultiplyAdds { get; } = phases.Sum(phase => phase.MultiplyAdds);

    public override void Execute(int piece, byte* scratch)
    {
        int phase = phases.Count - 1;
        while (piece < _firstPieces[phase]) phase--;
        phases[phase].Execute(piece - _firstPieces[phase], scratch);
    }
}
