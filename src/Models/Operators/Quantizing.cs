using System.Collections.Immutable;

namespace EdgeCnn.Models;

/// <summary>
/// ONNX QuantizeLinear-21 without blocks: saturate(round half to even(x / scale) + zero point). Inputs x (Float32 or Int32), scale, zero
/// point (optional: 0); scale and zero point are scalar, or one value per extent of <paramref name="Axis"/>. Output of type <paramref
/// name="To"/>.
/// </summary>
public sealed record QuantizeLinear(int Axis, ElementType To, bool Saturate) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(3, inputs);
        ValueInfo x = Required(inputs, 0, "x"), scale = Required(inputs, 1, "scale");
        OneOf(x, "x", ElementType.Float32, ElementType.Float16, ElementType.Int32);
        Floating(scale);
        if (To is not (ElementType.UInt8 or ElementType.Int8 or ElementType.UInt16 or ElementType.Int16))
            throw new ModelException($"It cannot quantise to {To}; it makes 8 or 16 bit integers.");
        CheckScale(x, scale, Optional(inputs, 2), Axis);
        if (Optional(inputs, 2) is { } zero) OneOf(zero, "zero point", To);
        return One(To, x.Shape);
    }

    internal static void CheckScale(ValueInfo x, ValueInfo scale, ValueInfo? zero, int axis)
    {
        if (zero is not null && zero.Shape.Count != scale.Shape.Count)
            throw new ModelException($"Its scale has the shape {scale.Shape} and its zero point {zero.Shape}; they must be alike.");
        if (scale.Shape.Count == 1 && scale.Shape.Rank <= 1) return;
        Within(axis, x.Shape);
        if (scale.Shape.Rank != 1 || scale.Shape[0] != x.Shape[axis])
        {
            throw new ModelException(
                $"Its scale has the shape {scale.Shape}; one value is needed, or {x.Shape[axis]} for axis {axis} of {x.Shape}.");
        }
    }
}

/// <summary>
/// ONNX DequantizeLinear-21 without blocks: (x - zero point) * scale. Inputs x (integers), scale, zero point (optional: 0) as in
/// <see cref="QuantizeLinear"/>. Output of the scale's type.
/// </summary>
public sealed record DequantizeLinear(int Axis) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(3, inputs);
        ValueInfo x = Required(inputs, 0, "x"), scale = Required(inputs, 1, "scale");
        OneOf(x, "x", ElementType.UInt8, ElementType.Int8, ElementType.UInt16, ElementType.Int16, ElementType.Int32);
        Floating(scale);
        if (Optional(inputs, 2) is { } zero) SameType(x, zero);
        QuantizeLinear.CheckScale(x, scale, Optional(inputs, 2), Axis);
        return One(scale.Type, x.Shape);
    }
}

/// <summary>
/// ONNX DynamicQuantizeLinear-11: x (Float32) to UInt8 with a scale and zero point from its own range (which always holds zero). Outputs y,
/// y scale, y zero point (scalars).
/// </summary>
public sealed record DynamicQuantizeLinear : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "x");
        OneOf(x, "x", ElementType.Float32);
        return
        [
            new ValueInfo(ElementType.UInt8, x.Shape),
            new ValueInfo(ElementType.Float32, Shape.Scalar),
            new ValueInfo(ElementType.UInt8, Shape.Scalar),
        ];
    }
}
