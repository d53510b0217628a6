using System.Diagnostics;

namespace EdgeCnn.EdgeRuntime.Tests.Recording;

/// <summary>A small disk of its own, in memory.</summary>
internal sealed class Tmpfs : IDisposable
{
    public Tmpfs(string folder, int kilobytes)
    {
        Folder = Directory.CreateDirectory(folder).FullName;
        if (!Run("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", Folder))
            throw new InvalidOperationException("tmpfs cannot be mounted.");
    }

    public string Folder { get; }

    public void Dispose() => Run("umount", "--lazy", Folder);

    public static bool Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>A fact that is skipped where this user may not mount.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TmpfsFactAttribute : FactAttribute
{
    private static readonly bool MayMount = TryMount();

    public TmpfsFactAttribute() => Skip = MayMount ? null : "needs the right to mount a tmpfs (root)";

    private static bool TryMount()
    {
        string folder = Directory.CreateTempSubdirectory("edgecnn-mount-").FullName;
        bool mounted = Tmpfs.Run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder);
        if (mounted) Tmpfs.Run("umount", folder);
        Directory.Delete(folder);
        return mounted;
    }
}
