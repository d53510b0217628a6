using System.Globalization;
using System.Text;

namespace EdgeCnn.Models.Tasks;

/// <summary>
/// Reads the keys that Ultralytics' exporter writes into ONNX metadata: task, names (a Python dictionary literal), imgsz, stride.
/// </summary>
internal static class UltralyticsMetadata
{
    /// <summary>What the metadata says, as a card; null when it says nothing.</summary>
    public static ModelCard? Read(IReadOnlyDictionary<string, string> metadata)
    {
        metadata.TryGetValue("task", out string? task);
        IReadOnlyList<string>? names = metadata.TryGetValue("names", out string? literal) ? Names(literal) : null;
        if (task is null && names is null) return null;
        (int Height, int Width)? size = metadata.TryGetValue("imgsz", out string? sides) ? Size(sides) : null;
        return new ModelCard { Task = task, Labels = names, InputHeight = size?.Height, InputWidth = size?.Width };
    }

    /// <summary>
    /// The names of {0: 'person', 1: "don't"} or ['person', ...]; null when the literal is none, or its keys are not 0, 1, 2 ...
    /// </summary>
    internal static IReadOnlyList<string>? Names(string literal)
    {
        List<string> names = [];
        int i = SkipSpace(literal, 0);
        if (i >= literal.Length || literal[i] is not ('{' or '[')) return null;
        bool keyed = literal[i++] == '{';
        char close = keyed ? '}' : ']';
        while (true)
        {
            i = SkipSpace(literal, i);
            if (i >= literal.Length) return null;
            if (literal[i] == close) return names.Count > 0 ? names : null;
            if (keyed)
            {
                int colon = literal.IndexOf(':', i);
                if (colon < 0 || !int.TryParse(literal.AsSpan(i, colon - i), CultureInfo.InvariantCulture, out int key)
                    || key != names.Count)
                    return null;
                i = SkipSpace(literal, colon + 1);
            }
            if (Text(literal, ref i) is not string name) return null;
            names.Add(name);
            i = SkipSpace(literal, i);
            if (i < literal.Length && literal[i] == ',') i++;
            else if (i >= literal.Length || literal[i] != close) return null;
        }
    }

    private static int SkipSpace(string text, int i)
    {
        while (i < text.Length && char.IsWhiteSpace(text[i])) i++;
        return i;
    }

    /// <summary>A quoted Python string; a backslash makes the next character literal.</summary>
    private static string? Text(string literal, ref int i)
    {
        if (i >= literal.Length || literal[i] is not ('\'' or '"')) return null;
        char quote = literal[i++];
        StringBuilder text = new();
        for (; i < literal.Length; i++)
        {
            if (literal[i] == quote)
            {
                i++;
                return text.ToString();
            }
            if (literal[i] == '\\' && ++i >= literal.Length) return null;
            text.Append(literal[i]);
        }
        return null;
    }

    /// <summary>"[480, 640]" is height and width; "640" is both; null for anything else.</summary>
    private static (int Height, int Width)? Size(string sides)
    {
        string[] parts = sides.Trim('[', ']', '(', ')', ' ').Split(',');
        if (!int.TryParse(parts[0], CultureInfo.InvariantCulture, out int height) || height < 1) return null;
        if (parts.Length == 1) return (height, height);
        return parts.Length == 2 && int.TryParse(parts[1], CultureInfo.InvariantCulture, out int width)
            && width > 0 ? (height, width) : null;
    }
}
