using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models.Zoo;

namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>
/// The options that several commands have, each defined once: name, range, and the sentence for a value that does not fit.
/// </summary>
internal static class Settings
{
    /// <summary>Of an image, in pixels.</summary>
    private const int LargestSide = 16_384;

    public static readonly string[] Backends = [InferenceOptions.Engine, InferenceOptions.OnnxRuntime];

    public static Option<string> Model() => new("--model", "-m")
    {
        Description = "The network: an ONNX file.",
        HelpName = "model.onnx",
        Required = true,
        CustomParser = NotEmpty,
    };

    public static Argument<string> ModelArgument() => new("MODEL")
    {
        Description = "The network: an ONNX file.",
        CustomParser = NotEmpty,
        Validators = { WrongUsage.RefuseOptions },
    };

    public static Argument<string[]> ModelArguments() => new("MODEL")
    {
        Description = "The networks: ONNX files.",
        Arity = ArgumentArity.OneOrMore,
        Validators = { WrongUsage.RefuseOptions },
    };

    public static Argument<string[]> Files(string description) => new("FILE")
    {
        Description = description,
        Arity = ArgumentArity.OneOrMore,
        Validators = { WrongUsage.RefuseOptions },
    };

    public static Option<string> Backend() => new("--backend", "-b")
    {
        Description = "Who computes: 'engine', EdgeCnn's own, or 'onnxruntime'.",
        HelpName = "engine|onnxruntime",
        DefaultValueFactory = _ => Backends[0],
        CustomParser = result => OneOf(result, Backends),
    };

    /// <summary>The back end to compare with; null for none.</summary>
    public static Option<string?> OtherBackend() => new("--against", "-a")
    {
        Description = "Run another back end in turns with the first, in the same process, and give the ratio of the medians.",
        HelpName = "engine|onnxruntime",
        CustomParser = result => OneOf(result, Backends),
    };

    public static Option<int> Threads() =>
        Number("--threads", "Threads that compute; 0 takes as many as the machine has cores.", 0, 256, 0, "-t");

    /// <param name="standard">What holds when nobody says; null: what the model's card says.</param>
    public static Option<float?> Confidence(float? standard = null) =>
        Share("--confidence", "Leave out what is less certain than this, 0 to 1", standard, "-c");

    /// <param name="standard">What holds when nobody says; null: what the model's card says.</param>
    public static Option<float?> Iou(float? standard = null) =>
        Share("--iou", "Of two boxes of a class that overlap more than this, 0 to 1, keep the better one", standard);

    public static Option<string?> Labels() => new("--labels")
    {
        Description = "A text file with the class names, one per line in the order of the class ids.",
        HelpName = "file",
    };

    public static Option<bool> Json(string what) => new("--json") { Description = $"Print {what} on stdout, and nothing else." };

    public static Option<string> Images(string description = "The folder of the images (its own files, not those of folders in it).") =>
        Folder("--images", description, "-i");

    public static Option<string> Folder(string name, string description, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = "folder",
        Required = true,
        CustomParser = NotEmpty,
    };

    public static Option<string> Output() => new("--output", "-o")
    {
        Description = "The ONNX file to write.",
        HelpName = "model.onnx",
        Required = true,
        CustomParser = NotEmpty,
    };

    /// <summary>One of some words, the first by default.</summary>
    public static Option<string> Choice(string name, string description, string[] words) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', words),
        DefaultValueFactory = _ => words[0],
        CustomParser = result => OneOf(result, words),
    };

    public static Option<int> Limit() =>
        Number("--limit", "Stop after this many images, taken in the order of their names; 0 takes all.", 0, int.MaxValue, 0, "-n");

    public static Option<string?> Masks() => new("--masks")
    {
        Description =
            "For segmenters, the folder of masks, NAME.png for each image: grey levels are classes, 255 does not count; or VOC's colours.",
        HelpName = "folder",
    };

    /// <summary>A number within a range, with a default.</summary>
    public static Option<T> Number<T>(string name, string description, T least, T most, T standard, params string[] aliases)
        where T : struct, INumber<T> => new(name, aliases)
        {
            Description = description,
            HelpName = "number",
            DefaultValueFactory = _ => standard,
            CustomParser = result => Parse(result, least, most) ?? standard,
        };

    /// <summary>The size of a network's images: 320x256, or one number for square ones.</summary>
    public static Option<ImageSize?> ImageSize(string description) => new("--size")
    {
        Description = description,
        HelpName = "WIDTHxHEIGHT|SIDE",
        CustomParser = Size,
    };

    /// <summary>A number from 0 to 1, or none.</summary>
    public static Option<double?> Ratio(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "number",
        CustomParser = result => Parse(result, 0.0, 1.0),
    };

    private static Option<float?> Share(string name, string description, float? standard, params string[] aliases)
    {
        Option<float?> option = new(name, aliases)
        {
            Description = standard is null ? $"{description} (default: what the model's card says)." : $"{description}.",
            HelpName = "number",
            CustomParser = result => Parse(result, 0f, 1f),
        };
        if (standard is not null) option.DefaultValueFactory = _ => standard;
        return option;
    }

    private static T? Parse<T>(ArgumentResult result, T least, T most) where T : struct, INumber<T>
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        // NaN fails both comparisons, as it should.
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T value) && value >= least && value <= most)
            return value;
        string kind = T.IsInteger(least) && typeof(T) != typeof(float) && typeof(T) != typeof(double) ? "a whole number" : "a number";
        string range = most is int.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"of {least} or more")
            : string.Create(CultureInfo.InvariantCulture, $"from {least} to {most}");
        result.AddError($"{NameOf(result)} takes {kind} {range}, not '{text}'.");
        return null;
    }

    private static string OneOf(ArgumentResult result, string[] known)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (known.Contains(text)) return text;
        result.AddError($"{NameOf(result)} takes {string.Join(" or ", known)}, not '{text}'.");
        return known[0];
    }

    private static string NotEmpty(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (text.Length == 0) result.AddError($"{NameOf(result)} is empty.");
        return text;
    }

    private static string NameOf(ArgumentResult result) => result.Parent is OptionResult option ? option.Option.Name : result.Argument.Name;

    private static ImageSize? Size(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        int cross = text.IndexOf('x', StringComparison.Ordinal);
        if (Side(text.AsSpan(0, cross < 0 ? text.Length : cross)) is { } width && Side(text.AsSpan(cross + 1)) is { } height)
            return new ImageSize(height, width);
        result.AddError($"--size is '{text}'; it needs 320x256 (width x height) or the side of a square, from 1 to {LargestSide} pixels.");
        return null;
    }

    private static int? Side(ReadOnlySpan<char> text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int side) && side is > 0 and <= LargestSide ? side : null;
}
