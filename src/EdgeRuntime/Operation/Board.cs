using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>
/// The board's own state, from the kernel's sysfs and procfs: the hottest thermal zone (thermal_zone*/temp, millidegrees Celsius), whether
/// the clock is held down (by a cooling device of the processor, which every board with a thermal driver has, or by a Raspberry Pi's
/// firmware: get_throttled, bits 0 to 3 are "now"), free memory and load. Reading again allocates nothing.
/// </summary>
public sealed class Board : IDisposable
{
    private const string Thermal = "/sys/class/thermal";
    private const string Platform = "/sys/devices/platform";

    /// <summary>Cooling devices that are the processor's clock, by the beginning of their type: ARM boards', Jetsons', PCs'.</summary>
    private static readonly string[] ClockCooling = ["cpufreq-", "thermal-cpufreq", "thermal-devfreq", "Processor"];

    private readonly List<SafeFileHandle> _zones = [], _cooling = [], _throttled = [];
    private readonly SafeFileHandle? _memory, _load;

    /// <param name="root">Where /sys and /proc are found; tests give a folder of their own.</param>
    public Board(string root = "/")
    {
        foreach (string zone in Folders(Path.Join(root, Thermal), "thermal_zone*")) Add(_zones, Path.Join(zone, "temp"));
        foreach (string device in Folders(Path.Join(root, Thermal), "cooling_device*"))
        {
            if (ClockCooling.Any(TypeOf(device).StartsWith)) Add(_cooling, Path.Join(device, "cur_state"));
        }
        // The address in the folder's name differs between models: soc, soc@107c000000 ...
        foreach (string soc in Folders(Path.Join(root, Platform), "soc*"))
        {
            foreach (string firmware in Folders(soc, "*:firmware")) Add(_throttled, Path.Join(firmware, "get_throttled"));
        }
        _memory = TryOpen(Path.Join(root, "/proc/meminfo"));
        _load = TryOpen(Path.Join(root, "/proc/loadavg"));
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

    /// <summary>The clock is held down now, because of heat, low voltage or a frequency cap.</summary>
    public bool IsThrottled
    {
        get
        {
            foreach (SafeFileHandle firmware in _throttled)
            {
                if (TryReadNumber(firmware, 'x', out long bits) && (bits & 0xF) != 0) return true;
            }
            foreach (SafeFileHandle device in _cooling)
            {
                if (TryReadNumber(device, 'D', out long state) && state > 0) return true;
            }
            return false;
        }
    }

    /// <summary>Megabytes of memory that programs can still have; null when the system does not tell.</summary>
    public int? FreeMemoryMegabytes
    {
        get
        {
            Span<byte> text = stackalloc byte[512];
            ReadOnlySpan<byte> read = Read(_memory, text);
            int at = read.IndexOf("MemAvailable:"u8);
            if (at < 0) return null;
            ReadOnlySpan<byte> number = read[(at + "MemAvailable:".Length)..].TrimStart((byte)' ');
            return Utf8Parser.TryParse(number, out long kibibytes, out _) ? (int)(kibibytes * 1024 / 1_000_000) : null;
        }
    }

    /// <summary>Processes that run or wait for a core, averaged over a minute; null when the system does not tell.</summary>
    public double? Load
    {
        get
        {
            Span<byte> text = stackalloc byte[64];
            return Utf8Parser.TryParse(Read(_load, text), out double load, out _) ? load : null;
        }
    }

    public void Dispose()
    {
        SafeFileHandle?[] files = [.. _zones, .. _cooling, .. _throttled, _memory, _load];
        foreach (SafeFileHandle? file in files) file?.Dispose();
    }

    private static IEnumerable<string> Folders(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.EnumerateDirectories(folder, pattern).Order(StringComparer.Ordinal) : [];

    private static string TypeOf(string device)
    {
        try
        {
            return File.ReadAllText(Path.Join(device, "type")).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static void Add(List<SafeFileHandle> files, string path)
    {
        if (TryOpen(path) is { } file) files.Add(file);
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
        return Utf8Parser.TryParse(Read(file, text), out number, out _, format);
    }

    private static ReadOnlySpan<byte> Read(SafeFileHandle? file, Span<byte> text)
    {
        try
        {
            return file is null ? default : text[..RandomAccess.Read(file, text, 0)];
        }
        catch (IOException)
        {
            // Some zones refuse to be read while their sensor sleeps.
            return default;
        }
    }
}
