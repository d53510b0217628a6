using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Quantization.Evaluation;

/// <summary>A picture of a data set.</summary>
/// <param name="Id">The data set's own number.</param>
/// <param name="FileName">Relative to the folder of pictures.</param>
/// <param name="Truths">What is in it.</param>
/// <param name="Width">Columns in pixels; 0 where the file does not say.</param>
/// <param name="Height">Rows in pixels; 0 where the file does not say.</param>
public sealed record LabelledImage(long Id, string FileName, IReadOnlyList<GroundTruth> Truths, int Width = 0, int Height = 0);

/// <summary>Pictures with marked objects, read from annotations in COCO's JSON format (Lin et al., Microsoft COCO, 2014).</summary>
public sealed class CocoDataset
{
    private readonly Dictionary<long, int> _classOfCategory;

    private CocoDataset(IReadOnlyList<LabelledImage> images, IReadOnlyList<string> categories, Dictionary<long, int> classOfCategory) =>
        (Images, Categories, _classOfCategory) = (images, categories, classOfCategory);

    /// <summary>In the order of their ids.</summary>
    public IReadOnlyList<LabelledImage> Images { get; }

    /// <summary>Names of the categories in the order of their ids.</summary>
    public IReadOnlyList<string> Categories { get; }

    /// <summary>Category ids by class id: the numbers that a detections file for COCO's own tools needs.</summary>
    public IReadOnlyDictionary<int, long> CategoryOfClass => _classOfCategory.ToDictionary(pair => pair.Value, pair => pair.Key);

    /// <param name="path">The annotations.</param>
    /// <param name="labels">The model's class names: categories are matched by name. Null: class ids count the categories in the order of
    /// their ids.</param>
    /// <exception cref="ModelException">The file cannot be read, is broken, or shares no category with the model.</exception>
    public static CocoDataset Load(string path, IReadOnlyList<string>? labels = null)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            CocoFile coco = JsonSerializer.Deserialize(file, CocoJson.Default.CocoFile)
                ?? throw new ModelException($"{path} holds no annotations.");
            return Build(path, coco, labels);
        }
        catch (JsonException e)
        {
            throw new ModelException($"{path} is no valid COCO annotations file (line {e.LineNumber + 1}, {e.Path}).", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"The annotations {path} cannot be read: {e.Message}", e);
        }
    }

    private static CocoDataset Build(string path, CocoFile coco, IReadOnlyList<string>? labels)
    {
        if (coco.Images is null || coco.Annotations is null || coco.Categories is null)
            throw new ModelException($"{path} is no COCO annotations file: it lacks images, annotations or categories.");
        CocoCategory[] categories = [.. coco.Categories.OrderBy(category => category.Id)];
        Dictionary<long, int> classOfCategory = [];
        for (int i = 0; i < categories.Length; i++)
        {
            int classId = labels is null ? i : IndexOf(labels, categories[i].Name);
            if (classId >= 0) classOfCategory[categories[i].Id] = classId;
        }
        if (labels is null
            && coco.Annotations.FirstOrDefault(annotation => !classOfCategory.ContainsKey(annotation.CategoryId)) is { } stray)
            throw new ModelException($"{path}: annotation {stray.Id} is of category {stray.CategoryId}, which the file does not name.");
        if (classOfCategory.Count == 0)
            throw new ModelException($"None of the categories of {path} is a class of the model; give the model labels that name them.");

        ILookup<long, GroundTruth> truths = coco.Annotations
            .Where(annotation => classOfCategory.ContainsKey(annotation.CategoryId))
            .ToLookup(annotation => annotation.ImageId, annotation => Truth(path, annotation, classOfCategory[annotation.CategoryId]));
        LabelledImage[] images =
        [
            .. coco.Images.OrderBy(image => image.Id).Select(image => new LabelledImage(
                image.Id, image.FileName, [.. truths[image.Id]], image.Width ?? 0, image.Height ?? 0)),
        ];
        return new CocoDataset(images, [.. categories.Select(category => category.Name)], classOfCategory);
    }

    private static int IndexOf(IReadOnlyList<string> labels, string name)
    {
        for (int i = 0; i < labels.Count; i++)
        {
            if (labels[i].Equals(name, StringComparison.OrdinalIgnoreCase)) return i;
        }
        return -1;
    }

    private static GroundTruth Truth(string path, CocoAnnotation annotation, int classId) =>
        annotation.Bbox is [float x, float y, float width, float height]
        ? new GroundTruth(new Box(x, y, width, height), classId, annotation.IsCrowd != 0)
        : throw new ModelException($"{path}: annotation {annotation.Id} has no bbox of four numbers.");
}

internal sealed record CocoFile(
    IReadOnlyList<CocoImage>? Images, IReadOnlyList<CocoAnnotation>? Annotations, IReadOnlyList<CocoCategory>? Categories);

internal sealed record CocoImage(long Id, [property: JsonPropertyName("file_name")] string FileName, int? Width, int? Height);

internal sealed record CocoAnnotation(
    long Id,
    [property: JsonPropertyName("image_id")] long ImageId,
    [property: JsonPropertyName("category_id")] long CategoryId,
    float[]? Bbox,
    [property: JsonPropertyName("iscrowd")] int IsCrowd);

internal sealed record CocoCategory(long Id, string Name);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CocoFile))]
internal sealed partial class CocoJson : JsonSerializerContext;
