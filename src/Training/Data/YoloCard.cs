using System.Globalization;

namespace EdgeCnn.Training.Data;

/// <summary>
/// The data.yaml of a YOLO data set: path, train, val, names. Of YAML it reads what such files use: keys with a word, a list [a, b], lines
/// "- a", or (for names) lines "0: a".
/// </summary>
/// <param name="Root">What train and val are relative to; null: the file's folder.</param>
/// <param name="Training">Folders or lists of pictures.</param>
/// <param name="Validation">Folders or lists of pictures; may be empty.</param>
/// <param name="Names">Class names in the order of the ids.</param>
internal sealed record YoloCard(string? Root, IReadOnlyList<string> Training, IReadOnlyList<string> Validation, IReadOnlyList<string> Names)
{
    private const long MaxBytes = 4 << 20;

    public static YoloCard Read(string path)
    {
        if (new FileInfo(path).Length > MaxBytes)
            throw new DataException($"{path} is larger than {MaxBytes >> 20} MiB, which no data.yaml is.");
        Dictionary<string, List<string>> entries = [];
        List<string>? open = null;
        foreach ((int index, string line) in File.ReadLines(path).Index())
        {
            string text = WithoutComment(line).TrimEnd();
            string place = string.Create(CultureInfo.InvariantCulture, $"{path}:{index + 1}");
            if (text.Trim() is "" or "---" or "...") continue;
            string item = text.TrimStart();
            if (item.StartsWith("- ", StringComparison.Ordinal))
            {
                (open ?? throw new DataException($"{place} is an entry of no list.")).Add(Plain(item[2..]));
                continue;
            }
            int colon = item.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) throw new DataException($"{place} is neither 'key: value' nor '- entry'.");
            string key = Plain(item[..colon]), value = item[(colon + 1)..].Trim();
            if (item.Length < text.Length)
                AddNumbered(open, key, value, place);
            else
                entries[key] = open = value.Length == 0 ? [] : List(value);
        }
        List<string> names = entries.GetValueOrDefault("names") ?? [];
        if (names.Count == 0) throw new DataException($"{path} names no classes; add a line 'names: [first, second]'.");
        if (entries.GetValueOrDefault("nc") is [string count] && count != names.Count.ToString(CultureInfo.InvariantCulture))
            throw new DataException($"{path} says nc: {count} and names {names.Count} classes; mend one of the two.");
        return new YoloCard(
            entries.GetValueOrDefault("path") is [string root] ? root : null,
            entries.GetValueOrDefault("train") ?? [],
            entries.GetValueOrDefault("val") ?? [],
            names);
    }

    /// <summary>"  2: cat" under names; what lies deeper under other keys is of no interest here.</summary>
    private static void AddNumbered(List<string>? open, string key, string value, string place)
    {
        if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id)) return;
        if (open is null || id != open.Count)
            throw new DataException($"{place} numbers a class {id}; classes are numbered 0, 1, 2 ... in order.");
        open.Add(Plain(value));
    }

    /// <summary>[a, 'b'] or {0: a, 1: b} or a.</summary>
    private static List<string> List(string value)
    {
        bool keyed = value.StartsWith('{') && value.EndsWith('}');
        if (!keyed && !(value.StartsWith('[') && value.EndsWith(']'))) return [Plain(value)];
        IEnumerable<string> items = value[1..^1].Split(',').Where(item => !string.IsNullOrWhiteSpace(item));
        return [.. items.Select(item => Plain(keyed ? item[(item.IndexOf(':', StringComparison.Ordinal) + 1)..] : item))];
    }

    private static string Plain(string text)
    {
        text = text.Trim();
        if (text is ['\'', .., '\'']) return text[1..^1].Replace("''", "'", StringComparison.Ordinal);
        return text is ['"', .., '"'] ? text[1..^1] : text;
    }

    /// <summary>A # begins a comment at the start of a line or after a space.</summary>
    private static string WithoutComment(string line)
    {
        int at = line.StartsWith('#') ? 0 : line.IndexOf(" #", StringComparison.Ordinal);
        return at < 0 ? line : line[..at];
    }
}
