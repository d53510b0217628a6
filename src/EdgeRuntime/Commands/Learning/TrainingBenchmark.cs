using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Commands.Measuring;
using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Training;
using EdgeCnn.Training.Optimisers;

namespace EdgeCnn.EdgeRuntime.Commands.Learning;

/// <summary>
/// How fast a network learns: whole steps on noise, forward, the mean of squares of the outputs as loss, backward, stochastic gradient
/// descent with momentum.
/// </summary>
internal static class TrainingBenchmark
{
    private const int WarmUpSteps = 3;

    /// <param name="path">The model.</param>
    /// <param name="batch">Pictures of a step.</param>
    /// <param name="threads">0 takes one for each core.</param>
    /// <param name="open">Extents that the file leaves open.</param>
    /// <param name="steps">That are measured.</param>
    /// <param name="layers">Where the time goes is shown too.</param>
    /// <param name="json">One JSON document in place of lines.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    public static int Run(
        string path, int batch, int threads, OnnxReadOptions open, int steps, bool layers, bool json, CancellationToken cancellation)
    {
        Graph graph = OnnxModel.Read(path, open);
        using TrainingNetwork network = TrainingNetwork.Plan(graph, new TrainingOptions(batch, threads) { Profile = layers });
        List<IReadOnlyList<StepProfile>> profiles = [];
        double[] times = Measure(network, steps, profiles, cancellation);
        double median = Benchmark.Percentile(times, 0.5), p90 = Benchmark.Percentile(times, 0.9);
        TrainingBenchResult result = new(
            path,
            network.Threads,
            batch,
            Math.Round(median, 3),
            Math.Round(p90, 3),
            Math.Round(1000 * batch / median, 1),
            Math.Round(network.MemoryBytes / (1024.0 * 1024.0), 1),
            layers ? LayerTimes.Medians(profiles, network.Threads) : null);
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(result, Documents.Json.TrainingBenchResult));
            return 0;
        }
        Line("model", $"{path}, {GraphSummary.Of(graph).MultiplyAdds / 1e9:0.000} GMAC forwards");
        Line("step", $"batch of {batch}, {network.Threads} {(network.Threads == 1 ? "thread" : "threads")}");
        Line("median", $"{median:0.00} ms of {steps} steps, {result.PicturesPerS:0.0} pictures/s");
        Line("p90", $"{p90:0.00} ms");
        Line("memory", $"{result.MemoryMb:0.0} MB, planned");
        if (result.Layers is { } table) BenchCommand.PrintLayers(table, Console.Out);
        return 0;

        static void Line(string what, FormattableString value) =>
            Console.Out.WriteLine($"{what,-12}{value.ToString(CultureInfo.InvariantCulture)}");
    }

    private static double[] Measure(
        TrainingNetwork network, int steps, List<IReadOnlyList<StepProfile>> profiles, CancellationToken cancellation)
    {
        Optimiser optimiser = Optimiser.Create(
            new OptimiserOptions { Kind = OptimiserKind.Sgd, WeightDecay = 0 },
            [.. network.Parameters.Select(parameter => parameter.Values.Length)]);
        for (int i = 0; i < network.Inputs.Count; i++) Benchmark.Noise(network.Input(i));
        double[] times = new double[steps];
        using Progress progress = new("steps", steps);
        for (int step = -WarmUpSteps; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            Step(network, optimiser);
            double taken = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (step >= 0)
            {
                times[step] = taken;
                profiles.Add(network.Profile());
            }
            progress.Report(Math.Max(0, step + 1));
        }
        Array.Sort(times);
        return times;
    }

    private static void Step(TrainingNetwork network, Optimiser optimiser)
    {
        network.Forward();
        for (int i = 0; i < network.Outputs.Count; i++)
        {
            ReadOnlySpan<float> output = network.Output(i);
            Span<float> gradient = network.OutputGradient(i);
            float factor = 2f / output.Length;
            for (int j = 0; j < output.Length; j++) gradient[j] = factor * output[j];
        }
        network.Backward();
        optimiser.Advance();
        int index = 0;
        foreach (Parameter parameter in network.Parameters)
            optimiser.Update(index++, parameter.Values, parameter.Gradient, new StepSize(1e-4), parameter.Decays);
    }
}
