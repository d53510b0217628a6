using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models.Onnx;

namespace EdgeCnn.EdgeRuntime.Commands.Measuring;

/// <summary>
/// edgecnn footprint: what a network costs a process that does nothing else. Not for people: 'bench' runs it as a child for each back end,
/// so that no code, memory or file of one helps or burdens the other.
/// </summary>
internal static class FootprintCommand
{
    private const string Name = "footprint";

    private const int Runs = 3;

    public static Command Create()
    {
        Argument<string> model = Settings.ModelArgument();
        Option<string> backend = Settings.Backend();
        Option<int> threads = Settings.Threads();
        OpenExtents open = new();
        DocumentedCommand command = new(
            Name, "Load a network, run it three times, and print what that cost.", $"edgecnn {Name} yolox_nano.onnx # JSON")
        {
            model, backend, threads,
        };
        command.Hidden = true;
        open.AddTo(command);
        command.SetAction(parsed =>
        {
            InferenceOptions options = new() { Backend = parsed.GetRequiredValue(backend), Threads = parsed.GetValue(threads) };
            Footprint footprint = Measure(parsed.GetRequiredValue(model), options, open.From(parsed));
            Console.Out.WriteLine(JsonSerializer.Serialize(footprint, Documents.Json.Footprint));
            return 0;
        });
        return command;
    }

    /// <summary>Runs the command in a process of its own.</summary>
    /// <exception cref="EdgeException">The process failed: says what it said.</exception>
    public static Footprint InChild(string model, InferenceOptions options, OnnxReadOptions open)
    {
        string program = Environment.ProcessPath!, threads = options.Threads.ToString(CultureInfo.InvariantCulture);
        // Started by 'dotnet edgecnn.dll', the program is the first argument.
        string[] host = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        string[] command = [Name, model, "--backend", options.Backend, "--threads", threads, .. OpenExtents.Arguments(open)];
        ProcessStartInfo start = new(program, [.. host, .. command]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process child = Process.Start(start)!;
        Task<string> error = child.StandardError.ReadToEndAsync();
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0
            ? JsonSerializer.Deserialize(output, Documents.Json.Footprint)!
            : throw new EdgeException($"Measuring {options.Backend} in a process of its own failed: {error.Result.Trim()}");
    }

    private static Footprint Measure(string path, InferenceOptions options, OnnxReadOptions open)
    {
        double idle = Benchmark.ResidentMegabytes();
        using LoadedNetwork loaded = LoadedNetwork.Load(path, options, open);
        for (int run = 1; run < Runs; run++) loaded.Network.Run();
        return new Footprint(
            Math.Round(loaded.LoadMs, 1),
            Math.Round(loaded.FirstRunMs, 1),
            Math.Round(Benchmark.ResidentMegabytes() - idle, 1),
            Math.Round(Benchmark.PeakResidentMegabytes(), 1));
    }
}
