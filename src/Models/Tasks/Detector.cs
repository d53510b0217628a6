using System.Runtime.InteropServices;

namespace EdgeCnn.Models.Tasks;

/// <summary>
/// Feeds a detection network and reads it. Knows no back end: <see cref="Prepare"/> writes the input, somebody runs the network,
/// <see cref="Decode"/> reads the outputs. One thread uses it at a time. In the steady state nothing is allocated.
/// </summary>
public sealed class Detector
{
    private readonly Preprocessor _preprocessor;
    private readonly IHeadDecoder _decoder;
    private readonly List<Candidate> _candidates = new(1024);
    private readonly Suppression _suppression = new();
    private Placement _placement;
    private (int Width, int Height) _image;

    /// <exception cref="ModelException">The task is no detection.</exception>
    public Detector(ModelTask task)
    {
        _decoder = task.Decoder ?? throw new ModelException($"The model is to {task.Verb}, not to detect.");
        _preprocessor = new Preprocessor(task.Preprocessing, task.Input);
        Task = task;
        (Confidence, Iou) = (task.Confidence, task.Iou);
    }

    public ModelTask Task { get; }

    /// <summary>Detections less confident than this are left out, 0 to 1; may change between pictures.</summary>
    public float Confidence { get; set; }

    /// <summary>Of two boxes of a class that overlap more than this, the better one stays, 0 to 1; may change between pictures.</summary>
    public float Iou { get; set; }

    /// <summary>
    /// A place may be reported once per class that is confident enough, instead of as its best class only: some published evaluations count
    /// so.
    /// </summary>
    public bool MultiLabel { get; set; }

    /// <summary>Writes a picture into the network's input.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="input">All values of the network's input.</param>
    public void Prepare(ImageView image, Span<float> input)
    {
        _placement = _preprocessor.Run(image, input);
        _image = (image.Width, image.Height);
    }

    /// <summary>Reads what the network found in the picture that was prepared last.</summary>
    /// <param name="outputs">The network's outputs.</param>
    /// <param name="results">Cleared, then filled: best first, boxes cut to the picture. Class ids beyond the labels are left out.</param>
    public void Decode(OutputReader outputs, List<Detection> results)
    {
        results.Clear();
        _candidates.Clear();
        _decoder.Decode(outputs, Confidence, MultiLabel, _candidates);
        Candidate.Sort(_candidates);
        if (_decoder.Overlapping) _suppression.Run(_candidates, Iou, Task.MaxDetections);
        foreach (ref readonly Candidate candidate in CollectionsMarshal.AsSpan(_candidates))
        {
            if (results.Count == Task.MaxDetections) break;
            if (candidate.ClassId >= Task.Labels.Count) continue;
            Box box = Clip(_placement.ToImage(candidate.Left, candidate.Top, candidate.Right, candidate.Bottom));
            if (box.Width > 0 && box.Height > 0) results.Add(new Detection(box, candidate.ClassId, Math.Min(candidate.Score, 1)));
        }
    }

    private Box Clip(Box box)
    {
        float left = Math.Clamp(box.X, 0, _image.Width), top = Math.Clamp(box.Y, 0, _image.Height);
        return new Box(left, top, Math.Clamp(box.Right, 0, _image.Width) - left, Math.Clamp(box.Bottom, 0, _image.Height) - top);
    }
}
