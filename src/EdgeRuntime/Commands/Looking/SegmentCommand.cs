using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Debugging;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models.Tasks;

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
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetRequiredValue(files),
            settings.Model(parsed, parsed.GetRequiredValue(model)),
            settings.Inference(parsed),
            parsed.GetValue(save),
            parsed.GetValue(masks),
            parsed.GetValue(json),
            cancellation)));
        return command;
    }

    private static int Run(
        string[] paths,
        ModelOptions options,
        InferenceOptions inference,
        string? save,
        string? masks,
        bool json,
        CancellationToken cancellation)
    {
        Complaints complaints = new();
        List<InputFile> files = ImageFiles.Expand(paths, complaints.Add);
        if (files.Count == 0) return complaints.ExitCode;

        using VisionModel model = VisionModel.Load(options, inference);
        model.Require(TaskKind.Segment, options.Path);
        Complaints.Note(model.Assumptions);
        using AnnotatedFiles? annotated = save is null ? null : new AnnotatedFiles(save);
        if (masks is not null) AnnotatedFiles.Create(masks, "--masks");
        TimedModel timed = new(model);

        foreach ((Picture picture, StageTimes times) in timed.Run(new Pictures(complaints.Add, cancellation).Read(files)))
        {
            (int ClassId, double Share)[] shares = Shares(timed.Mask);
            if (json)
                Console.Out.WriteLine(JsonSerializer.Serialize(Document(picture, shares, model, times), Documents.Json.ImageSegments));
            else
                Print(picture, shares, model, times);
            if (masks is not null && picture.Number is null)
            {
                string path = Path.Combine(masks, Path.ChangeExtension(Path.GetFileName(picture.Path), ".png"));
                MaskFile.Write(path, new Mask(picture.Frame.Width, picture.Frame.Height, timed.Mask));
            }
            if (annotated is null) continue;
            Overlay.Draw(picture.Frame, timed.Mask, model.Labels);
            annotated.Add(picture);
        }
        return complaints.ExitCode;
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

    private static ImageSegments Document(
        Picture picture, (int ClassId, double Share)[] shares, VisionModel model, StageTimes times) => new(
        picture.Path,
        picture.Number,
        picture.Frame.Width,
        picture.Frame.Height,
        [.. shares.Select(found => new FoundSegment(model.Label(found.ClassId), found.ClassId, Math.Round(found.Share, 6)))],
        times);

    private static void Print(Picture picture, (int ClassId, double Share)[] shares, VisionModel model, StageTimes times)
    {
        Console.Out.WriteLine($"{picture.Name}  {picture.Frame.Width}x{picture.Frame.Height}  {times}");
        foreach ((int id, double share) in shares)
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {100 * share,5:0.0} %  {model.Label(id)}"));
    }
}
