using System.Diagnostics;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models.Onnx;

namespace EdgeCnn.EdgeRuntime.Commands.Measuring;

/// <summary>A network that is being measured, and how long it took to get there.</summary>
internal sealed record LoadedNetwork(INetwork Network, double LoadMs, double FirstRunMs) : IDisposable
{
    /// <summary>Reads the file, makes the network, fills its inputs with noise and runs it once.</summary>
    public static LoadedNetwork Load(string path, InferenceOptions options, OnnxReadOptions open)
    {
        long start = Stopwatch.GetTimestamp();
        INetwork network = Networks.Load(path, options, open);
        double loadMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        for (int i = 0; i < network.Inputs.Count; i++) Benchmark.Noise(network.Input(i));
        start = Stopwatch.GetTimestamp();
        network.Run();
        return new LoadedNetwork(network, loadMs, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    public void Dispose() => Network.Dispose();
}

/// <summary>
/// Milliseconds of single runs, of networks that take turns in one process, so that whatever else the machine does meets all of them.
/// </summary>
internal static class Benchmark
{
    /// <summary>Runs before the clock counts: caches fill, the compiler's tiers settle.</summary>
    private const int WarmUpRuns = 10;

    /// <summary>And for so long: the compiler's second tier works beside the first runs, on cores that they want.</summary>
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(1);

    /// <returns>The times of each network, sorted.</returns>
    public static double[][] Run(IReadOnlyList<INetwork> networks, int runs, Progress progress, CancellationToken cancellation)
    {
        double[][] times = [.. networks.Select(_ => new double[runs])];
        long begin = Stopwatch.GetTimestamp();
        for (int run = -WarmUpRuns; run < runs; run++)
        {
            if (run == 0 && Stopwatch.GetElapsedTime(begin) < WarmUpTime) run = -1;
            for (int i = 0; i < networks.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                long start = Stopwatch.GetTimestamp();
                networks[i].Run();
                if (run >= 0) times[i][run] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
            progress.Report(Math.Max(0, run + 1));
        }
        foreach (double[] sorted in times) Array.Sort(sorted);
        return times;
    }

    /// <summary>Values from 0 up to 1, the same at every call.</summary>
    public static void Noise(Span<float> values)
    {
        Random random = new(1);
        foreach (ref float value in values) value = random.NextSingle();
    }

    /// <summary>The value that the given fraction (0 to 1) of the sorted values do not exceed, between two of them linearly.</summary>
    public static double Percentile(double[] sorted, double fraction)
    {
        double position = fraction * (sorted.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((sorted[above] - sorted[below]) * (position - below));
    }

    /// <summary>The memory that the process has resident now.</summary>
    public static double ResidentMegabytes()
    {
        using Process self = Process.GetCurrentProcess();
        return self.WorkingSet64 / (1024.0 * 1024.0);
    }

    /// <summary>The most memory that the process ever had resident.</summary>
    public static double PeakResidentMegabytes()
    {
        using Process self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64 / (1024.0 * 1024.0);
    }
}
