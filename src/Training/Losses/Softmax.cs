namespace EdgeCnn.Training.Losses;

/// <summary>exp(z_i) / sum exp(z_j), relative to the largest so that nothing overflows.</summary>
internal static class Softmax
{
    /// <summary>The largest logit, and the logarithm of the sum of exponentials relative to it: log p_i = z_i - Largest - LogSum.</summary>
    public static (double Largest, double LogSum) LogSum(ReadOnlySpan<float> logits)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits) largest = Math.Max(largest, logit);
        foreach (float logit in logits) sum += Math.Exp(logit - largest);
        return (largest, Math.Log(sum));
    }

    /// <summary>The probabilities; returns the logarithm of what each exponential was divided by, so that log p_i = z_i - result.</summary>
    public static double Probabilities(ReadOnlySpan<float> logits, Span<double> probabilities)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits) largest = Math.Max(largest, logit);
        for (int i = 0; i < logits.Length; i++) sum += probabilities[i] = Math.Exp(logits[i] - largest);
        for (int i = 0; i < logits.Length; i++) probabilities[i] /= sum;
        return largest + Math.Log(sum);
    }
}
