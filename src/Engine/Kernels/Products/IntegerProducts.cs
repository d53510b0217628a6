using EdgeCnn.Engine.Kernels.Quantized;
using EdgeCnn.Engine.Kernels.Shaping;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Products;

/// <summary>Steps for convolutions and products of matrices of 8-bit integers.</summary>
internal static class IntegerProducts
{
    /// <returns>The step, or null when the operator is none of them.</returns>
    public static Step? Lower(Operation operation, Weights weights) => operation.Operator switch
    {
        ConvInteger conv => Convolve(conv, Sums(operation), weights),
        QLinearConv conv => Convolve(conv, Requantized(operation, operation.Optional(8)), weights),
        MatMulInteger => Multiply(Sums(operation), weights),
        QLinearMatMul => Multiply(Requantized(operation, null), weights),
        _ => null,
    };

    /// <summary>x, w, x zero point, w zero point.</summary>
    private static IntegerOperands Sums(Operation operation) => new(
        operation.Name, operation.Input(0), operation.Optional(2), operation.Input(1), operation.Optional(3), null, operation.Output);

    /// <summary>x, x scale, x zero point, w, w scale, w zero point, y scale, y zero point.</summary>
    private static IntegerOperands Requantized(Operation operation, Buffer? bias)
    {
        foreach (int scale in (int[])[1, 4, 6]) Quantization.Check(operation, operation.Input(scale));
        Requantization requantization = new(operation.Input(1), operation.Input(4), operation.Input(6), operation.Optional(7), bias);
        return new IntegerOperands(
            operation.Name, operation.Input(0), operation.Optional(2), operation.Input(3), operation.Optional(5), requantization,
            operation.Output);
    }

    private static IntegerConvolution Convolve(Convolution conv, IntegerOperands operands, Weights weights)
    {
        Shape w = operands.Matrix.Shape;
        int area = w[2] * w[3];
        MatrixSource layout = new(
            conv.Groups, w.Count / conv.Groups, [.. Enumerable.Range(0, area)], w[1], area, w[0] / conv.Groups, (long)w[1] * area);
        return new IntegerConvolution(
            operands, layout, WindowGeometry.Of(conv, operands.Data.Shape, operands.Output.Shape, w[2], w[3]), weights);
    }

    private static IntegerMatrices Multiply(IntegerOperands operands, Weights weights)
    {
        Shape a = operands.Data.Shape, b = operands.Matrix.Shape;
        int length = a[^1], rows = a.Rank > 1 ? a[^2] : 1, columns = b.Rank > 1 ? b[^1] : 1;
        Shape aBatch = new(a.Extents[..Math.Max(a.Rank - 2, 0)]), bBatch = new(b.Extents[..Math.Max(b.Rank - 2, 0)]);
        Shape batch = Shape.Broadcast(aBatch, bBatch);
        MatrixSource layout = new((int)bBatch.Count, (long)length * columns, [0], length, columns, columns, 1);
        return new IntegerMatrices(operands, layout, Matrices(aBatch, batch), Matrices(bBatch, batch), rows, weights);
    }

    /// <summary>For each matrix of the broadcast batch the one of the operand that stands there.</summary>
    private static int[] Matrices(Shape operand, Shape batch)
    {
        Nest nest = new(View.Dense(batch), View.Dense(operand).Broadcast(batch.Extents));
        int[] matrices = new int[batch.Count];
        for (Nest.Runs run = nest.Between(0, nest.Count); run.MoveNext();)
        {
            for (int i = 0; i < run.Length; i++) matrices[run[0] + i] = (int)(run[1] + i * nest.RowStride(1));
        }
        return matrices;
    }
}

/// <summary>A convolution of 8-bit integers; beyond the image lies the zero point, which stands for zero.</summary>
internal sealed unsafe class IntegerConvolution : IntegerProduct
{
    private readonly WindowGeometry _geometry;
    private readonly int _depth;
    private readonly float* _zeros;

    public IntegerConvolution(IntegerOperands operands, MatrixSource layout, WindowGeometry geometry, Weights weights)
        : base(operands, layout, layout.Matrices, geometry.Pixels, weights)
    {
        (_geometry, _depth) = (geometry, layout.Depth);
        _zeros = weights.Allocate<float>(layout.Depth);
    }

    protected override long OutputRow(int group, int row) => (long)row * _geometry.Output[3] + (long)group * Columns;

    protected override void FindRows(int group, int first, int count, float** table)
    {
        int height = _geometry.Input[1], width = _geometry.Input[2], channels = _geometry.Input[3], taps = _geometry.RowOf.Length;
        for (int i = 0; i < count; i++)
        {
            (int image, int pixel) = Math.DivRem(first + i, _geometry.Height * _geometry.Width);
            (int y, int x) = Math.DivRem(pixel, _geometry.Width);
            float** entry = table + (long)(i / Gemm.Rows) * taps * Gemm.Rows + i % Gemm.Rows;
            for (int t = 0; t < taps; t++)
            {
                int row = y * _geometry.StrideY + _geometry.RowOf[t], column = x * _geometry.StrideX + _geometry.ColumnOf[t];
                long at = (((long)image * height + row) * width + column) * channels + (long)group * _depth;
                entry[t * Gemm.Rows] = (uint)row < (uint)height && (uint)column < (uint)width ? Data.Floats + at : _zeros;
            }
        }
    }
}

/// <summary>Products of matrices of 8-bit integers, one for each element of the batch.</summary>
internal sealed unsafe class IntegerMatrices(
    IntegerOperands operands, MatrixSource layout, int[] left, int[] right, int rows, Weights weights)
    : IntegerProduct(operands, layout, left.Length, rows, weights)
{
    private readonly int _length = layout.Length;
    private readonly int _rows = rows;

    protected override int MatrixOf(int group) => right[group];

    protected override long OutputRow(int group, int row) => ((long)group * _rows + row) * Columns;

    protected override void FindRows(int group, int first, int count, float** table)
    {
        float* start = Data.Floats + ((long)left[group] * _rows + first) * _length;
        for (int i = 0; i < count; i++) table[i] = start + (long)i * _length;
    }
}
