using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeCnn.Models.Tasks;

/// <summary>
/// What a network is for and how it is fed and read: JSON, in the model file's metadata (what this project makes) or in a file beside it,
/// NAME.card.json (for what others made; it wins). Everything is optional; what is missing comes from other metadata or is recognised from
/// the outputs' layout. The same record carries what the configuration overrides.
/// </summary>
public sealed record ModelCard
{
    /// <summary>More than this is no model card.</summary>
    private const long MaxBytes = 4 << 20;

    /// <summary>Under which a model file's metadata hold its card.</summary>
    public const string MetadataKey = "edgecnn.card";

    /// <summary>"detect", "classify" or "segment".</summary>
    public string? Task { get; init; }

    /// <summary>Class names in the order of the class ids.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>A text file with one class name per line, relative to the card; <see cref="Labels"/> goes first.</summary>
    public string? LabelsFile { get; init; }

    /// <summary>Columns of the input, for models that leave them open.</summary>
    public int? InputWidth { get; init; }

    /// <summary>Rows of the input, for models that leave them open.</summary>
    public int? InputHeight { get; init; }

    public PreprocessingCard? Preprocessing { get; init; }

    public HeadCard? Head { get; init; }

    /// <summary>Detections less confident than this are not reported, 0 to 1.</summary>
    public float? Confidence { get; init; }

    /// <summary>Of two boxes of a class that overlap more than this, 0 to 1, the better one stays.</summary>
    public float? Iou { get; init; }

    /// <summary>The most detections in one picture.</summary>
    public int? MaxDetections { get; init; }

    /// <summary>Where the model comes from, its licence, what it was trained on.</summary>
    public string? Provenance { get; init; }

    /// <summary>What <see cref="Task"/> says of a task.</summary>
    public static string NameOf(TaskKind task) => task switch
    {
        TaskKind.Detect => "detect",
        TaskKind.Segment => "segment",
        _ => "classify",
    };

    /// <summary>The card beside a model file, or null where there is none.</summary>
    /// <param name="modelPath">For instance models/robots.onnx: the card is models/robots.card.json.</param>
    /// <exception cref="ModelException">The card or its labels cannot be read.</exception>
    public static ModelCard? Beside(string modelPath)
    {
        string path = Path.ChangeExtension(modelPath, ".card.json");
        return File.Exists(path) ? Load(path) : null;
    }

    /// <exception cref="ModelException">The file cannot be read, is no model card, or names labels that cannot be read.</exception>
    public static ModelCard Load(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes) throw new ModelException($"{path} is too large for a model card.");
            using FileStream file = File.OpenRead(path);
            ModelCard card = JsonSerializer.Deserialize(file, ModelCardJson.Default.ModelCard)
                ?? throw new ModelException($"{path} holds no model card.");
            if (card.Labels is null && card.LabelsFile is not null)
                card = card with { Labels = Tasks.Labels.Load(Path.Combine(Path.GetDirectoryName(path) ?? "", card.LabelsFile)) };
            return card;
        }
        catch (JsonException e)
        {
            throw new ModelException($"{path} is not a valid model card (line {e.LineNumber + 1}, {e.Path}); correct it or remove it.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"The model card {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The card that travels in a model file, or null where there is none.</summary>
    /// <exception cref="ModelException">What is there is no model card.</exception>
    public static ModelCard? Of(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(MetadataKey, out string? json)) return null;
        try
        {
            return json.Length <= MaxBytes && JsonSerializer.Deserialize(json, ModelCardJson.Default.ModelCard) is { } card
                ? card
                : throw new ModelException($"The model file's metadata '{MetadataKey}' hold no model card.");
        }
        catch (JsonException e)
        {
            throw new ModelException(
                $"The model card in the file's metadata is not valid ({e.Path}); it was written by another version.", e);
        }
    }

    /// <summary>The same graph with this card in its metadata, in the place of the one that it had.</summary>
    public Graph In(Graph graph) => graph.WithMetadata(MetadataKey, JsonSerializer.Serialize(this, CompactCardJson.Default.ModelCard));

    /// <summary>Writes the card; a reader sees the old file or the new one, never half of it.</summary>
    public void Save(string path) => WholeFile.Write(path, file => JsonSerializer.Serialize(file, this, ModelCardJson.Default.ModelCard));

    /// <summary>This card's values, and the lower one's where this card says nothing.</summary>
    public ModelCard Over(ModelCard? lower) => lower is null ? this : new ModelCard
    {
        Task = Task ?? lower.Task,
        Labels = Labels ?? lower.Labels,
        LabelsFile = LabelsFile ?? lower.LabelsFile,
        InputWidth = InputWidth ?? lower.InputWidth,
        InputHeight = InputHeight ?? lower.InputHeight,
        Preprocessing = Preprocessing?.Over(lower.Preprocessing) ?? lower.Preprocessing,
        Head = Head?.Over(lower.Head) ?? lower.Head,
        Confidence = Confidence ?? lower.Confidence,
        Iou = Iou ?? lower.Iou,
        MaxDetections = MaxDetections ?? lower.MaxDetections,
        Provenance = Provenance ?? lower.Provenance,
    };

    /// <exception cref="ModelException">A value makes no sense.</exception>
    internal void Check()
    {
        if (Confidence is not (null or (>= 0 and <= 1)))
            throw new ModelException($"Model card: confidence is {Confidence}; it lies between 0 and 1.");
        if (Iou is not (null or (>= 0 and <= 1))) throw new ModelException($"Model card: iou is {Iou}; it lies between 0 and 1.");
        if (MaxDetections is < 1) throw new ModelException($"Model card: maxDetections is {MaxDetections}; it has to be above 0.");
        Head?.Check();
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(ModelCard))]
internal sealed partial class ModelCardJson : JsonSerializerContext;

/// <summary>On one line, for metadata.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ModelCard))]
internal sealed partial class CompactCardJson : JsonSerializerContext;
