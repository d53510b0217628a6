using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Commands.Looking;

/// <summary>edgecnn show: pictures of what a network does with a picture, for study and for slides.</summary>
internal static class ShowCommand
{
    private static readonly string[] Subjects = ["filters", "features", "evidence", "dream", "edges", "template"];

    public static Command Create()
    {
        Argument<string> model = Settings.ModelArgument();
        Option<string> image = new("--image", "-i") { Description = "The picture.", HelpName = "file", Required = true };
        Option<string> output =
            new("--out", "-o") { Description = "The folder for the sheets.", HelpName = "folder", DefaultValueFactory = _ => "show" };
        Option<string[]> only = new("--only")
        {
            Description = $"What to show: {string.Join(", ", Subjects)}; all of it unless given.",
            HelpName = "subject",
            AllowMultipleArgumentsPerToken = true,
            CustomParser = Only,
        };
        Option<int> layers = Settings.Number(
            "--layers", "How many layers get a sheet of feature maps, evenly from the first to the last.", 1, 500, 8);
        Option<string?> layer = new("--layer")
        {
            Description = "The layer whose maps are shown and weighed for class evidence, by its name in 'edgecnn inspect'.",
            HelpName = "name",
        };
        Option<string?> classes =
            new("--class") { Description = "The class whose evidence is shown, by name or number.", HelpName = "name" };
        Option<string?> dream = new("--dream")
        {
            Description = "What DeepDream makes answer more: a layer, or one of its channels.",
            HelpName = "layer[:channel]",
        };
        Option<Box?> template = new("--template")
        {
            Description = "What template matching looks for, a part of the picture in pixels; the part of most contrast unless given.",
            HelpName = "X,Y,WIDTH,HEIGHT",
            CustomParser = Part,
        };
        Option<int> threads = Settings.Threads();
        Option<string?> labels = Settings.Labels();
        Option<bool> json = Settings.Json("one JSON object per sheet and line");
        OpenExtents open = new();
        DocumentedCommand command = new(
            "show",
            "Show what a network does with a picture: filters, feature maps, class evidence, dreams, as PNG for slides.",
            "edgecnn show yolox_nano.onnx --image street.jpg # everything, into the folder 'show'",
            "edgecnn show resnet20.onnx --image cat.png --only evidence --class cat # where it sees the cat",
            "edgecnn show yolov8n.onnx --image sky.jpg --only dream --dream /model.4/cv2/act/Mul_output_0:17 # one channel of one layer")
        {
            model, image, output, only, layers, layer, classes, dream, template, threads, labels, json,
        };
        open.AddTo(command, everyInput: false);
        command.SetAction((parsed, cancellation) => Task.FromResult(new ShowRun
        {
            Path = parsed.GetRequiredValue(model),
            Open = open.From(parsed),
            Image = parsed.GetRequiredValue(image),
            Folder = parsed.GetRequiredValue(output),
            Subjects = parsed.GetValue(only) is { Length: > 0 } chosen ? chosen : Subjects,
            Layers = parsed.GetValue(layers),
            Layer = parsed.GetValue(layer),
            Class = parsed.GetValue(classes),
            Dream = parsed.GetValue(dream),
            Template = parsed.GetValue(template),
            Labels = parsed.GetValue(labels),
            Threads = parsed.GetValue(threads),
            Json = parsed.GetValue(json),
        }.Execute(cancellation)));
        return command;
    }

    private static string[] Only(ArgumentResult result)
    {
        string[] subjects = [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries))];
        if (subjects.FirstOrDefault(subject => !Subjects.Contains(subject)) is { } unknown)
            result.AddError($"--only takes {string.Join(", ", Subjects)}, not '{unknown}'.");
        return subjects;
    }

    private static Box? Part(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        int[] sides = [.. text.Split(',').Select(part => int.TryParse(part, CultureInfo.InvariantCulture, out int side) ? side : -1)];
        if (sides.Length == 4 && sides.All(side => side >= 0)) return new Box(sides[0], sides[1], sides[2], sides[3]);
        result.AddError($"--template is '{text}'; it takes X,Y,WIDTH,HEIGHT in pixels of the picture, such as 40,60,32,32.");
        return null;
    }
}
