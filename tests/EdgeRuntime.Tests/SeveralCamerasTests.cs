using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Tests.Debugging;
using EdgeCnn.EdgeRuntime.Tests.Recording;

namespace EdgeCnn.EdgeRuntime.Tests;

/// <summary>Several cameras in one daemon.</summary>
public sealed class SeveralCamerasTests
{
    [Fact]
    public async Task The_page_shows_the_camera_that_the_query_names_and_the_first_without()
    {
        await using OpenPage page = await StartAsync();

        JsonElement first = await page.ReadAsync("/api/state"), rear = await page.ReadAsync("/api/state?camera=REAR");
        using HttpResponseMessage none = await page.Client.GetAsync("/api/state?camera=left");
        using HttpResponseMessage picture = await page.Client.GetAsync("/api/picture.jpg?camera=rear&overlay=false");

        Assert.Equal(("front", "rear"), (first.GetProperty("name").GetString(), rear.GetProperty("name").GetString()));
        JsonElement[] all = [.. first.GetProperty("cameras").EnumerateArray()];
        Assert.Equal(["front", "rear"], all.Select(camera => camera.GetProperty("name").GetString()!));
        Assert.Equal([true, false], all.Select(camera => camera.GetProperty("for_robot").GetBoolean()));
        Assert.Equal((640, 320), (Width(first), Width(rear)));
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        Assert.Equal("There is no camera of that name: there is front, rear.", await OpenPage.DetailAsync(none));
        using Frame frame = ImageFile.Decode(await picture.Content.ReadAsByteArrayAsync(), "the picture");
        Assert.Equal((320, 240), (frame.Width, frame.Height));

        static int Width(JsonElement state) => state.GetProperty("camera").GetProperty("width").GetInt32();
    }

    [Fact]
    public async Task Events_tell_of_one_camera_and_bear_its_name()
    {
        await using OpenPage page = await StartAsync();
        using StreamReader events = new(await page.Client.GetStreamAsync("/api/events?camera=rear"));
        string kind = "";
        for (int reports = 0; reports < 5;)
        {
            string line = await events.ReadLineAsync() ?? throw new EndOfStreamException();
            if (line.StartsWith("event: ", StringComparison.Ordinal)) kind = line[7..];
            if (kind != "report" || !line.StartsWith("data: ", StringComparison.Ordinal)) continue;
            JsonElement report = JsonSerializer.Deserialize<JsonElement>(line[6..]);
            Assert.Equal(("rear", 320), (report.GetProperty("camera").GetString(), report.GetProperty("width").GetInt32()));
            reports++;
        }
    }

    [Fact]
    public async Task Settings_of_one_camera_change_and_those_of_the_other_stay()
    {
        await using OpenPage page = await StartAsync();

        const string Rear = "/api/settings?camera=rear";
        using HttpResponseMessage changed = await page.SendAsync("PATCH", Rear, """{ "Model": { "Confidence": 0.75 } }""");
        using HttpResponseMessage refused = await page.SendAsync("PATCH", Rear, """{ "Target": { "Classes": [ "unicorn" ] } }""");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.BadRequest), (changed.StatusCode, refused.StatusCode));
        CameraLoops loops = page.Running.Part<CameraLoops>();
        Assert.Equal((null, 0.75f), (loops.First.Settings.Current.Model.Confidence, loops.Find("rear")!.Settings.Current.Model.Confidence));
        Assert.Equal(0.75f, loops.Find("rear")!.Pipeline.Vision.Model.Detector!.Confidence);
        Assert.NotEqual(0.75f, loops.First.Pipeline.Vision.Model.Detector!.Confidence);
        JsonElement all = await page.ReadAsync("/api/settings?only=changed");
        Assert.Equal(0.75, all.GetProperty("Cameras").GetProperty("rear").GetProperty("Model").GetProperty("Confidence").GetDouble());
    }

    [Fact]
    public async Task Metrics_and_readiness_name_the_camera()
    {
        await using OpenPage page = await StartAsync();
        CameraLoops loops = page.Running.Part<CameraLoops>();
        await UntilAsync(() => loops.All.All(loop => loop.State == SystemState.Running), "both run");
        string text = await page.Client.GetStringAsync("/metrics");
        foreach (string name in (string[])["front", "rear"])
        {
            Assert.Matches($@"(?m)^edgecnn_frames_total\{{camera=""{name}""\}} [1-9]\d*$", text);
            Assert.Contains($"edgecnn_stage_seconds_count{{camera=\"{name}\",stage=\"network\"}}", text, StringComparison.Ordinal);
        }
        Assert.Equal("ready\n", await page.Client.GetStringAsync("/readyz"));

        CameraLoop rear = loops.Find("rear")!;
        rear.Camera.Dispose();
        await UntilAsync(() => rear.State is not SystemState.Running || rear.HasEnded, "the rear one is missed");
        long frames = loops.First.Pipeline.Frames;
        using HttpResponseMessage answer = await page.Client.GetAsync("/readyz");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        string why = await answer.Content.ReadAsStringAsync();
        Assert.StartsWith("The camera rear ", why, StringComparison.Ordinal);
        Assert.DoesNotContain("front", why, StringComparison.Ordinal);
        await UntilAsync(() => loops.First.Pipeline.Frames > frames + 5, "the front one goes on");
        Assert.Equal("alive\n", await page.Client.GetStringAsync("/healthz"));
    }

    [Fact]
    public async Task Cameras_with_the_same_model_have_one_network_and_exchange_it_one_by_one()
    {
        await using OpenPage page = await StartAsync();
        CameraLoops loops = page.Running.Part<CameraLoops>();
        string other = page.Running["other.onnx"];
        File.Copy(page.Running.Model, other);

        for (int i = 0; i < 3; i++)
        {
            foreach (CameraLoop loop in loops.All)
            {
                EdgeOptions wanted = loop.Settings.Current.Copy();
                wanted.Model = new() { Path = i % 2 == 0 ? other : page.Running.Model };
                await loop.Settings.ApplyAsync(wanted);
            }
        }

        long[] frames = [.. loops.All.Select(loop => loop.Pipeline.Frames)];
        await UntilAsync(() => loops.All.Zip(frames).All(pair => pair.First.Pipeline.Frames > pair.Second + 3), "frames go on");
        Assert.All(loops.All, loop => Assert.Equal(other, loop.Settings.Current.Model.Path));
    }

    [Fact]
    public async Task A_robot_hears_of_the_first_camera_until_it_asks_for_another_and_of_the_worst_state()
    {
        using Ear ear = new();
        await using RunningPipeline running = await new RunningPipeline(Two, [ear]).StartAsync();
        await UntilAsync(
            () =>
                ear.Health.State == SystemState.Running && ear.Heard.Contains("front") && ear.Told.Contains("rear"), "both are published");
        Assert.DoesNotContain("rear", ear.Heard);

        ear.Commands.Enqueue(new(RobotCommandKind.SelectPipeline, 7));
        ear.Commands.Enqueue(new(RobotCommandKind.SelectPipeline, 1));
        await UntilAsync(() => ear.Heard.Contains("rear"), "the rear one is for the robot");
        ear.Heard.Clear();
        await UntilAsync(() => ear.Heard.Count > 5, "more is heard");
        Assert.DoesNotContain("front", ear.Heard.Skip(1));

        running.Part<CameraLoops>().First.IsPaused = true;
        await UntilAsync(() => ear.Health.State is SystemState.Paused or SystemState.Stale, "the heartbeat says the worst");
    }

    [Fact]
    public async Task A_loop_that_hangs_silences_the_heartbeat_although_the_other_goes_round()
    {
        using Ear ear = new();
        await using RunningPipeline running = await new RunningPipeline(Two, [ear]).StartAsync();
        CameraLoops loops = running.Part<CameraLoops>();
        await UntilAsync(() => ear.Beats > 3, "heartbeats");
        using ManualResetEventSlim hang = new();
        loops.All[1].Seen += (_, _) => hang.Wait(TimeSpan.FromSeconds(30));
        await UntilAsync(() => loops.All[1].SinceLastRound.TotalSeconds > 0.3, "the rear loop hangs");

        long beats = ear.Beats, frames = loops.First.Pipeline.Frames;
        await UntilAsync(() => loops.First.Pipeline.Frames > frames + 5, "the front one goes on");
        Assert.Equal(beats, ear.Beats);
        hang.Set();
        await UntilAsync(() => ear.Beats > beats, "heartbeats again");
    }

    [Fact]
    public async Task Each_camera_records_into_a_folder_of_its_own()
    {
        string folder = Directory.CreateTempSubdirectory("edgecnn-recordings-").FullName;
        await using (RunningPipeline running = await new RunningPipeline(options =>
        {
            options.Record.Folder = folder;
            Two(options);
            foreach (CameraSections camera in options.Cameras.Values) camera.Record = options.Record;
        }).StartAsync())
        {
            foreach (CameraLoop loop in running.Part<CameraLoops>().All) loop.Recorder.Start();
            Recorded.Until(() => running.Part<CameraLoops>().All.All(loop => loop.Recorder.State.Frames > 2), "both record");
            string path = await running.Part<CameraLoops>().Find("rear")!.Snapshots.Take();
            Assert.StartsWith(Path.Join(folder, "rear", "snapshots"), path, StringComparison.Ordinal);
        }

        Assert.Equal(["front", "rear"], Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)!).Order());
        Directory.Delete(folder, recursive: true);
    }

    private static Task<OpenPage> StartAsync() => OpenPage.StartAsync(Two);

    /// <summary>Front and rear: the test pattern in two sizes, and one model.</summary>
    private static void Two(EdgeOptions options)
    {
        options.Link.StaleMs = 5000;
        foreach ((string name, int width, int height) in ((string, int, int)[])[("front", 640, 480), ("rear", 320, 240)])
        {
            options.Cameras[name] = new()
            {
                Camera = { Source = "pattern", Width = width, Height = height },
                Model = { Path = options.Model.Path },
            };
        }
    }

    private static async Task UntilAsync(Func<bool> condition, string what)
    {
        for (int i = 0; !condition(); i++)
        {
            Assert.True(i < 3000, $"not within 30 s: {what}");
            await Task.Delay(10);
        }
    }

    /// <summary>Hears what a robot would, and what everybody else would.</summary>
    private sealed class Ear : IPublisher
    {
        private long _beats;
        private volatile Box? _health;

        public ConcurrentQueue<RobotCommand> Commands { get; } = new();

        public ConcurrentQueue<string> Heard { get; } = new();

        public ConcurrentQueue<string> Told { get; } = new();

        public long Beats => Interlocked.Read(ref _beats);

        public Health Health => _health?.Health ?? default;

        public string Description => "ear";

        public LinkStatus Status => new(LinkState.Up, "", 0, 0, 0, 0, 0, TimeSpan.Zero);

        public LatencyHistogram CaptureToWire { get; } = new();

        public void Start() { }

        public void Publish(Report report) => (report.IsForRobot ? Heard : Told).Enqueue(report.Camera!);

        public void Beat(in Health health)
        {
            _health = new(health);
            Interlocked.Increment(ref _beats);
        }

        public bool TryTakeCommand(out RobotCommand command) => Commands.TryDequeue(out command);

        public void Dispose() { }

        private sealed record Box(Health Health);
    }
}
