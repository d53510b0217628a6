namespace EdgeCnn.Training.Optimisers;

/// <summary>How weights follow their gradients. What is not said has the value that PyTorch gives it.</summary>
public sealed record OptimiserOptions
{
    public OptimiserKind Kind { get; init; } = OptimiserKind.AdamW;

    /// <summary>Share of the last step that the next one keeps; SGD only.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Whether SGD looks ahead by its momentum (Nesterov, 1983; in this form Sutskever et al., 2013).</summary>
    public bool Nesterov { get; init; }

    /// <summary>Share of the mean of gradients that the next one keeps; AdamW only.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Likewise, of their squares.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the mean square, so that nothing is divided by zero; AdamW only.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>What pulls weights to zero; biases and normalisation are left alone.</summary>
    public double WeightDecay { get; init; } = 0.01;
}

public enum OptimiserKind
{
    AdamW,
    Sgd,
}

/// <summary>What one step does to all parameters.</summary>
/// <param name="Rate">The learning rate.</param>
/// <param name="GradientFactor">What gradients are multiplied by first: below 1 where they are clipped.</param>
public readonly record struct StepSize(double Rate, double GradientFactor = 1);

/// <summary>
/// Changes parameters by their gradients, and remembers for each value what it needs. Knows parameters by their number alone, so that they
/// may lie anywhere. Elementwise IEEE arithmetic without fused operations: the same bits on every processor.
/// </summary>
public abstract class Optimiser
{
    private readonly float[][] _memory;

    /// <param name="perValue">How many numbers are remembered for each value.</param>
    /// <param name="counts">How many values each parameter has.</param>
    private protected Optimiser(int perValue, IReadOnlyList<int> counts)
    {
        PerValue = perValue;
        _memory = [.. counts.SelectMany(count => Enumerable.Range(0, perValue).Select(_ => new float[count]))];
    }

    /// <summary>
    /// What is remembered, zero in the beginning: for each parameter in turn, its arrays. To be saved, and written back to go on.
    /// </summary>
    public IReadOnlyList<float[]> Memory => _memory;

    /// <summary>Steps taken; set it together with <see cref="Memory"/> to go on.</summary>
    public long Steps { get; set; }

    private int PerValue { get; }

    /// <param name="options">Which one, and how.</param>
    /// <param name="counts">How many values each parameter has.</param>
    public static Optimiser Create(OptimiserOptions options, IReadOnlyList<int> counts) => options.Kind switch
    {
        OptimiserKind.Sgd => new Sgd(options, counts),
        _ => new AdamW(options, counts),
    };

    /// <summary>Begins the next step; every parameter is then updated once.</summary>
    public void Advance() => Steps++;

    /// <summary>Moves the values of one parameter.</summary>
    /// <param name="parameter">Its number.</param>
    /// <param name="values">Are changed.</param>
    /// <param name="gradient">Of the loss by each value.</param>
    /// <param name="size">Of this step.</param>
    /// <param name="decays">Whether weight decay applies.</param>
    public abstract void Update(int parameter, Span<float> values, ReadOnlySpan<float> gradient, StepSize size, bool decays);

    /// <summary>The arrays of one parameter.</summary>
    private protected Span<float> Remembered(int parameter, int which) => _memory[(parameter * PerValue) + which];
}
