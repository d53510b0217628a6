using System.Text;
using System.Text.Json;

namespace EdgeCnn.EdgeRuntime.Configuration;

/// <summary>A configuration file: JSON with comments and trailing commas; knows on which line each setting stands.</summary>
internal sealed class SettingsFile
{
    /// <summary>A configuration is a page of text; more is a mistake in the name.</summary>
    private const int MaxBytes = 1 << 20;

    private readonly string _path;
    private readonly byte[] _text;
    private readonly Dictionary<string, int> _lines = new(StringComparer.OrdinalIgnoreCase);

    private SettingsFile(string path, byte[] text) => (_path, _text) = (path, text);

    /// <exception cref="SettingsException">The file is missing, unreadable, too large, or not JSON: says the line.</exception>
    public static SettingsFile Read(string path)
    {
        byte[] text;
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxBytes })
                throw new SettingsException($"{path} is larger than a configuration can be: is it the right file?");
            text = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string why = Directory.Exists(path)
                ? "it is a directory"
                : e is UnauthorizedAccessException
                ? "permission denied"
                : "there is no such file";
            throw new SettingsException($"The configuration {path} cannot be read ({why}): name a file with --config.");
        }
        return Parse(path, text);
    }

    /// <param name="name">What the text is called in errors: a path.</param>
    /// <param name="text">JSON in UTF-8.</param>
    /// <exception cref="SettingsException">It is not JSON: says the line.</exception>
    public static SettingsFile Parse(string name, byte[] text)
    {
        SettingsFile file = new(name, StripByteOrderMark(text));
        file.IndexLines();
        return file;
    }

    /// <summary>Settings that somebody else has read or made.</summary>
    /// <param name="name">What errors call it.</param>
    /// <param name="json">A JSON object.</param>
    public static SettingsFile Of(string name, string json) => new(name, Encoding.UTF8.GetBytes(json));

    public Stream Open() => new MemoryStream(_text, writable: false);

    /// <summary>"config/edgecnn.json line 12".</summary>
    public string Locate(string key) => LineOf(key) is { } line ? $"{_path} line {line}" : _path;

    /// <summary>On which line a setting stands; null when it stands in no file.</summary>
    public int? LineOf(string key) => _lines.TryGetValue(key, out int line) ? line : null;

    private void IndexLines()
    {
        Utf8JsonReader reader = new(
            _text, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        Stack<string> path = new();
        string? name = null;
        try
        {
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        name = reader.GetString()!;
                        string key = string.Join(':', path.Reverse().Where(p => p.Length > 0).Append(name));
                        int line = LineAt(reader.TokenStartIndex);
                        if (!_lines.TryAdd(key, line))
                            throw new SettingsException(
                                $"{key} is given twice in {_path}, on line {_lines[key]} and on line {line}: remove one.");
                        break;
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        path.Push(name ?? "");
                        name = null;
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        path.Pop();
                        break;
                }
            }
        }
        catch (JsonException e)
        {
            throw new SettingsException($"{_path} line {e.LineNumber + 1} is not valid JSON: {FirstSentence(e.Message)}");
        }
        if (_lines.Count == 0 && !Encoding.UTF8.GetString(_text).Contains('{'))
            throw new SettingsException($"{_path} holds no settings: it must be a JSON object.");
    }

    private int LineAt(long offset) => _text.AsSpan(0, (int)offset).Count((byte)'\n') + 1;

    private static string FirstSentence(string message) => message.Split(" LineNumber", 2)[0].TrimEnd('.') + ".";

    private static byte[] StripByteOrderMark(byte[] text) => text.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? text[3..] : text;
}
