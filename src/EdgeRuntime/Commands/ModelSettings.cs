using System.CommandLine;
using EdgeCnn.EdgeRuntime.Inference;

namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>
/// The options of every command that shows pictures to a model whose task is known: who computes, the class names, the size that a model
/// leaves open; and those that only some of the commands have.
/// </summary>
internal sealed class ModelSettings
{
    private readonly Option<string> _backend = Settings.Backend();
    private readonly Option<int> _threads = Settings.Threads();
    private readonly Option<string?> _labels = Settings.Labels();
    private readonly OpenExtents _open = new();

    public Option<float?>? Confidence { get; init; }

    public Option<float?>? Iou { get; init; }

    /// <summary>How many classes a classifier names.</summary>
    public Option<int>? Top { get; init; }

    public void AddTo(Command command)
    {
        Option?[] options = [_backend, _threads, Confidence, Iou, Top, _labels];
        foreach (Option option in options.OfType<Option>()) command.Add(option);
        _open.AddTo(command, everyInput: false);
    }

    /// <summary>What the command line says of a model.</summary>
    public ModelOptions Model(ParseResult parsed, string path)
    {
        ModelOptions options = new()
        {
            Path = path,
            Labels = parsed.GetValue(_labels),
            Confidence = Confidence is null ? null : parsed.GetValue(Confidence),
            Iou = Iou is null ? null : parsed.GetValue(Iou),
            InputWidth = _open.From(parsed).Width,
            InputHeight = _open.From(parsed).Height,
        };
        if (Top is not null) options.Top = parsed.GetValue(Top);
        return options;
    }

    public InferenceOptions Inference(ParseResult parsed) =>
        new() { Backend = parsed.GetRequiredValue(_backend), Threads = parsed.GetValue(_threads) };
}
