using System.Collections.Immutable;

namespace EdgeCnn.Models;

/// <summary>
/// Operators on 8-bit tensors that carry scale and zero point as inputs: real value = scale * (stored value - zero point).
/// </summary>
public abstract record QLinear : Operator
{
    /// <summary>Checks the input at <paramref name="index"/> with its scale and zero point behind it.</summary>
    internal static ValueInfo Argument(ReadOnlySpan<ValueInfo?> inputs, int index, string role)
    {
        ValueInfo x = Get(inputs, index, role);
        if (x.Type is not (ElementType.UInt8 or ElementType.Int8))
            throw new ModelException($"Its {role} is {x.Type}; it takes UInt8 or Int8.");
        // The weights of a convolution may have a scale per channel; the convolution checks that itself.
        if (Result(inputs, index + 1, role).Type != x.Type)
            throw new ModelException($"Its {role} and the zero point of {role} are of different types.");
        return x;
    }

    /// <summary>
    /// The type that a result gets from its zero point, which lies behind its scale at <paramref name="index"/>; ONNX Runtime's extra
    /// operators default to UInt8.
    /// </summary>
    internal static ValueInfo Result(ReadOnlySpan<ValueInfo?> inputs, int index, string role, bool optional = false)
    {
        ValueInfo scale = Get(inputs, index, role + " scale");
        if (scale.Type != ElementType.Float32 || scale.Shape.Count != 1)
            throw new ModelException($"The scale of {role} is {scale}; one Float32 is needed.");
        ValueInfo? zero = index + 1 < inputs.Length ? inputs[index + 1] : null;
        if (zero is null)
        {
            return optional
                ? new ValueInfo(ElementType.UInt8, Shape.Scalar)
                : throw new ModelException($"Input {index + 1} ({role} zero point) is missing.");
        }
        if (zero.Type is not (ElementType.UInt8 or ElementType.Int8) || zero.Shape.Count != 1)
            throw new ModelException($"The zero point of {role} is {zero}; one UInt8 or Int8 is needed.");
        return zero;
    }

    private static ValueInfo Get(ReadOnlySpan<ValueInfo?> inputs, int index, string role) =>
        (index < inputs.Length ? inputs[index] : null) ?? throw new ModelException($"Input {index} ({role}) is missing.");
}

/// <summary>
/// com.microsoft.QLinearAdd and the like: A, A scale, A zero point, B, B scale, B zero point, C scale, C zero point; shapes are broadcast.
/// </summary>
public abstract record QLinearBinary : QLinear
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(8, inputs);
        ValueInfo a = Argument(inputs, 0, "A"), b = Argument(inputs, 3, "B");
        SameType(a, b);
        ValueInfo c = Result(inputs, 6, "C", optional: true);
        SameType(a, c);
        return One(c.Type, Shape.Broadcast(a.Shape, b.Shape));
    }
}

public sealed record QLinearAdd : QLinearBinary;

public sealed record QLinearMul : QLinearBinary;

/// <summary>com.microsoft.QLinearSigmoid and the like: X, X scale, X zero point, Y scale, Y zero point; the shape stays.</summary>
public abstract record QLinearUnary : QLinear
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(5, inputs);
        ValueInfo x = Argument(inputs, 0, "X");
        ValueInfo y = Result(inputs, 3, "Y", optional: true);
        SameType(x, y);
        return One(y.Type, Output(x.Shape));
    }

    protected virtual Shape Output(Shape x) => x;
}

public sealed record QLinearSigmoid : QLinearUnary;

public sealed record QLinearLeakyRelu(float Alpha) : QLinearUnary;

/// <summary>com.microsoft.QLinearGlobalAveragePool (N x C x H x W to N x C x 1 x 1).</summary>
public sealed record QLinearGlobalAveragePool : QLinearUnary
{
    protected override Shape Output(Shape x) => GlobalPooling.Output(x);
}

/// <summary>com.microsoft.QLinearAveragePool: <see cref="AveragePool"/> between 8-bit tensors.</summary>
public sealed record QLinearAveragePool(
    ImmutableArray<int> Kernel,
    ImmutableArray<int> Strides,
    ImmutableArray<int> Pads,
    ImmutableArray<int> Dilations,
    bool CeilMode,
    bool CountIncludePad)
    : QLinearUnary
{
    protected override Shape Output(Shape x) => Pooling.Output(x, Kernel, Strides, Pads, Dilations, CeilMode);
}

/// <summary>
/// com.microsoft.QLinearConcat: Y scale, Y zero point, then X, X scale, X zero point for each part; joined along <paramref name="Axis"/>.
/// </summary>
public sealed record QLinearConcat(int Axis) : QLinear
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        if (inputs.Length < 5 || inputs.Length % 3 != 2) throw new ModelException($"It takes 2 + 3n inputs, not {inputs.Length}.");
        ValueInfo y = Result(inputs, 0, "Y");
        List<Shape> parts = [];
        for (int i = 2; i < inputs.Length; i += 3)
        {
            ValueInfo x = Argument(inputs, i, "X");
            SameType(y, x);
            parts.Add(x.Shape);
        }
        return One(y.Type, Concat.Join(parts, Axis));
    }
}
