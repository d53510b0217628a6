using System.Net.Sockets;
using System.Text;
using EdgeCnn.EdgeRuntime.Operation;

namespace EdgeCnn.EdgeRuntime.Tests.Operation;

public sealed class ServiceNotifierTests : IDisposable
{
    private readonly string _path = Path.Join(Path.GetTempPath(), $"edgecnn-notify-{Guid.NewGuid():N}");
    private readonly Socket _systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 2000 };

    public void Dispose()
    {
        _systemd.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void Systemd_hears_ready_alive_status_and_stopping()
    {
        _systemd.Bind(new UnixDomainSocketEndPoint(_path));
        using ServiceNotifier notifier = new(_path, "30000000");

        notifier.Ready();
        notifier.Alive();
        notifier.Status("running, 29.9 fps");
        notifier.Stopping();

        Assert.Equal(TimeSpan.FromSeconds(30), notifier.WatchdogTimeout);
        Assert.Equal(["READY=1", "WATCHDOG=1", "STATUS=running, 29.9 fps", "STOPPING=1"], Enumerable.Range(0, 4).Select(_ => Receive()));
    }

    [Fact]
    public void An_abstract_socket_is_reached_too()
    {
        string name = $"edgecnn-{Guid.NewGuid():N}";
        _systemd.Bind(new UnixDomainSocketEndPoint("\0" + name));
        using ServiceNotifier notifier = new("@" + name, null);

        notifier.Ready();

        Assert.Equal("READY=1", Receive());
    }

    [Fact]
    public void Without_systemd_nothing_is_said_and_nothing_goes_wrong()
    {
        using ServiceNotifier unset = new(null, null);
        using ServiceNotifier gone = new(_path, "1000000");

        unset.Ready();
        gone.Ready();

        Assert.False(unset.IsListening);
        Assert.False(gone.IsListening);
    }

    [Fact]
    public void A_status_that_is_too_long_is_cut_between_characters()
    {
        _systemd.Bind(new UnixDomainSocketEndPoint(_path));
        using ServiceNotifier notifier = new(_path, null);

        notifier.Status(new string('é', 400));

        Assert.Equal("STATUS=" + new string('é', 124), Receive());
    }

    private string Receive()
    {
        byte[] buffer = new byte[1024];
        return Encoding.UTF8.GetString(buffer, 0, _systemd.Receive(buffer));
    }
}
