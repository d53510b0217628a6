namespace EdgeCnn.Training.Running;

/// <summary>How far a run has come.</summary>
/// <param name="Epoch">That it is in, counted from 1.</param>
/// <param name="Epochs">Of the whole run.</param>
/// <param name="StepInEpoch">Steps of this epoch that are done.</param>
/// <param name="StepsPerEpoch">Of how many.</param>
/// <param name="Loss">The mean over this epoch's steps.</param>
/// <param name="Rate">The learning rate of the last step.</param>
public readonly record struct StepReport(int Epoch, int Epochs, int StepInEpoch, int StepsPerEpoch, double Loss, double Rate)
{
    /// <summary>The share of the run that is done, 0 to 1.</summary>
    public double Share => (Epoch - 1 + ((double)StepInEpoch / StepsPerEpoch)) / Epochs;
}

/// <summary>How well a network does on pictures that it does not learn from.</summary>
/// <param name="Loss">The mean; null where it is not measured.</param>
/// <param name="Measure">What the score is: "top-1", "mAP@.5".</param>
/// <param name="Score">0 to 1, more is better.</param>
public sealed record ValidationResult(double? Loss, string Measure, double Score);
