using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using EdgeCnn.EdgeRuntime.Capture;

namespace EdgeCnn.EdgeRuntime.Tests.Capture;

/// <summary>Real streams over the loopback, and real pipelines.</summary>
public sealed class StreamTests
{
    private readonly ListLog _log = new();

    [Fact]
    public void A_stream_that_dies_is_lost_and_comes_back_when_it_does()
    {
        int port = FreeUdpPort();
        CaptureOptions options = new() { Source = $"udp://127.0.0.1:{port}", ReadTimeoutMs = 1000, OpenTimeoutMs = 20_000 };
        using Sender first = new(port);
        using ICamera camera = Cameras.Open(options, TimeProvider.System, _log);
        camera.Start();
        using (Frame frame = Films.Next(camera)) Assert.Equal((320, 240), (frame.Width, frame.Height));

        first.Dispose();
        Await(camera, CameraState.Lost);
        Assert.Contains(options.Source, camera.Status.Detail, StringComparison.Ordinal);

        using Sender second = new(port);
        Await(camera, CameraState.Running);
        Assert.True(camera.Status.Reopened > 0);
        while (camera.Take(TimeSpan.Zero, CancellationToken.None) is { } stale) stale.Dispose();
        Films.Next(camera).Dispose();
    }

    [Fact]
    public void A_pipeline_delivers_frames_and_its_end_is_a_loss()
    {
        if (!OpenCv.HasGStreamer) return;
        CaptureOptions options = new() { Source = "videotestsrc num-buffers=10 is-live=true ! video/x-raw,width=160,height=120,framerate=30/1" };
        using ICamera camera = Cameras.Open(options, TimeProvider.System, _log);
        camera.Start();
        using (Frame frame = Films.Next(camera)) Assert.Equal((160, 120), (frame.Width, frame.Height));
        Await(camera, CameraState.Lost);
    }

    [Theory]
    [InlineData("there ! is ! nothing")]
    [InlineData("http://127.0.0.1:9/video")]
    public void What_cannot_be_opened_is_an_error_in_one_sentence(string source)
    {
        using ICamera camera = Cameras.Open(new() { Source = source, OpenTimeoutMs = 5000 }, TimeProvider.System, _log);
        EdgeException refused = Assert.Throws<EdgeException>(camera.Start);
        Assert.Contains(source, refused.Message, StringComparison.Ordinal);
    }

    private static void Await(ICamera camera, CameraState state) =>
        Assert.True(SpinWait.SpinUntil(() => camera.Status.State == state, TimeSpan.FromSeconds(30)), $"It is not {state}: {camera.Status}");

    private static int FreeUdpPort()
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.Client.LocalEndPoint!).Port;
    }

    /// <summary>ffmpeg, which sends a test card as an MPEG transport stream.</summary>
    private sealed class Sender : IDisposable
    {
        private readonly Process _ffmpeg;

        public Sender(int port) => _ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg",
            ["-loglevel", "quiet", "-re", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25", "-c:v", "mpeg2video", "-g", "10", "-b:v", "2M",
             "-f", "mpegts", $"udp://127.0.0.1:{port}?pkt_size=1316"])
        { RedirectStandardInput = true })!;

        public void Dispose()
        {
            if (!_ffmpeg.HasExited) _ffmpeg.Kill();
            _ffmpeg.WaitForExit();
        }
    }
}
