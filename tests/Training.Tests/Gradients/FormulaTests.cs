using EdgeCnn.Engine;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Tests.Gradients;

/// <summary>What the formulas of convolution arithmetic, batch normalisation and back-propagation say, over random shapes.</summary>
public class FormulaTests
{
    private const int Rounds = 40;

    private sealed record Shapes(Shape X, Shape W, Conv Conv, int Batch);

    /// <summary>Kernels, strides, pads, dilations and groups of all kinds, on images that they fit.</summary>
    private static Shapes Draw(Random random)
    {
        (int kernelY, int kernelX, int dilationY, int dilationX) = (random.Next(1, 5), random.Next(1, 5), random.Next(1, 3),
            random.Next(1, 3));
        int[] pads = [.. Enumerable.Range(0, 4).Select(_ => random.Next(0, 4))];
        int groups = random.Next(3) == 0 ? random.Next(2, 6) : 1, perGroup = random.Next(1, 8);
        int outputs = groups * (random.Next(3) == 0 ? 1 : random.Next(1, 9));
        int height = (kernelY - 1) * dilationY + 1 + random.Next(0, 8), width = (kernelX - 1) * dilationX + 1 + random.Next(0, 8);
        Conv conv = new([random.Next(1, 4), random.Next(1, 4)], [.. pads], [dilationY, dilationX], groups);
        return new Shapes(
            new Shape(1, groups * perGroup, height, width), new Shape(outputs, perGroup, kernelY, kernelX), conv, random.Next(1, 4));
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += (double)a[i] * b[i];
        return sum;
    }

    private static void AssertClose(double expected, double actual, double scale, string what) =>
        Assert.True(Math.Abs(expected - actual) <= 1e-5 * Math.Max(scale, 1), $"{what}: {actual:R} instead of {expected:R}");

    [Fact]
    public void The_output_has_as_many_pixels_as_windows_fit_and_its_transpose_has_the_input_again()
    {
        Random random = new(1);
        for (int round = 0; round < 500; round++)
        {
            Shapes s = Draw(random);
            Shape y = s.Conv.Infer([new ValueInfo(ElementType.Float32, s.X), new ValueInfo(ElementType.Float32, s.W)], 1)[0].Shape;
            int[] left = new int[2];
            for (int axis = 0; axis < 2; axis++)
            {
                int padded = s.X[2 + axis] + s.Conv.Pads[axis]
                    + s.Conv.Pads[axis + 2], reach = (s.W[2 + axis] - 1) * s.Conv.Dilations[axis] + 1;
                int[] starts =
                    [.. Enumerable.Range(0, padded).Where(start => start % s.Conv.Strides[axis] == 0 && start + reach <= padded)];
                Assert.True(starts.Length == y[2 + axis], $"round {round}: {s} gives {y}, {starts.Length} windows fit along axis {axis}");
                left[axis] = padded - reach - starts[^1];
            }
            ConvTranspose transposed = new(s.Conv.Strides, s.Conv.Pads, s.Conv.Dilations, [.. left], s.Conv.Groups);
            Shape back = transposed.Infer([new ValueInfo(ElementType.Float32, y), new ValueInfo(ElementType.Float32, s.W)], 1)[0].Shape;
            Assert.True(back.Equals(s.X), $"round {round}: {s} gives {y}, transposed {back}");
        }
    }

    /// <summary>
    /// A convolution is linear in its input and in its weights, so that both gradients give the loss back when multiplied by what they
    /// belong to.
    /// </summary>
    [Fact]
    public void Gradients_of_a_convolution_times_input_and_weights_are_the_loss()
    {
        Random random = new(2);
        for (int round = 0; round < Rounds; round++)
        {
            Shapes s = Draw(random);
            Tensor w = GradientCheck.Random(random, s.W);
            using TrainingNetwork network = TrainingNetwork.Plan(
                GradientCheck.OfOne(s.Conv, s.X, w), new TrainingOptions(s.Batch, 1 + round % 3) { InputGradients = true });
            GradientCheck.Random(random, network.Inputs[0].Shape).As<float>().CopyTo(network.Input(0));
            network.Forward();
            GradientCheck.Random(random, network.Outputs[0].Shape).As<float>().CopyTo(network.OutputGradient(0));
            double loss = Dot(network.Output(0), network.OutputGradient(0)), scale = Math.Sqrt(Dot(network.Output(0), network.Output(0)));
            network.Backward();
            AssertClose(loss, Dot(network.Input(0), network.InputGradient(0)), scale, $"round {round}, {s}: input");
            AssertClose(loss, Dot(w.As<float>(), network.Parameters[0].Gradient), scale, $"round {round}, {s}: weights");
        }
    }

    [Fact]
    public void In_steps_of_one_the_gradient_to_the_input_is_a_full_convolution_with_the_kernel_rotated_by_180_degrees()
    {
        Random random = new(3);
        for (int round = 0; round < Rounds / 2; round++)
        {
            (int c, int m, int k) = (random.Next(1, 7), random.Next(1, 20), random.Next(1, 5));
            Shape x = new(1, c, k + random.Next(6), k + random.Next(6));
            Tensor w = GradientCheck.Random(random, new Shape(m, c, k, k)), rotated = Tensor.Zeros(
                ElementType.Float32, new Shape(c, m, k, k));
            for (int i = 0; i < w.Shape.Count; i++)
            {
                (int row, int column, int channel, int output) = (i / k % k, i % k, i / (k * k) % c, i / (k * k * c));
                rotated.As<float>()[((channel * m + output) * k + k - 1 - row) * k + k - 1 - column] = w.As<float>()[i];
            }
            Conv plain = new([1, 1], [0, 0, 0, 0], [1, 1], 1), full = plain with { Pads = [k - 1, k - 1, k - 1, k - 1] };
            using TrainingNetwork network = TrainingNetwork.Plan(
                GradientCheck.OfOne(plain, x, w), new TrainingOptions(1) { InputGradients = true });
            network.Forward();
            Tensor dy = GradientCheck.Random(random, network.Outputs[0].Shape);
            dy.As<float>().CopyTo(network.OutputGradient(0));
            network.Backward();
            using Network expected = Network.Load(GradientCheck.OfOne(full, dy.Shape, rotated));
            dy.As<float>().CopyTo(expected.Input<float>(0));
            expected.Run();
            float[] gradient = network.InputGradient(0).ToArray(), convolved = expected.Output<float>(0).ToArray();
            Assert.Equal(convolved.Length, gradient.Length);
            for (int i = 0; i < gradient.Length; i++)
                AssertClose(convolved[i], gradient[i], m * k, $"round {round}, {x}, kernel {w.Shape}, element {i}");
        }
    }

    /// <summary>
    /// Shifting or scaling a channel of the whole batch changes nothing that comes out, so the gradient has no part in either direction.
    /// </summary>
    [Fact]
    public void The_gradient_of_batch_normalisation_neither_shifts_nor_scales_a_channel()
    {
        Random random = new(4);
        for (int round = 0; round < Rounds / 2; round++)
        {
            (int channels, int area, int batch) = (random.Next(1, 40), random.Next(2, 30), random.Next(2, 5));
            Tensor PerChannel() => GradientCheck.Random(random, new Shape(channels), 0.5f, 1f);
            using TrainingNetwork network = TrainingNetwork.Plan(
                GradientCheck.OfOne(new BatchNormalization(1e-12f), new Shape(1, channels, 1, area), PerChannel(), PerChannel(),
                    PerChannel(), PerChannel()),
                new TrainingOptions(batch) { InputGradients = true });
            GradientCheck.Random(random, network.Inputs[0].Shape, 1f, 0.5f).As<float>().CopyTo(network.Input(0));
            network.Forward();
            GradientCheck.Random(random, network.Outputs[0].Shape).As<float>().CopyTo(network.OutputGradient(0));
            network.Backward();
            ReadOnlySpan<float> x = network.Input(0), dx = network.InputGradient(0);
            double[] sums = new double[channels], products = new double[channels], sizes = new double[channels];
            for (int i = 0; i < dx.Length; i++)
            {
                int c = i / area % channels;
                sums[c] += dx[i];
                products[c] += (double)dx[i] * x[i];
                sizes[c] += Math.Abs(dx[i]);
            }
            for (int c = 0; c < channels; c++)
            {
                string what = $"round {round}, {channels} channels of {area} pixels, batch {batch}, channel {c}";
                AssertClose(0, sums[c], sizes[c], $"{what}: sum");
                AssertClose(0, products[c], sizes[c], $"{what}: product with the input");
            }
        }
    }

    [Fact]
    public void The_gradient_of_cross_entropy_through_a_softmax_is_probability_minus_truth()
    {
        Random random = new(5);
        for (int round = 0; round < Rounds; round++)
        {
            (int classes, int batch) = (random.Next(1, 50), random.Next(1, 9));
            using TrainingNetwork network = TrainingNetwork.Plan(
                GradientCheck.OfOne(new LogSoftmax(1), new Shape(1, classes)), new TrainingOptions(batch) { InputGradients = true });
            GradientCheck.Random(random, network.Inputs[0].Shape, 10f).As<float>().CopyTo(network.Input(0));
            network.Forward();
            network.OutputGradient(0).Clear();
            int[] truth = [.. Enumerable.Range(0, batch).Select(_ => random.Next(classes))];
            for (int i = 0; i < batch; i++) network.OutputGradient(0)[i * classes + truth[i]] = -1;
            network.Backward();
            for (int i = 0; i < batch * classes; i++)
            {
                double expected = Math.Exp(network.Output(0)[i]) - (truth[i / classes] == i % classes ? 1 : 0);
                AssertClose(expected, network.InputGradient(0)[i], 1, $"round {round}, {classes} classes, batch {batch}, element {i}");
            }
        }
    }
}
