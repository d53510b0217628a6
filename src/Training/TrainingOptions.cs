namespace EdgeCnn.Training;

/// <summary>How a network is to be trained.</summary>
/// <param name="Batch">Examples of one step.</param>
/// <param name="Threads">How many threads work, the caller's among them; 0 means one for each physical core that the process may
/// use.</param>
public sealed record TrainingOptions(int Batch, int Threads = 0)
{
    /// <summary>
    /// Which constants learn, by name; null: all float weights, that is those of convolutions and products of matrices, biases, the scales
    /// and biases of batch normalisations, slopes of PRelu. A batch normalisation whose scale does not learn uses its running statistics
    /// and leaves them as they are.
    /// </summary>
    public Func<string, bool>? Learns { get; init; }

    /// <summary>Whether the derivative by the first input is wanted too.</summary>
    public bool InputGradients { get; init; }

    /// <summary>Names of intermediate values that are to be readable, and whose gradients are.</summary>
    public IReadOnlyList<string> Watched { get; init; } = [];

    /// <summary>Of the running statistics: running = (1 - m) * running + m * batch.</summary>
    public double BatchNormMomentum { get; init; } = 0.1;

    /// <summary>Of dropout masks: the same seed and step give the same masks.</summary>
    public ulong Seed { get; init; }

    /// <summary>Not null: the network learns to live with 8 bits; see there.</summary>
    public FakeQuantization? FakeQuantization { get; init; }

    /// <summary>Each step of the plan is timed.</summary>
    public bool Profile { get; init; }
}

/// <summary>
/// Quantisation-aware training (Jacob et al. 2018): on the way forth, what convolutions and products of matrices read is rounded as 8 bits
/// would: weights per output channel, activations in the moving average of their range, per channel before depthwise convolutions; on the
/// way back rounding is not there. What is exported is the float network, for the quantiser.
/// </summary>
/// <param name="RangeMomentum">Of the ranges: range = (1 - m) * range + m * the batch's.</param>
public sealed record FakeQuantization(double RangeMomentum = 0.01);
