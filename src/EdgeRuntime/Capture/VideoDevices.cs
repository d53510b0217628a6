namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>The cameras that Linux knows.</summary>
internal static class VideoDevices
{
    private const string ByPath = "/dev/v4l/by-path";

    /// <summary>Every V4L2 device, by the name that stays with its socket where there is one.</summary>
    public static string[] Known() => Directory.Exists(ByPath)
        ? [.. Directory.EnumerateFileSystemEntries(ByPath).Order(StringComparer.Ordinal)]
        : Directory.Exists("/dev") ? [.. Directory.EnumerateFileSystemEntries("/dev", "video*").Order(StringComparer.Ordinal)] : [];

    /// <summary>
    /// The name under /dev/v4l/by-path of a device when other cameras could take its number; null when it is the only one.
    /// </summary>
    public static string? StableName(string device)
    {
        if (!Directory.Exists(ByPath)) return null;
        string[] names = [.. Directory.EnumerateFileSystemEntries(ByPath, "*-video-index0").Order(StringComparer.Ordinal)];
        return names.Length < 2
            ? null
            : names.FirstOrDefault(name => File.ResolveLinkTarget(name, returnFinalTarget: true)?.FullName == device);
    }
}
