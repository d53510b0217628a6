using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Publishing.Ports;

namespace EdgeCnn.EdgeRuntime.Tests.Publishing;

/// <summary>Ports, on real pseudo-terminals and sockets.</summary>
public sealed class PortTests
{
    [Fact]
    public void Every_byte_passes_a_pseudo_terminal_unchanged_both_ways()
    {
        using var pair = new PseudoTerminal();
        using LinkPort port = LinkPort.Open(pair.FarName, 115200);
        byte[] all = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];
        port.Stream.Write(all);
        Assert.Equal(all, ReadExactly(pair.Near, all.Length));
        pair.Near.Write(all);
        Assert.Equal(all, ReadExactly(port.Stream, all.Length));
        Assert.Equal(0, port.BytesPerSecond);
    }

    [Fact]
    public void The_far_side_can_be_opened_again_and_again()
    {
        using var pair = new PseudoTerminal();
        for (byte round = 0; round < 5; round++)
        {
            using LinkPort port = LinkPort.Open(pair.FarName, 115200);
            port.Stream.Write([round]);
            Assert.Equal([round], ReadExactly(pair.Near, 1));
        }
    }

    [Fact]
    public async Task Closing_ends_a_read_of_another_thread()
    {
        using var pair = new PseudoTerminal();
        Task<int> reader = Task.Run(() => pair.Near.Read(new byte[10]));
        await Task.Delay(50);
        pair.Near.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reader.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_far_end_that_hangs_up_ends_a_read_with_zero_bytes()
    {
        var pair = new PseudoTerminal();
        using LinkPort port = LinkPort.Open(pair.FarName, 115200);
        Task<int> reader = Task.Run(() => port.Stream.Read(new byte[10]));
        await Task.Delay(50);
        pair.Dispose();
        Assert.Equal(0, await reader.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Throws<IOException>(() => port.Stream.Write([1, 2, 3]));
    }

    [Fact]
    public void A_far_end_that_takes_nothing_costs_a_write_no_more_than_its_timeout()
    {
        using var pair = new PseudoTerminal();
        using LinkPort port = LinkPort.Open(pair.FarName, 115200);
        port.Stream.WriteTimeout = 100;
        var clock = Stopwatch.StartNew();
        Assert.Throws<TimeoutException>(() => port.Stream.Write(new byte[1_000_000]));
        Assert.InRange(clock.ElapsedMilliseconds, 50, 20_000);
        port.Stream.ReadTimeout = 20;
        Assert.Throws<TimeoutException>(() => port.Stream.Read(new byte[1]));
    }

    [Fact]
    public void A_port_that_is_not_there_says_so_and_what_to_do()
    {
        var failure = Assert.Throws<LinkException>(() => LinkPort.Open("/dev/ttyNOBODY7", 115200));
        Assert.StartsWith(
            "Link:Port /dev/ttyNOBODY7 cannot be opened: No such file or directory (errno 2);", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/tmp")]
    [InlineData("/proc/self/cmdline")]
    public void What_is_no_terminal_is_refused(string path)
    {
        var failure = Assert.Throws<LinkException>(() => LinkPort.Open(path, 115200));
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        Assert.Contains("errno", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hang_up_on_close_can_be_switched_off()
    {
        using var pair = new PseudoTerminal();
        using var far = Libc.Open(pair.FarName);
        Assert.True(TerminalSettings.ClearHangUpOnClose(far));
        Assert.False(TerminalSettings.HangsUpOnClose(far));
        Assert.False(TerminalSettings.HasModemLines(far));
    }

    [Fact]
    public void A_device_has_the_name_that_stays_with_it()
    {
        using TemporaryFolder folder = new();
        string device = Path.Combine(folder.Path, "ttyUSB0"), byId = Path.Combine(folder.Path, "by-id");
        File.WriteAllText(device, "");
        Assert.Null(SerialDeviceNames.StableName(device, byId));
        Directory.CreateDirectory(byId);
        Assert.Null(SerialDeviceNames.StableName(device, byId));
        string link = Path.Combine(byId, "usb-Arduino_Uno-if00");
        File.CreateSymbolicLink(link, "../ttyUSB0");
        Assert.Equal(link, SerialDeviceNames.StableName(device, byId));
        Assert.Null(SerialDeviceNames.StableName(link, byId));
        Assert.Equal([link], SerialDeviceNames.Candidates(byId));
    }

    [Fact]
    public void A_connection_over_tcp_is_a_port_too()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using LinkPort port = LinkPort.Open($"tcp://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}", 115200);
        using TcpClient far = listener.AcceptTcpClient();
        port.Stream.Write([1, 0, 2]);
        Assert.Equal([1, 0, 2], ReadExactly(far.GetStream(), 3));
    }

    [Theory]
    [InlineData("tcp://127.0.0.1")]
    [InlineData("tcp://")]
    [InlineData("tcp://127.0.0.1:1")]
    public void A_connection_that_cannot_be_made_says_why(string name) =>
        Assert.StartsWith(
            $"Link:Port {name} ", Assert.Throws<LinkException>(() => LinkPort.Open(name, 0)).Message, StringComparison.Ordinal);

    private static byte[] ReadExactly(Stream stream, int count)
    {
        stream.ReadTimeout = 10_000;
        byte[] bytes = new byte[count];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("edgecnn-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
