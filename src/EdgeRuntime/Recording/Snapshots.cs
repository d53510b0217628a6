using System.Globalization;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Publishing.Json;
using EdgeCnn.Models;
using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime.Recording;

/// <summary>
/// Single pictures for people: the next frame as it came from the camera (snapshots/20261122-143622-5.jpg, with the frame's number), and
/// beside it what was found in it (.json). Who asks while a snapshot is being taken gets the same one, so that a thousand wishes write one
/// picture.
/// </summary>
public sealed class Snapshots(RecordOptions options, TimeProvider time, ILogger log)
{
    private volatile TaskCompletionSource<string>? _wanted;
    private int _writing;

    /// <summary>Asks for the next frame; from any thread. Gives the picture's path once it is on the disk.</summary>
    /// <returns>Fails with an <see cref="EdgeException"/> when it cannot be written; waits as long as no frame comes.</returns>
    public Task<string> Take()
    {
        TaskCompletionSource<string> mine = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return (Interlocked.CompareExchange(ref _wanted, mine, null) ?? mine).Task;
    }

    /// <summary>Shows what the pipeline has seen; on its thread, which it never delays.</summary>
    public void Offer(Frame frame, Report report)
    {
        if (_wanted is null || Interlocked.Exchange(ref _writing, 1) != 0) return;
        Shot shot = new();
        shot.Keep(frame, report);
        ThreadPool.QueueUserWorkItem(static work => work.Snapshots.Write(work.shot), (Snapshots: this, shot), preferLocal: false);
    }

    private void Write(Shot shot)
    {
        string? path = null;
        string why = "";
        try
        {
            path = Save(shot);
            log.LogInformation("Snapshot {Path}.", path);
        }
        catch (Exception e)
        {
            why = $"The snapshot cannot be written: {e.Message}";
            log.LogWarning("{Why}", why);
        }
        shot.Release();
        TaskCompletionSource<string> wanted = Interlocked.Exchange(ref _wanted, null)!;
        Volatile.Write(ref _writing, 0);
        if (path is not null)
        {
            wanted.SetResult(path);
            return;
        }
        wanted.SetException(new EdgeException(why));
        // Nobody may be waiting; a failure that nobody looks at is said in the log all the same.
        _ = wanted.Task.Exception;
    }

    private string Save(Shot shot)
    {
        string folder = Directory.CreateDirectory(Path.Join(options.FolderInUse, "snapshots")).FullName;
        DateTimeOffset captured = time.GetUtcNow() - time.GetElapsedTime(shot.Report.CapturedAt);
        string name = string.Create(CultureInfo.InvariantCulture, $"{RecordingStore.NameOf(captured)}-{shot.Report.Frame}");
        string path = Path.Join(folder, name + ".jpg");
        byte[] picture = ImageFile.EncodeJpeg(shot.Frame, options.Quality);
        WholeFile.Write(path, stream => stream.Write(picture));
        WholeFile.Write(Path.Join(folder, name + ".json"), stream =>
        {
            using JsonLines json = new();
            stream.Write(json.Line(shot.Report, SystemState.Running, captured, TimeSpan.Zero));
        });
        Limit(folder);
        return path;
    }

    private void Limit(string folder)
    {
        string[] pictures = [.. Directory.EnumerateFiles(folder, "*.jpg").OrderBy(File.GetLastWriteTimeUtc)];
        foreach (string picture in pictures.AsSpan(0, Math.Max(0, pictures.Length - options.MaxSnapshots)))
        {
            File.Delete(picture);
            File.Delete(Path.ChangeExtension(picture, ".json"));
        }
    }
}
