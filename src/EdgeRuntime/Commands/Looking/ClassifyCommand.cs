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
        ModelSettings settings =
            new() { Top = Settings.Number("--top", "How many classes to name, the likeliest first.", 1, 10_000, 5, "-k") };
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
        command.SetAction((parsed, cancellation) => Task.FromResult(
            new FileRun(
                parsed.GetRequiredValue(files),
                settings.Model(parsed, parsed.GetRequiredValue(model)),
                settings.Inference(parsed))
                .Execute(TaskKind.Classify, parsed.GetValue(json) ? PrintDocument : Print, draw: null, cancellation)));
        return command;
    }

    private static void PrintDocument(SeenPicture seen)
    {
        (Picture picture, VisionModel model) = (seen.Picture, seen.Model);
        ImageClasses document = new(
            picture.Path,
            picture.Number,
            picture.Frame.Width,
            picture.Frame.Height,
            [.. seen.Seen.Classes.Select(found => new FoundClass(model.Label(found.ClassId), found.ClassId, found.Confidence))],
            seen.Times);
        Console.Out.WriteLine(JsonSerializer.Serialize(document, Documents.Json.ImageClasses));
    }

    private static void Print(SeenPicture seen)
    {
        Console.Out.WriteLine($"{seen.Title}  {seen.Times}");
        foreach (ClassScore found in seen.Seen.Classes)
        {
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {found.Confidence:0.000}  {seen.Model.Label(found.ClassId)}"));
        }
    }
}
