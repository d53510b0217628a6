using System.CommandLine;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models;

namespace EdgeCnn.EdgeRuntime.Commands.Measuring;

/// <summary>edgecnn evaluate: how well models do on pictures whose truth is known, one or several side by side.</summary>
internal static class EvaluateCommand
{
    /// <summary>COCO's measure wants the whole list of detections, down to the unlikely ones.</summary>
    public const float LeastConfidence = 0.001f;

    public const float Iou = 0.65f;

    public static Command Create()
    {
        Argument<string[]> models = Settings.ModelArguments();
        Option<string?> dataset = new("--dataset", "-d")
        {
            Description = "For detectors, the annotations, as COCO's JSON; its categories are matched with the classes by name.",
            HelpName = "coco.json",
        };
        Option<string?> masks = Settings.Masks();
        Option<string> images = Settings.Images(
            "The folder of the images; for classifiers, of one folder for each class, named as the class or with its number.");
        Option<int> limit = Settings.Limit();
        Option<string?> detections = new("--detections")
        {
            Description = "Write what the first model found to this file, as COCO's own tools read it.",
            HelpName = "file.json",
        };
        // Only detectors have use for the first two.
        ModelSettings settings = new() { Confidence = Settings.Confidence(LeastConfidence), Iou = Settings.Iou(Iou) };
        Option<bool> json = Settings.Json("one JSON object per model and line");
        DocumentedCommand command = new(
            "evaluate",
            "Measure how well models find annotated objects, name what pictures or their pixels show, one or several side by side.",
            "edgecnn evaluate yolox_nano.onnx --dataset instances.json --images val2017/ # a detector",
            "edgecnn evaluate yolov8n.onnx yolov8n_int8.onnx -d instances.json -i val2017/ # what 8 bits cost",
            "edgecnn evaluate resnet50.onnx --images val/ --labels imagenet.txt # a classifier; val/ has a folder for each class",
            "edgecnn evaluate unet.onnx --images photos/ --masks masks/ # a segmenter; masks/NAME.png has the classes of NAME.jpg",
            "edgecnn evaluate yolox_nano.onnx -d instances.json -i val2017/ -b onnxruntime --json # ONNX Runtime's, for programs")
        {
            models, dataset, masks, images, limit, detections,
        };
        command.Details =
            "Detectors get COCO's mAP@[.5:.95] and mAP@.5, classifiers the share of right answers, at once and among five (top-1, top-5),\n"
            + "segmenters the mean over classes of intersection over union (mIoU) and the share of right pixels. Several models are shown\n"
            + "side by side, with what they lose against the first.";
        settings.AddTo(command);
        command.Add(json);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            [.. parsed.GetRequiredValue(models).Select(path => settings.Model(parsed, path))],
            settings.Inference(parsed),
            new EvaluationData(parsed.GetValue(dataset), parsed.GetValue(masks), parsed.GetRequiredValue(images), parsed.GetValue(limit)),
            parsed.GetValue(detections),
            parsed.GetValue(json),
            cancellation)));
        return command;
    }

    private static int Run(
        ModelOptions[] models,
        InferenceOptions inference,
        EvaluationData data,
        string? detections,
        bool json,
        CancellationToken cancellation)
    {
        if (detections is not null && data.Annotations is null)
            throw new SettingsException("--detections writes what detectors find; name their annotations with --dataset.");
        Complaints complaints = new();
        List<ModelEvaluation> results = [];
        foreach (ModelOptions options in models)
        {
            using VisionModel model = VisionModel.Load(options, inference);
            ModelEvaluation.Require(model, options.Path, data);
            Complaints.Note(model.Assumptions);
            ModelEvaluation result = ModelEvaluation.Of(model, data, complaints.Add, cancellation);
            if (detections is not null && results.Count == 0) Save(detections, result.Found);
            results.Add(result);
            ModelScore score = Score(options.Path, inference.Backend, result);
            if (json) Console.Out.WriteLine(JsonSerializer.Serialize(score, Documents.Json.ModelScore));
        }
        if (!json) EvaluationTable.Write([.. models.Select(model => model.Path)], results, inference.Backend, Console.Out);
        return complaints.ExitCode;
    }

    private static void Save(string path, IReadOnlyList<CocoResult> found)
    {
        try
        {
            WholeFile.Write(path, file => JsonSerializer.Serialize(file, found, Documents.Json.IReadOnlyListCocoResult));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EdgeException($"The detections cannot be written to '{path}': {e.Message}", e);
        }
    }

    private static ModelScore Score(string path, string backend, ModelEvaluation result) => new(
        path,
        backend,
        result.Images,
        result.Detection?.MeanAveragePrecision,
        result.Detection?.AveragePrecision50,
        result.Classification?.Top1,
        result.Classification?.Top5,
        result.Segmentation?.MeanIou,
        result.Segmentation?.PixelAccuracy);
}
