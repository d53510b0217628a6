using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Losses;

/// <summary>
/// -sum q_i log p_i of a classifier's logits z with p = softmax(z); the gradient is p - q. Label smoothing (Szegedy 2015, "Rethinking the
/// Inception Architecture"): q is 1 - s for the class plus s / classes for each. Outputs after the first are auxiliary classifiers, which
/// count 0.3 (Szegedy 2014, "Going Deeper with Convolutions").
/// </summary>
/// <param name="smoothing">s, 0 to below 1.</param>
public sealed class SoftmaxCrossEntropy(double smoothing = 0) : ILoss
{
    private const double AuxiliaryWeight = 0.3;

    private readonly double _smoothing = smoothing is >= 0 and < 1
        ? smoothing
        : throw new ArgumentOutOfRangeException(nameof(smoothing), smoothing, "Label smoothing lies from 0 to below 1.");

    public LossValue Compute(TrainingNetwork network, ReadOnlySpan<Example> batch)
    {
        double total = 0;
        for (int output = 0; output < network.Outputs.Count; output++)
        {
            double weight = output == 0 ? 1 : AuxiliaryWeight;
            ReadOnlySpan<float> logits = network.Output(output);
            Span<float> gradient = network.OutputGradient(output);
            int classes = logits.Length / batch.Length;
            for (int n = 0; n < batch.Length; n++)
            {
                int row = n * classes;
                total += weight / batch.Length
                    * Row(logits.Slice(row, classes), Class(batch[n], classes), weight / batch.Length, gradient.Slice(row, classes));
            }
        }
        return LossValue.Of("cross entropy", total);
    }

    /// <summary>The class of a picture, which the network has to know.</summary>
    internal static int Class(Example example, int classes) => (uint)example.ClassId < (uint)classes
        ? example.ClassId
        : throw new DataException($"A picture is of class {example.ClassId}; the network tells {classes} apart, 0 to {classes - 1}.");

    /// <summary>The loss of one row of logits; its gradient, times <paramref name="factor"/>, is written.</summary>
    private double Row(ReadOnlySpan<float> logits, int target, double factor, Span<float> gradient)
    {
        (double largest, double logSum) = Softmax.LogSum(logits);
        double even = _smoothing / logits.Length, loss = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            double logP = logits[i] - largest - logSum;
            double q = even + (i == target ? 1 - _smoothing : 0);
            if (q > 0) loss -= q * logP;
            gradient[i] = (float)(factor * (Math.Exp(logP) - q));
        }
        return loss;
    }
}
