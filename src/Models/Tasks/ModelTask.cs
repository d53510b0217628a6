using System.Globalization;

namespace EdgeCnn.Models.Tasks;

public enum TaskKind
{
    Detect,
    Classify,

    /// <summary>A class for each pixel; instances are not told apart.</summary>
    Segment,
}

/// <summary>
/// What a network is for and how it is fed and read, with everything decided. In rising order: recognised from the shapes, the model file's
/// metadata, the model card, the configuration.
/// </summary>
public sealed record ModelTask
{
    /// <summary>Class ids travel as 16-bit numbers.</summary>
    private const int MostClasses = 65_535;

    private static readonly string[] Digits = [.. Enumerable.Range(0, 10).Select(digit => digit.ToString(CultureInfo.InvariantCulture))];

    private static readonly string[] Face = ["face"];

    private static readonly string[] Foreground = ["background", "object"];

    private ModelTask() { }

    public TaskKind Kind { get; private init; }

    /// <summary>As model cards and commands name it: "detect".</summary>
    public string Verb => Kind.ToString().ToLowerInvariant();

    /// <summary>Class names by class id; numbered (class_7) where nobody knows them.</summary>
    public IReadOnlyList<string> Labels { get; private init; } = [];

    public required Preprocessing Preprocessing { get; init; }

    /// <summary>Detections less confident than this are not reported, 0 to 1.</summary>
    public float Confidence { get; private init; }

    /// <summary>Of two boxes of a class that overlap more than this, the better one stays, 0 to 1.</summary>
    public float Iou { get; private init; }

    /// <summary>The most detections in one picture.</summary>
    public int MaxDetections { get; private init; }

    /// <summary>What nobody said and was therefore assumed, a sentence each.</summary>
    public IReadOnlyList<string> Assumptions { get; private init; } = [];

    /// <summary>How a detector's outputs are laid out; null for classifiers.</summary>
    public HeadLayout? Layout => Head?.Layout;

    internal NamedValue Input { get; private init; } = null!;

    internal IHeadDecoder? Decoder { get; private init; }

    internal Head? Head { get; private init; }

    /// <summary>The shape of a segmenter's output, 1 x classes x height x width; null for other tasks.</summary>
    internal Shape? Map { get; private init; }

    /// <summary>Whether a classifier's output still has to go through softmax; null: its first values tell.</summary>
    internal Activation? Scores { get; private init; }

    /// <param name="inputs">The network's inputs; the first one is the picture.</param>
    /// <param name="outputs">The network's outputs.</param>
    /// <param name="metadata">Key and value pairs of the model file.</param>
    /// <param name="card">The model card beside it.</param>
    /// <param name="configuration">What the configuration overrides.</param>
    /// <exception cref="ModelException">The task is not known or not there yet, or what is said does not fit the network.</exception>
    public static ModelTask Resolve(
        IReadOnlyList<NamedValue> inputs,
        IReadOnlyList<NamedValue> outputs,
        IReadOnlyDictionary<string, string>? metadata = null,
        ModelCard? card = null,
        ModelCard? configuration = null)
    {
        if (inputs.Count != 1) throw new ModelException($"The model has {inputs.Count} inputs; it needs one, the picture.");
        if (outputs.Count == 0) throw new ModelException("The model has no outputs.");
        ModelCard? said = metadata is null ? null : UltralyticsMetadata.Read(metadata);
        bool ultralytics = said is not null;
        said = (metadata is null ? null : ModelCard.Of(metadata))?.Over(said) ?? said;
        said = card?.Over(said) ?? said;
        said = configuration?.Over(said) ?? said ?? new ModelCard();
        said.Check();

        List<string> assumptions = [];
        TaskKind kind = said.Task switch
        {
            "detect" => TaskKind.Detect,
            "classify" => TaskKind.Classify,
            "segment" => TaskKind.Segment,
            null when LooksLikeClassifier(outputs) => TaskKind.Classify,
            null when LooksLikeSegmenter(inputs[0], outputs) => TaskKind.Segment,
            null => TaskKind.Detect,
            _ => throw new ModelException($"The model's task is '{said.Task}'; detect, classify and segment are what this program can do."),
        };
        return kind switch
        {
            TaskKind.Classify => Classifier(inputs[0], outputs, said, ultralytics, assumptions),
            TaskKind.Segment => Segmenter(inputs[0], outputs[0], said, assumptions),
            _ => Detector(inputs[0], outputs, said, assumptions),
        };
    }

    private static bool LooksLikeClassifier(IReadOnlyList<NamedValue> outputs) =>
        outputs.Count == 1 && outputs[0].Shape is { Rank: > 0 } shape && shape.Extents.ToArray().Count(extent => extent > 1) <= 1;

    /// <summary>A map of the picture's own size: no detector has one.</summary>
    private static bool LooksLikeSegmenter(NamedValue input, IReadOnlyList<NamedValue> outputs) =>
        input.Shape is { Rank: 4 } picture && outputs[0].Shape is { Rank: 4 } map
        && map[0] == 1 && map[2] == picture[2] && map[3] == picture[3];

    private static ModelTask Classifier(
        NamedValue input, IReadOnlyList<NamedValue> outputs, ModelCard said, bool ultralytics, List<string> assumptions)
    {
        (int channels, int height, int width, _) = Preprocessor.PictureShape(input);
        Preprocessing family = ultralytics ? Preprocessing.UltralyticsClassifier
            : channels == 1 ? Preprocessing.Greyscale
            : Math.Min(width, height) < 64 ? Preprocessing.ImageNet with { CropRatio = 1 }
            : Preprocessing.ImageNet;
        if (said.Preprocessing is null && !ultralytics)
        {
            assumptions.Add(channels == 1
                ? "Pictures are taken to be grey, stretched, 0 to 1."
                : "Pictures are taken to be RGB with ImageNet's mean and deviation, cut from the centre, as torchvision trains.");
        }
        Activation? scores = said.Head?.Scores;
        if (scores is null)
            assumptions.Add(
                "Outputs that are no probabilities (from 0 to 1 with the sum 1) are taken to be logits and go through softmax.");
        int classes = (int)Math.Min(outputs[0].Shape.Count, int.MaxValue);
        return new ModelTask
        {
            Kind = TaskKind.Classify,
            Input = input,
            Labels = NameClasses(said.Labels, classes, assumptions, channels == 1 && classes == 10 ? Digits : null),
            Preprocessing = said.Preprocessing?.Over(family) ?? family,
            Confidence = said.Confidence ?? 0,
            Scores = scores,
            Assumptions = assumptions,
        };
    }

    private static ModelTask Segmenter(NamedValue input, NamedValue output, ModelCard said, List<string> assumptions)
    {
        if (output.Shape is not { Rank: 4 } map || map[0] != 1 || map.Count == 0)
        {
            throw new ModelException(
                $"The model's task is 'segment', but its first output of shape {output.Shape} is no map of classes, 1 x classes x height x width; "
                + "masks of single objects are not read.");
        }
        (int channels, _, _, _) = Preprocessor.PictureShape(input);
        Preprocessing family = channels == 1 ? Preprocessing.Greyscale : Preprocessing.Segmenter;
        if (said.Preprocessing is null)
        {
            assumptions.Add(channels == 1
                ? "Pictures are taken to be grey, stretched, 0 to 1."
                : "Pictures are taken to be RGB with ImageNet's mean and deviation, letterboxed.");
        }
        // A single channel tells the object from everything else.
        int classes = Math.Max(map[1], 2);
        if (classes > Tasks.Segmenter.MostClasses)
            throw new ModelException(
                $"The model tells {classes} classes apart; {Tasks.Segmenter.MostClasses} are the most that a mask can hold.");
        if (map[1] == 1 && said.Head?.Scores is null)
            assumptions.Add("The output's one channel is taken to be logits: what is above 0 is the object.");
        return new ModelTask
        {
            Kind = TaskKind.Segment,
            Input = input,
            Labels = NameClasses(
                said.Labels, classes, assumptions, classes == Tasks.Labels.Voc.Count ? Tasks.Labels.Voc : map[1] == 1 ? Foreground : null),
            Preprocessing = said.Preprocessing?.Over(family) ?? family,
            Scores = said.Head?.Scores,
            Map = map,
            Assumptions = assumptions,
        };
    }

    private static ModelTask Detector(NamedValue input, IReadOnlyList<NamedValue> outputs, ModelCard said, List<string> assumptions)
    {
        (_, int height, int width, _) = Preprocessor.PictureShape(input);
        Head head = HeadRecognition.Recognise(outputs, width, height, said.Labels?.Count, said.Head, assumptions);
        IHeadDecoder decoder = HeadBuilder.Build(head, outputs, width, height);
        Preprocessing family = head.Layout switch
        {
            HeadLayout.Grid => Preprocessing.Yolox,
            HeadLayout.Distribution when head.Bins == 8 => Preprocessing.NanoDet,
            HeadLayout.Queries => Preprocessing.Detr,
            HeadLayout.ScoresAndBoxes => Preprocessing.Ssd,
            _ => Preprocessing.Ultralytics,
        };
        return new ModelTask
        {
            Kind = TaskKind.Detect,
            Input = input,
            Labels = NameClasses(said.Labels, decoder.Classes, assumptions, head.Background && decoder.Classes == 1 ? Face : null),
            Preprocessing = said.Preprocessing?.Over(family) ?? family,
            Confidence = said.Confidence ?? 0.25f,
            Iou = said.Iou ?? 0.45f,
            MaxDetections = said.MaxDetections ?? 300,
            Assumptions = assumptions,
            Head = head,
            Decoder = decoder,
        };
    }

    /// <param name="labels">What was said; null for nothing.</param>
    /// <param name="classes">What the outputs hold; 0 when they do not tell.</param>
    /// <param name="assumptions">Sentences are added to it.</param>
    /// <param name="usual">What a network of these shapes usually tells apart; null for no idea.</param>
    private static IReadOnlyList<string> NameClasses(
        IReadOnlyList<string>? labels, int classes, List<string> assumptions, IReadOnlyList<string>? usual)
    {
        if (classes > MostClasses)
            throw new ModelException($"The model's outputs would mean {classes} classes; at most {MostClasses} are possible.");
        if (labels is not null)
        {
            return classes == 0 || labels.Count == classes ? labels
                : throw new ModelException(
                    $"The model has {classes} classes and {labels.Count} labels were given; give as many labels as classes, in their order.");
        }
        if (classes is 0 or 80)
        {
            assumptions.Add("The classes are taken to be COCO's 80.");
            return Tasks.Labels.Coco;
        }
        if (usual is not null)
        {
            assumptions.Add($"The classes are taken to be: {string.Join(", ", usual)}.");
            return usual;
        }
        assumptions.Add($"The names of the {classes} classes are not known, so they are numbered; a labels file names them.");
        return Tasks.Labels.Numbered(classes);
    }
}
