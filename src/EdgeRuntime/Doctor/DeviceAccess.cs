using System.Globalization;
using System.Runtime.InteropServices;

namespace EdgeCnn.EdgeRuntime.Doctor;

/// <summary>Who may use a device file, and who does.</summary>
internal static partial class DeviceAccess
{
    private const int ReadAndWrite = 4 | 2;

    /// <summary>Whether this user may read and write a file.</summary>
    public static bool IsAllowed(string path) => Access(path, ReadAndWrite) == 0;

    /// <summary>The other processes that have a device open, as "name (pid)"; without root, those of this user alone can be seen.</summary>
    /// <param name="device">The device file itself, no link to it.</param>
    /// <param name="root">Where /proc is found; tests give a folder of their own.</param>
    public static IReadOnlyList<string> Holders(string device, string root = "/")
    {
        List<string> holders = [];
        foreach (string process in Folders(Path.Join(root, "proc")))
        {
            if (!int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                || id == Environment.ProcessId)
                continue;
            if (Files(Path.Join(process, "fd")).Any(file => LinkTarget(file) == device))
                holders.Add(string.Create(CultureInfo.InvariantCulture, $"{NameOf(process)} ({id})"));
        }
        return holders;
    }

    private static string[] Folders(string folder) => Try(() => Directory.GetDirectories(folder)) ?? [];

    private static string[] Files(string folder) => Try(() => Directory.GetFileSystemEntries(folder)) ?? [];

    private static string? LinkTarget(string file) => Try(() => new FileInfo(file).LinkTarget);

    private static string NameOf(string process) => Try(() => File.ReadAllText(Path.Join(process, "comm")).Trim()) ?? "a process";

    /// <summary>Processes end at any moment, and those of others may not be looked into.</summary>
    private static T? Try<T>(Func<T?> look) where T : class
    {
        try
        {
            return look();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);
}
