using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Commands.Learning;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;

namespace EdgeCnn.EdgeRuntime.Commands.Measuring;

/// <summary>edgecnn bench: how fast a network is, alone or in turns with another back end.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        Argument<string> model = Settings.ModelArgument();
        Option<string> backend = Settings.Backend();
        Option<int> threads = Settings.Threads();
        Option<int> runs = Settings.Number(
            "--runs", "How many runs are measured, after a second of runs that are not.", 1, 1_000_000, 50, "-r");
        Option<string?> against = Settings.OtherBackend();
        Option<string?> againstModel = new("--against-model")
        {
            Description = "The file that the other back end runs, where that is not the same: the network quantised as that one likes it.",
            HelpName = "MODEL",
        };
        Option<bool> layers = new("--layers") { Description = "Show each layer: its kernel, time and rate (engine only)." };
        Option<int> training = Settings.Number(
            "--training", "Measure whole training steps with so many pictures instead (engine only); 0: runs.", 0, 4096, 0);
        OpenExtents open = new();
        Option<bool> json = Settings.Json("one JSON document");
        DocumentedCommand command = new(
            "bench",
            "Measure how fast a network is.",
            "edgecnn bench yolox_nano.onnx --threads 1 # median, percentiles, rate, load time, memory",
            "edgecnn bench yolov8n.onnx --against onnxruntime --runs 100 --json # run by run in turns with ONNX Runtime",
            "edgecnn bench int8.onnx --against onnxruntime --against-model int8.full.onnx # each on the file that suits it",
            "edgecnn bench resnet50.onnx --layers # where the time goes",
            "edgecnn bench lenet5.onnx --training 64 # how fast it learns in batches of 64")
        {
            model, backend, threads, runs, against, againstModel, layers, training, json,
        };
        open.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            string path = parsed.GetRequiredValue(model);
            InferenceOptions options = new() { Backend = parsed.GetRequiredValue(backend), Threads = parsed.GetValue(threads) };
            bool shows = parsed.GetValue(layers);
            if (parsed.GetValue(training) is > 0 and var batch)
            {
                if (options.Backend != InferenceOptions.Engine || parsed.GetValue(against) is not null)
                    throw new SettingsException("--training measures the engine alone; leave --backend and --against out.");
                return Task.FromResult(TrainingBenchmark.Run(
                    path, batch, options.Threads, open.From(parsed), parsed.GetValue(runs), shows, parsed.GetValue(json), cancellation));
            }
            return Task.FromResult(Run(
                path,
                options,
                open.From(parsed),
                parsed.GetValue(runs),
                Peer(parsed.GetValue(against), parsed.GetValue(againstModel), path, options.Threads),
                shows,
                parsed.GetValue(json),
                cancellation));
        });
        return command;
    }

    private static int Run(
        string path,
        InferenceOptions options,
        OnnxReadOptions open,
        int runs,
        (string Path, InferenceOptions Options)? against,
        bool layers,
        bool json,
        CancellationToken cancellation)
    {
        if (layers && options.Backend != InferenceOptions.Engine)
            throw new SettingsException($"--layers shows the layers of the engine; what {options.Backend} does inside, it does not tell.");
        using Progress progress = new("runs", runs);
        using LoadedNetwork ours = LoadedNetwork.Load(path, options, open);
        using LoadedNetwork? theirs = against is { } peer ? LoadedNetwork.Load(peer.Path, peer.Options, open) : null;
        INetwork[] networks = theirs is null ? [ours.Network] : [ours.Network, theirs.Network];
        double[][] times = Benchmark.Run(networks, runs, progress, cancellation);
        Footprint footprint = FootprintCommand.InChild(path, options, open);

        double median = Benchmark.Percentile(times[0], 0.5), gmac = GraphSummary.Of(OnnxModel.Inspect(path, open).Graph).MultiplyAdds / 1e9;
        BenchResult result = new(
            path,
            options.Backend,
            options.Threads > 0 ? options.Threads : Environment.ProcessorCount,
            Round(median),
            Round(Benchmark.Percentile(times[0], 0.9)),
            Round(Benchmark.Percentile(times[0], 0.99)),
            Round(gmac),
            Round(gmac / median * 1000),
            footprint.LoadMs,
            footprint.FirstRunMs,
            footprint.RssGrowthMb,
            footprint.PeakRssMb,
            against is { } other
                ? Compare(other.Options.Backend, Benchmark.Percentile(times[1], 0.5), median,
                    FootprintCommand.InChild(other.Path, other.Options, open))
                : null,
            layers ? LayerTimes.Measure(path, options, open, cancellation) : null);
        progress.Dispose();
        if (json) Console.Out.WriteLine(JsonSerializer.Serialize(result, Documents.Json.BenchResult));
        else Print(result, runs, Console.Out);
        return 0;
    }

    private static (string Path, InferenceOptions Options)? Peer(string? backend, string? model, string path, int threads)
    {
        if (backend is null && model is not null) throw new SettingsException("--against-model needs --against, which says what runs it.");
        return backend is null ? null : (model ?? path, new InferenceOptions { Backend = backend, Threads = threads });
    }

    private static BenchPeer Compare(string backend, double theirs, double ours, Footprint footprint) => new(
        backend, Round(theirs), Round(theirs / ours), footprint.LoadMs, footprint.FirstRunMs, footprint.RssGrowthMb, footprint.PeakRssMb);

    private static double Round(double value) => Math.Round(value, 3);

    private static void Print(BenchResult result, int runs, TextWriter output)
    {
        Line("model", $"{result.Model}, {result.Gmac:0.000} GMAC");
        Line("back end", $"{result.Backend}, {result.Threads} {(result.Threads == 1 ? "thread" : "threads")}");
        Line("median", $"{result.MedianMs:0.00} ms of {runs} runs, {result.GmacPerS:0.0} GMAC/s");
        Line("p90, p99", $"{result.P90Ms:0.00} ms, {result.P99Ms:0.00} ms");
        Line("load", $"{result.LoadMs:0} ms, first run {result.FirstRunMs:0.0} ms");
        Line("memory", $"{result.RssGrowthMb:0} MB more than the idle process, {result.PeakRssMb:0} MB at its peak");
        if (result.Against is { } peer)
        {
            Line(peer.Backend, $"{peer.MedianMs:0.00} ms in turns with it, {peer.Ratio:0.00} times as long");
            Line("", $"load {peer.LoadMs:0} ms, first run {peer.FirstRunMs:0.0} ms");
            Line("", $"{peer.RssGrowthMb:0} MB more than the idle process, {peer.PeakRssMb:0} MB at its peak");
        }
        if (result.Layers is { } layers) PrintLayers(layers, output);

        void Line(string what, FormattableString value) => output.WriteLine($"{what,-12}{value.ToString(CultureInfo.InvariantCulture)}");
    }

    /// <summary>A table of where the time goes.</summary>
    public static void PrintLayers(IReadOnlyList<BenchLayer> layers, TextWriter output)
    {
        TextTable table = new(">ms", ">share", ">GMAC/s", ">of peak", "kernel", "layer");
        double total = layers.Sum(layer => layer.Ms);
        foreach (BenchLayer layer in layers)
        {
            table.Add(
                layer.Ms.ToString("0.000", CultureInfo.InvariantCulture),
                (layer.Ms / total).ToString("0.0 %", CultureInfo.InvariantCulture),
                layer.GmacPerS > 0 ? layer.GmacPerS.ToString("0.0", CultureInfo.InvariantCulture) : "",
                layer.PeakShare?.ToString("0 %", CultureInfo.InvariantCulture) ?? "",
                layer.Kernel,
                layer.Name);
        }
        output.WriteLine();
        table.Write(output);
    }
}
