using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Losses;

/// <summary>
/// -(1 - p)^gamma log p of the probability p that a classifier's logits give the right class: what is easy counts less. Lin 2017, "Focal
/// Loss for Dense Object Detection", over a softmax; gamma 0 is cross entropy.
/// </summary>
/// <param name="gamma">0 and up; 2 in the paper.</param>
public sealed class FocalLoss(double gamma = 2) : ILoss
{
    private readonly double _gamma = gamma >= 0
        ? gamma
        : throw new ArgumentOutOfRangeException(nameof(gamma), gamma, "Gamma is not negative.");

    public LossValue Compute(TrainingNetwork network, ReadOnlySpan<Example> batch)
    {
        ReadOnlySpan<float> logits = network.Output(0);
        Span<float> gradient = network.OutputGradient(0);
        for (int output = 1; output < network.Outputs.Count; output++) network.OutputGradient(output).Clear();
        int classes = logits.Length / batch.Length;
        double total = 0;
        for (int n = 0; n < batch.Length; n++)
        {
            int row = n * classes, target = SoftmaxCrossEntropy.Class(batch[n], classes);
            total += Row(logits.Slice(row, classes), target, 1.0 / batch.Length, gradient.Slice(row, classes)) / batch.Length;
        }
        return LossValue.Of("focal", total);
    }

    /// <summary>With q = 1 - p: dL/dz_i = (gamma q^(gamma-1) p log p - q^gamma) (1[i = target] - p_i).</summary>
    private double Row(ReadOnlySpan<float> logits, int target, double factor, Span<float> gradient)
    {
        (double largest, double logSum) = Softmax.LogSum(logits);
        double logP = logits[target] - largest - logSum, p = Math.Exp(logP), q = -Expm1(logP);
        double common = -Math.Pow(q, _gamma);
        if (_gamma > 0 && q > 0) common += _gamma * Math.Pow(q, _gamma - 1) * p * logP;
        for (int i = 0; i < logits.Length; i++)
        {
            double own = Math.Exp(logits[i] - largest - logSum);
            gradient[i] = (float)(factor * common * ((i == target ? 1 : 0) - own));
        }
        return -Math.Pow(q, _gamma) * logP;
    }

    /// <summary>exp(x) - 1, also for tiny x.</summary>
    private static double Expm1(double x) => Math.Abs(x) < 1e-5 ? x + x * x / 2 : Math.Exp(x) - 1;
}
