using System.Globalization;
using Microsoft.Extensions.Logging;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>
/// A picture, the pictures of a folder, or those that a glob names, in the order of their names. What cannot be read is named and skipped.
/// </summary>
internal sealed class PicturesCamera(string source, CaptureOptions options, TimeProvider time, ILogger log) : PlayedCamera(
    options, time, log)
{
    private readonly double _fps = options.Fps ?? 10;
    private string[] _paths = [];
    private int _next;
    private int _shown;

    public override string Description => _paths.Length == 1
        ? $"picture {_paths[0]}"
        : string.Create(CultureInfo.InvariantCulture, $"{_paths.Length} pictures of {source} at {_fps:0.##} fps");

    /// <summary>The pictures that a folder, a glob or a file's own name stands for, sorted by name.</summary>
    /// <exception cref="EdgeException">There are none.</exception>
    public static string[] Find(string source)
    {
        if (File.Exists(source)) return [source];
        bool folder = Directory.Exists(source);
        string directory = folder ? source : Path.GetDirectoryName(source) is { Length: > 0 } parent ? parent : ".";
        string pattern = folder ? "*" : Path.GetFileName(source);
        if (!Directory.Exists(directory)) throw new EdgeException($"There is no folder {directory}.");
        string[] paths;
        try
        {
            paths = [.. Directory.EnumerateFiles(directory, pattern).Where(ImageFile.HasPictureExtension).Order(StringComparer.Ordinal)];
        }
        catch (UnauthorizedAccessException)
        {
            throw new EdgeException($"The folder {directory} may not be read by this user.");
        }
        return paths.Length > 0
            ? paths
            : throw new EdgeException(
                $"{source} holds no pictures: give a folder or a glob with {string.Join(", ", ImageFile.Extensions)} files in it.");
    }

    protected override void Open()
    {
        OpenCv.Load();
        _paths = Find(source);
        // A single picture is the whole source: whether it can be read is known at once.
        if (_paths.Length == 1) ImageFile.Read(_paths[0]).Dispose();
    }

    protected override bool Read(Mat picture, out TimeSpan position)
    {
        position = TimeSpan.FromSeconds(_shown / _fps);
        while (_next < _paths.Length)
        {
            string path = _paths[_next++];
            try
            {
                using Frame read = ImageFile.Read(path);
                read.Mat.CopyTo(picture);
                _shown++;
                return true;
            }
            catch (EdgeException exception)
            {
                Log.LogWarning("{Why}", exception.Message);
            }
        }
        return false;
    }

    protected override TimeSpan Rewind()
    {
        var round = TimeSpan.FromSeconds(_shown / _fps);
        (_next, _shown) = (0, 0);
        return round;
    }

    protected override string End(long delivered) => delivered > 0 ? base.End(delivered) : $"None of the pictures of {source} can be read.";

    protected override void Close() { }
}
