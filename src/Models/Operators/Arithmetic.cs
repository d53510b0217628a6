using System.Collections.Immutable;

namespace EdgeCnn.Models;

/// <summary>Element by element over two inputs of one type, shapes broadcast as numpy does.</summary>
public abstract record Binary : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(2, inputs);
        ValueInfo a = Required(inputs, 0, "A"), b = Required(inputs, 1, "B");
        Check(a, b);
        return One(Result(a.Type), Shape.Broadcast(a.Shape, b.Shape));
    }

    protected virtual void Check(ValueInfo a, ValueInfo b)
    {
        Numeric(a);
        SameType(a, b);
    }

    protected virtual ElementType Result(ElementType operands) => operands;
}

/// <summary>ONNX Add-14.</summary>
public sealed record Add : Binary;

/// <summary>ONNX Sub-14.</summary>
public sealed record Sub : Binary;

/// <summary>ONNX Mul-14.</summary>
public sealed record Mul : Binary;

/// <summary>ONNX Div-14; integers are divided towards zero.</summary>
public sealed record Div : Binary;

/// <summary>ONNX Pow-15: A to the power of B; B may be of another numeric type, the result is of A's.</summary>
public sealed record Pow : Binary
{
    protected override void Check(ValueInfo a, ValueInfo b)
    {
        Numeric(a);
        Numeric(b);
    }
}

/// <summary>
/// ONNX Mod-13: the remainder with the sign of B (integers only), or with <paramref name="Fmod"/> with the sign of A as C's fmod.
/// </summary>
public sealed record Mod(bool Fmod) : Binary
{
    protected override void Check(ValueInfo a, ValueInfo b)
    {
        base.Check(a, b);
        if (!Fmod && a.Type.IsFloat()) throw new ModelException("It takes floating point only with fmod = 1.");
    }
}

/// <summary>Two inputs of one type to Bool.</summary>
public abstract record Comparison : Binary
{
    protected override ElementType Result(ElementType operands) => ElementType.Bool;
}

/// <summary>ONNX Equal-13; also for Bool.</summary>
public sealed record Equal : Comparison
{
    protected override void Check(ValueInfo a, ValueInfo b) => SameType(a, b);
}

/// <summary>ONNX Greater-13.</summary>
public sealed record Greater : Comparison;

/// <summary>ONNX GreaterOrEqual-16.</summary>
public sealed record GreaterOrEqual : Comparison;

/// <summary>ONNX Less-13.</summary>
public sealed record Less : Comparison;

/// <summary>ONNX LessOrEqual-16.</summary>
public sealed record LessOrEqual : Comparison;

/// <summary>Two Bool inputs to Bool.</summary>
public abstract record Logical : Binary
{
    protected override void Check(ValueInfo a, ValueInfo b)
    {
        OneOf(a, "A", ElementType.Bool);
        OneOf(b, "B", ElementType.Bool);
    }
}

/// <summary>ONNX And-7.</summary>
public sealed record And : Logical;

/// <summary>ONNX Or-7.</summary>
public sealed record Or : Logical;

/// <summary>ONNX Xor-7.</summary>
public sealed record Xor : Logical;

/// <summary>Element by element over one input or more of one type, shapes broadcast together.</summary>
public abstract record Variadic : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        ValueInfo first = Required(inputs, 0, "data_0");
        Check(first);
        Shape shape = first.Shape;
        for (int i = 1; i < inputs.Length; i++)
        {
            ValueInfo other = Required(inputs, i, "data_" + i);
            SameType(first, other);
            shape = Shape.Broadcast(shape, other.Shape);
        }
        return One(first.Type, shape);
    }

    protected virtual void Check(ValueInfo first) => Numeric(first);
}

/// <summary>ONNX Min-13.</summary>
public sealed record Min : Variadic;

/// <summary>ONNX Max-13.</summary>
public sealed record Max : Variadic;

/// <summary>ONNX Sum-13.</summary>
public sealed record Sum : Variadic
{
    protected override void Check(ValueInfo first) => Floating(first);
}

/// <summary>ONNX Mean-13.</summary>
public sealed record Mean : Variadic
{
    protected override void Check(ValueInfo first) => Floating(first);
}

/// <summary>ONNX Where-16. Inputs condition (Bool), X, Y (of one type), broadcast together: X where the condition holds, else Y.</summary>
public sealed record Where : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(3, inputs);
        ValueInfo condition = Required(inputs, 0, "condition"), x = Required(inputs, 1, "X"), y = Required(inputs, 2, "Y");
        OneOf(condition, "condition", ElementType.Bool);
        SameType(x, y);
        return One(x.Type, Shape.Broadcast(condition.Shape, x.Shape, y.Shape));
    }
}

/// <summary>One numeric input, integers too.</summary>
public abstract record NumericUnary : Unary
{
    protected override void Check(ValueInfo x) => Numeric(x);
}

/// <summary>ONNX Neg-13.</summary>
public sealed record Neg : NumericUnary;

/// <summary>ONNX Abs-13.</summary>
public sealed record Abs : NumericUnary;

/// <summary>ONNX Sign-13: -1, 0 or 1.</summary>
public sealed record Sign : NumericUnary;

/// <summary>ONNX Sqrt-13.</summary>
public sealed record Sqrt : Unary;

/// <summary>ONNX Exp-13.</summary>
public sealed record Exp : Unary;

/// <summary>ONNX Log-13: the natural logarithm.</summary>
public sealed record Log : Unary;

/// <summary>ONNX Floor-13.</summary>
public sealed record Floor : Unary;

/// <summary>ONNX Ceil-13.</summary>
public sealed record Ceil : Unary;

/// <summary>ONNX Round-11: halves to the even neighbour.</summary>
public sealed record Round : Unary;

/// <summary>ONNX Reciprocal-13.</summary>
public sealed record Reciprocal : Unary;

/// <summary>ONNX Sin-7.</summary>
public sealed record Sin : Unary;

/// <summary>ONNX Cos-7.</summary>
public sealed record Cos : Unary;

/// <summary>ONNX Tan-7.</summary>
public sealed record Tan : Unary;

/// <summary>ONNX Asin-7.</summary>
public sealed record Asin : Unary;

/// <summary>ONNX Acos-7.</summary>
public sealed record Acos : Unary;

/// <summary>ONNX Atan-7.</summary>
public sealed record Atan : Unary;

/// <summary>ONNX Not-1: Bool to Bool.</summary>
public sealed record Not : Unary
{
    protected override void Check(ValueInfo x) => OneOf(x, "X", ElementType.Bool);
}

/// <summary>ONNX IsNaN-13: floating point to Bool.</summary>
public sealed record IsNaN : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "X");
        Floating(x);
        return One(ElementType.Bool, x.Shape);
    }
}
