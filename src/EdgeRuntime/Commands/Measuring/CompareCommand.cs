using System.CommandLine;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Commands.Looking;
using EdgeCnn.Models.Onnx;

namespace EdgeCnn.EdgeRuntime.Commands.Measuring;

/// <summary>edgecnn compare: the engine against ONNX Runtime, tensor by tensor.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        Argument<string> model = Settings.ModelArgument();
        Option<string> images = Settings.Images();
        Option<int> limit = Settings.Limit();
        Option<double> tolerance = Settings.Number(
            "--tolerance",
            "What a tensor's own error may be, of its largest magnitude (integers: one unit); and the outputs' accumulated error.",
            0.0, 1.0, 1e-4);
        Option<int> threads = Settings.Threads();
        OpenExtents open = new();
        Option<bool> json = Settings.Json("one JSON document");
        DocumentedCommand command = new(
            "compare",
            "Run images through the engine and through ONNX Runtime and compare every tensor, the worst first.",
            "edgecnn compare yolox_nano.onnx --images photos/ --limit 8 # eight images, the worst tensors in a table",
            "edgecnn compare detector.onnx --images photos/ --tolerance 0.001 --json # for programs; exit code 1 when a tensor is off")
        {
            model, images, limit, tolerance, threads, json,
        };
        command.Details =
            "A tensor's own error is that of its node alone, computed from ONNX Runtime's values; the accumulated error is that of the\n"
            + "engine as a whole. The command passes when every own error is within the tolerance and, unless the model rounds its\n"
            + "activations to integers while it runs, the accumulated errors of the outputs are too.";
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
            IEnumerable<InputFile> files = images.Select(image => new InputFile(image, IsVideo: false));
            foreach (Picture picture in new Pictures(complaints.Add, cancellation).Read(files))
            {
                using (picture.Frame) comparison.Add(picture.Frame.View);
                progress.Report(++compared);
            }
        }
        if (compared == 0) throw new EdgeException("None of the images could be read, so nothing was compared.");

        ModelComparison result = ComparisonReport.Judge(path, comparison, compared, tolerance);
        if (json) Console.Out.WriteLine(JsonSerializer.Serialize(result, Documents.Json.ModelComparison));
        else ComparisonReport.Print(result, Console.Out);
        return result.Equal ? complaints.ExitCode : 1;
    }
}
