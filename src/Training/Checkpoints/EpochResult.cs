namespace EdgeCnn.Training.Checkpoints;

/// <summary>What an epoch came to.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Steps">Since the run began.</param>
/// <param name="Rate">The learning rate of its last step.</param>
/// <param name="Loss">The mean over its steps.</param>
/// <param name="Parts">What the loss is the sum of, by name; empty where it is one thing.</param>
/// <param name="ValidationLoss">On pictures that are not learned from; null where it was not measured.</param>
/// <param name="Measure">What <paramref name="Score"/> is: "top-1", "mAP@.5"; null where there is no validation.</param>
/// <param name="Score">On pictures that are not learned from, 0 to 1, more is better.</param>
/// <param name="Best">Whether no epoch before was as good.</param>
/// <param name="Seconds">That learning and validating took.</param>
public sealed record EpochResult(
    int Epoch,
    long Steps,
    double Rate,
    double Loss,
    IReadOnlyDictionary<string, double> Parts,
    double? ValidationLoss,
    string? Measure,
    double? Score,
    bool Best,
    double Seconds);
