using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeCnn.EdgeRuntime.Recording;
using Microsoft.AspNetCore.Http;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>
/// The part of the API that records, takes snapshots, and shows what there is of both. Names in requests are names, never paths.
/// </summary>
internal sealed partial class RecordingApi(Recorder recorder, Snapshots snapshots, RecordOptions options)
{
    /// <summary>The longest wait for a snapshot: as long as frames may be away.</summary>
    private static readonly TimeSpan SnapshotTimeout = TimeSpan.FromSeconds(5);

    private const int MostListed = 200;

    private string SnapshotFolder => Path.Join(options.FolderInUse, "snapshots");

    private RecordingReport State => RecordingReport.Of(recorder.State);

    public Task StartAsync(HttpContext context)
    {
        recorder.Start();
        return SendAsync(context, State, RecordingApiJson.Default.RecordingReport);
    }

    public Task StopAsync(HttpContext context)
    {
        recorder.Stop();
        return SendAsync(context, State, RecordingApiJson.Default.RecordingReport);
    }

    /// <summary>The recordings, newest first.</summary>
    public Task ListAsync(HttpContext context) => TryAsync(context, () => SendAsync(
        context,
        [.. RecordingStore.List(options.FolderInUse).AsEnumerable().Reverse().Take(MostListed).Select(
            static recording => new StoredFile(Path.GetFileName(recording.Folder), recording.Started, recording.Bytes()))],
        RecordingApiJson.Default.StoredFileArray));

    /// <summary>What a recording says of its frames: its metadata.jsonl.</summary>
    public Task FramesAsync(HttpContext context) => SendFileAsync(context, FolderOf(context), RecordingStore.Metadata, "application/jsonl");

    /// <summary>A picture of a recording.</summary>
    public Task PictureAsync(HttpContext context) => SendFileAsync(context, FolderOf(context), PictureOf(context), "image/jpeg");

    /// <summary>Saves the next frame, and what was found in it.</summary>
    public Task TakeSnapshotAsync(HttpContext context) => TryAsync(context, async () =>
    {
        try
        {
            string path = await snapshots.Take().WaitAsync(SnapshotTimeout, context.RequestAborted);
            FileInfo file = new(path);
            await SendAsync(context, new(file.Name, file.LastWriteTimeUtc, file.Length), RecordingApiJson.Default.StoredFile);
        }
        catch (TimeoutException)
        {
            throw new EdgeException("No frame came to be saved: /api/state says how the camera is.");
        }
    });

    /// <summary>The snapshots, newest first.</summary>
    public Task SnapshotsAsync(HttpContext context) => TryAsync(context, () =>
    {
        DirectoryInfo folder = new(SnapshotFolder);
        StoredFile[] files = !folder.Exists ? [] :
        [
            .. folder.EnumerateFiles("*.jpg").OrderByDescending(static file => file.Name, StringComparer.Ordinal).Take(MostListed)
                .Select(static file => new StoredFile(file.Name, file.LastWriteTimeUtc, file.Length)),
        ];
        return SendAsync(context, files, RecordingApiJson.Default.StoredFileArray);
    });

    public Task SnapshotAsync(HttpContext context) => SendFileAsync(context, SnapshotFolder, PictureOf(context), "image/jpeg");

    private string FolderOf(HttpContext context)
    {
        string name = (string)context.Request.RouteValues["name"]!;
        return FolderName().IsMatch(name) ? Path.Join(options.FolderInUse, name) : "";
    }

    private static string PictureOf(HttpContext context)
    {
        string name = (string)context.Request.RouteValues["picture"]!;
        return PictureName().IsMatch(name) ? name : "";
    }

    private static async Task SendFileAsync(HttpContext context, string folder, string name, string type)
    {
        if (folder.Length == 0 || name.Length == 0 || !File.Exists(Path.Join(folder, name)))
        {
            await Answers.RefuseAsync(context, StatusCodes.Status404NotFound, "There is no such file: its folder lists what there is.");
            return;
        }
        await TryAsync(context, async () =>
        {
            await using FileStream file = new(
                Path.Join(folder, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, useAsync: true);
            // A recording that goes on grows: what is there now is what is sent.
            long length = file.Length;
            context.Response.ContentType = type;
            context.Response.ContentLength = length;
            byte[] part = new byte[Math.Min(length, 1 << 16)];
            while (length > 0
                && await file.ReadAsync(part.AsMemory(0, (int)Math.Min(length, part.Length)), context.RequestAborted) is > 0 and var count)
            {
                await context.Response.Body.WriteAsync(part.AsMemory(0, count), context.RequestAborted);
                length -= count;
            }
        });
    }

    private static async Task TryAsync(HttpContext context, Func<Task> answer)
    {
        try
        {
            await answer();
        }
        catch (Exception e) when (e is EdgeException or IOException or UnauthorizedAccessException && !context.Response.HasStarted)
        {
            await Answers.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, e.Message);
        }
    }

    private static Task SendAsync<T>(HttpContext context, T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        context.Response.ContentType = Answers.Json;
        return context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(value, type), context.RequestAborted).AsTask();
    }

    [GeneratedRegex(@"^[0-9]{8}-[0-9]{6}(-[0-9]+)?\z")]
    private static partial Regex FolderName();

    [GeneratedRegex(@"^[0-9A-Za-z][0-9A-Za-z_-]*\.jpg\z")]
    private static partial Regex PictureName();
}

/// <summary>What the recorder does.</summary>
internal sealed record RecordingReport(bool Recording, string? Name, long Frames, long Bytes, long Dropped, string Detail)
{
    public static RecordingReport Of(RecorderState state) => new(
        state.IsRecording, state.Folder is null ? null : Path.GetFileName(state.Folder), state.Frames, state.Bytes, state.Dropped,
        state.Detail ?? "");
}

/// <summary>A recording or a snapshot.</summary>
internal sealed record StoredFile(string Name, DateTimeOffset Taken, long Bytes);

[System.Text.Json.Serialization.JsonSourceGenerationOptions(PropertyNamingPolicy = System.Text.Json.Serialization.JsonKnownNamingPolicy.SnakeCaseLower)]
[System.Text.Json.Serialization.JsonSerializable(typeof(RecordingReport))]
[System.Text.Json.Serialization.JsonSerializable(typeof(StoredFile))]
[System.Text.Json.Serialization.JsonSerializable(typeof(StoredFile[]))]
internal sealed partial class RecordingApiJson : System.Text.Json.Serialization.JsonSerializerContext;
