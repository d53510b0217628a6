using System.Collections.Immutable;

namespace EdgeCnn.Models;

/// <summary>One input, one output of the same type and shape, each element by itself.</summary>
public abstract record Unary : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "X");
        Check(x);
        return One(x.Type, x.Shape);
    }

    protected virtual void Check(ValueInfo x) => Floating(x);
}

/// <summary>ONNX Relu-14: max(x, 0); also for signed integers.</summary>
public sealed record Relu : Unary
{
    protected override void Check(ValueInfo x) => Numeric(x);
}

/// <summary>ONNX LeakyRelu-16: x for x >= 0, else Alpha * x.</summary>
public sealed record LeakyRelu(float Alpha) : Unary;

/// <summary>ONNX PRelu-16: x for x >= 0, else slope * x. Inputs X and slope, which is broadcast to X.</summary>
public sealed record PRelu : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(2, inputs);
        ValueInfo x = Required(inputs, 0, "X"), slope = Required(inputs, 1, "slope");
        Numeric(x);
        SameType(x, slope);
        if (!Shape.Broadcast(x.Shape, slope.Shape).Equals(x.Shape))
            throw new ModelException($"Its slope of shape {slope.Shape} cannot be broadcast to {x.Shape}.");
        return One(x.Type, x.Shape);
    }
}

/// <summary>ONNX Elu-6: x for x >= 0, else Alpha * (exp(x) - 1).</summary>
public sealed record Elu(float Alpha) : Unary;

/// <summary>ONNX Selu-6: Gamma * (x for x > 0, else Alpha * (exp(x) - 1)).</summary>
public sealed record Selu(float Alpha, float Gamma) : Unary;

/// <summary>ONNX Celu-12: max(0, x) + min(0, Alpha * (exp(x / Alpha) - 1)).</summary>
public sealed record Celu(float Alpha) : Unary;

/// <summary>
/// ONNX Clip-13: min(max(x, Min), Max), for integers too; the bounds are -infinity and +infinity where the file leaves them out. Min above
/// Max gives Max. Bounds that are computed at run time are refused when a file is read.
/// </summary>
public sealed record Clip(float Min, float Max) : Unary
{
    protected override void Check(ValueInfo x) => Numeric(x);
}

/// <summary>ONNX Sigmoid-13: 1 / (1 + exp(-x)).</summary>
public sealed record Sigmoid : Unary;

/// <summary>ONNX HardSigmoid-6: max(0, min(1, Alpha * x + Beta)).</summary>
public sealed record HardSigmoid(float Alpha, float Beta) : Unary;

/// <summary>ONNX HardSwish-14: x * max(0, min(1, x / 6 + 0.5)).</summary>
public sealed record HardSwish : Unary;

/// <summary>
/// x * sigmoid(x) (Elfwing et al. 2017); ONNX knows it only from version 24 on, as Swish, so a file holds Sigmoid and Mul.
/// </summary>
public sealed record Silu : Unary;

/// <summary>ONNX Tanh-13.</summary>
public sealed record Tanh : Unary;

/// <summary>ONNX Softplus-1: ln(1 + exp(x)).</summary>
public sealed record Softplus : Unary;

/// <summary>ONNX Softsign-1: x / (1 + |x|).</summary>
public sealed record Softsign : Unary;

/// <summary>ONNX Mish-18: x * tanh(ln(1 + exp(x))).</summary>
public sealed record Mish : Unary;

/// <summary>
/// ONNX Gelu-20: 0.5 x (1 + erf(x / sqrt 2)), or with <paramref name="Tanh"/> its approximation 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715
/// x^3))).
/// </summary>
public sealed record Gelu(bool Tanh) : Unary;

/// <summary>ONNX Erf-13: the error function.</summary>
public sealed record Erf : Unary;

/// <summary>ONNX ThresholdedRelu-10: x for x > Alpha, else 0.</summary>
public sealed record ThresholdedRelu(float Alpha) : Unary;

/// <summary>ONNX Shrink-9: x + Bias for x &lt; -Lambda, x - Bias for x > Lambda, else 0.</summary>
public sealed record Shrink(float Lambda, float Bias) : Unary
{
    protected override void Check(ValueInfo x) => Numeric(x);
}

/// <summary>
/// What softmax and its kin share: each line along <paramref name="Axis"/> (resolved, not negative) is normalised by itself.
/// </summary>
public abstract record AlongAxis(int Axis) : Unary
{
    protected override void Check(ValueInfo x)
    {
        Floating(x);
        Within(Axis, x.Shape);
    }
}

/// <summary>
/// ONNX Softmax-13: exp(x) / sum of exp(x) along the axis. The flattening softmax before version 13 is translated when a file is read.
/// </summary>
public sealed record Softmax(int Axis) : AlongAxis(Axis);

/// <summary>ONNX LogSoftmax-13: the logarithm of <see cref="Softmax"/>.</summary>
public sealed record LogSoftmax(int Axis) : AlongAxis(Axis);
