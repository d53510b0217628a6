using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Quantization.Evaluation;

namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>edgecnn evaluate: how well a detector does on annotated images.</summary>
internal static class EvaluateCommand
{
    /// <summary>COCO's measure wants the whole list of detections, down to the unlikely ones.</summary>
    private const float Confidence = 0.001f;

    private const float Iou = 0.65f;

    public static Command Create()
    {
        Argument<string> model = Settings.ModelArgument();
        Option<string> dataset = new("--dataset", "-d")
        {
            Description = "The annotations: a JSON file in COCO's format. Its categories are matched with the model's classes by name.",
            HelpName = "coco.json",
            Required = true,
        };
        Option<string> images = Settings.Images();
        Option<int> limit = Settings.Limit();
        ModelSettings settings = new() { Confidence = Settings.Confidence(Confidence), Iou = Settings.Iou(Iou) };
        Option<bool> json = Settings.Json("one JSON document");
        DocumentedCommand command = new(
            "evaluate",
            "Measure how well a detector finds annotated objects: COCO's mAP@[.5:.95] and mAP@.5.",
            "edgecnn evaluate yolox_nano.onnx --dataset instances.json --images val2017/ # the engine's",
            "edgecnn evaluate yolox_nano.onnx -d instances.json -i val2017/ -b onnxruntime --json # ONNX Runtime's, for programs")
        {
            model, dataset, images, limit, json,
        };
        settings.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            settings.Model(parsed, parsed.GetRequiredValue(model)),
            settings.Inference(parsed),
            parsed.GetRequiredValue(dataset),
            parsed.GetRequiredValue(images),
            parsed.GetValue(limit),
            parsed.GetValue(json),
            cancellation)));
        return command;
    }

    private static int Run(
        ModelOptions options, InferenceOptions inference, string annotations, string folder, int limit, bool json, CancellationToken cancellation)
    {
        Complaints complaints = new();
        using VisionModel model = VisionModel.Load(options, inference);
        if (model.Detector is null) throw new EdgeException($"'{options.Path}' is a classifier; evaluate measures detectors so far.");
        LabelledImage[] images = Present(CocoDataset.Load(annotations, model.Labels), annotations, folder, limit);
        Complaints.Note(model.Assumptions);

        // As the families evaluate themselves: YOLOX reports the best class of each place, all others every class that is likely enough.
        model.Detector.MultiLabel = model.Task.Layout != HeadLayout.Grid;
        DetectionEvaluation evaluation = new();
        TimedModel timed = new(model);
        Pictures pictures = new(complaints.Add, cancellation);
        using (Progress progress = new("images", images.Length))
        {
            foreach ((int done, LabelledImage image) in images.Index())
            {
                foreach (Picture picture in pictures.ReadImage(Path.Combine(folder, image.FileName)))
                {
                    using (picture.Frame) timed.Run(picture.Frame.View);
                    evaluation.Add(image.Truths, timed.Detections);
                }
                progress.Report(done + 1);
                cancellation.ThrowIfCancellationRequested();
            }
        }
        DetectionAccuracy accuracy = evaluation.Compute();
        if (accuracy.Images == 0) throw new EdgeException("None of the images could be read, so nothing was measured.");
        if (json)
        {
            ModelScore score = new(options.Path, inference.Backend, accuracy.Images, accuracy.MeanAveragePrecision, accuracy.AveragePrecision50);
            Console.Out.WriteLine(JsonSerializer.Serialize(score, Documents.Json.ModelScore));
        }
        else Print(accuracy, model);
        return complaints.ExitCode;
    }

    /// <summary>The annotated images that lie in the folder.</summary>
    private static LabelledImage[] Present(CocoDataset dataset, string annotations, string folder, int limit)
    {
        if (!Directory.Exists(folder)) throw new EdgeException($"There is no folder '{folder}'.");
        LabelledImage[] present = [.. dataset.Images.Where(image => File.Exists(Path.Combine(folder, image.FileName)))];
        if (present.Length == 0)
            throw new EdgeException($"None of the {dataset.Images.Count} images that '{annotations}' names lies in the folder '{folder}'.");
        if (present.Length < dataset.Images.Count)
        {
            Complaints.Note([string.Create(
                CultureInfo.InvariantCulture,
                $"{dataset.Images.Count - present.Length} of the {dataset.Images.Count} images that '{annotations}' names are not in '{folder}' and do not count.")]);
        }
        return limit > 0 ? present[..Math.Min(limit, present.Length)] : present;
    }

    private static void Print(DetectionAccuracy accuracy, VisionModel model)
    {
        TextTable table = new("class", ">AP");
        foreach ((int classId, double precision) in accuracy.ByClass.OrderBy(pair => pair.Value))
            table.Add(model.Label(classId), precision.ToString("0.000", CultureInfo.InvariantCulture));
        table.Write(Console.Out);
        Console.Out.WriteLine();
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"mAP@[.5:.95] {accuracy.MeanAveragePrecision:0.0000}, mAP@.5 {accuracy.AveragePrecision50:0.0000} ({accuracy.Images} images, {accuracy.Objects} objects, {model.Network.Backend})"));
    }
}
