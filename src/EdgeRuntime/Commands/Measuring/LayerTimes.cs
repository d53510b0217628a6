using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;

namespace EdgeCnn.EdgeRuntime.Commands.Measuring;

/// <summary>Where the engine's time goes, layer by layer.</summary>
internal static class LayerTimes
{
    private const int Runs = 20;

    /// <summary>Each layer's median over some runs, in the order in which they run.</summary>
    public static IReadOnlyList<BenchLayer> Measure(
        string path, InferenceOptions options, OnnxReadOptions open, CancellationToken cancellation)
    {
        // A network of its own: looking at the clock between layers would slow the runs that count.
        using Network network = Network.Load(OnnxModel.Read(path, open), new EngineOptions { Threads = options.Threads, Profile = true });
        for (int i = 0; i < network.Inputs.Count; i++)
        {
            if (network.Inputs[i].Type == ElementType.Float32) Benchmark.Noise(network.Input<float>(i));
        }
        List<IReadOnlyList<StepProfile>> runs = [];
        for (int run = -2; run < Runs; run++)
        {
            cancellation.ThrowIfCancellationRequested();
            network.Run();
            if (run >= 0) runs.Add(network.Profile());
        }
        return Medians(runs, network.Threads);
    }

    /// <summary>The median of each layer over runs that were timed.</summary>
    public static IReadOnlyList<BenchLayer> Medians(IReadOnlyList<IReadOnlyList<StepProfile>> runs, int threads)
    {
        Peak peak = Peak.Measure(threads);
        return [.. runs[0].Select((step, i) =>
        {
            double[] times = [.. runs.Select(run => run[i].Milliseconds).Order()];
            double median = Benchmark.Percentile(times, 0.5), rate = median > 0 ? step.MultiplyAdds / 1e6 / median : 0;
            return new BenchLayer(step.Name, step.Kernel, Math.Round(median, 4), Math.Round(rate, 2), Share(step, rate, peak));
        })];
    }

    private static double? Share(StepProfile step, double rate, Peak peak)
    {
        bool integers = step.Kernel.Contains("int8", StringComparison.Ordinal);
        return rate > 0 ? Math.Round(rate / (integers ? peak.IntegerGmacPerSecond : peak.FloatGmacPerSecond), 3) : null;
    }
}
