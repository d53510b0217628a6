namespace EdgeCnn.Quantization;

/// <summary>How the range of an activation is chosen from what calibration saw.</summary>
public enum RangeMethod
{
    /// <summary>The given share of all values lies inside; what lies outside is clipped.</summary>
    Percentile,
    /// <summary>Nothing is clipped.</summary>
    MinMax,
    /// <summary>The quantised distribution tells the least apart from the original one (Kullback-Leibler divergence).</summary>
    Entropy,
    /// <summary>Clipping and rounding together make the least mean squared error.</summary>
    Mse,
}

/// <summary>
/// What an output channel's weight scale leaves room for. Products of an unsigned and a signed byte are summed in 16 bits by the fastest
/// instructions of x86 (vpmaddubsw); weights whose sums cannot leave 16 bits let an engine use them without ever saturating.
/// </summary>
public enum WeightRange
{
    /// <summary>The largest weight is 127: the finest steps.</summary>
    Full,
    /// <summary>No two neighbouring products can leave 16 bits.</summary>
    Pair,
    /// <summary>No two pairs of neighbouring products can, summed one after the other.</summary>
    Chain2,
    /// <summary>No four pairs can.</summary>
    Chain4,
}

/// <summary>Where QuantizeLinear and DequantizeLinear go.</summary>
public enum QdqStyle
{
    /// <summary>
    /// Only where 8-bit tensors are to exist: activations and residuals are computed from the 32-bit sums of the convolution before.
    /// </summary>
    Lean,
    /// <summary>Around every operator and one scale per tensor, as ONNX Runtime's kernels want it.</summary>
    Full,
}

/// <summary>How a network is quantised.</summary>
public sealed record QuantizationOptions
{
    /// <summary>
    /// Objects take up little of most pictures, so what tells them is rare: cutting off a ten-thousandth, which serves classifiers, costs
    /// detectors 2 to 6 dB in their scores.
    /// </summary>
    public const double DefaultPercentile = 99.999;

    public RangeMethod Method { get; init; } = RangeMethod.Percentile;

    /// <summary>
    /// For <see cref="RangeMethod.Percentile"/>: the share of values, in percent, that are not above the range; as many are not below it.
    /// </summary>
    public double Percentile { get; init; } = DefaultPercentile;

    public WeightRange Weights { get; init; } = WeightRange.Chain2;

    public QdqStyle Style { get; init; } = QdqStyle.Lean;

    /// <summary>Channels of neighbouring layers are brought to ranges that one scale suits, where that makes less noise.</summary>
    public bool Equalize { get; init; } = true;

    /// <summary>Names of nodes that stay float.</summary>
    public IReadOnlySet<string> Keep { get; init; } = new HashSet<string>();

    /// <summary>Threads that compute; 0: all cores.</summary>
    public int Threads { get; init; }
}
