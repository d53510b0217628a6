using EdgeCnn.Models.Tasks;
using EdgeCnn.Quantization.Evaluation;

namespace EdgeCnn.Training.Data;

/// <summary>Pictures sorted into a folder for each class; the folders' names are the classes, in the order of their names.</summary>
public sealed class FolderDataset : IDataset
{
    private readonly IReadOnlyList<ClassifiedImage> _images;
    private readonly Func<string, Picture> _decode;

    /// <param name="folder">Holds the folders of the classes.</param>
    /// <param name="decode">Reads a picture file; throws <see cref="DataException"/> when it cannot.</param>
    /// <param name="labels">Class names where they are given from elsewhere; null: the folders' names.</param>
    /// <exception cref="DataException">There are fewer than two classes, or one of them has no picture.</exception>
    public FolderDataset(string folder, Func<string, Picture> decode, IReadOnlyList<string>? labels = null)
    {
        _decode = decode;
        Labels = labels ?? Classes(folder);
        if (Labels.Count < 2)
            throw new DataException($"'{folder}' holds {Labels.Count} folders of classes; a classifier needs at least two to tell apart.");
        ClassFolders sorted = ClassFolders.Load(folder, Labels, Datasets.IsPicture);
        if (sorted.Unknown.FirstOrDefault(name => !name.StartsWith('.')) is { } unknown)
            throw new DataException(
                $"'{folder}' holds the folder '{unknown}', which is none of the classes ({string.Join(", ", Labels)}).");
        _images = sorted.Images;
        int[] counts = new int[Labels.Count];
        foreach (ClassifiedImage image in _images) counts[image.ClassId]++;
        if (labels is null && Array.IndexOf(counts, 0) is var empty and >= 0)
            throw new DataException(
                $"The folder '{Path.Join(folder, Labels[empty])}' holds no picture; fill it, or delete it if that is no class.");
        Remarks = labels is not null ? [] :
        [
            .. counts.Index().Where(entry => entry.Item == 1).Select(entry =>
                $"The class '{Labels[entry.Index]}' has a single picture: it is learnt from, and nothing is left to measure that class with; add some."),
        ];
    }

    public TaskKind Task => TaskKind.Classify;

    public IReadOnlyList<string> Labels { get; }

    public int Count => _images.Count;

    /// <summary>What its owner may want to know, a sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; }

    public Example Load(int index) => Example.OfClass(_decode(_images[index].Path), _images[index].ClassId);

    public string NameOf(int index) => _images[index].Path;

    public int ClassOf(int index) => _images[index].ClassId;

    /// <summary>The folders in a folder that can be classes.</summary>
    internal static string[] Classes(string folder) =>
    [
        .. Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path)).Where(name => !name.StartsWith('.'))
            .Order(StringComparer.Ordinal),
    ];
}
