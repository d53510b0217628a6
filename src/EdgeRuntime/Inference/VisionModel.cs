using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Inference;

/// <summary>
/// A network together with what it is for: picture in, detections, classes or a mask out. What the settings, the model card and the file's
/// metadata leave open is recognised from the outputs' layout, and said in <see cref="Assumptions"/>. One thread uses it at a time.
/// </summary>
public sealed class VisionModel : IDisposable
{
    private readonly string[] _unused;
    private ModelOptions _options;

    private VisionModel(INetwork network, ModelTask task, ModelOptions options, string[] unused)
    {
        (Network, Task, _options, _unused) = (network, task, options, unused);
        switch (task.Kind)
        {
            case TaskKind.Detect:
                Detector = new Detector(task);
                break;
            case TaskKind.Segment:
                Segmenter = new Segmenter(task);
                break;
            default:
                Classifier = new Classifier(task);
                break;
        }
        Adjust(options);
    }

    public INetwork Network { get; }

    /// <summary>How the network is fed and read.</summary>
    public ModelTask Task { get; }

    /// <summary>Null when the model is for something else, as the two others are.</summary>
    public Detector? Detector { get; }

    public Classifier? Classifier { get; }

    public Segmenter? Segmenter { get; }

    /// <summary>Class names by class id.</summary>
    public IReadOnlyList<string> Labels => Task.Labels;

    /// <summary>What nobody said and was therefore assumed, and what computes otherwise than was asked: a sentence each.</summary>
    public IEnumerable<string> Assumptions => [.. Task.Assumptions, .. Network.Fallbacks, .. _unused];

    /// <param name="options">Which network, and how it is read.</param>
    /// <param name="inference">Who computes it.</param>
    /// <param name="load">Where networks come from; null: each is loaded from its file.</param>
    /// <exception cref="EdgeException">The back end cannot be had.</exception>
    /// <exception cref="ModelException">The model, its card or its labels cannot be read, or nobody knows what the model is
    /// for.</exception>
    public static VisionModel Load(ModelOptions options, InferenceOptions inference, NetworkLoader? load = null)
    {
        load ??= Networks.Load;
        if (options.Path.Length == 0)
            throw new EdgeException($"Model:Path is empty: name an ONNX file, or a model that comes with the program ({string.Join(", ", BundledModels.Names)}).");
        string path = BundledModels.PathOf(options.Path);
        ModelCard? card = ModelCard.Beside(path);
        ModelCard settings = new()
        {
            Labels = options.Labels is { Length: > 0 } labels ? Models.Tasks.Labels.Load(labels) : null,
            InputWidth = options.InputWidth,
            InputHeight = options.InputHeight,
        };
        INetwork network = load(path, inference, SizeOf(settings.Over(card)));
        try
        {
            ModelTask task = ModelTask.Resolve(network.Inputs, network.Outputs, network.Metadata, card, settings);
            return new VisionModel(network, task, options, UnusedSize(network.Inputs[0], options));
        }
        catch (ModelException e)
        {
            network.Dispose();
            throw new ModelException($"{options.Path}: {e.Message}", e);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <exception cref="EdgeException">The model is for something else; names the command that runs it.</exception>
    public void Require(TaskKind task, string path)
    {
        if (Task.Kind != task)
            throw new EdgeException($"'{path}' is a {Noun(Task.Kind)}, not a {Noun(task)}; 'edgecnn {Task.Verb}' runs it.");
    }

    /// <summary>For people: "detector".</summary>
    public static string Noun(TaskKind task) => task switch
    {
        TaskKind.Detect => "detector",
        TaskKind.Segment => "segmenter",
        _ => "classifier",
    };

    /// <summary>The same task for another network with the same inputs and outputs, which it will own.</summary>
    public VisionModel With(INetwork network) => new(network, Task, _options, _unused);

    /// <summary>Whether a setting of <see cref="ModelOptions"/> can change without loading the model again.</summary>
    public static bool TakesWhileRunning(string name) =>
        name is nameof(ModelOptions.Confidence) or nameof(ModelOptions.Iou) or nameof(ModelOptions.Top);

    /// <summary>
    /// Takes the settings that <see cref="TakesWhileRunning"/>, between two frames; what is null is again as the model has it.
    /// </summary>
    public void Adjust(ModelOptions options)
    {
        _options = options;
        if (Detector is not null) (Detector.Confidence, Detector.Iou) = (options.Confidence ?? Task.Confidence, options.Iou ?? Task.Iou);
        else if (Classifier is not null) Classifier.Confidence = options.Confidence ?? Task.Confidence;
    }

    private static string[] UnusedSize(NamedValue input, ModelOptions options)
    {
        (_, int height, int width, _) = Preprocessor.PictureShape(input);
        return (options.InputWidth ?? width) == width && (options.InputHeight ?? height) == height
            ? []
            : [FormattableString.Invariant($"The model fixes its pictures at {width}x{height}, so the size that was asked for is not used.")];
    }

    private static OnnxReadOptions SizeOf(ModelCard card) => new() { Width = card.InputWidth, Height = card.InputHeight };

    /// <summary>Writes a picture into the network's input.</summary>
    public void Prepare(ImageView image)
    {
        if (Detector is not null) Detector.Prepare(image, Network.Input(0));
        else if (Segmenter is not null) Segmenter.Prepare(image, Network.Input(0));
        else Classifier!.Prepare(image, Network.Input(0));
    }

    /// <summary>
    /// Reads what the network said about the picture that was prepared last; one of the lists is filled, the other one emptied. Masks are
    /// read by <see cref="Segmenter"/> itself.
    /// </summary>
    /// <param name="outputs">The network's outputs.</param>
    /// <param name="detections">What a detector found, best first, in pixels of the picture.</param>
    /// <param name="classes">What a classifier named, best first.</param>
    public void Decode(OutputReader outputs, List<Detection> detections, List<ClassScore> classes)
    {
        detections.Clear();
        classes.Clear();
        if (Detector is not null) Detector.Decode(outputs, detections);
        else Classifier?.Decode(outputs, _options.Top, classes);
    }

    /// <summary>The name of a class; its number where the model has no name for it.</summary>
    public string Label(int classId) =>
        (uint)classId < (uint)Labels.Count ? Labels[classId] : FormattableString.Invariant($"class_{classId}");

    public void Dispose() => Network.Dispose();
}
