using EdgeCnn.Models;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Losses;

/// <summary>
/// Softmax cross entropy of each pixel's logits (N x classes x H x W), the mean over the batch's pixels that count (Long 2015, "Fully
/// Convolutional Networks"). A map smaller than the mask is held against the mask's pixels at its cells' centres. Outputs after the first
/// are auxiliary ones and count 0.4 (Zhao 2017, "Pyramid Scene Parsing Network").
/// </summary>
public sealed class SegmentationLoss : ILoss
{
    /// <summary>Pixels of this class do not count.</summary>
    public const byte Ignored = 255;

    private const double AuxiliaryWeight = 0.4;

    private float[] _logits = [];
    private double[] _probabilities = [];

    public LossValue Compute(TrainingNetwork network, ReadOnlySpan<Example> batch)
    {
        double total = 0;
        for (int output = 0; output < network.Outputs.Count; output++)
            total += Output(network, output, batch, output == 0 ? 1 : AuxiliaryWeight);
        return LossValue.Of("cross entropy", total);
    }

    private double Output(TrainingNetwork network, int output, ReadOnlySpan<Example> batch, double weight)
    {
        Shape shape = network.Outputs[output].Shape;
        (int classes, int height, int width) = (shape[1], shape[2], shape[3]);
        ReadOnlySpan<float> logits = network.Output(output);
        Span<float> gradient = network.OutputGradient(output);
        gradient.Clear();
        if (_logits.Length < classes) (_logits, _probabilities) = (new float[classes], new double[classes]);
        Span<float> own = _logits.AsSpan(0, classes);
        Span<double> p = _probabilities.AsSpan(0, classes);

        int counted = 0;
        foreach (Example example in batch) counted += Counted(example, width, height);
        double factor = weight / Math.Max(counted, 1), sum = 0;
        int plane = width * height;
        for (int n = 0; n < batch.Length; n++)
        {
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    int target = Target(batch[n], x, y, width, height);
                    if (target == Ignored) continue;
                    if (target >= classes)
                    {
                        throw new DataException(
                            $"A mask has a pixel of class {target}; the network tells {classes} apart, 0 to {classes - 1}.");
                    }
                    int at = n * classes * plane + y * width + x;
                    for (int c = 0; c < classes; c++) own[c] = logits[at + c * plane];
                    double logSum = Softmax.Probabilities(own, p);
                    sum += logSum - own[target];
                    for (int c = 0; c < classes; c++) gradient[at + c * plane] = (float)(factor * (p[c] - (c == target ? 1 : 0)));
                }
            }
        }
        return factor * sum;
    }

    private static int Counted(Example example, int width, int height)
    {
        int counted = 0;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                if (Target(example, x, y, width, height) != Ignored) counted++;
            }
        }
        return counted;
    }

    /// <summary>The mask at the centre of a cell of the map.</summary>
    private static int Target(Example example, int x, int y, int width, int height)
    {
        byte[] mask = example.Mask ?? throw new DataException("A picture has no mask; this network learns the class of each pixel.");
        (int columns, int rows) = (example.Picture.Width, example.Picture.Height);
        return mask[(int)((2L * y + 1) * rows / (2L * height)) * columns + (int)((2L * x + 1) * columns / (2L * width))];
    }
}
