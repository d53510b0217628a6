using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

internal static partial class GradientRules
{
    /// <summary>Normalised over the axes from one on to the last.</summary>
    private static void LayerNormalized(Backward at, LayerNormalization norm)
    {
        int[] axes = [.. Enumerable.Range(norm.Axis, at.Shape(at.X()).Rank - norm.Axis)];
        string normal = Normal(at, at.X(), axes, norm.Epsilon, out Func<string, string> toInput);
        if (at.Wants(0)) at.Give(0, toInput(at.Add(new Mul(), at.DY, at.X(1))));
        if (at.Wants(1)) at.GiveSummed(1, at.Add(new Mul(), at.DY, normal));
        if (at.Wants(2)) at.GiveSummed(2, at.DY);
    }

    /// <summary>Each image's channels normalised in groups; an instance normalisation has a channel in each.</summary>
    private static void GroupNormalized(Backward at, int groups, float epsilon)
    {
        Shape x = at.Shape(at.X());
        int channels = x[1];
        Shape grouped = new(x[0], groups, checked((int)(x.Count / Math.Max(1, (long)x[0] * groups))));
        Shape perChannel = new([.. Enumerable.Range(0, x.Rank).Select(axis => axis == 1 ? channels : 1)]);
        string normal = Normal(at, at.Reshape(at.X(), grouped), [2], epsilon, out Func<string, string> toGroups);
        if (at.Wants(0))
        {
            string scaled = at.Add(new Mul(), at.DY, at.Reshape(at.X(1), perChannel));
            at.Give(0, at.Reshape(toGroups(at.Reshape(scaled, grouped)), x));
        }
        if (at.Wants(1)) at.Give(1, PerChannel(at.Add(new Mul(), at.DY, at.Reshape(normal, x))));
        if (at.Wants(2)) at.Give(2, PerChannel(at.DY));

        string PerChannel(string gradient) => at.Reshape(at.SumTo(gradient, perChannel), new Shape(channels));
    }

    /// <summary>
    /// n = (x - mean) / d with d = sqrt(variance + epsilon), and what leads its gradient g back: dx = (g - mean(g) - n mean(g n)) / d,
    /// where means are over the same axes. Ba, Kiros, Hinton, "Layer Normalization", 2016.
    /// </summary>
    private static string Normal(Backward at, string x, int[] axes, float epsilon, out Func<string, string> toInput)
    {
        string centred = at.Add(new Sub(), x, Average(x));
        string variance = Average(at.Add(new Mul(), centred, centred));
        string inverse = at.Add(new Reciprocal(), at.Add(new Sqrt(), at.Add(new Add(), variance, at.Scalar(epsilon))));
        string normal = at.Add(new Mul(), centred, inverse);
        toInput = gradient =>
        {
            string along = at.Add(new Mul(), normal, Average(at.Add(new Mul(), gradient, normal)));
            string rest = at.Add(new Sub(), at.Add(new Sub(), gradient, Average(gradient)), along);
            return at.Add(new Mul(), rest, inverse);
        };
        return normal;

        string Average(string value) => at.Add(new ReduceMean([.. axes], KeepDims: true), value);
    }
}
