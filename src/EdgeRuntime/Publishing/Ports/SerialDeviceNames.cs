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
        if (device.StartsWith(folder, StringComparison.Ordinal))
            return null;
        string? target = Resolve(device);
        return target is null ? null : Links(folder).FirstOrDefault(link => Resolve(link) == target);
    }

    /// <summary>What could be meant when a port is not there: by-id names, or else devices that look like boards.</summary>
    public static string[] Candidates(string folder = ByIdFolder)
    {
        string[] links = Links(folder);
        return links.Length > 0
            ? links
            : [.. Patterns.SelectMany(pattern => Directory.GetFiles("/dev", pattern)).Order(StringComparer.Ordinal)];
    }

    private static string[] Links(string folder)
    {
        try
        {
            return [.. Directory.GetFileSystemEntries(folder).Order(StringComparer.Ordinal)];
        }
        catch (IOException)
        {
            return []; // udev removes the folder with its last device, at any moment
        }
    }

    private static string? Resolve(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        }
        catch (IOException)
        {
            return null; // unplugged just now
        }
    }
}
