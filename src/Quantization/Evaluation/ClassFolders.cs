using System.Globalization;
using EdgeCnn.Models;

namespace EdgeCnn.Quantization.Evaluation;

/// <summary>A picture of one thing.</summary>
/// <param name="Path">The file.</param>
/// <param name="ClassId">Index into the model's labels.</param>
public sealed record ClassifiedImage(string Path, int ClassId);

/// <summary>Pictures sorted into a folder for each class, named as the class is, or with its number.</summary>
public sealed class ClassFolders
{
    private ClassFolders(IReadOnlyList<ClassifiedImage> images, IReadOnlyList<string> unknown) => (Images, Unknown) = (images, unknown);

    /// <summary>The first of each class by name, then the second of each, and so on: any number of the first ones is balanced.</summary>
    public IReadOnlyList<ClassifiedImage> Images { get; }

    /// <summary>Names of folders that are no class of the model.</summary>
    public IReadOnlyList<string> Unknown { get; }

    /// <param name="folder">Holds the folders of the classes.</param>
    /// <param name="labels">The model's class names; capitals do not matter. A folder of another name may be the number of one.</param>
    /// <param name="isPicture">Whether a file counts.</param>
    /// <exception cref="ModelException">There is no picture of any class of the model.</exception>
    public static ClassFolders Load(string folder, IReadOnlyList<string> labels, Func<string, bool> isPicture)
    {
        if (!Directory.Exists(folder)) throw new ModelException($"There is no folder '{folder}'.");
        List<string> unknown = [];
        List<(int Rank, ClassifiedImage Image)> images = [];
        foreach (string path in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
        {
            if (ClassOf(Path.GetFileName(path), labels) is not { } classId)
            {
                unknown.Add(Path.GetFileName(path));
                continue;
            }
            IEnumerable<string> pictures = Directory.EnumerateFiles(path).Where(isPicture).Order(StringComparer.Ordinal);
            images.AddRange(pictures.Select((picture, rank) => (rank, new ClassifiedImage(picture, classId))));
        }
        if (images.Count == 0)
        {
            string some = string.Join(", ", labels.Take(3));
            throw new ModelException(
                $"'{folder}' holds no pictures in folders named after the model's classes ({some} ...) or their numbers.");
        }
        return new ClassFolders([.. images.OrderBy(image => image.Rank).Select(image => image.Image)], unknown);
    }

    private static int? ClassOf(string name, IReadOnlyList<string> labels)
    {
        for (int i = 0; i < labels.Count; i++)
        {
            if (labels[i].Equals(name, StringComparison.OrdinalIgnoreCase)) return i;
        }
        return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < labels.Count ? number : null;
    }
}
