using System.Globalization;

namespace EdgeCnn.Models.Onnx;

/// <summary>
/// Tensors that lie in files beside the model (ONNX external data). The files are confined to the model's folder, and each byte of them is
/// read once: a model cannot name files elsewhere, nor make a small file fill the memory.
/// </summary>
internal sealed class ExternalData(string? folder)
{
    private readonly Dictionary<(string Path, long Offset, long Length), byte[]> _regions = [];
    private readonly Dictionary<string, long> _read = [];

    public byte[] Read(TensorProto tensor, long expected)
    {
        string location = Entry(tensor, "location")
            ?? throw new ModelException($"The tensor '{tensor.Name}' lies in another file, but does not say in which.");
        string path = Locate(location, tensor.Name);
        long size = new FileInfo(path).Length;
        long offset = Number(tensor, "offset") ?? 0;
        if (offset < 0 || offset > size) throw Outside(tensor, location, offset, expected, size);
        long length = Number(tensor, "length") ?? size - offset;
        if (length < 0 || length > size - offset) throw Outside(tensor, location, offset, length, size);
        if (length != expected)
            throw new ModelException($"The tensor '{tensor.Name}' has {length} bytes in '{location}'; its shape needs {expected}.");
        if (_regions.TryGetValue((path, offset, length), out byte[]? known)) return known;
        long total = _read.GetValueOrDefault(path) + length;
        if (total > size) throw new ModelException($"The tensors of the model overlap in '{location}'; the file is damaged.");
        _read[path] = total;
        byte[] bytes = new byte[length];
        try
        {
            using FileStream file = File.OpenRead(path);
            file.Position = offset;
            file.ReadExactly(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"The model's data file '{location}' cannot be read: {e.Message}", e);
        }
        _regions.Add((path, offset, length), bytes);
        return bytes;
    }

    /// <summary>The full path of a data file; every link on the way is followed and must stay inside.</summary>
    private string Locate(string location, string tensor)
    {
        if (folder is null)
            throw new ModelException($"The tensor '{tensor}' lies in the file '{location}', but the model was not read from a folder.");
        string[] parts = location.Split('/', '\\');
        if (Path.IsPathRooted(location)
            || location.Contains(':', StringComparison.Ordinal) || location.Contains('\0', StringComparison.Ordinal)
            || parts.Any(part => part == ".."))
        {
            throw new ModelException($"The tensor '{tensor}' lies in '{location}'; only files in the model's own folder are read.");
        }
        string root = Path.TrimEndingDirectorySeparator(Resolve(folder));
        string path = root;
        foreach (string part in parts.Where(part => part is not ("" or "."))) path = Resolve(Path.Combine(path, part));
        if (!path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new ModelException(
                $"The tensor '{tensor}' lies in '{location}', a link out of the model's folder; only files inside are read.");
        if (!File.Exists(path))
            throw new ModelException($"The model's data file '{location}' is missing; it belongs beside the model, in {root}.");
        return path;
    }

    private static string Resolve(string path)
    {
        try
        {
            return Path.GetFullPath(new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path);
        }
        catch (IOException)
        {
            // Not there, or links in a circle: what reads it says so.
            return Path.GetFullPath(path);
        }
    }

    private static string? Entry(TensorProto tensor, string key) => tensor.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value;

    private static long? Number(TensorProto tensor, string key)
    {
        if (Entry(tensor, key) is not { } text) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new ModelException($"The tensor '{tensor.Name}' has the {key} '{text}' in its data file, which is no number.");
    }

    private static ModelException Outside(TensorProto tensor, string location, long offset, long length, long size) =>
        new($"The tensor '{tensor.Name}' should take {length} bytes from {offset} on in '{location}', which has only {size}.");
}
