using System.CommandLine;
using EdgeCnn.EdgeRuntime.Commands.Measuring;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Quantization;

namespace EdgeCnn.EdgeRuntime.Commands.Quantizing;

/// <summary>edgecnn quantize: an 8-bit network from a float one and some pictures.</summary>
internal static class QuantizeCommand
{
    public static Command Create()
    {
        Argument<string> model = Settings.ModelArgument();
        Option<string> calibration = Settings.Folder(
            "--calibration", "The folder of pictures that show what the network will see: some dozens, of the kind it is used on.", "-c");
        Option<string> output = Settings.Output();
        Option<string?> dataset = new("--dataset", "-d")
        {
            Description = "For detectors: annotations in COCO's format; what is lost is then measured as mean average precision.",
            HelpName = "coco.json",
        };
        Option<string?> images = new("--images", "-i")
        {
            Description = "The folder of the annotated images; for classifiers, a folder with one folder of images for each class.",
            HelpName = "folder",
        };
        Option<string?> masks = Settings.Masks();
        Option<double?> most = Settings.Ratio(
            "--max-drop",
            "What may be lost: of mAP, mIoU or top-1 (default 0.01: a point); without --images, the noise's share of the outputs' energy (0.05).");
        Option<bool> force = new("--force") { Description = "Write the network even if it loses more." };
        Option<bool> sensitivity = new("--sensitivity") { Description = "Show what quantising each layer costs, which takes a while." };
        Option<string> method = Settings.Choice(
            "--method", "What decides the range of an activation: the share of values inside, all of them, divergence or squared error.",
            ["percentile", "minmax", "entropy", "mse"]);
        Option<double> percentile = Settings.Number(
            "--percentile", "For --method percentile: of 100 values so many are not above the range, and as many not below it.",
            50.0, 100.0, QuantizationOptions.DefaultPercentile);
        Option<string> weights = Settings.Choice(
            "--weights", "What weights leave room for in 16-bit sums: chains of two pairs, of four (fastest on x86 without VNNI), pairs, or nothing (finest).",
            ["chain2", "chain4", "pair", "full"]);
        Option<string> style = Settings.Choice(
            "--style", "Where the file quantises: where 8-bit values are to exist, or around each operator, for ONNX Runtime's kernels.",
            ["lean", "full"]);
        Option<string[]> keep = new("--keep")
        {
            Description = "Nodes that stay float, by name.",
            HelpName = "NODE",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<int> limit = Settings.Limit();
        Option<string?> labels = Settings.Labels();
        Option<int> threads = Settings.Threads();
        OpenExtents open = new();
        Option<bool> json = Settings.Json("one JSON document");
        DocumentedCommand command = new(
            "quantize",
            "Make an 8-bit network of a float one, and write it if it loses no more than it may.",
            "edgecnn quantize yolox_nano.onnx --calibration photos/ -o yolox_nano.int8.onnx # judged by its outputs",
            "edgecnn quantize yolov8n.onnx -c photos/ -o y.onnx -d instances.json -i val2017/ # judged by what it finds",
            "edgecnn quantize resnet18.onnx -c photos/ -o r.onnx --style full --method minmax # for ONNX Runtime's kernels")
        {
            model, calibration, output, dataset, masks, images, most, force, sensitivity,
            method, percentile, weights, style, keep, limit, labels, threads,
        };
        command.Details =
            "The file is ordinary ONNX with QuantizeLinear and DequantizeLinear. Where the network loses more than --max-drop, the layers\n"
            + "that cost most get finer weights, then data in 16 bits, and stay float in the end; what still loses more is not written\n"
            + "(exit code 1).";
        open.AddTo(command, everyInput: false);
        command.Add(json);
        command.SetAction((parsed, cancellation) =>
        {
            string path = parsed.GetRequiredValue(model);
            InferenceOptions inference = new() { Threads = parsed.GetValue(threads) };
            if (parsed.GetValue(dataset) is not null && parsed.GetValue(images) is null)
                throw new SettingsException("--dataset needs --images, the folder of the annotated images.");
            if (parsed.GetValue(masks) is not null && parsed.GetValue(images) is null)
                throw new SettingsException("--masks needs --images, the folder of the images that they belong to.");
            return Task.FromResult(new QuantizeRun
            {
                Path = path,
                Output = parsed.GetRequiredValue(output),
                Open = open.From(parsed),
                Calibration = (graph, complain) =>
                    CalibrationPictures.Of(graph, path, parsed.GetRequiredValue(calibration), parsed.GetValue(limit), complain),
                Options = new QuantizationOptions
                {
                    Method = Enum.Parse<RangeMethod>(parsed.GetRequiredValue(method), ignoreCase: true),
                    Percentile = parsed.GetValue(percentile),
                    Weights = Enum.Parse<WeightRange>(parsed.GetRequiredValue(weights), ignoreCase: true),
                    Style = Enum.Parse<QdqStyle>(parsed.GetRequiredValue(style), ignoreCase: true),
                    Keep = (parsed.GetValue(keep) ?? []).ToHashSet(),
                    Threads = inference.Threads,
                },
                Model = new ModelOptions
                {
                    Path = path,
                    Labels = parsed.GetValue(labels),
                    Confidence = EvaluateCommand.LeastConfidence,
                    Iou = EvaluateCommand.Iou,
                    InputWidth = open.From(parsed).Width,
                    InputHeight = open.From(parsed).Height,
                },
                Inference = inference,
                Data = parsed.GetValue(images) is { } folder
                    ? new EvaluationData(parsed.GetValue(dataset), parsed.GetValue(masks), folder, parsed.GetValue(limit))
                    : null,
                MaxDrop = parsed.GetValue(most) ?? (parsed.GetValue(images) is null ? QuantizeRun.MostNoise : QuantizeRun.MostPoints),
                Force = parsed.GetValue(force),
                Sensitivity = parsed.GetValue(sensitivity),
                Json = parsed.GetValue(json),
            }.Execute(cancellation));
        });
        return command;
    }
}
