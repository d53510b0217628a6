using System.Globalization;
using System.Text;

namespace EdgeCnn.Models.Tasks;

/// <summary>Class names by class id.</summary>
public static class Labels
{
    private const long MaxBytes = 4 << 20;

    /// <summary>The 80 classes of COCO's detection task, in the order that networks number them.</summary>
    public static IReadOnlyList<string> Coco { get; } = ReadResource("coco80.txt");

    /// <summary>The background and the 20 classes of Pascal VOC, in the order that segmentation networks number them.</summary>
    public static IReadOnlyList<string> Voc { get; } = ReadResource("voc21.txt");

    /// <summary>class_0, class_1 ...: for models that do not tell.</summary>
    public static IReadOnlyList<string> Numbered(int count) =>
        [.. Enumerable.Range(0, count).Select(id => string.Create(CultureInfo.InvariantCulture, $"class_{id}"))];

    /// <summary>Reads a text file with one name per line; empty lines at its end do not count.</summary>
    /// <exception cref="ModelException">The file cannot be read or holds no names.</exception>
    public static IReadOnlyList<string> Load(string path)
    {
        string[] lines;
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
                throw new ModelException($"The labels file {path} is larger than 4 MiB; it needs one class name per line.");
            lines = File.ReadAllLines(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
        }
        catch (DecoderFallbackException e)
        {
            throw new ModelException($"The labels file {path} is no UTF-8 text; it needs one class name per line.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"The labels file {path} cannot be read: {e.Message}", e);
        }
        string[] names = Trim(lines);
        return names.Length > 0 ? names : throw new ModelException($"The labels file {path} is empty; it needs one class name per line.");
    }

    private static string[] Trim(string[] lines)
    {
        int count = lines.Length;
        while (count > 0 && string.IsNullOrWhiteSpace(lines[count - 1])) count--;
        return [.. lines.Take(count).Select(line => line.Trim())];
    }

    private static string[] ReadResource(string name)
    {
        using Stream stream = typeof(Labels).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The resource {name} is missing.");
        using StreamReader reader = new(stream);
        return Trim(reader.ReadToEnd().Split('\n'));
    }
}
