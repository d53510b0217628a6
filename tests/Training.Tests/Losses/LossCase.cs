using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;
using EdgeCnn.Training.Losses;

namespace EdgeCnn.Training.Tests.Losses;

/// <summary>A network that gives what it is fed, so that a loss can be tried on any outputs.</summary>
internal sealed class LossCase : IDisposable
{
    private readonly TrainingNetwork _network;

    /// <param name="batch">Pictures.</param>
    /// <param name="shapes">Of the outputs, with a batch of 1.</param>
    public LossCase(int batch, params Shape[] shapes)
    {
        GraphBuilder graph = new("outputs");
        for (int i = 0; i < shapes.Length; i++) graph.Input($"x{i}", ElementType.Float32, shapes[i]);
        for (int i = 0; i < shapes.Length; i++) graph.Output(graph.Add($"y{i}", new Identity(), $"x{i}"));
        _network = TrainingNetwork.Plan(graph.Build(), new TrainingOptions(batch, Threads: 1));
    }

    public TrainingNetwork Network => _network;

    public int Outputs => _network.Outputs.Count;

    public Span<float> Values(int output) => _network.Input(output);

    /// <summary>Values around a mean, uniform.</summary>
    public void Fill(Random random, double mean = 0, double spread = 2)
    {
        for (int i = 0; i < Outputs; i++)
        {
            foreach (ref float value in Values(i)) value = (float)(mean + spread * (2 * random.NextDouble() - 1));
        }
    }

    public LossValue Compute(ILoss loss, Example[] batch)
    {
        _network.Forward();
        return loss.Compute(_network, batch);
    }

    /// <summary>Holds the gradients of some values of each output against central differences.</summary>
    public void CheckGradient(ILoss loss, Example[] batch, Random random, string what, double step = 1e-2, int samples = 200)
    {
        Compute(loss, batch);
        float[][] gradients = [.. Enumerable.Range(0, Outputs).Select(i => _network.OutputGradient(i).ToArray())];
        for (int output = 0; output < Outputs; output++)
        {
            float[] gradient = gradients[output];
            // Most cells are background: the largest gradients are looked at first, then any.
            int[] largest = [.. Enumerable.Range(0, gradient.Length).OrderByDescending(i => Math.Abs(gradient[i])).Take(samples / 2)];
            foreach (int i in largest.Concat(Enumerable.Range(0, samples / 2).Select(_ => random.Next(gradient.Length))))
            {
                float value = Values(output)[i];
                double up = At(output, i, value + (float)step), down = At(output, i, value - (float)step);
                double numeric = (up - down) / ((double)(value + (float)step) - (value - (float)step));
                Values(output)[i] = value;
                Assert.True(
                    Math.Abs(numeric - gradient[i]) <= 2e-3 * Math.Max(1e-2, Math.Abs(numeric)),
                    $"{what}, output {output} {_network.Outputs[output].Shape}, value {i}: the gradient is {gradient[i]}, "
                    + $"differences give {numeric}");
            }
        }

        double At(int output, int i, float value)
        {
            Values(output)[i] = value;
            return Compute(loss, batch).Total;
        }
    }

    public static Example Blank(int width, int height, params Training.Data.Box[] boxes) =>
        Example.OfBoxes(new Picture(width, height), [.. boxes]);

    /// <summary>A detector's task, as it is resolved from a model.</summary>
    public static ModelTask Detector(int width, int height, HeadCard head, params Shape[] outputs) => ModelTask.Resolve(
        [new NamedValue("image", ElementType.Float32, new Shape(1, 3, height, width))],
        [.. outputs.Select((shape, i) => new NamedValue($"y{i}", ElementType.Float32, shape))],
        card: new ModelCard { Task = "detect", Head = head });

    public void Dispose() => _network.Dispose();
}
