using System.Text;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Recording;
using EdgeCnn.EdgeRuntime.Tests.Capture;
using EdgeCnn.EdgeRuntime.Tracking;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Tests.Recording;

public sealed class RecordingTests : IDisposable
{
    private readonly Recorded _recorded = new();

    public void Dispose() => _recorded.Dispose();

    [Fact]
    public void A_recording_holds_every_picture_with_its_time_and_what_was_seen()
    {
        string folder = _recorded.Record(pictures: 6);

        using RecordingReader reader = RecordingReader.Open(folder);
        Assert.Equal("pattern", reader.Header.Camera);
        Assert.Equal("green", reader.Header.Labels![0]);
        for (int i = 0; i < 6; i++)
        {
            (RecordedFrame frame, byte[] picture) = reader.Next() ?? throw new InvalidOperationException($"frame {i} is missing");
            Assert.Equal((i, i * 40_000, 320, 240), (frame.Frame, frame.AtUs, frame.Width, frame.Height));
            Assert.NotEmpty(frame.Detections!);
            using Frame decoded = ImageFile.Decode(picture, "picture");
            Assert.Equal((320, 240), (decoded.Width, decoded.Height));
        }
        Assert.Null(reader.Next());
        Assert.Equal(0, reader.Damaged);
    }

    [Fact]
    public void The_same_recording_and_model_give_the_same_lines_byte_for_byte()
    {
        string folder = _recorded.Record(pictures: 12);

        string once = Replayed(folder), again = Replayed(folder);

        Assert.Equal(12, once.Count(letter => letter == '\n'));
        Assert.Contains("\"track\":", once, StringComparison.Ordinal);
        Assert.Equal(once, again);
    }

    [Fact]
    public void The_settings_of_a_recording_are_a_configuration_that_replays_it()
    {
        _recorded.Options.Model.Confidence = 0.75f;
        _recorded.Options.Target.Choose = TargetChoice.Central;
        _recorded.Options.Aim.HeightsMm["teal"] = 120;
        string folder = _recorded.Record(pictures: 1);

        using RecordingReader reader = RecordingReader.Open(folder);
        EdgeOptions options = SettingsLoader.LoadFrom(SettingsFile.Parse("recorded", reader.Header.SettingsText()), ["--Model:Iou=0.5"]);

        Assert.Equal((0.75f, 0.5f, TargetChoice.Central, 120f), (
            options.Model.Confidence, options.Model.Iou, options.Target.Choose, options.Aim.HeightsMm["teal"]));
    }

    [Fact]
    public void Neither_passwords_nor_tokens_are_recorded()
    {
        string settings = ReplaySettings.Of(_recorded.Options).GetRawText();

        Assert.Equal(["Model", "Inference", "Tracking", "Target", "Aim"],
            JsonDocument.Parse(settings).RootElement.EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public void A_recording_that_breaks_off_at_any_byte_plays_up_to_its_last_whole_frame()
    {
        string folder = _recorded.Record(pictures: 4), metadata = Path.Join(folder, RecordingStore.Metadata);
        byte[] whole = File.ReadAllBytes(metadata);
        int header = Array.IndexOf(whole, (byte)'\n') + 1;

        for (int length = header; length <= whole.Length; length++)
        {
            File.WriteAllBytes(metadata, whole[..length]);
            int lines = whole.AsSpan(header, length - header).Count((byte)'\n');
            long[] frames = Recorded.Frames(folder, out int damaged);
            Assert.True(frames.Length == lines, $"{frames.Length} frames of {lines} whole lines when cut at byte {length}");
            Assert.Equal(whole[length - 1] == '\n' ? 0 : 1, damaged);
        }
    }

    [Fact]
    public void A_header_that_breaks_off_is_refused_with_a_sentence()
    {
        string folder = _recorded.Record(pictures: 1), metadata = Path.Join(folder, RecordingStore.Metadata);
        byte[] whole = File.ReadAllBytes(metadata);
        for (int length = 0; length < 100; length += 7)
        {
            File.WriteAllBytes(metadata, whole[..length]);
            EdgeException refusal = Assert.Throws<EdgeException>(() => RecordingReader.Open(folder));
            Assert.Contains("does not begin as a recording does", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_picture_that_lost_bytes_or_changed_is_left_out_and_the_others_play()
    {
        string folder = _recorded.Record(pictures: 6);
        string Picture(int i) => Path.Join(folder, $"0000000{i}.jpg");
        File.WriteAllBytes(Picture(0), File.ReadAllBytes(Picture(0))[..^1]);
        File.WriteAllBytes(Picture(1), []);
        File.Delete(Picture(3));
        byte[] changed = File.ReadAllBytes(Picture(4));
        changed[changed.Length / 2] ^= 1;
        File.WriteAllBytes(Picture(4), changed);

        Assert.Equal([2, 5], Recorded.Frames(folder, out int damaged));
        Assert.Equal(4, damaged);
    }

    [Theory]
    [InlineData("{\"file\":\"../../../etc/passwd\",\"bytes\":10,\"crc32\":\"00000000\"}")]
    [InlineData("{\"file\":\"/etc/passwd\",\"bytes\":10,\"crc32\":\"00000000\"}")]
    [InlineData("{\"file\":\"..\",\"bytes\":10,\"crc32\":\"00000000\"}")]
    [InlineData("{\"file\":\"00000000.jpg\",\"bytes\":9223372036854775807,\"crc32\":\"00000000\"}")]
    [InlineData("{\"file\":\"00000000.jpg\",\"bytes\":-1,\"crc32\":\"00000000\"}")]
    [InlineData("{\"file\":\"00000000.jpg\",\"bytes\":10,\"at_us\":-5}")]
    [InlineData("{\"file\":\"00000000.jpg\",\"bytes\":\"many\"}")]
    [InlineData("\0\0\0\0\0\0\0\0")]
    [InlineData("[1,2,3]")]
    public void A_line_that_no_recorder_wrote_is_left_out(string line)
    {
        string folder = _recorded.Record(pictures: 2), metadata = Path.Join(folder, RecordingStore.Metadata);
        string[] lines = File.ReadAllLines(metadata);
        File.WriteAllText(metadata, string.Join('\n', [lines[0], lines[1], line, lines[2], ""]));

        Assert.Equal([0, 1], Recorded.Frames(folder, out int damaged));
        Assert.Equal(1, damaged);
    }

    [Fact]
    public void A_line_longer_than_any_is_left_out_without_being_kept()
    {
        string folder = _recorded.Record(pictures: 2), metadata = Path.Join(folder, RecordingStore.Metadata);
        string[] lines = File.ReadAllLines(metadata);
        File.WriteAllText(metadata, string.Join('\n', [lines[0], lines[1], new string('x', 9_000_000), lines[2], ""]));

        Assert.Equal([0, 1], Recorded.Frames(folder, out int damaged));
        Assert.Equal(1, damaged);
    }

    [Fact]
    public void A_recording_is_a_camera_with_its_own_timing()
    {
        string folder = _recorded.Record(pictures: 4);
        ManualTime time = new();
        using ICamera camera = Cameras.Open(new() { Source = folder, Loop = true }, time, new ListLog());
        camera.Start();
        List<(long Sequence, double Milliseconds)> seen = [];
        long? first = null;

        for (int i = 0; i < 6; i++)
        {
            Frame? frame = null;
            time.AdvanceUntil(() => (frame = camera.Take(TimeSpan.Zero, CancellationToken.None)) is not null, $"picture {i}", step: 1);
            using (frame)
            {
                first ??= frame!.CapturedAt;
                seen.Add((frame!.Sequence, time.GetElapsedTime(first.Value, frame.CapturedAt).TotalMilliseconds));
            }
        }

        Assert.Equal([(0, 0), (1, 40), (2, 80), (3, 120), (4, 160), (5, 200)], seen);
        Assert.StartsWith($"recording {folder} of pattern", camera.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_as_many_pictures_are_recorded_as_asked_for()
    {
        _recorded.Options.Record.Fps = 12.5;

        Assert.Equal([0, 2, 4, 6, 8], Recorded.Frames(_recorded.Record(pictures: 10, every: 2), out _));
    }

    [Fact]
    public void Settings_that_change_during_a_recording_are_told_in_it()
    {
        using Recorder recorder = new(
            _recorded.Options.Record, () =>
                "pattern", Later(_recorded.Options, new EdgeOptions { Model = { Confidence = 0.875f } }), TimeProvider.System,
                _recorded.Log);
        recorder.Start();
        _recorded.Show(recorder, 1);
        Thread.Sleep(1100);
        _recorded.Show(recorder, 2);
        recorder.Stop();
        Recorded.Ended(recorder);

        Assert.Contains("{\"settings\":{\"Model\":{\"Path\":\"\",\"Confidence\":0.875",
            File.ReadAllText(Path.Join(recorder.State.Folder, RecordingStore.Metadata)), StringComparison.Ordinal);
        Assert.Equal(3, Recorded.Frames(recorder.State.Folder!, out int damaged).Length);
        Assert.Equal(0, damaged);
    }

    [Fact]
    public void A_clock_that_jumps_changes_the_time_of_day_and_not_the_timing()
    {
        JumpingTime time = new();
        using Recorder recorder = _recorded.Recorder(time);
        recorder.Start();
        using Frame frame = new(new Mat(48, 64, MatType.CV_8UC3, Scalar.All(30)));
        long began = time.GetTimestamp();
        for (int i = 0; i < 3; i++)
        {
            // From 1970 to the present, and back, as the network's time comes and a battery fails.
            time.Now = i == 1 ? new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero) : DateTimeOffset.UnixEpoch.AddDays(1);
            frame.Filled(i, began + (i * time.TimestampFrequency / 10));
            recorder.Offer(frame, new Report { Frame = i, CapturedAt = frame.CapturedAt, Width = 64, Height = 48 });
            Recorded.Until(() => recorder.State.Frames == i + 1, $"picture {i}");
        }
        recorder.Stop();
        Recorded.Ended(recorder);

        using RecordingReader reader = RecordingReader.Open(recorder.State.Folder!);
        RecordedFrame[] frames = [reader.Next()!.Value.Frame, reader.Next()!.Value.Frame, reader.Next()!.Value.Frame];
        Assert.Equal([0, 100_000, 200_000], frames.Select(recorded => recorded.AtUs));
        Assert.Equal([1970, 2026, 1970], frames.Select(recorded => recorded.Captured.Year));
    }

    private sealed class JumpingTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private static Func<EdgeOptions> Later(EdgeOptions first, EdgeOptions then)
    {
        int calls = 0;
        return () => Interlocked.Increment(ref calls) == 1 ? first : then;
    }

    private string Replayed(string folder)
    {
        using RecordingReader reader = RecordingReader.Open(folder);
        using Replay replay = new(reader, _recorded.Options, TimeProvider.System);
        StringBuilder lines = new();
        while (replay.Next(paced: false, CancellationToken.None) is { IsEmpty: false } line) lines.Append(Encoding.UTF8.GetString(line));
        return lines.ToString();
    }
}
