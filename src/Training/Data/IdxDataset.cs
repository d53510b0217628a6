using System.Globalization;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Training.Data;

/// <summary>Small grey pictures with a class each, from a pair of IDX files: MNIST and what is shaped like it.</summary>
public sealed class IdxDataset : IDataset
{
    private readonly byte[] _pixels;
    private readonly byte[] _classes;
    private readonly string _path;
    private readonly int _width;
    private readonly int _height;

    /// <param name="pictures">The file of pictures: count x rows x columns.</param>
    /// <param name="classes">The file of their classes: count.</param>
    /// <exception cref="DataException">A file cannot be read, is broken, or does not fit the other.</exception>
    public IdxDataset(string pictures, string classes)
    {
        _path = pictures;
        IdxFile images = IdxFile.Read(pictures), labels = IdxFile.Read(classes);
        if (images.Extents is not [int count, int height, int width])
            throw new DataException($"{pictures} has {images.Extents.Count} axes; pictures have three: their number, rows, columns.");
        if (labels.Extents is not [int named]) throw new DataException($"{classes} has {labels.Extents.Count} axes; labels have one.");
        if (named != count)
            throw new DataException($"{pictures} holds {count} pictures and {classes} {named} labels; take the two that belong together.");
        (_pixels, _classes, _width, _height) = (images.Values, labels.Values, width, height);
        // MNIST's relatives count letters up to 47; the labels in use say how many classes there are, ten at least.
        Labels = [.. Enumerable.Range(0, Math.Max(10, _classes.Max() + 1)).Select(label => label.ToString(CultureInfo.InvariantCulture))];
    }

    public TaskKind Task => TaskKind.Classify;

    public IReadOnlyList<string> Labels { get; }

    public int Count => _classes.Length;

    public Example Load(int index)
    {
        Picture picture = new(_width, _height);
        ReadOnlySpan<byte> levels = _pixels.AsSpan(index * _width * _height, _width * _height);
        for (int i = 0; i < levels.Length; i++) picture.Pixels.AsSpan(3 * i, 3).Fill(levels[i]);
        return Example.OfClass(picture, _classes[index]);
    }

    public string NameOf(int index) => string.Create(CultureInfo.InvariantCulture, $"{_path}#{index}");

    public int ClassOf(int index) => _classes[index];

    /// <summary>
    /// The file of labels that belongs to a file of pictures by its name; null where the name is another one or there is none.
    /// </summary>
    internal static string? LabelsOf(string pictures)
    {
        string name = Path.GetFileName(pictures);
        if (!name.Contains("images", StringComparison.Ordinal) || !name.Contains("idx", StringComparison.Ordinal)) return null;
        string stem = name.Replace("images", "labels", StringComparison.Ordinal).Replace("idx3", "idx1", StringComparison.Ordinal);
        string bare = stem.EndsWith(".gz", StringComparison.Ordinal) ? stem[..^3] : stem;
        string folder = Path.GetDirectoryName(pictures) ?? "";
        return new[] { stem, bare, bare + ".gz" }.Select(candidate => Path.Join(folder, candidate)).FirstOrDefault(File.Exists);
    }
}
