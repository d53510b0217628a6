using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.Training.Augmenting;
using EdgeCnn.Training.Optimisers;

namespace EdgeCnn.EdgeRuntime.Commands.Learning;

/// <summary>The options of the commands that train: data, optimiser, schedule, files.</summary>
/// <param name="epochs">How many, unless told otherwise.</param>
/// <param name="adamRate">The learning rate of AdamW, unless told otherwise; SGD's is fifty times as high.</param>
internal sealed class TrainingSettings(int epochs, double adamRate)
{
    /// <summary>Of the pictures that are kept apart, where nobody says.</summary>
    public const double StandardShare = 0.2;

    private const double SgdFactor = 50;

    private readonly Option<string> _data = new("--data", "-d")
    {
        Description =
            "What to learn from: a folder of class folders, YOLO or COCO annotations, IDX files; 'synthetic:N' draws N scenes of an arena, "
            + "'synthetic-crops:N' N of the objects in it.",
        HelpName = "path|synthetic[:N]",
        Required = true,
    };

    private readonly Option<string?> _validation = new("--val")
    {
        Description = "What to judge by: other data, or the share of the data to keep apart (0.2 where the data do not say).",
        HelpName = "path|share",
    };

    private readonly Option<int> _epochs = Settings.Number("--epochs", "How often every picture is seen.", 1, 100_000, epochs, "-e");
    private readonly Option<int> _batch = Settings.Number("--batch", "Pictures of a step.", 1, 4096, 32, "-b");
    private readonly Option<double> _rate = Settings.Number(
        "--rate", "The learning rate; 0 takes what suits the optimiser.", 0.0, 100, 0, "-r");
    private readonly Option<string> _optimiser = Settings.Choice("--optimiser", "Who turns gradients into steps.", ["adamw", "sgd"]);
    private readonly Option<string> _schedule = Settings.Choice("--schedule", "How the rate falls.", ["cosine", "constant", "step"]);
    private readonly Option<double> _warmUp = Settings.Number("--warm-up", "Epochs over which the rate rises first.", 0.0, 100_000, 0.5);
    private readonly Option<double> _decay = Settings.Number("--decay", "Weight decay; -1 takes what suits the optimiser.", -1.0, 100, -1);
    private readonly Option<double> _average = Settings.Number(
        "--average", "Decay of the moving average of the weights, which is what is judged and written; 0 for the weights themselves.", 0.0,
        0.999999, 0.998);
    private readonly Option<double> _classWeight = Settings.Number(
        "--class-weight", "For detectors of YOLOv8's form: what classes count beside boxes (7.5) in the loss; 0 takes the published 0.5.",
        0.0, 1000, 0);
    private readonly Option<string> _augment = Settings.Choice(
        "--augment", "What is done to the pictures, for the network to see more than there is.",
        ["auto", "none", "digits", "classify", "detect", "scenes"]);
    private readonly Option<int> _patience = Settings.Number(
        "--patience", "Stop when so many epochs in a row were no better than the best one; 0 for never.", 0, 100_000, 0);
    private readonly Option<int> _seed = Settings.Number(
        "--seed", "Of everything that is random; equal seeds give equal networks.", 0, int.MaxValue, 1);
    private readonly Option<int> _threads = Settings.Threads();

    private readonly Option<string?> _output = new("--out", "-o")
    {
        Description = "The ONNX file to write; its loss curve (.loss.png, .loss.csv) is written beside it.",
        HelpName = "model.onnx",
    };

    private readonly Option<string?> _resume = new("--resume") { Description = "Go on where a run was stopped.", HelpName = "checkpoint" };

    private readonly Option<string?> _preview = new("--preview")
    {
        Description = "Only write a sheet of pictures as the network would see them, with their labels.",
        HelpName = "picture.png",
    };

    private readonly Option<bool> _aware = new("--qat")
    {
        Description = "Learn as the network in 8 bits will compute: weights and activations are rounded on the way forth.",
    };

    private readonly Option<bool> _int8 =
        new("--int8") { Description = "Also write the network in 8 bits, beside the other as .int8.onnx." };
    private readonly Option<bool> _json = Settings.Json("one JSON object per epoch");

    public void AddTo(Command command)
    {
        Option[] options =
        [
            _data, _validation, _output, _epochs, _batch, _rate, _optimiser, _schedule, _warmUp, _decay, _average, _classWeight, _augment,
            _patience,            _seed, _threads, _resume, _preview, _aware, _int8, _json,
        ];
        foreach (Option option in options) command.Add(option);
    }

    public int Seed(ParseResult parsed) => parsed.GetValue(_seed);

    /// <summary>The run that the command line asks for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="name">Of the network, for titles and files.</param>
    /// <param name="learner">Makes the network for the data.</param>
    public TrainRun Run(ParseResult parsed, string name, Func<TrainingPictures, Learner> learner)
    {
        OptimiserKind kind = parsed.GetRequiredValue(_optimiser) == "sgd" ? OptimiserKind.Sgd : OptimiserKind.AdamW;
        double rate = parsed.GetValue(_rate), decay = parsed.GetValue(_decay);
        string output = parsed.GetValue(_output) ?? $"{name}.onnx";
        if (Path.GetFileName(output).Length == 0) throw new SettingsException("--out names no file; give the ONNX file to write.");
        string augment = parsed.GetRequiredValue(_augment);
        return new TrainRun
        {
            Name = name,
            Learner = learner,
            Data = parsed.GetRequiredValue(_data),
            Validation = parsed.GetValue(_validation),
            Epochs = parsed.GetValue(_epochs),
            Batch = parsed.GetValue(_batch),
            Optimiser = new OptimiserOptions
            {
                Kind = kind,
                WeightDecay = decay >= 0 ? decay : kind == OptimiserKind.Sgd ? 5e-4 : 0.01,
            },
            Rate = rate > 0 ? rate : kind == OptimiserKind.Sgd ? adamRate * SgdFactor : adamRate,
            Schedule = Enum.Parse<ScheduleKind>(parsed.GetRequiredValue(_schedule), ignoreCase: true),
            WarmUp = parsed.GetValue(_warmUp),
            AverageDecay = parsed.GetValue(_average),
            ClassWeight = parsed.GetValue(_classWeight) is > 0 and var weight ? weight : null,
            Augmentation = augment == "auto" ? null : Augmentation.Find(augment),
            Patience = parsed.GetValue(_patience),
            Seed = (ulong)Seed(parsed),
            Threads = parsed.GetValue(_threads),
            Output = output,
            Resume = parsed.GetValue(_resume),
            Preview = parsed.GetValue(_preview),
            QuantizationAware = parsed.GetValue(_aware),
            Int8 = parsed.GetValue(_int8),
            Json = parsed.GetValue(_json),
            // What decides the result; not where it goes, how many threads compute, or what is shown.
            Settings = Said(parsed, [_output, _threads, _resume, _preview, _int8, _json, _patience]),
            CommandLine = Words(parsed),
        };
    }

    /// <summary>A share above 0 and below 1, if that is what the word is.</summary>
    public static double? Share(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) && share is > 0 and < 1
            && !Path.Exists(text)
            ? share
            : null;

    private static Dictionary<string, string> Said(ParseResult parsed, Option[] without)
    {
        Dictionary<string, string> said = [];
        foreach (Option option in parsed.CommandResult.Command.Options.Except(without))
        {
            if (parsed.GetResult(option) is not { } result) continue;
            // A default is said by nobody, but decides as much.
            said[option.Name] = result.Implicit ? "its default" : string.Join(' ', result.Tokens.Select(token => token.Value));
        }
        return said;
    }

    /// <summary>The command line without --resume, as it can be typed again.</summary>
    private string Words(ParseResult parsed)
    {
        List<string> words = ["edgecnn", parsed.CommandResult.Command.Name];
        foreach (
            OptionResult result in parsed.CommandResult.Children.OfType<OptionResult>()
                .Where(result => !result.Implicit && result.Option != _resume))
            words.AddRange([result.Option.Name, .. result.Tokens.Select(token => Quoted(token.Value))]);
        return string.Join(' ', words);
    }

    private static string Quoted(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:=,+%@".Contains(c, StringComparison.Ordinal))
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
