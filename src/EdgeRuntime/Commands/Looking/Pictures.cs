using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeCnn.EdgeRuntime.Commands.Looking;

/// <summary>One image, or one frame of a video.</summary>
/// <param name="Path">The file.</param>
/// <param name="Number">Of the frame from 0; null for an image.</param>
/// <param name="Frame">The pixels; whoever took the picture disposes them.</param>
internal readonly record struct Picture(string Path, long? Number, Frame Frame)
{
    /// <summary>For people: the file, and the frame's number after a '#'.</summary>
    public string Name => Number is { } number ? FormattableString.Invariant($"{Path}#{number}") : Path;
}

/// <summary>Reads the pictures of files one after the other; what cannot be read is said, and left out.</summary>
internal sealed class Pictures(Action<string> complain, CancellationToken cancellation)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The pictures of all files; those of a folder have been named one by one before (see <see cref="ImageFiles"/>).</summary>
    public IEnumerable<Picture> Read(IEnumerable<InputFile> files)
    {
        foreach (InputFile file in files)
        {
            foreach (Picture picture in file.IsVideo ? ReadVideo(file.Path) : ReadImage(file.Path))
            {
                yield return picture;
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>The picture in a file, or nothing.</summary>
    public IEnumerable<Picture> ReadImage(string path)
    {
        Frame? frame = Try(() => ImageFile.Read(path));
        return frame is null ? [] : [new Picture(path, null, frame)];
    }

    private IEnumerable<Picture> ReadVideo(string path)
    {
        CaptureOptions options = new() { Source = path, Realtime = false };
        using ICamera? camera = Try(() =>
        {
            ICamera opened = Cameras.Open(options, TimeProvider.System, NullLogger.Instance);
            opened.Start();
            return opened;
        });
        while (camera is not null && camera.Status.State != CameraState.Ended)
        {
            if (camera.Take(Patience, cancellation) is { } frame) yield return new Picture(path, frame.Sequence, frame);
        }
    }

    private T? Try<T>(Func<T> read) where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is EdgeException or ModelException or IOException or UnauthorizedAccessException)
        {
            complain(Failure.Explain(e));
            return null;
        }
    }
}
