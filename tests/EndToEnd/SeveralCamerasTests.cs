using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Tests.Capture;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Tests;

namespace EdgeCnn.EndToEnd;

/// <summary>One daemon with two cameras, as a robot with eyes in front and at the back has it.</summary>
public sealed class SeveralCamerasTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [SharedDataFact("models/yolox_nano.onnx", "video/one-by-one-person-detection.mp4")]
    public void A_video_and_an_arena_are_both_published_each_by_a_model_of_its_own()
    {
        string port = _workspace["tty"];
        using WitnessBoard board = new(port);
        using RunningDaemon daemon = new("--config", _workspace.Text("robot.json", $$"""
            {
              "Link": { "Port": "{{port}}", "StaleMs": 5000 }, "Output": { "Json": "-" },
              "Cameras": {
                "street": {
                  "Camera": { "Source": "{{Repository.Data("video/one-by-one-person-detection.mp4")}}", "Loop": true },
                  "Model": { "Path": "{{Repository.Data("models/yolox_nano.onnx")}}" }
                },
                "arena": { "Camera": { "Source": "synthetic:1" }, "Model": { "Path": "arena.int8" } }
              }
            }
            """));
        daemon.Output.WaitFor(line => Sees(line, "street", "person"), "person in the street");
        daemon.Output.WaitFor(line => Sees(line, "arena", "ball", "cone", "cube", "target"), "thing in the arena");
        // The street is named first: it is what the robot hears of.
        int heard = board.Said.WaitFor(
            line => line.StartsWith("target", StringComparison.Ordinal) && !line.Contains(" track 0 ", StringComparison.Ordinal), "target");
        Assert.Contains(" class 0 ", board.Said.All[heard - 1], StringComparison.Ordinal);
        daemon.Terminate();

        Assert.Equal(0, daemon.ExitCode(TimeSpan.FromSeconds(20)));
        Assert.Contains("street: First report", daemon.Log.ToString(), StringComparison.Ordinal);
        foreach (string camera in (string[])["street", "arena"])
        {
            long[] frames =
                [.. daemon.Output.All.Where(line => Is(line, camera)).Select(line => Parse(line).GetProperty("frame").GetInt64())];
            Assert.Equal(frames.Order().Distinct(), frames);
        }
    }

    [NetworkStreamFact("ffmpeg")]
    public void A_camera_that_is_lost_is_said_and_the_other_goes_on_until_it_is_back()
    {
        OnnxModel.Write(PatternNetwork.Build(), _workspace["pattern.onnx"]);
        int port = FreePort();
        using Process sender = Stream(port);
        using RunningDaemon daemon = new("--config", _workspace.Text("robot.json", $$"""
            {
              "Model": { "Path": "{{_workspace["pattern.onnx"]}}" }, "Output": { "Json": "-" }, "Camera": { "ReadTimeoutMs": 1000 },
              "Cameras": {
                "front": { "Camera": { "Source": "pattern" } },
                "rear": { "Camera": { "Source": "udp://127.0.0.1:{{port}}" } }
              }
            }
            """));
        daemon.Output.WaitFor(line => Is(line, "front"), "frame of the front camera");
        daemon.Output.WaitFor(line => Is(line, "rear"), "frame of the rear camera");

        sender.Kill();
        sender.WaitForExit();
        daemon.Log.WaitFor("rear: Camera lost");
        int lost = daemon.Output.All.Length;
        int later = daemon.Output.WaitFor(
            line => Is(line, "front") && Parse(line).GetProperty("state").GetString() == "camera_lost", "frame of the front camera", lost);
        daemon.Output.WaitFor(line => Is(line, "front"), "another", later);

        using Process back = Stream(port);
        daemon.Output.WaitFor(line => Is(line, "rear"), "frame of the rear camera again", later);
        back.Kill();
        daemon.Terminate();
        Assert.Equal(0, daemon.ExitCode(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void A_file_that_ends_leaves_the_other_camera_alone_and_the_last_one_ends_the_daemon()
    {
        string picture = _workspace.Picture("red.png", 200, 0, 0), longer = _workspace.Folder("longer");
        for (int i = 0; i < 30; i++) File.Copy(picture, Path.Join(longer, $"{i:D2}.png"));
        using RunningDaemon daemon = new("--config", _workspace.Text("robot.json", $$"""
            {
              "Model": { "Path": "{{_workspace.ColourModel()}}" }, "Output": { "Json": "-" },
              "Cameras": {
                "short": { "Camera": { "Source": "{{picture}}", "Realtime": false } },
                "long": { "Camera": { "Source": "{{longer}}", "Realtime": false } }
              }
            }
            """));

        Assert.Equal(0, daemon.ExitCode(TimeSpan.FromSeconds(60)));
        Assert.Equal((1, 30), (daemon.Output.All.Count(line => Is(line, "short")), daemon.Output.All.Count(line => Is(line, "long"))));
    }

    [Fact]
    public void A_camera_that_cannot_be_opened_at_the_start_ends_it_with_one_sentence()
    {
        string model = _workspace.ColourModel();
        Outcome outcome = Edgecnn.Run(
            "run", $"--Model:Path={model}", "--Cameras:front:Camera:Source=pattern", "--Cameras:rear:Camera:Source=/no/such.mp4");
        Outcome blind = Edgecnn.Run("run", "--Cameras:front:Camera:Source=pattern");

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("edgecnn: Camera:Source \"/no/such.mp4\" is no file", outcome.Error, StringComparison.Ordinal);
        blind.FailedWith(2, "Model:Path is not set for the camera front: name an ONNX file, for instance --Model:Path=model.onnx.");
    }

    [Fact]
    public void The_doctor_looks_at_every_camera_and_its_model()
    {
        Outcome outcome = Edgecnn.Run(
            "doctor", "--json", "--config", _workspace.Text("robot.json", $$"""
            {
              "Model": { "Path": "{{_workspace.ColourModel()}}" },
              "Cameras": {
                "front": { "Camera": { "Source": "pattern" } },
                "rear": { "Camera": { "Source": "/no/such.mp4" }, "Model": { "Path": "/no/such.onnx" } }
              }
            }
            """));

        Assert.Equal(1, outcome.ExitCode);
        (string, string)[] findings =
        [
            .. outcome.Json.GetProperty("findings").EnumerateArray()
                .Select(finding => (finding.GetProperty("area").GetString()!, finding.GetProperty("severity").GetString()!)),
        ];
        Assert.Contains(("front camera", "ok"), findings);
        Assert.Contains(("front model", "ok"), findings);
        Assert.Contains(("rear camera", "problem"), findings);
        Assert.Contains(("rear model", "problem"), findings);
    }

    private static JsonElement Parse(string line) => JsonSerializer.Deserialize<JsonElement>(line);

    private static bool Is(string line, string camera) => Parse(line).GetProperty("camera").GetString() == camera;

    private static bool Sees(string line, string camera, params string[] things) => Is(line, camera)
        && Parse(line).GetProperty("detections").EnumerateArray()
            .Any(detection => things.Contains(detection.GetProperty("class").GetString()));

    private static Process Stream(int port) => Process.Start(new ProcessStartInfo(
        "ffmpeg",
        [
            "-loglevel", "quiet", "-re", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25", "-g", "12", "-f", "mpegts",
            $"udp://127.0.0.1:{port}?pkt_size=1316",
        ]))!;

    private static int FreePort()
    {
        using UdpClient probe = new(0);
        return ((System.Net.IPEndPoint)probe.Client.LocalEndPoint!).Port;
    }
}
