using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime.Recording;

/// <summary>Deletes the oldest recordings where there are more, or older ones, than the settings allow.</summary>
internal sealed class Retention(RecordOptions options, TimeProvider time, ILogger log)
{
    private const long Megabyte = 1_000_000;

    /// <summary>Makes room.</summary>
    /// <param name="parent">The folder of all recordings.</param>
    /// <param name="current">The recording that is being written, which stays whatever it takes; null: none is.</param>
    /// <returns>Why nothing more can be recorded: the disk is full, and there is nothing left to delete; null when there is room.</returns>
    public string? MakeRoom(string parent, string? current)
    {
        List<RecordingStore> recordings = RecordingStore.List(parent);
        long total = recordings.Sum(recording => recording.Bytes());
        foreach (RecordingStore recording in recordings.Where(recording => recording.Folder != current))
        {
            bool tooOld = options.MaxDays > 0 && time.GetUtcNow() - recording.Started > TimeSpan.FromDays(options.MaxDays);
            bool tooMuch = total > options.MaxMegabytes * Megabyte;
            if (!tooOld && !tooMuch && Free(parent) >= options.MinFreeMegabytes * Megabyte) break;
            total -= recording.Bytes();
            recording.Delete();
            log.LogInformation(
                "The recording {Folder} was deleted: {Why}.",
                recording.Folder,
                tooOld ? "it is older than Record:MaxDays" : tooMuch ? "all together exceed Record:MaxMegabytes" : "the disk is full");
        }
        long free = Free(parent);
        return free >= options.MinFreeMegabytes * Megabyte
            ? null
            : FormattableString.Invariant(
                $"only {free / Megabyte} MB are free where {parent} lies, and Record:MinFreeMegabytes leaves {options.MinFreeMegabytes} MB to others");
    }

    /// <summary>Bytes that are free where a folder is or would be.</summary>
    public static long FreeAround(string folder) => Free(NearestFolder(folder));

    /// <summary>The folder, or the nearest one above it that is there: it lies on the same disk.</summary>
    public static string NearestFolder(string folder)
    {
        string there = Path.GetFullPath(folder);
        while (!Directory.Exists(there)) there = Path.GetDirectoryName(there) ?? "/";
        return there;
    }

    /// <summary>Bytes that are free on the disk of a folder.</summary>
    public static long Free(string folder) => new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
}
