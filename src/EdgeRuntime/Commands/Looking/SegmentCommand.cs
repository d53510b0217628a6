using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Debugging;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models.Tasks;
using ClassMask = EdgeCnn.Training.Data.ClassMask;

namespace EdgeCnn.EdgeRuntime.Commands.Looking;

/// <summary>edgecnn segment: says of each pixel what it shows.</summary>
internal static class SegmentCommand
{
    public static Command Create()
    {
        Argument<string[]> files = Settings.Files("Images, folders (the images directly in them, in the order of their names), or videos.");
        Option<string> model = Settings.Model();
        ModelSettings settings = new();
        Option<string?> save = new("--save", "-o")
        {
            Description = "Write coloured pictures into this folder: images under their own names, videos as NAME.mp4.",
            HelpName = "folder",
        };
        Option<string?> masks = new("--masks")
        {
            Description = "Write the classes of each image's pixels into this folder, as grey levels of NAME.png.",
            HelpName = "folder",
        };
        Option<bool> json = Settings.Json("one JSON object per picture and line");
        DocumentedCommand command = new(
            "segment",
            "Say of each pixel of images, folders and videos what it shows.",
            "edgecnn segment street.jpg --model fcn_resnet50.onnx --save out # shares of the classes; a coloured copy in 'out'",
            "edgecnn segment photos/ --model unet.onnx --masks masks --json # the classes of all pixels as PNG, for programs")
        {
            files, model,
        };
        settings.AddTo(command);
        command.Add(save);
        command.Add(masks);
        command.Add(json);
        command.SetAction((parsed, cancellation) =>
        {
            (bool asJson, string? folder) = (parsed.GetValue(json), parsed.GetValue(masks));
            FileRun run = new(
                parsed.GetRequiredValue(files),
                settings.Model(parsed, parsed.GetRequiredValue(model)),
                settings.Inference(parsed),
                parsed.GetValue(save));
            return Task.FromResult(run.Execute(TaskKind.Segment, Show, Draw, cancellation));

            void Show(SeenPicture seen)
            {
                if (asJson) PrintDocument(seen);
                else Print(seen);
                if (folder is not null && seen.Picture.Number is null) WriteMask(seen, folder);
            }
        });
        return command;
    }

    private static void Draw(SeenPicture seen) => Overlay.Draw(seen.Picture.Frame, seen.Seen.Mask, seen.Model.Labels);

    private static void WriteMask(SeenPicture seen, string folder)
    {
        AnnotatedFiles.Create(folder, "--masks");
        string path = Path.Combine(folder, Path.ChangeExtension(Path.GetFileName(seen.Picture.Path), ".png"));
        MaskFile.Write(path, new ClassMask(seen.Picture.Frame.Width, seen.Picture.Frame.Height, seen.Seen.Mask));
    }

    /// <summary>The classes that were found and what part of the picture each covers, the largest first.</summary>
    private static (int ClassId, double Share)[] Shares(byte[] mask)
    {
        int[] counts = new int[Segmenter.MostClasses + 1];
        foreach (byte id in mask) counts[id]++;
        return
        [
            .. Enumerable.Range(0, counts.Length).Where(id => counts[id] > 0)
                .Select(id => (id, (double)counts[id] / mask.Length)).OrderByDescending(found => found.Item2),
        ];
    }

    private static void PrintDocument(SeenPicture seen)
    {
        (Picture picture, VisionModel model) = (seen.Picture, seen.Model);
        ImageSegments document = new(
            picture.Path,
            picture.Number,
            picture.Frame.Width,
            picture.Frame.Height,
            [.. Shares(seen.Seen.Mask).Select(found => new FoundSegment(
                model.Label(found.ClassId),
                found.ClassId,
                Math.Round(found.Share, 6)))],
            seen.Times);
        Console.Out.WriteLine(JsonSerializer.Serialize(document, Documents.Json.ImageSegments));
    }

    private static void Print(SeenPicture seen)
    {
        Console.Out.WriteLine($"{seen.Title}  {seen.Times}");
        foreach ((int id, double share) in Shares(seen.Seen.Mask))
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {100 * share,5:0.0} %  {seen.Model.Label(id)}"));
    }
}
