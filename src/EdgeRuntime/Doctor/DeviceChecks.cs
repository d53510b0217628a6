using System.Globalization;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Publishing.Ports;

namespace EdgeCnn.EdgeRuntime.Doctor;

/// <summary>
/// Cameras and serial ports: which there are, whether they may be used, who holds them, and whether the configured one is among them.
/// </summary>
internal static class DeviceChecks
{
    /// <summary>What of a USB 2 port's 60 MB/s is left for pictures.</summary>
    private const double Usb2Megabytes = 40;

    /// <summary>A camera has two or three, an image processor sixty.</summary>
    private const int ListedFormats = 8;

    public static IEnumerable<Finding> Cameras(IReadOnlyList<CameraSettings> cameras)
    {
        string[] devices = Directory.Exists("/dev") ? [.. Directory.EnumerateFiles("/dev", "video*").Order(StringComparer.Ordinal)] : [];
        int found = 0;
        foreach (string device in devices)
        {
            if (!DeviceAccess.IsAllowed(device))
            {
                found++;
                yield return Finding.Problem("camera", $"{device} may not be opened by the user {Environment.UserName}.", Group("video"));
                continue;
            }
            if (V4l2.Query(device) is not { Formats.Count: > 0 } camera) continue;
            found++;
            yield return Describe(device, camera);
        }
        if (found == 0)
            yield return Finding.Note("camera", "There is no V4L2 camera.",
                "Plug one in and look at what `dmesg` says; streams, CSI cameras and files need none.");
        foreach (CameraSettings camera in cameras) yield return Configured(camera);
    }

    public static IEnumerable<Finding> SerialPorts(EdgeOptions options)
    {
        string[] ports = SerialDeviceNames.Candidates();
        foreach (string port in ports) yield return Serial(port);
        if (ports.Length == 0)
            yield return Finding.Note(
                "serial", "No board is plugged in.", "Connect it by a cable that carries data; Link:Port=virtual is a simulated robot.");

        string configured = options.Link.Port;
        if (configured.Length == 0)
            yield return Finding.Note(
                "serial", "Link:Port is not set: no robot is told anything.", "Name the board, for instance one of those above.");
        else if (configured is "virtual" || configured.StartsWith("tcp://", StringComparison.Ordinal))
            yield return Finding.Ok("serial", $"Link:Port is {configured}.");
        else if (!File.Exists(configured))
            yield return Finding.Problem(
                "serial", $"Link:Port {configured} is not there.", "Plug the board in, or name one that is listed here.");
        else if (!ports.Contains(configured)) yield return Serial(configured);
    }

    private static Finding Describe(string device, V4l2 camera)
    {
        string name = VideoDevices.StableName(device) ?? device;
        int more = camera.Formats.Count - ListedFormats;
        string what = $"{camera.Card} is {name}: {string.Join(", ", camera.Formats.Take(ListedFormats))}{(more > 0 ? $" and {more} formats more" : "")}.";
        if (DeviceAccess.Holders(device) is { Count: > 0 } holders)
            return Finding.Note("camera", $"{what} It is in use by {string.Join(", ", holders)}.",
                "Only one program at a time can have its pictures: end the other one.");
        CameraFormat? wide = camera.Formats.FirstOrDefault(format => format.MegabytesPerSecond > Usb2Megabytes);
        return wide is not null && camera.Bus.StartsWith("usb", StringComparison.Ordinal)
            && camera.Formats.Any(format => format.Name == "MJPG")
            ? Finding.Note("camera", what, string.Create(
                CultureInfo.InvariantCulture,
                $"{wide} takes {wide.MegabytesPerSecond:0} MB/s, and a USB 2 port carries about {Usb2Megabytes}: set Camera:Format=MJPG for large pictures."))
            : Finding.Ok("camera", what);
    }

    private static Finding Configured(CameraSettings camera)
    {
        CaptureOptions options = camera.Options.Camera;
        try
        {
            OpenCv.Load();
            CameraSource source = CameraSource.Parse(options);
            string what = $"Camera:Source is {CameraSource.WithoutPassword(options.Source)}.";
            string area = camera.Area("camera");
            return source.Advice.Length > 0 ? Finding.Note(area, what, source.Advice) : Finding.Ok(area, what);
        }
        catch (EdgeException e)
        {
            return Finding.Problem(camera.Area("camera"), CameraSource.WithoutPassword(e.Message), "Set Camera:Source.");
        }
    }

    private static Finding Serial(string port)
    {
        string device = File.ResolveLinkTarget(port, returnFinalTarget: true)?.FullName ?? port;
        string what = device == port ? port : $"{port} ({device})";
        if (!DeviceAccess.IsAllowed(device))
            return Finding.Problem("serial", $"{what} may not be opened by the user {Environment.UserName}.", Group("dialout"));
        if (DeviceAccess.Holders(device) is { Count: > 0 } holders)
            return Finding.Problem("serial", $"{what} is in use by {string.Join(", ", holders)}.",
                "Close serial monitors, and stop ModemManager: a port has one user.");
        return device == port && SerialDeviceNames.StableName(port) is { } stable
            ? Finding.Note("serial", $"{what} is free.", $"It may be another board after a restart: {stable} stays with this one.")
            : Finding.Ok("serial", $"{what} is free.");
    }

    private static string Group(string group) => $"sudo usermod -aG {group} {Environment.UserName}, and log in again.";
}
