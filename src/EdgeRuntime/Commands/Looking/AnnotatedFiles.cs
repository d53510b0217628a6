using EdgeCnn.EdgeRuntime.Capture;

namespace EdgeCnn.EdgeRuntime.Commands.Looking;

/// <summary>
/// Writes what was found as pictures into a folder: images under their own names, the frames of a video as one video NAME.mp4.
/// </summary>
internal sealed class AnnotatedFiles : IDisposable
{
    private readonly string _folder;
    private readonly HashSet<string> _written = [];
    private (string Source, VideoFile File)? _video;

    public AnnotatedFiles(string folder)
    {
        Create(folder, "--save");
        _folder = folder;
    }

    /// <summary>Makes the folder where it is not there.</summary>
    /// <param name="folder">Where files are to go.</param>
    /// <param name="option">That names it.</param>
    /// <exception cref="EdgeException">It cannot be made.</exception>
    public static void Create(string folder, string option)
    {
        if (File.Exists(folder)) throw new EdgeException($"'{folder}' is a file; {option} takes a folder.");
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EdgeException($"The folder '{folder}' cannot be made ({e.Message}); name another one for {option}.", e);
        }
    }

    /// <summary>Writes the picture, upon which has been drawn what was found.</summary>
    public void Add(Picture picture)
    {
        if (picture.Number is not null)
        {
            VideoFor(picture).Add(picture.Frame);
            return;
        }
        CloseVideo();
        string path = Unique(Path.GetFileName(picture.Path));
        if (Path.GetFullPath(path) == Path.GetFullPath(picture.Path))
            throw new EdgeException($"--save would overwrite '{picture.Path}': name another folder.");
        ImageFile.Write(path, picture.Frame);
    }

    public void Dispose() => CloseVideo();

    private VideoFile VideoFor(Picture picture)
    {
        if (_video is { } open && open.Source == picture.Path) return open.File;
        CloseVideo();
        string path = Unique(Path.GetFileNameWithoutExtension(picture.Path) + ".mp4");
        VideoFile file = VideoFile.Create(path, picture.Path, picture.Frame.Width, picture.Frame.Height);
        _video = (picture.Path, file);
        return file;
    }

    private void CloseVideo()
    {
        _video?.File.Dispose();
        _video = null;
    }

    /// <summary>The name in the folder; files of the same name from several folders get -2, -3 ...</summary>
    private string Unique(string name)
    {
        string path = Path.Combine(_folder, name);
        for (int i = 2; !_written.Add(path); i++)
            path = Path.Combine(
                _folder, FormattableString.Invariant($"{Path.GetFileNameWithoutExtension(name)}-{i}{Path.GetExtension(name)}"));
        return path;
    }
}
