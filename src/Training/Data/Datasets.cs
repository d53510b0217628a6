namespace EdgeCnn.Training.Data;

/// <summary>What lay at a path.</summary>
/// <param name="Training">To learn from.</param>
/// <param name="Validation">To measure with, where the data say so themselves; null: split the other one.</param>
/// <param name="Remarks">What its owner may want to know, a sentence each.</param>
public sealed record OpenedData(IDataset Training, IDataset? Validation, IReadOnlyList<string> Remarks);

/// <summary>Recognises data sets by what lies at a path.</summary>
public static class Datasets
{
    private const string Forms =
        "a folder with a folder of pictures for each class, IDX files (train-images-idx3-ubyte and its labels, also .gz), "
        + "YOLO annotations (data.yaml, or the folders images and labels), COCO annotations (a .json, with the pictures in the folder "
        + "images beside it), or masks (the folders images and masks)";

    /// <summary>The endings of files that are taken for pictures: ".jpg" and so on.</summary>
    public static IReadOnlyList<string> PictureExtensions { get; } = [".jpg", ".jpeg", ".png", ".bmp", ".webp", ".ppm", ".pgm", ".pbm"];

    private static readonly string[] TestPrefixes = ["t10k", "test"];

    private static readonly string[] ValidationNames = ["val", "valid", "test"];

    public static bool IsPicture(string path) => PictureExtensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <param name="path">A file or a folder.</param>
    /// <param name="decode">Reads a picture file; throws <see cref="DataException"/> when it cannot.</param>
    /// <param name="decodeMask">Reads a mask that has so many classes; likewise.</param>
    /// <exception cref="DataException">There is nothing, or nothing that is known, or it is broken.</exception>
    /// <exception cref="Models.ModelException">COCO annotations are broken.</exception>
    public static OpenedData Open(string path, Func<string, Picture> decode, Func<string, int, ClassMask> decodeMask)
    {
        try
        {
            if (File.Exists(path)) return OpenFile(path, decode);
            if (Directory.Exists(path)) return OpenFolder(path, decode, decodeMask);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path} cannot be read: {e.Message}", e);
        }
        throw new DataException($"There is no file or folder '{path}'; training takes {Forms}.");
    }

    /// <summary>Where the pictures to measure with lie, beside those in the folder train; null for nowhere.</summary>
    internal static string? ValidationFolder(string folder) =>
        ValidationNames.Select(name => Path.Join(folder, name)).FirstOrDefault(Directory.Exists);

    private static OpenedData OpenFile(string path, Func<string, Picture> decode) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".yaml" or ".yml" => YoloDataset.Open(path, decode),
        ".json" => Of(CocoPictures.Open(path, decode)),
        _ when IdxDataset.LabelsOf(path) is { } labels => new OpenedData(new IdxDataset(path, labels), null, []),
        _ => throw new DataException($"{path} is no data set; training takes {Forms}."),
    };

    private static OpenedData OpenFolder(string folder, Func<string, Picture> decode, Func<string, int, ClassMask> decodeMask)
    {
        string[] files = [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)];
        if (files.FirstOrDefault(file => Path.GetExtension(file).ToLowerInvariant() is ".yaml" or ".yml") is { } yaml)
            return YoloDataset.Open(yaml, decode);
        if (files.Where(file => IdxDataset.LabelsOf(file) is not null).ToArray() is { Length: > 0 } pairs) return OpenIdx(pairs);
        if (Directory.Exists(Path.Join(folder, "images")) && Directory.Exists(Path.Join(folder, "labels")))
            return YoloDataset.OpenFolder(folder, decode);
        if (MaskDataset.Is(folder)) return MaskDataset.Open(folder, decode, decodeMask);
        string[] annotations = [.. files.Where(file => Path.GetExtension(file).Equals(".json", StringComparison.OrdinalIgnoreCase))];
        if (annotations.Length == 1) return Of(CocoPictures.Open(annotations[0], decode));
        if (annotations.Length > 1)
            throw new DataException($"'{folder}' holds {annotations.Length} .json files; name the one with the annotations.");
        return OpenClasses(folder, decode);
    }

    /// <summary>MNIST names its parts: what is called train is learnt from, t10k or test measures.</summary>
    private static OpenedData OpenIdx(string[] pictures)
    {
        string[] tests =
            [.. pictures.Where(file => TestPrefixes.Any(prefix => Path.GetFileName(file).StartsWith(prefix, StringComparison.Ordinal)))];
        string[] others = [.. pictures.Except(tests)];
        (string training, string? validation) = (others, tests) switch
        {
            ([string one], []) => (one, null),
            ([string one], [string test]) => (one, test),
            ([], [string test]) => (test, (string?)null),
            _ =>
                throw new DataException(
                    $"There are {pictures.Length} pairs of IDX files beside {pictures[0]}; name the file of pictures to learn from."),
        };
        return new OpenedData(Idx(training), validation is null ? null : Idx(validation), []);

        static IdxDataset Idx(string file) => new(file, IdxDataset.LabelsOf(file)!);
    }

    /// <summary>Folders of classes, or train and val (or test) that hold them.</summary>
    private static OpenedData OpenClasses(string folder, Func<string, Picture> decode)
    {
        string[] classes = FolderDataset.Classes(folder);
        if (classes.Length == 0) throw new DataException($"'{folder}' holds nothing to learn from; training takes {Forms}.");
        string train = Path.Join(folder, "train");
        if (!Directory.Exists(train)) return Of(new FolderDataset(folder, decode));
        FolderDataset training = new(train, decode);
        string? other = ValidationFolder(folder);
        return new OpenedData(training, other is null ? null : new FolderDataset(other, decode, training.Labels), training.Remarks);
    }

    private static OpenedData Of(FolderDataset data) => new(data, null, data.Remarks);

    private static OpenedData Of(AnnotatedPictures data) => new(data, null, data.Remarks);
}
