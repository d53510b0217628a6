using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Tests.Capture;
using EdgeCnn.EdgeRuntime.Tests.Publishing;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Tests;

namespace EdgeCnn.EndToEnd;

/// <summary>The daemon as a robot has it: real video, real sockets, a real pseudo-terminal, the real firmware.</summary>
public sealed class DaemonTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgecnn-daemon-").FullName;
    private readonly string _pattern;

    public DaemonTests()
    {
        _pattern = Path.Join(_folder, "pattern.onnx");
        OnnxModel.Write(PatternNetwork.Build(), _pattern);
    }

    private string Port => Path.Join(_folder, "tty");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SharedDataFact("models/yolox_nano.onnx", "video/one-by-one-person-detection.mp4")]
    public void A_video_goes_in_and_the_firmware_gets_a_person_out_of_the_serial_port()
    {
        using WitnessBoard board = new(Port);
        using RunningDaemon daemon = new(
            $"--Camera:Source={Repository.Data("video/one-by-one-person-detection.mp4")}",
            $"--Model:Path={Repository.Data("models/yolox_nano.onnx")}",
            "--Target:Classes:0=person", $"--Link:Port={Port}", "--Output:Json=-");

        int enough = 0;
        for (int i = 0; i < 10; i++) enough = board.Said.WaitFor(line => Target.Parse(line) is { Track: > 0 }, "target", enough);
        board.Said.WaitFor("state 2");
        daemon.Terminate();
        Assert.Equal(0, daemon.ExitCode(TimeSpan.FromSeconds(5)));

        // What the firmware understood is what the JSON lines say of the same frame.
        Dictionary<int, JsonElement> frames = [];
        foreach (JsonElement line in daemon.Output.Json) frames[line.GetProperty("frame").GetInt32()] = line;
        Target[] targets = [.. board.Said.All.Select(Target.Parse).OfType<Target>().Where(t => t.Track > 0)];
        int compared = 0;
        foreach (Target target in targets)
        {
            if (!frames.TryGetValue(target.Frame, out JsonElement frame)) continue;
            JsonElement said = frame.GetProperty("target");
            Assert.Equal(0, target.ClassId);
            Assert.Equal(said.GetProperty("track").GetInt32(), target.Track);
            Assert.Equal(said.GetProperty("yaw_degrees").GetDouble(), target.Yaw, 0.011);
            Assert.Equal(said.GetProperty("pitch_degrees").GetDouble(), target.Pitch, 0.011);
            compared++;
        }
        Assert.True(compared >= 10, $"only {compared} of {targets.Length} targets were compared: {board.Said}");
    }

    [FirmwareFact]
    public void A_cable_that_is_pulled_and_plugged_in_again_is_found_again()
    {
        WitnessBoard board = new(Port);
        using RunningDaemon daemon = Pattern($"--Link:Port={Port}");
        board.Said.WaitFor("state 2");
        board.Dispose();
        daemon.Log.WaitFor("lost");

        using WitnessBoard again = new(Port);

        again.Said.WaitFor("state 2");
        again.Said.WaitFor(line => Target.Parse(line) is { Track: > 0 }, "target");
        Assert.False(daemon.HasExited);
    }

    [FirmwareFact]
    public void A_board_that_hangs_for_a_while_is_talked_to_again()
    {
        using WitnessBoard board = new(Port);
        using RunningDaemon daemon = Pattern($"--Link:Port={Port}");
        board.Said.WaitFor(line => Target.Parse(line) is { Track: > 0 }, "target");

        board.Signal("STOP");
        daemon.Log.WaitFor(" lost: ");
        int before = board.Said.All.Length;
        board.Signal("CONT");

        // The first ones may be what waited for the board in the meantime.
        int seen = before;
        for (int i = 0; i < 50; i++) seen = board.Said.WaitFor(line => Target.Parse(line) is { Track: > 0 }, "target", seen);
        Assert.False(daemon.HasExited);
    }

    [NetworkStreamFact("g++")]
    public void A_stream_that_breaks_off_and_comes_back_is_a_state_that_the_board_hears_of()
    {
        int port = FreePort();
        using WitnessBoard board = new(Port);
        Process sender = Stream(port);
        using RunningDaemon daemon = new(
            $"--Camera:Source=udp://127.0.0.1:{port}", "--Camera:ReadTimeoutMs=1000", $"--Model:Path={_pattern}", $"--Link:Port={Port}");
        board.Said.WaitFor("state 2");
        sender.Kill();
        sender.WaitForExit();
        int lost = board.Said.WaitFor("state 5");
        // Nothing old is obeyed: after the last frame the board hears at least once that there is no target.
        board.Said.WaitFor(line => Target.Parse(line) is { Track: 0 }, "word that there is no target");
        daemon.Log.WaitFor("Camera lost");

        using Process back = Stream(port);

        board.Said.WaitFor("state 2", after: lost);
        back.Kill();
        daemon.Terminate();
        Assert.Equal(0, daemon.ExitCode(TimeSpan.FromSeconds(5)));
        sender.Dispose();
    }

    [Fact]
    public void Systemd_hears_when_it_is_ready_that_it_is_alive_and_that_it_stops_within_two_seconds()
    {
        string path = Path.Join(_folder, "notify");
        using Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };
        systemd.Bind(new UnixDomainSocketEndPoint(path));
        using RunningDaemon daemon = Pattern(
            [("NOTIFY_SOCKET", path), ("WATCHDOG_USEC", "400000"), ("JOURNAL_STREAM", "8:1")], "--Output:Json=-");

        List<string> heard = [];
        byte[] buffer = new byte[1024];
        while (!(heard.Contains("WATCHDOG=1") && heard.Any(h => h.StartsWith("STATUS=Running", StringComparison.Ordinal))))
            heard.Add(Encoding.UTF8.GetString(buffer, 0, systemd.Receive(buffer)));
        Assert.Contains("READY=1", heard);
        Assert.NotEmpty(daemon.Output.All);
        long start = Stopwatch.GetTimestamp();
        daemon.Terminate();

        Assert.Equal(0, daemon.ExitCode(TimeSpan.FromSeconds(20)));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Assert.True(seconds < 2, $"it took {seconds:F1} s from SIGTERM to the end");
        while (heard[^1] != "STOPPING=1") heard.Add(Encoding.UTF8.GetString(buffer, 0, systemd.Receive(buffer)));
        Assert.All(daemon.Log.All, line => Assert.Matches("^<[0-7]>", line));
    }

    [Fact]
    public void A_file_that_comes_to_its_end_ends_the_daemon_with_success()
    {
        using RunningDaemon daemon = new(
            $"--Camera:Source={Picture()}", "--Camera:Realtime=false", $"--Model:Path={_pattern}", "--Output:Json=-");

        Assert.Equal(0, daemon.ExitCode(TimeSpan.FromSeconds(60)));
        Assert.Single(daemon.Output.Json);
    }

    [Theory]
    [InlineData(2, "Model:Path is not set")]
    [InlineData(2, "There is no setting 'Camera:Sorce' (on the command line): did you mean 'Camera:Source'?", "--Camera:Sorce=0")]
    [InlineData(2, "The configuration /no/such.json cannot be read (there is no such file)", "--config", "/no/such.json")]
    [InlineData(2, "Link:Baud is 'fast' (on the command line), but must be a whole number.", "--Link:Baud=fast")]
    [InlineData(1, "/no/such.onnx", "--Model:Path=/no/such.onnx", "--Camera:Source=97")]
    [InlineData(1, "/no/such.mp4", "--Model:Path=MODEL", "--Camera:Source=/no/such.mp4")]
    [InlineData(1, "/dev/video97", "--Model:Path=MODEL", "--Camera:Source=97")]
    public void A_fault_at_the_start_ends_it_with_one_sentence(int exitCode, string sentence, params string[] arguments)
    {
        using RunningDaemon daemon = new([.. arguments.Select(a => a.Replace("MODEL", _pattern, StringComparison.Ordinal))]);

        Assert.Equal(exitCode, daemon.ExitCode(TimeSpan.FromSeconds(60)));
        string[] said = [.. daemon.Log.All.Where(line => line.StartsWith("edgecnn: ", StringComparison.Ordinal))];
        Assert.Contains(sentence, Assert.Single(said), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", daemon.Log.ToString(), StringComparison.Ordinal);
    }

    private RunningDaemon Pattern(params string[] settings) => Pattern([], settings);

    private RunningDaemon Pattern((string, string)[] environment, params string[] settings) =>
        new(environment, ["--Camera:Source=pattern", $"--Model:Path={_pattern}", .. settings]);

    private string Picture()
    {
        string path = Path.Join(_folder, "grey.ppm");
        File.WriteAllBytes(path, [.. "P6 64 48 255\n"u8, .. Enumerable.Repeat((byte)128, 64 * 48 * 3)]);
        return path;
    }

    private static Process Stream(int port) => Process.Start(new ProcessStartInfo(
        "ffmpeg",
        ["-loglevel", "quiet", "-re", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25", "-g", "12", "-f", "mpegts",
            $"udp://127.0.0.1:{port}?pkt_size=1316"]))!;

    private static int FreePort()
    {
        using UdpClient probe = new(0);
        return ((System.Net.IPEndPoint)probe.Client.LocalEndPoint!).Port;
    }

    /// <summary>A line of Witness.ino.</summary>
    private sealed record Target(int Frame, int Track, int ClassId, double Yaw, double Pitch)
    {
        public static Target? Parse(string line)
        {
            string[] words = line.Split(' ');
            return words is ["target", ..]
                ? new Target(Number(1), Number(5), Number(7), Number(13) / 100.0, Number(15) / 100.0)
                : null;

            int Number(int index) => int.Parse(words[index], CultureInfo.InvariantCulture);
        }
    }
}
