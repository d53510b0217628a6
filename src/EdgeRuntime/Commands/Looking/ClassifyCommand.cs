using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Commands.Looking;

/// <summary>edgecnn classify: says what images show as a whole.</summary>
internal static class ClassifyCommand
{
    public static Command Create()
    {
        Argument<string[]> files = Settings.Files("Images, folders (the images directly in them, in the order of their names), or videos.");
        Option<string> model = Settings.Model();
        ModelSettings settings = new() { Top = Settings.Number("--top", "How many classes to name, the likeliest first.", 1, 10_000, 5, "-k") };
        Option<bool> json = Settings.Json("one JSON object per picture and line");
        DocumentedCommand command = new(
            "classify",
            "Say what images, folders and videos show as a whole.",
            "edgecnn classify cat.jpg --model resnet50.onnx --labels imagenet.txt # the five likeliest classes, by name",
            "edgecnn classify digits/ --model mnist.onnx --top 1 --json # a folder, one JSON object per image")
        {
            files, model,
        };
        settings.AddTo(command);
        command.Add(json);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetRequiredValue(files),
            settings.Model(parsed, parsed.GetRequiredValue(model)),
            settings.Inference(parsed),
            parsed.GetValue(json),
            cancellation)));
        return command;
    }

    private static int Run(string[] paths, ModelOptions options, InferenceOptions inference, bool json, CancellationToken cancellation)
    {
        Complaints complaints = new();
        List<InputFile> files = ImageFiles.Expand(paths, complaints.Add);
        if (files.Count == 0) return complaints.ExitCode;

        using VisionModel model = VisionModel.Load(options, inference);
        model.Require(TaskKind.Classify, options.Path);
        Complaints.Note(model.Assumptions);
        TimedModel timed = new(model);

        foreach ((Picture picture, StageTimes times) in timed.Run(new Pictures(complaints.Add, cancellation).Read(files)))
        {
            if (json)
                Console.Out.WriteLine(JsonSerializer.Serialize(Document(picture, timed.Classes, model, times), Documents.Json.ImageClasses));
            else
                Print(picture, timed.Classes, model, times);
        }
        return complaints.ExitCode;
    }

    private static ImageClasses Document(Picture picture, List<ClassScore> classes, VisionModel model, StageTimes times) => new(
        picture.Path,
        picture.Number,
        picture.Frame.Width,
        picture.Frame.Height,
        [.. classes.Select(found => new FoundClass(model.Label(found.ClassId), found.ClassId, found.Confidence))],
        times);

    private static void Print(Picture picture, List<ClassScore> classes, VisionModel model, StageTimes times)
    {
        Console.Out.WriteLine($"{picture.Name}  {picture.Frame.Width}x{picture.Frame.Height}  {times}");
        foreach (ClassScore found in classes)
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {found.Confidence:0.000}  {model.Label(found.ClassId)}"));
    }
}
