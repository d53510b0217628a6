using System.Collections.Immutable;

namespace EdgeCnn.Models;

/// <summary>
/// ONNX BatchNormalization-15 in inference: scale * (X - mean) / sqrt(var + Epsilon) + B. Inputs X (N x C x ...), scale, B, mean, var (C
/// each).
/// </summary>
public sealed record BatchNormalization(float Epsilon) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(5, inputs);
        if (outputCount > 1)
            throw new ModelException("It is in training mode (running mean and variance as outputs); export the model for inference.");
        ValueInfo x = Required(inputs, 0, "X");
        Floating(x);
        if (x.Shape.Rank < 1) throw new ModelException("Its input is a scalar; N x C x ... is needed.");
        int channels = x.Shape.Rank > 1 ? x.Shape[1] : 1;
        PerChannel(Required(inputs, 1, "scale"), "scale", channels);
        PerChannel(Required(inputs, 2, "B"), "B", channels);
        PerChannel(Required(inputs, 3, "mean"), "mean", channels);
        PerChannel(Required(inputs, 4, "var"), "var", channels);
        return One(x.Type, x.Shape);
    }
}

/// <summary>
/// ONNX InstanceNormalization-6: each image's each channel is normalised by its own mean and variance. Inputs X (N x C x ...), scale, B (C
/// each).
/// </summary>
public sealed record InstanceNormalization(float Epsilon) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(3, inputs);
        ValueInfo x = Required(inputs, 0, "X");
        Floating(x);
        if (x.Shape.Rank < 3) throw new ModelException($"Its input has the shape {x.Shape}; N x C x spatial axes are needed.");
        PerChannel(Required(inputs, 1, "scale"), "scale", x.Shape[1]);
        PerChannel(Required(inputs, 2, "B"), "B", x.Shape[1]);
        return One(x.Type, x.Shape);
    }
}

/// <summary>
/// ONNX LayerNormalization-17: normalised over the axes from <paramref name="Axis"/> (not negative) to the last. Inputs X, scale, B
/// (optional), both broadcast to the normalised axes.
/// </summary>
public sealed record LayerNormalization(int Axis, float Epsilon) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(3, inputs);
        if (outputCount > 1) throw new ModelException("Its outputs of mean and standard deviation are not supported.");
        ValueInfo x = Required(inputs, 0, "X"), scale = Required(inputs, 1, "scale");
        Floating(x);
        Within(Axis, x.Shape);
        Fits(scale, "scale", x);
        if (Optional(inputs, 2) is { } bias) Fits(bias, "B", x);
        return One(x.Type, x.Shape);
    }

    private void Fits(ValueInfo input, string role, ValueInfo x)
    {
        SameType(x, input);
        Shape normalised = new(x.Shape.Extents[Axis..]);
        if (!Shape.Broadcast(input.Shape, normalised).Equals(normalised))
            throw new ModelException($"Its {role} of shape {input.Shape} does not fit {normalised}.");
    }
}

/// <summary>
/// ONNX GroupNormalization-21: the channels in <paramref name="Groups"/> groups, each normalised by its own mean and variance. Inputs X (N
/// x C x ...), scale, bias (C each).
/// </summary>
public sealed record GroupNormalization(float Epsilon, int Groups) : Operator
{
    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(3, inputs);
        ValueInfo x = Required(inputs, 0, "X");
        Floating(x);
        if (x.Shape.Rank < 2 || Groups < 1 || x.Shape[1] % Groups != 0)
            throw new ModelException($"An input of shape {x.Shape} cannot be split into {Groups} groups of channels.");
        PerChannel(Required(inputs, 1, "scale"), "scale", x.Shape[1]);
        PerChannel(Required(inputs, 2, "bias"), "bias", x.Shape[1]);
        return One(x.Type, x.Shape);
    }
}

/// <summary>
/// ONNX LRN-13, local response normalisation across channels (Krizhevsky et al. 2012): X / (Bias + Alpha / Size * sum of squares)^Beta, the
/// sum over the channels c - floor((Size - 1) / 2) to c + ceil((Size - 1) / 2).
/// </summary>
public sealed record Lrn(int Size, float Alpha, float Beta, float Bias) : Operator
{
    public override string Name => "LRN";

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount)
    {
        AtMost(1, inputs);
        ValueInfo x = Required(inputs, 0, "X");
        Floating(x);
        if (x.Shape.Rank < 2) throw new ModelException($"Its input has the shape {x.Shape}; N x C x ... is needed.");
        if (Size < 1) throw new ModelException($"Its size is {Size}; it must be at least 1.");
        return One(x.Type, x.Shape);
    }
}

/// <summary>ONNX LpNormalization-1: each line along the axis is divided by its p-norm, p = 1 or 2.</summary>
public sealed record LpNormalization(int Axis, int P) : AlongAxis(Axis)
{
    protected override void Check(ValueInfo x)
    {
        base.Check(x);
        if (P is not (1 or 2)) throw new ModelException($"Its p is {P}; it must be 1 or 2.");
    }
}
