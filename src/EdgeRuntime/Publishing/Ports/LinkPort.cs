using System.IO.Ports;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EdgeCnn.EdgeRuntime.Publishing.Ports;

/// <summary>An open way to the robot: a serial device, a pseudo-terminal, or a TCP connection.</summary>
/// <param name="stream">Bytes both ways; disposing it ends a wait in it.</param>
/// <param name="bytesPerSecond">What the line carries, 0 where it is not limited by a line.</param>
public sealed class LinkPort(Stream stream, int bytesPerSecond) : IDisposable
{
    private const int BitsPerByte = 10; // start bit, eight bits, stop bit
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Bytes both ways.</summary>
    public Stream Stream { get; } = stream;

    /// <summary>What the line carries, 0 where it is not limited by a line.</summary>
    public int BytesPerSecond { get; } = bytesPerSecond;

    /// <summary>What the user had better change, null when there is nothing.</summary>
    public string? Advice { get; private init; }

    /// <summary>Opens a device by its path, or <c>tcp://host:port</c>.</summary>
    /// <param name="name">As in the setting Link:Port.</param>
    /// <param name="baud">Bits per second of a serial device.</param>
    /// <exception cref="LinkException">Says what the system says, and what to do.</exception>
    public static LinkPort Open(string name, int baud) =>
        name.StartsWith("tcp://", StringComparison.Ordinal) ? Connect(name) : OpenDevice(name, baud);

    public void Dispose() => Stream.Dispose();

    private static LinkPort OpenDevice(string name, int baud)
    {
        SafeFileHandle file = Libc.Open(name);
        if (file.IsInvalid)
            throw Failure(name, Marshal.GetLastPInvokeError());
        TerminalSettings.DiscardInput(file);
        if (!TerminalSettings.HasModemLines(file))
        {
            if (TerminalSettings.MakeRaw(file))
                return new(new TerminalStream(file), bytesPerSecond: 0);
            using (file)
                throw Failure(name, Errno.NotTerminal);
        }
        using (file)
        {
            return OpenSerial(name, baud, file);
        }
    }

    /// <param name="name">The device.</param>
    /// <param name="baud">Bits per second.</param>
    /// <param name="file">The same device, open already, for what SerialPort does not know.</param>
    internal static LinkPort OpenSerial(string name, int baud, SafeFileHandle file)
    {
        TerminalSettings.ClearHangUpOnClose(file);
        // DTR and RTS stay up: boards with native USB send nothing to a host that does not raise DTR.
        var serial = new SerialPort(name, baud) { DtrEnable = true, RtsEnable = true };
        try
        {
            serial.Open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            serial.Dispose();
            throw e is UnauthorizedAccessException
                ? Failure(name, Errno.Busy)
                : new LinkException($"Link:Port {name} does not accept {baud} bits per second, 8 data bits, no parity: {e.Message}", e);
        }
        // Opening may have set it again.
        TerminalSettings.ClearHangUpOnClose(file);
        string? stable = SerialDeviceNames.StableName(name);
        return new(serial.BaseStream, baud / BitsPerByte)
        {
            Advice = stable is null ? null : $"{name} may be another board after a restart; Link:Port={stable} stays with this one.",
        };
    }

    private static LinkPort Connect(string name)
    {
        if (!Uri.TryCreate(name, UriKind.Absolute, out Uri? address) || address.Port <= 0 || address.Host.Length == 0)
            throw new LinkException($"Link:Port {name} is not of the form tcp://host:port.");
        var client = new TcpClient { NoDelay = true };
        try
        {
            using var patience = new CancellationTokenSource(ConnectTimeout);
            client.ConnectAsync(address.Host, address.Port, patience.Token).AsTask().GetAwaiter().GetResult();
            return new(client.GetStream(), bytesPerSecond: 0);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            client.Dispose();
            string reason = e is SocketException ? e.Message : $"no answer within {ConnectTimeout.TotalSeconds:0} s";
            throw new LinkException($"Link:Port {name} cannot be connected: {reason}; does the far end listen there?", e);
        }
    }

    private static LinkException Failure(string name, int error)
    {
        string what = $"Link:Port {name} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})";
        return new(error switch
        {
            Errno.NoEntry or Errno.NoDevice or Errno.NoSuchAddress => $"{what}; {WhatIsThere()}.",
            Errno.AccessDenied or Errno.NotPermitted =>
                $"{what}; let the user {Environment.UserName} in with \"sudo usermod -aG dialout {Environment.UserName}\" and log in again.",
            Errno.Busy => $"{what}; another program has it: close serial monitors, stop ModemManager, see \"fuser -v {name}\".",
            Errno.NotTerminal or Errno.Invalid or Errno.IsDirectory => $"{what}; it is no serial port or pseudo-terminal.",
            _ => $"{what}; unplug the board and plug it in again.",
        });
    }

    private static string WhatIsThere()
    {
        string[] candidates = SerialDeviceNames.Candidates();
        return candidates.Length == 0
            ? "no board is plugged in; check its cable, or use Link:Port=virtual for a simulated robot"
            : $"there is {string.Join(", ", candidates)}";
    }
}
