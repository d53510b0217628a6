using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeCnn.EdgeRuntime.Capture;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Tests.Capture;

/// <summary>Real streams over the loopback, and real pipelines.</summary>
public sealed class StreamTests
{
    private readonly ListLog _log = new();

    [NetworkStreamFact("ffmpeg")]
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

    [GStreamerFact]
    public void A_pipeline_delivers_frames_and_its_end_is_a_loss()
    {
        CaptureOptions options =
            new() { Source = "videotestsrc num-buffers=10 is-live=true ! video/x-raw,width=160,height=120,framerate=30/1" };
        using ICamera camera = Cameras.Open(options, TimeProvider.System, _log);
        camera.Start();
        using (Frame frame = Films.Next(camera)) Assert.Equal((160, 120), (frame.Width, frame.Height));
        Await(camera, CameraState.Lost);
    }

    [NetworkStreamFact]
    public void A_stream_that_stalls_without_ending_is_lost_and_opened_again()
    {
        using var server = new StallingServer(picturesBeforeStall: 40);
        CaptureOptions options =
            new() { Source = $"http://127.0.0.1:{server.Port}/video.mjpg", ReadTimeoutMs = 1000, OpenTimeoutMs = 20_000 };
        using ICamera camera = Cameras.Open(options, TimeProvider.System, _log);
        camera.Start();
        Await(camera, CameraState.Running);
        Await(camera, CameraState.Lost);
        Await(camera, CameraState.Running);
        Assert.True(server.Connections >= 2, $"{server.Connections} connections");
    }

    [GStreamerTheory]
    [InlineData("there ! is ! nothing")]
    [InlineData("filesrc location=there-is-none.avi ! decodebin ! videoconvert")]
    public void A_pipeline_that_does_not_start_is_an_error_in_one_sentence(string source) => IsRefused(source);

    [Theory]
    [InlineData("http://127.0.0.1:9/video")]
    [InlineData("udp://127.0.0.1:9")]
    public void An_address_that_does_not_answer_is_an_error_in_one_sentence(string source) => IsRefused(source);

    private void IsRefused(string source)
    {
        using ICamera camera = Cameras.Open(new() { Source = source, OpenTimeoutMs = 3000 }, TimeProvider.System, _log);
        EdgeException refused = Assert.Throws<EdgeException>(camera.Start);
        Assert.DoesNotContain('\n', refused.Message);
        Assert.Contains(source, refused.Message, StringComparison.Ordinal);
    }

    private static void Await(ICamera camera, CameraState state) =>
        Assert.True(
            SpinWait.SpinUntil(() => camera.Status.State == state, TimeSpan.FromSeconds(30)), $"It is not {state}: {camera.Status}");

    private static int FreeUdpPort()
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.Client.LocalEndPoint!).Port;
    }

    /// <summary>An IP camera that speaks Motion JPEG over HTTP and falls silent, again and again, without closing the connection.</summary>
    private sealed class StallingServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _end = new();
        private readonly int _picturesBeforeStall;
        private int _connections;

        public StallingServer(int picturesBeforeStall)
        {
            _picturesBeforeStall = picturesBeforeStall;
            _listener.Start();
            _ = Accept();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public int Connections => Volatile.Read(ref _connections);

        public void Dispose()
        {
            _end.Cancel();
            _listener.Dispose();
        }

        private async Task Accept()
        {
            while (!_end.IsCancellationRequested)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
                Interlocked.Increment(ref _connections);
                _ = Serve(client);
            }
        }

        private async Task Serve(TcpClient client)
        {
            using (client)
            {
                NetworkStream stream = client.GetStream();
                await stream.ReadAtLeastAsync(new byte[4096], 1, cancellationToken: _end.Token);
                await stream.WriteAsync(
                    "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=edge\r\n\r\n"u8.ToArray(), _end.Token);
                using var picture = new Frame(new Mat(120, 160, MatType.CV_8UC3));
                for (int i = 0; i < _picturesBeforeStall; i++)
                {
                    picture.Mat.SetTo(Scalar.All(5 * i));
                    byte[] jpeg = ImageFile.EncodeJpeg(picture);
                    await stream.WriteAsync(
                        Encoding.ASCII.GetBytes($"--edge\r\nContent-Type: image/jpeg\r\nContent-Length: {jpeg.Length}\r\n\r\n"),
                        _end.Token);
                    await stream.WriteAsync(jpeg, _end.Token);
                    await stream.WriteAsync("\r\n"u8.ToArray(), _end.Token);
                    await Task.Delay(40, _end.Token);
                }
                await Task.Delay(Timeout.Infinite, _end.Token);
            }
        }
    }

    /// <summary>ffmpeg, which sends a test card as an MPEG transport stream.</summary>
    private sealed class Sender : IDisposable
    {
        private readonly Process _ffmpeg;

        public Sender(int port) => _ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg",
            ["-loglevel", "quiet", "-re", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25", "-c:v", "mpeg2video", "-g", "10", "-b:v",
                "2M",
             "-f", "mpegts", $"udp://127.0.0.1:{port}?pkt_size=1316"])
        { RedirectStandardInput = true })!;

        public void Dispose()
        {
            if (!_ffmpeg.HasExited) _ffmpeg.Kill();
            _ffmpeg.WaitForExit();
        }
    }
}
