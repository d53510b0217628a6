using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EdgeCnn.EdgeRuntime.Publishing.Json;

/// <summary>Where whole lines go: a stream takes many at once, UDP one in each datagram.</summary>
internal abstract class LineSink : IDisposable
{
    /// <param name="destination">- (standard output), udp://host:port, or the path of a file, which is appended to.</param>
    /// <exception cref="LinkException">It cannot be opened: says why and what to do.</exception>
    public static LineSink Open(string destination)
    {
        if (destination == "-")
            return new StreamSink(Console.OpenStandardOutput());
        return destination.StartsWith("udp://", StringComparison.Ordinal) ? OpenUdp(destination) : OpenFile(destination);
    }

    /// <summary>Hands over lines, each with its line feed.</summary>
    /// <exception cref="IOException">They could not be taken.</exception>
    /// <exception cref="SocketException">Likewise.</exception>
    public abstract void Write(ReadOnlySpan<byte> lines);

    public abstract void Dispose();

    private static StreamSink OpenFile(string path)
    {
        try
        {
            return new(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new LinkException(
                $"Output:Json {path} cannot be written: {e.Message.TrimEnd('.')}; name a file in a folder that exists and may be written to.", e);
        }
    }

    private static UdpSink OpenUdp(string destination)
    {
        int colon = destination.LastIndexOf(':');
        string host = colon > 6 ? destination[6..colon].Trim('[', ']') : "";
        bool isPort = ushort.TryParse(destination.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port);
        if (host.Length == 0 || !isPort || port == 0)
            throw new LinkException($"Output:Json {destination} is not of the form udp://host:port.");
        try
        {
            return new(new IPEndPoint(Dns.GetHostAddresses(host)[0], port));
        }
        catch (SocketException e)
        {
            throw new LinkException($"Output:Json {destination}: the host {host} is not known ({e.Message}); name its address.", e);
        }
    }

    private sealed class StreamSink(Stream stream) : LineSink
    {
        private bool _brokeALine;

        public override void Write(ReadOnlySpan<byte> lines)
        {
            if (_brokeALine)
                stream.Write("\n"u8);
            _brokeALine = true;
            stream.Write(lines);
            stream.Flush();
            _brokeALine = false;
        }

        public override void Dispose() => stream.Dispose();
    }

    private sealed class UdpSink : LineSink
    {
        private readonly Socket _socket;
        private readonly SocketAddress _address;

        public UdpSink(IPEndPoint destination)
        {
            _socket = new Socket(destination.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
            {
                EnableBroadcast = destination.AddressFamily == AddressFamily.InterNetwork,
            };
            _address = destination.Serialize();
        }

        public override void Write(ReadOnlySpan<byte> lines)
        {
            while (!lines.IsEmpty)
            {
                int length = lines.IndexOf((byte)'\n') + 1;
                _socket.SendTo(lines[..length], SocketFlags.None, _address);
                lines = lines[length..];
            }
        }

        public override void Dispose() => _socket.Dispose();
    }
}
