using System.Collections.Immutable;

namespace EdgeCnn.Models;

/// <summary>
/// ONNX Gemm-13: Alpha * A' B' + Beta * C, with A' (M x K) and B' (K x N) transposed if so marked. Inputs A, B, C (optional, broadcast to M
/// x N).
/// </summary>
public sealed record Gemm(float Alpha, float Beta, bool TransA, bool TransB) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(3, inputs);
        ValueInfo a = Required(inputs, 0, "A"), b = Required(inputs, 1, "B");
        Numeric(a);
        SameType(a, b);
        if (a.Shape.Rank != 2 || b.Shape.Rank != 2)
            throw new ModelException($"Its inputs have the shapes {a.Shape} and {b.Shape}; two matrices are needed.");
        (int m, int k) = TransA ? (a.Shape[1], a.Shape[0]) : (a.Shape[0], a.Shape[1]);
        (int k2, int n) = TransB ? (b.Shape[1], b.Shape[0]) : (b.Shape[0], b.Shape[1]);
        if (k != k2)
            throw new ModelException($"Matrices of shapes {a.Shape} and {b.Shape} (transposed: {TransA}, {TransB}) cannot be multiplied.");
        Shape y = new(m, n);
        if (Optional(inputs, 2) is { } c)
        {
            SameType(a, c);
            if (!Shape.Broadcast(c.Shape, y).Equals(y)) throw new ModelException($"Its C of shape {c.Shape} cannot be broadcast to {y}.");
        }
        return One(a.Type, y);
    }

    public override long MultiplyAdds(ReadOnlySpan<ValueInfo?> inputs, ReadOnlySpan<ValueInfo> outputs) =>
        outputs[0].Shape.Count * inputs[0]!.Shape[TransA ? 0 : 1];
}

/// <summary>
/// ONNX MatMul-13: products of the matrices in the last two axes, the axes before them broadcast, vectors treated as numpy.matmul does.
/// </summary>
public sealed record MatMul : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(2, inputs);
        ValueInfo a = Required(inputs, 0, "A"), b = Required(inputs, 1, "B");
        Numeric(a);
        SameType(a, b);
        return One(a.Type, Product(a.Shape, b.Shape));
    }

    public override long MultiplyAdds(ReadOnlySpan<ValueInfo?> inputs, ReadOnlySpan<ValueInfo> outputs) =>
        outputs[0].Shape.Count * inputs[0]!.Shape[^1];

    /// <summary>
    /// The shape of numpy.matmul(a, b): a vector on the left is a row, on the right a column, and its axis of 1 is dropped again.
    /// </summary>
    internal static Shape Product(Shape a, Shape b)
    {
        if (a.Rank == 0 || b.Rank == 0) throw new ModelException($"Scalars cannot be multiplied as matrices (shapes {a} and {b}).");
        int k = a[^1], rows = b.Rank == 1 ? b[0] : b[^2];
        if (k != rows) throw new ModelException($"Matrices of shapes {a} and {b} cannot be multiplied.");
        Shape batch = Shape.Broadcast(new Shape(a.Extents[..Math.Max(a.Rank - 2, 0)]), new Shape(b.Extents[..Math.Max(b.Rank - 2, 0)]));
        List<int> extents = [.. batch.Extents];
        if (a.Rank > 1) extents.Add(a[^2]);
        if (b.Rank > 1) extents.Add(b[^1]);
        return new Shape([.. extents]);
    }
}

/// <summary>
/// ONNX MatMulInteger-10: <see cref="MatMul"/> of UInt8 or Int8 matrices to Int32 sums. Inputs A, B, A zero point (scalar or per row,
/// optional), B zero point (scalar or per column, optional).
/// </summary>
public sealed record MatMulInteger : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(4, inputs);
        ValueInfo a = Required(inputs, 0, "A"), b = Required(inputs, 1, "B");
        OneOf(a, "A", ElementType.UInt8, ElementType.Int8);
        OneOf(b, "B", ElementType.UInt8, ElementType.Int8);
        if (Optional(inputs, 2) is { } aZero)
        {
            SameType(a, aZero);
            if (aZero.Shape.Count != 1) PerChannel(aZero, "A zero point", a.Shape.Rank > 1 ? a.Shape[^2] : 1);
        }
        if (Optional(inputs, 3) is { } bZero)
        {
            SameType(b, bZero);
            if (bZero.Shape.Count != 1) PerChannel(bZero, "B zero point", b.Shape.Rank > 0 ? b.Shape[^1] : 1);
        }
        return One(ElementType.Int32, MatMul.Product(a.Shape, b.Shape));
    }

    public override long MultiplyAdds(ReadOnlySpan<ValueInfo?> inputs, ReadOnlySpan<ValueInfo> outputs) =>
        outputs[0].Shape.Count * inputs[0]!.Shape[^1];
}

/// <summary>
/// ONNX QLinearMatMul-10. Inputs a, a scale, a zero point, b, b scale, b zero point, y scale, y zero point; b's scale and zero point may be
/// one per column. Output of y's type.
/// </summary>
public sealed record QLinearMatMul : QLinear
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(8, inputs);
        ValueInfo a = Argument(inputs, 0, "a"), y = Result(inputs, 6, "y");
        ValueInfo b = Required(inputs, 3, "b"), bScale = Required(inputs, 4, "b scale"), bZero = Required(inputs, 5, "b zero point");
        OneOf(b, "b", ElementType.UInt8, ElementType.Int8);
        OneOf(bScale, "b scale", ElementType.Float32);
        SameType(b, bZero);
        Shape shape = MatMul.Product(a.Shape, b.Shape);
        if (bScale.Shape.Count != 1) PerChannel(bScale, "b scale", b.Shape[^1]);
        if (bZero.Shape.Count != 1) PerChannel(bZero, "b zero point", b.Shape[^1]);
        return One(y.Type, shape);
    }

    public override long MultiplyAdds(ReadOnlySpan<ValueInfo?> inputs, ReadOnlySpan<ValueInfo> outputs) =>
        outputs[0].Shape.Count * inputs[0]!.Shape[^1];
}
