using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>
/// The board's own state, from the kernel's sysfs: the hottest thermal zone (thermal_zone*/temp, millidegrees Celsius) and, on a Raspberry Pi, the
/// firmware's throttling word (get_throttled; bits 0 to 3 are "now"). Reading again allocates nothing.
/// </summary>
public sealed class Board : IDisposable
{
    private const string ThermalZones = "/sys/class/thermal";
    private const string PiThrottled = "/sys/devices/platform/soc/soc:firmware/get_throttled";

    private readonly List<SafeFileHandle> _zones = [];
    private readonly SafeFileHandle? _throttled;

    /// <param name="root">Where /sys is found; tests give a folder of their own.</param>
    public Board(string root = "/")
    {
        string zones = Path.Join(root, ThermalZones);
        if (Directory.Exists(zones))
        {
            foreach (string zone in Directory.EnumerateDirectories(zones, "thermal_zone*").Order(StringComparer.Ordinal))
            {
                if (TryOpen(Path.Join(zone, "temp")) is { } handle) _zones.Add(handle);
            }
        }
        _throttled = TryOpen(Path.Join(root, PiThrottled));
    }

    /// <summary>Degrees Celsius of the hottest zone; 0 when the board does not tell.</summary>
    public int TemperatureC
    {
        get
        {
            long hottest = 0;
            foreach (SafeFileHandle zone in _zones)
            {
                if (TryReadNumber(zone, 'D', out long millidegrees)) hottest = Math.Max(hottest, millidegrees);
            }
            return (int)(hottest / 1000);
        }
    }

    /// <summary>The firmware holds the clock down now, because of low voltage, heat or a frequency cap.</summary>
    public bool IsThrottled => _throttled is not null && TryReadNumber(_throttled, 'x', out long bits) && (bits & 0xF) != 0;

    public void Dispose()
    {
        foreach (SafeFileHandle zone in _zones) zone.Dispose();
        _throttled?.Dispose();
    }

    private static SafeFileHandle? TryOpen(string path)
    {
        try
        {
            return File.Exists(path) ? File.OpenHandle(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool TryReadNumber(SafeFileHandle file, char format, out long number)
    {
        Span<byte> text = stackalloc byte[32];
        number = 0;
        try
        {
            ReadOnlySpan<byte> read = text[..RandomAccess.Read(file, text, 0)];
            return Utf8Parser.TryParse(read, out number, out _, format);
        }
        catch (IOException)
        {
            // Some zones refuse to be read while their sensor sleeps.
            return false;
        }
    }
}
