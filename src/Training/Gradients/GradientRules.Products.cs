using System.Collections.Immutable;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

internal static partial class GradientRules
{
    /// <summary>
    /// The gradient to the input is the transposed convolution of the gradient with the same weights: a full convolution with the kernel
    /// rotated by 180 degrees, over the gradient spread by the stride (Dumoulin and Visin, "A guide to convolution arithmetic for deep
    /// learning", 2016, relationship 14).
    /// </summary>
    private static void Convolution(Backward at, Conv conv)
    {
        Shape x = at.Shape(at.X()), w = at.Shape(at.X(1)), y = at.Shape(at.Y);
        if (at.Wants(0))
        {

            bool depthwise = conv.Groups > 1 && w[1] == 1 && w[0] == conv.Groups;
            Operator op = depthwise
                ? new DepthwiseInputGradient(conv, x)
                : new ConvTranspose(conv.Strides, conv.Pads, conv.Dilations, [Left(0), Left(1)], conv.Groups);
            at.Give(0, at.Add(op, at.DY, at.X(1)));
        }
        if (at.Wants(1)) at.Give(1, at.Add(new ConvWeightGradient(conv, w), at.X(), at.DY));
        if (at.Wants(2)) at.Give(2, at.Add(new ChannelSums(), at.DY));

        // Pixels at the end that no window reached.
        int Left(int axis) => x[2 + axis] + conv.Pads[axis] + conv.Pads[axis + 2]
            - (w[2 + axis] - 1) * conv.Dilations[axis] - 1 - (y[2 + axis] - 1) * conv.Strides[axis];
    }

    /// <summary>The roles of input and gradient are exchanged: the gradient to the input is an ordinary convolution.</summary>
    private static void TransposedConvolution(Backward at, ConvTranspose transposed)
    {
        Conv conv = new(transposed.Strides, transposed.Pads, transposed.Dilations, transposed.Groups);
        if (at.Wants(0))
        {
            string dx = at.Add(conv, at.DY, at.X(1));
            Shape x = at.Shape(at.X());
            if (!at.Shape(dx).Equals(x)) dx = at.Add(new Slice([0, 0, 0, 0], [1, 1, 1, 1], [.. x]), dx);
            at.Give(0, dx);
        }
        if (at.Wants(1)) at.Give(1, at.Add(new ConvWeightGradient(conv, at.Shape(at.X(1))), at.DY, at.X()));
        if (at.Wants(2)) at.Give(2, at.Add(new ChannelSums(), at.DY));
    }

    /// <summary>Y = alpha A' B' + beta C: dA' = alpha dY B'^T and dB' = alpha A'^T dY.</summary>
    private static void GeneralProduct(Backward at, Gemm gemm)
    {
        (bool ta, bool tb) = (gemm.TransA, gemm.TransB);
        if (at.Wants(0))
        {
            at.Give(0, ta
                ? at.Add(new Gemm(gemm.Alpha, 0, tb, true), at.X(1), at.DY)
                : at.Add(new Gemm(gemm.Alpha, 0, false, !tb), at.DY, at.X(1)));
        }
        if (at.Wants(1))
        {
            at.Give(1, tb
                ? at.Add(new Gemm(gemm.Alpha, 0, true, ta), at.DY, at.X())
                : at.Add(new Gemm(gemm.Alpha, 0, !ta, false), at.X(), at.DY));
        }
        if (at.Wants(2)) at.GiveSummed(2, gemm.Beta == 1 ? at.DY : at.Add(new Mul(), at.DY, at.Scalar(gemm.Beta)));
    }

    private static void Product(Backward at)
    {
        Shape a = at.Shape(at.X()), b = at.Shape(at.X(1)), y = at.Shape(at.Y);
        if (a.Rank < 2 || b.Rank < 2)
            throw new ModelException($"MatMul of {a} and {b}: training takes matrices, not vectors; reshape them.");
        if (at.Wants(0)) at.GiveSummed(0, at.Add(new MatMul(), at.DY, at.Add(new Transpose(LastTwoSwapped(b.Rank)), at.X(1))));
        if (!at.Wants(1)) return;
        if (b.Rank == 2)
        {
            // All rows of all matrices of A meet the same B.
            string rows = at.Reshape(at.X(), new Shape(checked((int)(a.Count / a[^1])), a[^1]));
            string gradient = at.Reshape(at.DY, new Shape(checked((int)(y.Count / y[^1])), y[^1]));
            at.Give(1, at.Add(new Gemm(1, 0, true, false), rows, gradient));
            return;
        }
        at.GiveSummed(1, at.Add(new MatMul(), at.Add(new Transpose(LastTwoSwapped(a.Rank)), at.X()), at.DY));
    }

    private static ImmutableArray<int> LastTwoSwapped(int rank) => [.. Enumerable.Range(0, rank - 2), rank - 1, rank - 2];

    private static void BatchNormalized(Backward at, Normalization norm)
    {
        string[] sums = at.AddMany(
            new NormalizationSums(norm), norm.Activation is null ? 2 : 3, at.X(), at.DY, at.X(1), at.X(2), at.X(3), at.X(4));
        string dz = norm.Activation is null ? at.DY : sums[2];
        if (at.Wants(0)) at.Give(0, at.Add(new NormalizationGradient(norm), at.X(), dz, at.X(1), at.X(3), at.X(4), sums[0], sums[1]));
        if (at.Wants(1)) at.Give(1, sums[0]);
        if (at.Wants(2)) at.Give(2, sums[1]);
    }

    /// <summary>With statistics that do not depend on the batch: a factor and a summand for each channel.</summary>
    private static void Normalized(Backward at, BatchNormalization norm)
    {
        Shape x = at.Shape(at.X());
        Shape perChannel = new([.. Enumerable.Range(0, x.Rank).Select(axis => axis == 1 || x.Rank == 1 ? x[axis] : 1)]);
        if (at.Constant(1) is not { } scale || at.Constant(3) is null || at.Constant(4) is not { } variance)
            throw new ModelException(
                "A batch normalisation is trained with constants for its scale, mean and variance; here they are computed.");
        float[] factor = scale.As<float>().ToArray();
        ReadOnlySpan<float> variances = variance.As<float>();
        for (int c = 0; c < factor.Length; c++) factor[c] /= MathF.Sqrt(variances[c] + norm.Epsilon);
        if (at.Wants(0)) at.Give(0, at.Add(new Mul(), at.DY, at.Constant("factor", Tensor.Of(perChannel, factor))));
        if (at.Wants(2)) at.Give(2, at.Add(new ChannelSums(), at.DY));
    }
}
