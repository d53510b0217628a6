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
        command.SetAction((parsed, cancellation) => Task.FromResult(
            new FileRun(
                parsed.GetRequiredValue(files),
                settings.Model(parsed, parsed.GetRequiredValue(model)),
                settings.Inference(parsed),
                parsed.GetValue(save)).Execute(TaskKind.Detect, parsed.GetValue(json) ? PrintDocument : Print, Draw, cancellation)));
        return command;
    }

    private static void Draw(SeenPicture seen) => Overlay.Draw(seen.Picture.Frame, seen.Seen.Detections, seen.Model.Labels);

    private static void PrintDocument(SeenPicture seen)
    {
        (Picture picture, VisionModel model) = (seen.Picture, seen.Model);
        ImageDetections document = new(
            picture.Path,
            picture.Number,
            picture.Frame.Width,
            picture.Frame.Height,
            [.. seen.Seen.Detections.Select(found => new FoundObject(
                model.Label(found.ClassId),
                found.ClassId,
                found.Confidence,
                [found.Box.X, found.Box.Y, found.Box.Width, found.Box.Height]))],
            seen.Times);
        Console.Out.WriteLine(JsonSerializer.Serialize(document, Documents.Json.ImageDetections));
    }

    private static void Print(SeenPicture seen)
    {
        (VisionModel model, List<Detection> detections) = (seen.Model, seen.Seen.Detections);
        string objects = detections.Count == 1 ? "1 object" : $"{detections.Count} objects";
        Console.Out.WriteLine($"{seen.Title}  {objects}  {seen.Times}");
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
