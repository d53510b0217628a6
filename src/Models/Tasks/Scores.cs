using System.Numerics;

namespace EdgeCnn.Models.Tasks;

/// <summary>Arithmetic on spans of scores.</summary>
internal static class Scores
{
    public static float Sigmoid(float logit) => 1 / (1 + MathF.Exp(-logit));

    /// <summary>The logit whose sigmoid is the probability; infinite at 0 and 1.</summary>
    public static float Logit(float probability) => MathF.Log(probability / (1 - probability));

    public static float Max(ReadOnlySpan<float> values)
    {
        float max = float.NegativeInfinity;
        int i = 0, lanes = Vector<float>.Count;
        if (values.Length >= lanes)
        {
            Vector<float> most = new(values);
            for (i = lanes; i <= values.Length - lanes; i += lanes) most = Vector.Max(most, new Vector<float>(values[i..]));
            for (int lane = 0; lane < lanes; lane++) max = Math.Max(max, most[lane]);
        }
        for (; i < values.Length; i++) max = Math.Max(max, values[i]);
        return max;
    }

    /// <summary>most[i] = max(most[i], values[i]).</summary>
    public static void Max(Span<float> most, ReadOnlySpan<float> values)
    {
        values = values[..most.Length];
        int i = 0;
        for (; i <= most.Length - Vector<float>.Count; i += Vector<float>.Count)
            Vector.Max(new Vector<float>(most[i..]), new Vector<float>(values[i..])).CopyTo(most[i..]);
        for (; i < most.Length; i++) most[i] = Math.Max(most[i], values[i]);
    }

    /// <summary>Exponentials divided by their sum, safe for large values.</summary>
    public static void Softmax(ReadOnlySpan<float> values, Span<float> probabilities)
    {
        float max = Max(values), sum = 0;
        for (int i = 0; i < values.Length; i++) sum += probabilities[i] = MathF.Exp(values[i] - max);
        for (int i = 0; i < values.Length; i++) probabilities[i] /= sum;
    }
}
