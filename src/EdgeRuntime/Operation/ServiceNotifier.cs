using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>
/// Tells systemd how the service is (sd_notify(3)): datagrams to the socket that NOTIFY_SOCKET names. Says nothing when the program was not
/// started by systemd, and nothing goes wrong when systemd does not listen.
/// </summary>
public sealed class ServiceNotifier : IDisposable
{
    private readonly Socket? _socket;
    private readonly byte[] _status = new byte[256];

    /// <param name="socketPath">NOTIFY_SOCKET: a path, or an abstract name after "@"; null: nobody listens.</param>
    /// <param name="watchdogMicroseconds">WATCHDOG_USEC: systemd kills the service when it hears nothing for so long.</param>
    public ServiceNotifier(string? socketPath, string? watchdogMicroseconds)
    {
        if (string.IsNullOrEmpty(socketPath)) return;
        if (long.TryParse(watchdogMicroseconds, NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds) && microseconds > 0)
            WatchdogTimeout = TimeSpan.FromMicroseconds(microseconds);
        Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(socketPath[0] == '@' ? "\0" + socketPath[1..] : socketPath));
            _socket = socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
        }
    }

    public static ServiceNotifier FromEnvironment() =>
        new(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"), Environment.GetEnvironmentVariable("WATCHDOG_USEC"));

    public bool IsListening => _socket is not null;

    /// <summary>How long systemd waits for <see cref="Alive"/> before it kills the service; null: it does not watch.</summary>
    public TimeSpan? WatchdogTimeout { get; }

    public void Ready() => Send("READY=1"u8);

    public void Alive() => Send("WATCHDOG=1"u8);

    public void Stopping() => Send("STOPPING=1"u8);

    /// <summary>One line for `systemctl status`; what is longer than 249 bytes is cut.</summary>
    public void Status(ReadOnlySpan<char> line)
    {
        if (_socket is null) return;
        "STATUS="u8.CopyTo(_status);
        Encoding.UTF8.GetEncoder().Convert(line, _status.AsSpan(7), flush: true, out _, out int bytes, out _);
        Send(_status.AsSpan(0, 7 + bytes));
    }

    public void Dispose() => _socket?.Dispose();

    private void Send(ReadOnlySpan<byte> message)
    {
        try
        {
            _socket?.Send(message, SocketFlags.None, out _);
        }
        catch (SocketException)
        {
            // systemd restarts or its queue is full: the next message says it again.
        }
    }
}
