using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Publishing.Json;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Tests.Publishing;

public sealed class JsonLinesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgecnn-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_report_is_one_object_on_one_line()
    {
        var time = new ManualTime();
        Report report = Reports.Seen(time);
        time.Advance(38);
        using var json = new JsonLines();
        string line = Encoding.UTF8.GetString(
            json.Line(report, SystemState.Running, DateTimeOffset.UnixEpoch, time.GetElapsedTime(report.CapturedAt)));
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        JsonElement root = JsonDocument.Parse(line).RootElement;
        Assert.Equal((1234, 38.0, "running", 1280),
            (root.GetProperty("frame").GetInt64(), root.GetProperty("age_ms").GetDouble(), root.GetProperty("state").GetString(),
                root.GetProperty("width").GetInt32()));
        Assert.Equal("1969-12-31T23:59:59.962+00:00", root.GetProperty("captured").GetString());
        JsonElement detection = Assert.Single(root.GetProperty("detections").EnumerateArray());
        Assert.Equal(("person", 1, 0.87),
            (detection.GetProperty("class").GetString(), detection.GetProperty("class_id").GetInt32(),
                detection.GetProperty("confidence").GetDouble()));
        Assert.Equal([424.96, 223.92, 153.6, 187.2], detection.GetProperty("box").EnumerateArray().Select(value => value.GetDouble()));
        JsonElement target = root.GetProperty("target");
        Assert.Equal((5, -12.5, 3.4, 1820.0),
            (target.GetProperty("track").GetInt32(), target.GetProperty("yaw_degrees").GetDouble(),
                target.GetProperty("pitch_degrees").GetDouble(), target.GetProperty("distance_mm").GetDouble()));
    }

    [Fact]
    public void What_json_cannot_say_does_not_break_the_line()
    {
        var time = new ManualTime();
        Report report = Reports.Nothing(time);
        report.Detections.Add(new(new Box(float.NaN, float.PositiveInfinity, 1, 1), 77, float.NaN));
        report.Labels = ["a \"quoted\"\nname"];
        report.Detections.Add(new(default, 0, 1));
        using var json = new JsonLines();
        string line = Encoding.UTF8.GetString(json.Line(report, SystemState.CameraLost, DateTimeOffset.UnixEpoch, TimeSpan.Zero));
        JsonElement root = JsonDocument.Parse(line).RootElement;
        Assert.Equal("a \"quoted\"\nname", root.GetProperty("detections")[1].GetProperty("class").GetString());
        Assert.False(root.GetProperty("detections")[0].TryGetProperty("class", out _));
        Assert.Equal(JsonValueKind.Null, root.GetProperty("target").ValueKind);
        Assert.Equal(1, line.Count(letter => letter == '\n'));
    }

    [Fact]
    public void A_classifier_says_classes()
    {
        var report = new Report { IsClassification = true, Labels = ["cat", "dog"], Classes = { new(1, 0.9f) } };
        using var json = new JsonLines();
        JsonElement root = JsonDocument.Parse(json.Line(report, SystemState.Running, DateTimeOffset.UnixEpoch, TimeSpan.Zero).ToArray())
            .RootElement;
        Assert.Equal("dog", root.GetProperty("classes")[0].GetProperty("class").GetString());
        Assert.False(root.TryGetProperty("target", out _));
    }

    [Fact]
    public void Lines_are_added_to_a_file_and_none_is_lost_at_the_end()
    {
        string path = Path.Combine(_folder, "seen.jsonl");
        File.WriteAllText(path, "{\"frame\":-1}\n");
        JsonLinesPublisher publisher = JsonLinesPublisher.Open(path, TimeProvider.System);
        publisher.Start();
        for (int frame = 0; frame < 100; frame++)
            publisher.Publish(Reports.Seen(TimeProvider.System, frame));
        publisher.Dispose();
        Assert.Equal(Enumerable.Range(-1, 101),
            File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("frame").GetInt32()));
        Assert.Equal((100, 0), (publisher.Status.Sent, publisher.Status.Dropped));
    }

    [Fact]
    public async Task Every_datagram_is_a_line()
    {
        using var receiver = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var publisher = JsonLinesPublisher.Open(
            $"udp://127.0.0.1:{((IPEndPoint)receiver.Client.LocalEndPoint!).Port}", TimeProvider.System);
        publisher.Start();
        for (int frame = 0; frame < 20; frame++)
            publisher.Publish(Reports.Seen(TimeProvider.System, frame));
        for (int frame = 0; frame < 20; frame++)
        {
            byte[] datagram = (await receiver.ReceiveAsync(new CancellationTokenSource(10_000).Token)).Buffer;
            Assert.Equal(frame, JsonDocument.Parse(datagram).RootElement.GetProperty("frame").GetInt32());
        }
    }

    [Fact]
    public async Task Nobody_listening_to_datagrams_is_no_fault()
    {
        using var publisher = JsonLinesPublisher.Open("udp://127.0.0.1:9", TimeProvider.System);
        publisher.Start();
        for (int frame = 0; frame < 20; frame++)
        {
            publisher.Publish(Reports.Seen(TimeProvider.System, frame));
            await Task.Delay(2);
        }
        Assert.Equal(LinkState.Up, publisher.Status.State);
    }

    [Fact]
    public void A_reader_that_does_not_read_delays_nobody_and_is_counted()
    {
        string fifo = Path.Combine(_folder, "pipe");
        using (Process make = Process.Start("mkfifo", fifo))
            make.WaitForExit();
        using var reader = new FileStream(fifo, FileMode.Open, FileAccess.ReadWrite); // holds the pipe open and reads nothing
        JsonLinesPublisher publisher = JsonLinesPublisher.Open(fifo, TimeProvider.System);
        publisher.Start();
        var clock = Stopwatch.StartNew();
        while (publisher.Status.Dropped < 100 && clock.Elapsed < TimeSpan.FromSeconds(20))
            publisher.Publish(Reports.Seen(TimeProvider.System));
        Assert.InRange(publisher.Status.Dropped, 100, long.MaxValue);
        clock.Restart();
        publisher.Dispose();
        Assert.InRange(clock.ElapsedMilliseconds, 0, 20_000);
    }

    [Fact]
    public void A_reader_that_goes_away_is_a_state()
    {
        // A full disk, which a test cannot fill, and a closed pipe come back as the same failure of a write.
        using var publisher = JsonLinesPublisher.Open("/dev/full", TimeProvider.System);
        publisher.Start();
        var clock = Stopwatch.StartNew();
        while (publisher.Status.State == LinkState.Up && clock.Elapsed < TimeSpan.FromSeconds(20))
            publisher.Publish(Reports.Seen(TimeProvider.System));
        Assert.Equal(LinkState.Lost, publisher.Status.State);
        Assert.Contains("No space left", publisher.Status.Detail, StringComparison.Ordinal);
        Assert.InRange(publisher.Status.Dropped, 1, long.MaxValue);
    }

    [Theory]
    [InlineData("udp://")]
    [InlineData("udp://127.0.0.1")]
    [InlineData("udp://127.0.0.1:0")]
    [InlineData("udp://127.0.0.1:99999")]
    [InlineData("/no/such/folder/seen.jsonl")]
    [InlineData("/")]
    public void A_destination_that_can_never_work_says_why(string destination) =>
        Assert.StartsWith(
            $"Output:Json {destination} ", Assert.Throws<LinkException>(() => JsonLinesPublisher.Open(destination, TimeProvider.System))
                .Message, StringComparison.Ordinal);

    [Fact]
    public void Publishing_allocates_nothing()
    {
        using var publisher = JsonLinesPublisher.Open(Path.Combine(_folder, "steady.jsonl"), TimeProvider.System);
        Report report = Reports.Seen(TimeProvider.System);
        for (int warm = 0; warm < 100; warm++)
            publisher.Publish(report);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int frame = 0; frame < 200; frame++)
            publisher.Publish(report);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
