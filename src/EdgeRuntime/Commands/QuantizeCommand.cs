using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Quantization;

namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>edgecnn quantize: an 8-bit network from a float one and some pictures.</summary>
internal static class QuantizeCommand
{
    public static Command Create()
    {
        Argument<string> model = Settings.ModelArgument();
        Option<string> calibration = Settings.Folder("--calibration", "The folder of pictures that show what the network will see: a few dozen, of the kind it is used on.", "-c");
        Option<string> output = Settings.Output();
        Option<string> method = Settings.Choice(
            "--method", "How the range of an activation is chosen: by the share of values inside, by all of them, by divergence, or by squared error.", ["percentile", "minmax", "entropy", "mse"]);
        Option<double> percentile = Settings.Number("--percentile", "For --method percentile: how many of 100 values stay inside of the range.", 50.0, 100.0, QuantizationOptions.DefaultPercentile);
        Option<string> weights = Settings.Choice(
            "--weights", "What weight scales leave room for in 16-bit sums: chains of two pairs of products (fastest on x86), pairs, or nothing (finest).", ["chain2", "pair", "full"]);
        Option<string> style = Settings.Choice(
            "--style", "Where the file quantises: only where 8-bit values are to exist, or around every operator, as ONNX Runtime's kernels want it.", ["lean", "full"]);
        Option<string[]> keep = new("--keep") { Description = "Nodes that stay float, by name.", HelpName = "NODE", AllowMultipleArgumentsPerToken = true };
        Option<int> limit = Settings.Limit();
        Option<int> threads = Settings.Threads();
        OpenExtents open = new();
        Option<bool> json = Settings.Json("one JSON document");
        DocumentedCommand command = new(
            "quantize",
            "Make an 8-bit network of a float one: a third of the size, and several times as fast.",
            "edgecnn quantize yolox_nano.onnx --calibration photos/ -o yolox_nano.int8.onnx # the default recipe",
            "edgecnn quantize resnet18.onnx -c photos/ -o r.onnx --style full --method minmax # for ONNX Runtime's kernels")
        {
            model, calibration, output, method, percentile, weights, style, keep, limit, threads, json,
        };
        open.AddTo(command, everyInput: false);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetRequiredValue(model),
            open.From(parsed),
            parsed.GetRequiredValue(calibration),
            parsed.GetRequiredValue(output),
            new QuantizationOptions
            {
                Method = Enum.Parse<RangeMethod>(parsed.GetRequiredValue(method), ignoreCase: true),
                Percentile = parsed.GetValue(percentile),
                Weights = Enum.Parse<WeightRange>(parsed.GetRequiredValue(weights), ignoreCase: true),
                Style = Enum.Parse<QdqStyle>(parsed.GetRequiredValue(style), ignoreCase: true),
                Keep = (parsed.GetValue(keep) ?? []).ToHashSet(),
                Threads = parsed.GetValue(threads),
            },
            parsed.GetValue(limit),
            parsed.GetValue(json),
            cancellation)));
        return command;
    }

    private static int Run(
        string path, OnnxReadOptions open, string folder, string output, QuantizationOptions options, int limit, bool json, CancellationToken cancellation)
    {
        Complaints complaints = new();
        Graph graph = OnnxModel.Read(path, open);
        CalibrationSet pictures = CalibrationPictures.Of(graph, path, folder, limit, complaints.Add);
        Quantizer quantizer;
        using (Progress progress = new("calibration", pictures.Count * Quantizer.Passes(options)))
            quantizer = Quantizer.Calibrate(graph, pictures, options, new Reports(progress, cancellation));
        QuantizedNetwork network = quantizer.Quantize();
        OnnxModel.Write(network.Graph, output);
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(
                new QuantizationResult(output, network.IntegerLayers, network.FloatLayers, null), Documents.Json.QuantizationResult));
        }
        else
        {
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{output}: {network.IntegerLayers} layers in 8 bits, {network.FloatLayers} in float, {network.IntegerShare:0.0 %} of the multiply-adds in 8 bits"));
        }
        return complaints.ExitCode;
    }

    /// <summary>Unlike <see cref="Progress{T}"/>, reports on the thread that works, and ends the work when it is to be ended.</summary>
    private sealed class Reports(Progress progress, CancellationToken cancellation) : IProgress<int>
    {
        public void Report(int value)
        {
            cancellation.ThrowIfCancellationRequested();
            progress.Report(value);
        }
    }
}
