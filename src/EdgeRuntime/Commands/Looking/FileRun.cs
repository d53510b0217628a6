using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Commands.Looking;

/// <summary>A picture that a model has looked at; what it saw is there until the next one.</summary>
internal readonly record struct SeenPicture(Picture Picture, VisionModel Model, TimedModel Seen, StageTimes Times)
{
    /// <summary>How the lines about it begin.</summary>
    public string Title => $"{Picture.Name}  {Picture.Frame.Width}x{Picture.Frame.Height}";
}

/// <summary>A model looks at the files of a command line, one after the other: what detect, classify and segment share.</summary>
/// <param name="Paths">Images, folders and videos.</param>
/// <param name="Options">The model.</param>
/// <param name="Inference">What computes it.</param>
/// <param name="Save">Where annotated pictures go; null for nowhere.</param>
internal sealed record FileRun(string[] Paths, ModelOptions Options, InferenceOptions Inference, string? Save = null)
{
    /// <param name="task">What the model has to be for.</param>
    /// <param name="show">Says what was seen in a picture.</param>
    /// <param name="draw">Draws it into the picture, where pictures are saved.</param>
    /// <param name="cancellation">Stops between two pictures.</param>
    /// <returns>The exit code.</returns>
    public int Execute(TaskKind task, Action<SeenPicture> show, Action<SeenPicture>? draw, CancellationToken cancellation)
    {
        Complaints complaints = new();
        List<InputFile> files = ImageFiles.Expand(Paths, complaints.Add);
        if (files.Count == 0) return complaints.ExitCode;

        using VisionModel model = VisionModel.Load(Options, Inference);
        model.Require(task, Options.Path);
        Complaints.Note(model.Assumptions);
        using AnnotatedFiles? annotated = Save is null ? null : new AnnotatedFiles(Save);
        TimedModel timed = new(model);
        foreach ((Picture picture, StageTimes times) in timed.Run(new Pictures(complaints.Add, cancellation).Read(files)))
        {
            SeenPicture seen = new(picture, model, timed, times);
            show(seen);
            if (annotated is null) continue;
            draw?.Invoke(seen);
            annotated.Add(picture);
        }
        return complaints.ExitCode;
    }
}
