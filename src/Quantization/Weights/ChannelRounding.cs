namespace EdgeCnn.Quantization.Weights;

/// <summary>Turns the weights of one output channel into 8-bit integers and a scale.</summary>
/// <param name="groups">Weights whose sums are bounded (<see cref="OverflowGroups"/>).</param>
internal sealed class ChannelRounding(int[][] groups)
{
    private const int Largest = 127;

    /// <summary>Scales that are tried: from one that clips the largest weights up to the one that clips nothing.</summary>
    private const int Candidates = 24;

    private const double Finest = 0.6;

    /// <summary>
    /// The scale and the integers whose error weighs least. Clipping a few large weights, or a few groups, can cost less than coarser
    /// steps for all.
    /// </summary>
    /// <param name="weights">In order of k.</param>
    /// <param name="importance">What a squared error of each weight weighs: the mean square of what it multiplies.</param>
    /// <param name="least">No scale below this one.</param>
    /// <param name="rounded">The integers.</param>
    /// <returns>The scale.</returns>
    public float Round(ReadOnlySpan<float> weights, ReadOnlySpan<double> importance, float least, Span<sbyte> rounded)
    {
        (double finest, double safe) = Bounds(weights);
        if (safe == 0)
        {
            rounded.Clear();
            return Math.Max(least, 1f / Largest);
        }
        sbyte[] candidate = new sbyte[weights.Length];
        double leastError = double.PositiveInfinity;
        float best = 0;
        for (int i = 0; i <= Candidates; i++)
        {
            float scale = Math.Max((float)(finest * Finest * Math.Pow(safe / (finest * Finest), (double)i / Candidates)), least);
            double error = RoundAt(scale, weights, importance, candidate);
            if (error >= leastError) continue;
            (leastError, best) = (error, scale);
            candidate.CopyTo(rounded);
        }
        return best;
    }

    /// <summary>The scale at which the largest weight is 127, and the one at which every group fits too.</summary>
    private (double Finest, double Safe) Bounds(ReadOnlySpan<float> weights)
    {
        double largest = 0;
        foreach (float weight in weights) largest = Math.Max(largest, Math.Abs((double)weight));
        double safe = largest / Largest;
        foreach (int[] group in groups)
        {
            double positive = 0, negative = 0;
            foreach (int k in group)
            {
                if (weights[k] > 0) positive += weights[k];
                else negative -= weights[k];
            }
            safe = Math.Max(safe, Math.Max(positive, negative) / OverflowGroups.Bound);
        }
        return (largest / Largest, safe);
    }

    /// <returns>The weighted squared error.</returns>
    private double RoundAt(float scale, ReadOnlySpan<float> weights, ReadOnlySpan<double> importance, Span<sbyte> rounded)
    {
        for (int k = 0; k < weights.Length; k++) rounded[k] = (sbyte)Math.Clamp(MathF.Round(weights[k] / scale), -Largest, Largest);
        foreach (int[] group in groups)
        {
            Fit(group, 1, weights, importance, scale, rounded);
            Fit(group, -1, weights, importance, scale, rounded);
        }
        double error = 0;
        for (int k = 0; k < weights.Length; k++)
        {
            double difference = weights[k] - ((double)scale * rounded[k]);
            error += importance[k] * difference * difference;
        }
        return error;
    }

    /// <summary>Takes units away from the weights of one sign, always where it hurts least, until the group keeps to its bound.</summary>
    private static void Fit(
        int[] group, int sign, ReadOnlySpan<float> weights, ReadOnlySpan<double> importance, float scale, Span<sbyte> rounded)
    {
        int sum = 0;
        foreach (int k in group) sum += Math.Max(rounded[k] * sign, 0);
        for (; sum > OverflowGroups.Bound; sum--)
        {
            int cheapest = -1;
            double least = double.PositiveInfinity;
            foreach (int k in group)
            {
                if (rounded[k] * sign <= 0) continue;
                // (d + scale)^2 - d^2, with d what is missing already.
                double missing = (weights[k] - ((double)scale * rounded[k])) * sign, cost = importance[k] * ((2 * missing) + scale);
                if (cost < least) (least, cheapest) = (cost, k);
            }
            rounded[cheapest] -= (sbyte)sign;
        }
    }
}
