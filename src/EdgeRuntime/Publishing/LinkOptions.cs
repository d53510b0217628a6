namespace EdgeCnn.EdgeRuntime.Publishing;

/// <summary>Settings under "Link": how the robot is told what was seen.</summary>
public sealed class LinkOptions
{
    public const string Section = "Link";

    /// <summary>
    /// Where to: a serial device (/dev/serial/by-id/..., /dev/ttyACM0), a pseudo-terminal (/dev/pts/3), tcp://host:port, or virtual (a simulated
    /// robot inside this program). For protocol json: - (standard output), a file, or udp://host:port. Empty: nobody is told.
    /// </summary>
    public string Port { get; set; } = "";

    /// <summary>Bits per second of a serial device; 8 data bits, no parity, one stop bit.</summary>
    public int Baud { get; set; } = 115200;

    /// <summary>edgelink, mavlink (MAVLink 2), ascii (lines for a serial monitor or PLC), or json (JSON lines).</summary>
    public string Protocol { get; set; } = "edgelink";

    /// <summary>Whether the far end has to answer before anything that moves it is sent; false: it never talks.</summary>
    public bool Required { get; set; } = true;

    /// <summary>Whether all detections are sent beside the target.</summary>
    public bool Detections { get; set; }

    /// <summary>For so many milliseconds after its arrival the far end may act on a target.</summary>
    public int TtlMs { get; set; } = 150;

    /// <summary>Without a frame younger than this many milliseconds the state is stale, and the far end is told once that there is no target.</summary>
    public int StaleMs { get; set; } = 500;

    /// <summary>What this computer calls itself in HELLO; ASCII, 32 characters at most.</summary>
    public string Name { get; set; } = "edgecnn";

    /// <exception cref="LinkException">A setting is out of its range: says which, and what is allowed.</exception>
    public void Validate()
    {
        Require(Protocols.Contains(Protocol, StringComparer.OrdinalIgnoreCase), nameof(Protocol), Protocol, string.Join(", ", Protocols));
        Require(Baud is >= 300 and <= 12_000_000, nameof(Baud), Baud, "300 to 12000000");
        Require(TtlMs is >= 1 and <= 65535, nameof(TtlMs), TtlMs, "1 to 65535 milliseconds");
        Require(StaleMs is >= 50 and <= 60_000, nameof(StaleMs), StaleMs, "50 to 60000 milliseconds");
        Require(
            Name.Length is >= 1 and <= 32 && Name.All(letter => letter is >= ' ' and <= '~'), nameof(Name), Name, "1 to 32 printable ASCII characters");
    }

    private static readonly string[] Protocols = ["edgelink", "mavlink", "ascii", "json"];

    private static void Require(bool holds, string setting, object value, string allowed)
    {
        if (!holds)
            throw new LinkException(FormattableString.Invariant($"Link:{setting} is {value}; allowed is {allowed}."));
    }
}
