using System.ComponentModel.DataAnnotations;

namespace EdgeCnn.EdgeRuntime.Publishing;

/// <summary>Settings under "Link": how the robot is told what was seen.</summary>
public sealed class LinkOptions
{
    /// <summary>
    /// Where to: a serial device (/dev/serial/by-id/..., /dev/ttyACM0), a pseudo-terminal (/dev/pts/3), tcp://host:port, or virtual (a
    /// simulated robot inside this program). Empty: there is no robot.
    /// </summary>
    public string Port { get; set; } = "";

    /// <summary>Bits per second of a serial device; 8 data bits, no parity, one stop bit.</summary>
    [Range(300, 12_000_000, ErrorMessage = "between 300 and 12000000 bits per second")]
    public int Baud { get; set; } = 115200;

    /// <summary>edgelink, mavlink (MAVLink 2, for autopilots), or ascii (lines for a serial monitor or PLC).</summary>
    [AllowedValues("edgelink", "mavlink", "ascii", ErrorMessage = "edgelink, mavlink or ascii")]
    public string Protocol { get; set; } = "edgelink";

    /// <summary>Whether the far end has to answer before anything that moves it is sent; false: it never talks.</summary>
    public bool Required { get; set; } = true;

    /// <summary>Whether all detections are sent beside the target.</summary>
    public bool Detections { get; set; }

    /// <summary>For so many milliseconds after its arrival the far end may act on a target.</summary>
    [Range(1, 65_535, ErrorMessage = "between 1 and 65535 milliseconds")]
    public int TtlMs { get; set; } = 150;

    /// <summary>
    /// Without a frame younger than this many milliseconds the state is stale, and the far end is told once that there is no target.
    /// </summary>
    [Range(50, 60_000, ErrorMessage = "between 50 and 60000 milliseconds")]
    public int StaleMs { get; set; } = 500;

    /// <summary>What this computer calls itself in HELLO; ASCII, 32 characters at most.</summary>
    [Required(ErrorMessage = "1 to 32 printable ASCII characters")]
    [RegularExpression("^[ -~]{1,32}$", ErrorMessage = "1 to 32 printable ASCII characters")]
    public string Name { get; set; } = "edgecnn";
}
