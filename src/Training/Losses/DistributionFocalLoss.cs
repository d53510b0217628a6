namespace EdgeCnn.Training.Losses;

/// <summary>
/// A distance as a distribution over bins 0, 1, 2 ...: its loss is the cross entropy with the two bins beside the true distance, each by
/// its closeness, and its value the mean. Li 2020, "Generalized Focal Loss".
/// </summary>
internal static class DistributionFocalLoss
{
    /// <summary>The mean bin.</summary>
    public static double Mean(ReadOnlySpan<double> probabilities)
    {
        double mean = 0;
        for (int bin = 1; bin < probabilities.Length; bin++) mean += bin * probabilities[bin];
        return mean;
    }

    /// <param name="logits">Of the bins.</param>
    /// <param name="probabilities">Their softmax.</param>
    /// <param name="logSum">What <see cref="Softmax.Probabilities"/> returned.</param>
    /// <param name="distance">The true one, in bins; beyond the last bin it counts as just before it.</param>
    /// <param name="gradient">d(loss) / d(logit).</param>
    public static double Of(
        ReadOnlySpan<float> logits, ReadOnlySpan<double> probabilities, double logSum, double distance, Span<double> gradient)
    {
        distance = Math.Clamp(distance, 0, Farthest(logits.Length));
        int lower = (int)distance;
        double upperShare = distance - lower, lowerShare = 1 - upperShare;
        probabilities.CopyTo(gradient);
        gradient[lower] -= lowerShare;
        gradient[lower + 1] -= upperShare;
        return logSum - lowerShare * logits[lower] - upperShare * logits[lower + 1];
    }

    /// <summary>The greatest distance that bins can tell, a little before the last one so that two bins lie beside it.</summary>
    public static double Farthest(int bins) => bins - 1 - 0.01;
}
