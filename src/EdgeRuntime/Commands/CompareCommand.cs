using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Quantization;

namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>edgecnn compare: the engine against ONNX Runtime, tensor by tensor.</summary>
internal static class CompareCommand
{
    /// <summary>Rows that people are shown; programs get all.</summary>
    private const int Shown = 20;

    public static Command Create()
    {
        Argument<string> model = Settings.ModelArgument();
        Option<string> images = Settings.Images();
        Option<int> limit = Settings.Limit();
        Option<double> tolerance = Settings.Number(
            "--tolerance", "The relative difference of an output (norm of the differences over norm of the values) at which the command fails.", 0.0, 1.0, 1e-4);
        Option<int> threads = Settings.Threads();
        OpenExtents open = new();
        Option<bool> json = Settings.Json("one JSON document");
        DocumentedCommand command = new(
            "compare",
            "Run images through the engine and through ONNX Runtime and compare every tensor that both compute, the worst first.",
            "edgecnn compare yolox_nano.onnx --images photos/ --limit 8 # eight images, the worst tensors in a table",
            "edgecnn compare detector.onnx --images photos/ --tolerance 0.001 --json # for programs; exit code 1 when an output is off")
        {
            model, images, limit, tolerance, threads, json,
        };
        open.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetRequiredValue(model),
            ImageFiles.RequireInFolder(parsed.GetRequiredValue(images), parsed.GetValue(limit)),
            parsed.GetValue(tolerance),
            parsed.GetValue(threads),
            open.From(parsed),
            parsed.GetValue(json),
            cancellation)));
        return command;
    }

    private static int Run(
        string path, string[] images, double tolerance, int threads, OnnxReadOptions open, bool json, CancellationToken cancellation)
    {
        Complaints complaints = new();
        using BackendComparison comparison = BackendComparison.Load(path, threads, open);
        Complaints.Note(comparison.Assumptions);
        int compared = 0;
        using (Progress progress = new("images", images.Length))
        {
            foreach (Picture picture in new Pictures(complaints.Add, cancellation).Read(images.Select(image => new InputFile(image, IsVideo: false))))
            {
                using (picture.Frame) comparison.Add(picture.Frame.View);
                progress.Report(++compared);
            }
        }
        if (compared == 0) throw new EdgeException("None of the images could be read, so nothing was compared.");

        ModelComparison result = Describe(path, comparison, compared, tolerance);
        if (json) Console.Out.WriteLine(JsonSerializer.Serialize(result, Documents.Json.ModelComparison));
        else Print(result, Console.Out);
        return result.Equal ? complaints.ExitCode : 1;
    }

    private static ModelComparison Describe(string path, BackendComparison comparison, int images, double tolerance)
    {
        IReadOnlyList<TensorComparison> tensors = Comparison.WorstFirst(comparison.Tensors);
        bool equal = tensors.Where(tensor => comparison.IsOutput(tensor.Name)).All(tensor => tensor.Relative <= tolerance);
        return new ModelComparison(path, images, tolerance, equal, [.. tensors.Select(tensor => new TensorDifference(
            tensor.Name,
            comparison.OperatorOf(tensor.Name),
            comparison.IsOutput(tensor.Name),
            Finite(tensor.SqnrDecibels),
            Finite(tensor.Relative),
            Finite(tensor.LargestAbsolute),
            Finite(tensor.LargestRelative)))]);
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static void Print(ModelComparison result, TextWriter output)
    {
        TextTable table = new(">SQNR dB", ">relative", ">largest", ">of maximum", "op", "tensor");
        IEnumerable<TensorDifference> shown = result.Tensors.Take(Shown).Concat(result.Tensors.Skip(Shown).Where(tensor => tensor.Output));
        foreach (TensorDifference tensor in shown)
        {
            table.Add(
                tensor.SqnrDb is { } sqnr ? sqnr.ToString("0.0", CultureInfo.InvariantCulture) : tensor.MaxAbs == 0 ? "equal" : "-",
                Number(tensor.Relative),
                Number(tensor.MaxAbs),
                Number(tensor.MaxRelative),
                tensor.Op,
                tensor.Output ? tensor.Name + "  (output)" : tensor.Name);
        }
        table.Write(output);
        int left = result.Tensors.Count(tensor => !tensor.Output) - result.Tensors.Take(Shown).Count(tensor => !tensor.Output);
        if (left > 0) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"... and {left} tensors that agree better (--json lists all)"));
        output.WriteLine();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Images} images: {(result.Equal ? "the outputs agree within" : "an output differs by more than")} {result.Tolerance}, relatively."));
    }

    private static string Number(double? value) => value switch
    {
        null => "not finite",
        0 => "0",
        _ => value.Value.ToString("0.0e+0", CultureInfo.InvariantCulture),
    };
}
