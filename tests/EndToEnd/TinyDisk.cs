using System.Diagnostics;

namespace EdgeCnn.EndToEnd;

/// <summary>A disk of some kibibytes that one shell command sees and nobody else: a tmpfs in a mount namespace of its own.</summary>
internal static class TinyDisk
{
    public static string? WhyAbsent { get; } = Find();

    /// <summary>Runs a shell command while the folder is such a disk.</summary>
    public static Outcome Run(string folder, int kibibytes, string command)
    {
        using Process process = Start($"mount -t tmpfs -o size={kibibytes}k tmpfs '{folder}' || exit 99; {command}");
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Outcome(process.ExitCode, output, error.Result);
    }

    private static Process Start(string command) =>
        Process.Start(
            new ProcessStartInfo("unshare", ["-rm", "sh", "-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static string? Find()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("edgecnn-test-");
        try
        {
            return Run(folder.FullName, 64, "true").ExitCode == 0 ? null : "this machine lets nobody mount a small disk for a test";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "needs unshare (util-linux)";
        }
        finally
        {
            folder.Delete();
        }
    }
}

/// <summary>A fact that is skipped where no small disk can be had.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TinyDiskFactAttribute : FactAttribute
{
    public TinyDiskFactAttribute() => Skip = TinyDisk.WhyAbsent;
}
