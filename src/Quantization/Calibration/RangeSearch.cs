namespace EdgeCnn.Quantization.Calibration;

/// <summary>Chooses the range that is kept, from a histogram of all values.</summary>
public static class RangeSearch
{
    private const int Levels = 255;

    /// <summary>How many shares of the whole range are tried.</summary>
    private const int Steps = 128;

    public static ValueRange Find(Histogram values, RangeMethod method, double percentile) => method switch
    {
        RangeMethod.Percentile => values.Inner(1 - (percentile / 100)),
        RangeMethod.Entropy => Entropy(values),
        RangeMethod.Mse => LeastError(values),
        _ => new ValueRange(values.Low, values.High),
    };

    /// <summary>
    /// The bounds are drawn in one after the other, as long as clipping costs less than the finer steps win: a step of width d makes a mean
    /// squared error of d^2 / 12 inside of the range, and what lies outside errs by its distance.
    /// </summary>
    private static ValueRange LeastError(Histogram values)
    {
        ValueRange whole = new ValueRange(values.Low, values.High).Union(ValueRange.Empty), best = whole;
        double least = Error(values, best);
        for (int round = 0; round < 3; round++)
        {
            ValueRange before = best;
            for (int i = 1; i <= Steps; i++)
            {
                float share = (float)i / Steps;
                foreach (ValueRange candidate in new[] { best with { High = whole.High * share }, best with { Low = whole.Low * share } })
                {
                    if (candidate.High <= candidate.Low) continue;
                    double error = Error(values, candidate);
                    if (error < least) (least, best) = (error, candidate);
                }
            }
            if (best == before) break;
        }
        return best;
    }

    private static double Error(Histogram values, ValueRange range)
    {
        double step = ((double)range.High - range.Low) / Levels, inside = step * step / 12, sum = 0;
        for (int bin = 0; bin < values.Counts.Length; bin++)
        {
            long count = values.Counts[bin];
            if (count == 0) continue;
            double centre = values.Centre(bin), outside = Math.Max(Math.Max(range.Low - centre, centre - range.High), 0);
            sum += count * Math.Max(outside * outside, inside);
        }
        return sum;
    }

    /// <summary>
    /// The upper bound is drawn in, then the lower one; for each share the distribution, what lies outside heaped on the bounds, is
    /// compared with the same distribution after its bins have been merged into as many as there are levels (Migacz, "8-bit inference with
    /// TensorRT", 2017).
    /// </summary>
    private static ValueRange Entropy(Histogram values)
    {
        ValueRange whole = new ValueRange(values.Low, values.High).Union(ValueRange.Empty), best = whole;
        double least = double.PositiveInfinity;
        foreach (bool upper in new[] { true, false })
        {
            ValueRange start = best;
            for (int i = 0; i <= Steps; i++)
            {
                float share = (float)i / Steps;
                ValueRange candidate = upper ? start with { High = whole.High * share } : start with { Low = whole.Low * share };
                double divergence = Divergence(values, candidate);
                if (divergence < least) (least, best) = (divergence, candidate);
            }
        }
        return best;
    }

    private static double Divergence(Histogram values, ValueRange range)
    {
        int first = Bin(values, range.Low), count = Bin(values, range.High) - first + 1;
        if (count <= Levels) return double.PositiveInfinity;
        double[] original = new double[count];
        for (int bin = 0; bin < values.Counts.Length; bin++) original[Math.Clamp(bin - first, 0, count - 1)] += values.Counts[bin];
        double divergence = 0, total = original.Sum();
        for (int level = 0; level <= Levels; level++)
        {
            int from = (int)((long)count * level / (Levels + 1)), to = (int)((long)count * (level + 1) / (Levels + 1));
            double merged = 0;
            int occupied = 0;
            // What was heaped on the bounds is no part of what the integers can tell apart.
            for (int i = from; i < to; i++)
            {
                long inside = values.Counts[first + i];
                merged += inside;
                if (inside > 0) occupied++;
            }
            for (int i = from; i < to; i++)
            {
                if (original[i] == 0) continue;
                double spread = values.Counts[first + i] > 0 ? merged / occupied : 0;
                divergence += original[i] / total * Math.Log(original[i] / Math.Max(spread, 1e-4 * original[i]));
            }
        }
        return divergence;
    }

    private static int Bin(Histogram values, float value) =>
        Math.Clamp((int)((value - values.Low) / Math.Max(values.BinWidth, 1e-30)), 0, values.Counts.Length - 1);
}
