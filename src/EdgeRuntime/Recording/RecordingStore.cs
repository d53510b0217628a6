using System.Globalization;

namespace EdgeCnn.EdgeRuntime.Recording;

/// <summary>
/// The folder of all recordings. A recording is a folder in it that bears the time of its beginning as its name (20261122-143622) and holds
/// metadata.jsonl; whatever has another name is not ours and is never deleted: who renames a recording keeps it for good.
/// </summary>
/// <param name="Folder">The recording's own folder.</param>
/// <param name="Started">By its name, UTC.</param>
internal sealed record RecordingStore(string Folder, DateTimeOffset Started)
{
    public const string Metadata = "metadata.jsonl";

    private const string NameFormat = "yyyyMMdd-HHmmss";

    /// <summary>Whether a folder holds a recording, whatever its name.</summary>
    public static bool IsRecording(string folder) => File.Exists(Path.Join(folder, Metadata));

    /// <summary>A time as the names of recordings and snapshots have it.</summary>
    public static string NameOf(DateTimeOffset time) => time.UtcDateTime.ToString(NameFormat, CultureInfo.InvariantCulture);

    /// <summary>Makes the folder for a recording that begins now.</summary>
    public static string NewFolder(string parent, DateTimeOffset started)
    {
        Directory.CreateDirectory(parent);
        string name = NameOf(started);
        for (int i = 1; ; i++)
        {
            string folder = Path.Join(parent, i == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{i}"));
            if (Path.Exists(folder)) continue;
            Directory.CreateDirectory(folder);
            return folder;
        }
    }

    /// <summary>The recordings with names of ours, oldest first.</summary>
    public static List<RecordingStore> List(string parent)
    {
        List<RecordingStore> found = [];
        if (!Directory.Exists(parent)) return found;
        foreach (string folder in Directory.EnumerateDirectories(parent))
        {
            if (StartOf(Path.GetFileName(folder)) is { } started && IsRecording(folder)) found.Add(new(folder, started));
        }
        return [
            .. found.OrderBy(recording => recording.Started).ThenBy(recording => recording.Folder.Length)
                .ThenBy(recording => recording.Folder, StringComparer.Ordinal)];
    }

    /// <summary>What the recording takes on the disk.</summary>
    public long Bytes()
    {
        try
        {
            return new DirectoryInfo(Folder).EnumerateFiles().Sum(file => file.Length);
        }
        catch (IOException)
        {
            return 0; // deleted just now
        }
    }

    /// <summary>Deletes the recording's own files, and its folder unless somebody else has put something there.</summary>
    public void Delete()
    {
        // First what makes a recording of it: what a power cut leaves half deleted is none any more. Its pictures would stay, so they go
        // before.
        foreach (string picture in Directory.EnumerateFiles(Folder, "*.jpg").Where(IsPicture)) File.Delete(picture);
        File.Delete(Path.Join(Folder, Metadata));
        if (!Directory.EnumerateFileSystemEntries(Folder).Any()) Directory.Delete(Folder);
    }

    private static bool IsPicture(string path) => Path.GetFileNameWithoutExtension(path.AsSpan()).IndexOfAnyExceptInRange('0', '9') < 0;

    private static DateTimeOffset? StartOf(string name)
    {
        bool numbered = name.Length > NameFormat.Length && name[NameFormat.Length] == '-'
            && name.AsSpan(NameFormat.Length + 1).IndexOfAnyExceptInRange('0', '9') < 0;
        return (name.Length == NameFormat.Length || numbered) && DateTimeOffset.TryParseExact(
            name.AsSpan(0, NameFormat.Length), NameFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
            out DateTimeOffset started)
            ? started
            : null;
    }
}
