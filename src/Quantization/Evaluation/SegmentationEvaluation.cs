namespace EdgeCnn.Quantization.Evaluation;

/// <summary>
/// Counts, over all pixels of all pictures, which class was found where which one is true. Pixels whose truth is 255 do not count.
/// </summary>
public sealed class SegmentationEvaluation
{
    /// <summary>In masks: a pixel that does not count.</summary>
    public const byte Ignored = 255;

    private readonly int _classes;
    private readonly long[] _counts;

    /// <param name="classes">How many there are, 255 at most.</param>
    public SegmentationEvaluation(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(classes, Ignored);
        (_classes, _counts) = (classes, new long[classes * classes]);
    }

    /// <summary>Pictures evaluated.</summary>
    public int Images { get; private set; }

    /// <summary>How many of the pixels that count have the right class, 0 to 1.</summary>
    public double PixelAccuracy => _counts.Sum() is var all and > 0 ? (double)Enumerable.Range(0, _classes).Sum(Right) / all : 0;

    /// <summary>
    /// Intersection over union of each class that is true or was found somewhere: n_ii / (t_i + sum_j n_ji - n_ii), with n_ij pixels of
    /// class i taken for j and t_i pixels of class i (Long, Shelhamer, Darrell 2015, section 5; Everingham et al. 2010, section 4.1).
    /// </summary>
    public IReadOnlyDictionary<int, double> ByClass
    {
        get
        {
            SortedDictionary<int, double> shares = [];
            for (int i = 0; i < _classes; i++)
            {
                long right = Right(i), union = -right;
                for (int j = 0; j < _classes; j++) union += _counts[i * _classes + j] + _counts[j * _classes + i];
                if (union > 0) shares[i] = (double)right / union;
            }
            return shares;
        }
    }

    /// <summary>The mean of <see cref="ByClass"/>, 0 to 1.</summary>
    public double MeanIou => ByClass.Values.DefaultIfEmpty(0).Average();

    /// <summary>Takes in one picture.</summary>
    /// <param name="truth">The class of each pixel; <see cref="Ignored"/> where it does not count, and below the number of classes
    /// elsewhere.</param>
    /// <param name="found">The class of each pixel as the network has it.</param>
    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> found)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(found.Length, truth.Length);
        Images++;
        for (int i = 0; i < truth.Length; i++)
        {
            if (truth[i] != Ignored) _counts[truth[i] * _classes + found[i]]++;
        }
    }

    private long Right(int classId) => _counts[classId * _classes + classId];
}
