namespace EdgeCnn.EdgeRuntime.Publishing.Ports;

/// <summary>
/// Names of serial devices. /dev/ttyUSB0 is whichever board was found first; the links in /dev/serial/by-id, which udev makes, stay
/// with a board whatever it is plugged into.
/// </summary>
internal static class SerialDeviceNames
{
    private const string ByIdFolder = "/dev/serial/by-id";
    private static readonly string[] Patterns = ["ttyACM*", "ttyUSB*", "ttyAMA*", "ttyTHS*"];

    /// <summary>The by-id name of a device, null where it has none or was named so already.</summary>
    public static string? StableName(string device, string folder = ByIdFolder)
    {
        if (!Directory.Exists(folder) || device.StartsWith(folder, StringComparison.Ordinal))
            return null;
        string target = Resolve(device);
        return Links(folder).FirstOrDefault(link => Resolve(link) == target);
    }

    /// <summary>What could be meant when a port is not there: by-id names, or else devices that look like boards.</summary>
    public static string[] Candidates(string folder = ByIdFolder)
    {
        string[] links = Directory.Exists(folder) ? Links(folder) : [];
        return links.Length > 0 ? links : [.. Patterns.SelectMany(pattern => Directory.GetFiles("/dev", pattern)).Order(StringComparer.Ordinal)];
    }

    private static string[] Links(string folder) => [.. Directory.GetFileSystemEntries(folder).Order(StringComparer.Ordinal)];

    private static string Resolve(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
}
