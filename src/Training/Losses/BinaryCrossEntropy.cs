using EdgeCnn.Engine.Kernels.Pointwise;

namespace EdgeCnn.Training.Losses;

/// <summary>
/// -t log s(z) - (1 - t) log(1 - s(z)) of a logit z with the sigmoid s: softplus(z) - t z, so that nothing overflows; the gradient is
/// s(z) - t.
/// </summary>
internal static unsafe class BinaryCrossEntropy
{
    private const int Chunk = 256;

    private static readonly Map Softplus = Map.Of(default(FloatFunctions.Softplus));
    private static readonly Map Sigmoid = Map.Of(default(FloatFunctions.Sigmoid));

    /// <summary>Of one logit.</summary>
    public static double Of(double logit, double target, out double gradient)
    {
        double e = Math.Exp(-Math.Abs(logit)), sigmoid = logit >= 0 ? 1 / (1 + e) : e / (1 + e);
        gradient = sigmoid - target;
        return Math.Max(logit, 0) + Math.Log(1 + e) - target * logit;
    }

    /// <summary>
    /// The sum over logits whose targets are all 0; their gradients, times <paramref name="factor"/>, are written. A target t elsewhere is
    /// then t times the logit less in the sum, and t times the factor less in the gradient.
    /// </summary>
    public static double OfNegatives(ReadOnlySpan<float> logits, float factor, Span<float> gradient)
    {
        float* losses = stackalloc float[Chunk];
        double sum = 0;
        fixed (float* x = logits, y = gradient[..logits.Length])
        {
            for (int start = 0; start < logits.Length; start += Chunk)
            {
                int count = Math.Min(Chunk, logits.Length - start);
                Softplus.Apply(x + start, losses, count);
                Sigmoid.Apply(x + start, y + start, count);
                for (int i = 0; i < count; i++)
                {
                    sum += losses[i];
                    y[start + i] *= factor;
                }
            }
        }
        return sum;
    }
}
