using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Debugging;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Commands.Looking;

/// <summary>edgecnn detect: finds objects in images, folders and videos.</summary>
internal static class DetectCommand
{
    public static Command Create()
    {
        Argument<string[]> files = Settings.Files("Images, folders (the images directly in them, in the order of their names), or videos.");
        Option<string> model = Settings.Model();
        ModelSettings settings = new() { Confidence = Settings.Confidence(), Iou = Settings.Iou() };
        Option<string?> save = new("--save", "-o")
        {
            Description = "Write annotated pictures into this folder: images under their own names, videos as NAME.mp4.",
            HelpName = "folder",
        };
        Option<bool> json = Settings.Json("one JSON object per picture and line");
        DocumentedCommand command = new(
            "detect",
            "Find objects in images, folders and videos.",
            "edgecnn detect street.jpg --model yolox_nano.onnx # what is in a picture",
            "edgecnn detect photos/ --model yolov8n.onnx --confidence 0.5 --save out # a folder; annotated copies in 'out'",
            "edgecnn detect drive.mp4 --model yolox_nano.onnx --json | jq .detections # a video, one JSON object per frame",
            "edgecnn detect street.jpg -m yolov8n.onnx --backend onnxruntime -t 2 # computed by ONNX Runtime on two threads")
        {
            files, model,
        };
        settings.AddTo(command);
        command.Add(save);
        command.Add(json);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetRequiredValue(files),
            settings.Model(parsed, parsed.GetRequiredValue(model)),
            settings.Inference(parsed),
            parsed.GetValue(save),
            parsed.GetValue(json),
            cancellation)));
        return command;
    }

    private static int Run(
        string[] paths, ModelOptions options, InferenceOptions inference, string? save, bool json, CancellationToken cancellation)
    {
        Complaints complaints = new();
        List<InputFile> files = ImageFiles.Expand(paths, complaints.Add);
        if (files.Count == 0) return complaints.ExitCode;

        using VisionModel model = VisionModel.Load(options, inference);
        model.Require(TaskKind.Detect, options.Path);
        Complaints.Note(model.Assumptions);
        using AnnotatedFiles? annotated = save is null ? null : new AnnotatedFiles(save);
        TimedModel timed = new(model);

        foreach ((Picture picture, StageTimes times) in timed.Run(new Pictures(complaints.Add, cancellation).Read(files)))
        {
            if (json)
                Console.Out.WriteLine(JsonSerializer.Serialize(Document(picture, timed.Detections, model, times), Documents.Json.ImageDetections));
            else
                Print(picture, timed.Detections, model, times);
            if (annotated is null) continue;
            Overlay.Draw(picture.Frame, timed.Detections, model.Labels);
            annotated.Add(picture);
        }
        return complaints.ExitCode;
    }

    private static ImageDetections Document(Picture picture, List<Detection> detections, VisionModel model, StageTimes times) => new(
        picture.Path,
        picture.Number,
        picture.Frame.Width,
        picture.Frame.Height,
        [.. detections.Select(found => new FoundObject(
            model.Label(found.ClassId),
            found.ClassId,
            found.Confidence,
            [found.Box.X, found.Box.Y, found.Box.Width, found.Box.Height]))],
        times);

    private static void Print(Picture picture, List<Detection> detections, VisionModel model, StageTimes times)
    {
        string objects = detections.Count == 1 ? "1 object" : $"{detections.Count} objects";
        Console.Out.WriteLine($"{picture.Name}  {picture.Frame.Width}x{picture.Frame.Height}  {objects}  {times}");
        int widest = detections.Count == 0 ? 0 : detections.Max(found => model.Label(found.ClassId).Length);
        foreach (Detection found in detections)
        {
            string box = string.Create(
                CultureInfo.InvariantCulture, $"x {found.Box.X:0.0}  y {found.Box.Y:0.0}  {found.Box.Width:0.0} x {found.Box.Height:0.0}");
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {model.Label(found.ClassId).PadRight(widest)}  {found.Confidence:0.00}  {box}"));
        }
    }
}
