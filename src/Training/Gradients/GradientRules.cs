using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>How the gradient of an operator's outputs becomes that of its inputs: the one table of what can be trained through.</summary>
internal static partial class GradientRules
{
    /// <summary>
    /// Whether the operator's derivative is zero wherever there is one, or its results are no floats: nothing goes back through it.
    /// </summary>
    public static bool IsCut(Operator op) =>
        op is Floor or Ceil or Round or Sign or Comparison or Logical or Not or IsNaN or ArgExtreme
            or BatchStatistics or MovingRange or Cast { To: not ElementType.Float32 };

    /// <returns>Null for operators without a rule.</returns>
    public static Action<Backward>? Of(Operator op) => op switch
    {
        Conv conv => at => Convolution(at, conv),
        ConvTranspose conv => at => TransposedConvolution(at, conv),
        Gemm gemm => at => GeneralProduct(at, gemm),
        MatMul => Product,
        Normalization norm => at => BatchNormalized(at, norm),
        BatchNormalization norm => at => Normalized(at, norm),
        LayerNormalization norm => at => LayerNormalized(at, norm),
        GroupNormalization norm => at => GroupNormalized(at, norm.Groups, norm.Epsilon),
        InstanceNormalization norm => at => GroupNormalized(at, at.Shape(at.X())[1], norm.Epsilon),
        Lrn lrn => at => at.Give(0, at.Add(new LrnGradient(lrn), at.X(), at.DY)),
        FakeQuantizedWeights => at => at.Give(0, at.DY),
        FakeQuantized => at => at.Give(0, at.Add(new FakeQuantizedGradient(), at.X(), at.DY, at.X(1), at.X(2))),
        DropoutMask mask => at => at.Give(0, at.Add(mask, at.DY, at.X(1))),
        Pooling or GlobalPooling => at => at.Give(0, at.Add(new PoolingGradient(at.Operator), at.X(), at.Y, at.DY)),
        Softmax softmax => at => SoftmaxLine(at, softmax.Axis),
        LogSoftmax softmax => at => LogSoftmaxLine(at, softmax.Axis),
        Dropout or Identity => at => at.Give(0, at.DY),
        Unary when ActivationGradient.IsKnown(op) => Activated,
        PRelu => Sloped,
        _ => Arithmetic(op) ?? Shaping(op),
    };

    private static void Activated(Backward at) =>
        at.Give(0, at.Add(new ActivationGradient(at.Operator), ActivationGradient.ReadsOutput(at.Operator) ? at.Y : at.X(), at.DY));

    /// <summary>x where it is positive; else slope * x.</summary>
    private static void Sloped(Backward at)
    {
        string above = at.Add(new ActivationGradient(new Relu()), at.X(), at.DY);
        string below = at.Add(new Sub(), at.DY, above);
        if (at.Wants(0)) at.Give(0, at.Add(new Add(), above, at.Add(new Mul(), below, at.X(1))));
        if (at.Wants(1)) at.GiveSummed(1, at.Add(new Mul(), below, at.X()));
    }

    /// <summary>dx = y (dy - sum of dy y along the line).</summary>
    private static void SoftmaxLine(Backward at, int axis)
    {
        string sum = at.Add(new ReduceSum([axis], KeepDims: true), at.Add(new Mul(), at.DY, at.Y));
        at.Give(0, at.Add(new Mul(), at.Y, at.Add(new Sub(), at.DY, sum)));
    }

    /// <summary>dx = dy - exp(y) sum of dy along the line.</summary>
    private static void LogSoftmaxLine(Backward at, int axis)
    {
        string sum = at.Add(new ReduceSum([axis], KeepDims: true), at.DY);
        at.Give(0, at.Add(new Sub(), at.DY, at.Add(new Mul(), at.Add(new Exp(), at.Y), sum)));
    }
}
