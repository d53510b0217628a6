using System.Diagnostics;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Recording;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Tests.Recording;

/// <summary>What is kept, what is deleted, and what happens when the disk is full.</summary>
public sealed class RetentionTests : IDisposable
{
    private readonly Recorded _recorded = new();
    private readonly string _folder;

    public RetentionTests() => _folder = Directory.CreateDirectory(_recorded.Options.Record.Folder).FullName;

    public void Dispose() => _recorded.Dispose();

    [Fact]
    public void The_oldest_recordings_make_room_for_new_ones_and_what_is_not_ours_stays()
    {
        _recorded.Options.Record.MaxMegabytes = 10;
        string oldest = Recording("20250101-000000", megabytes: 5), old = Recording("20250102-000000", megabytes: 5);
        string young = Recording("20260101-000000", megabytes: 5);
        string kept = Recording("my best run", megabytes: 20), other = Directory.CreateDirectory(Path.Join(_folder, "20240101-000000"))
            .FullName;
        File.WriteAllText(Path.Join(other, "letter.txt"), "not a recording");

        Assert.Null(new Retention(_recorded.Options.Record, TimeProvider.System, _recorded.Log).MakeRoom(_folder, current: null));

        Assert.Equal([false, true, true, true, true], ((string[])[oldest, old, young, kept, other]).Select(Directory.Exists));
        Assert.Equal(20_000_000, new FileInfo(Path.Join(kept, "00000000.jpg")).Length);
    }

    [Fact]
    public void A_recording_with_files_of_others_loses_only_its_own()
    {
        _recorded.Options.Record.MaxDays = 7;
        string old = Recording("20200101-000000", megabytes: 1);
        File.WriteAllText(Path.Join(old, "notes.txt"), "mine");
        File.WriteAllText(Path.Join(old, "face.jpg"), "mine");

        new Retention(_recorded.Options.Record, TimeProvider.System, _recorded.Log).MakeRoom(_folder, current: null);

        Assert.Equal(["face.jpg", "notes.txt"], Directory.GetFiles(old).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Recordings_older_than_the_limit_go_and_the_current_one_stays()
    {
        _recorded.Options.Record.MaxDays = 7;
        string ancient = Recording("20200101-000000", megabytes: 1), current = Recording("20200102-000000", megabytes: 1);
        string today = Recording(RecordingStore.NameOf(DateTimeOffset.UtcNow), megabytes: 1);

        new Retention(_recorded.Options.Record, TimeProvider.System, _recorded.Log).MakeRoom(_folder, current);

        Assert.Equal([false, true, true], ((string[])[ancient, current, today]).Select(Directory.Exists));
    }

    [Fact]
    public void A_second_recording_of_the_same_second_gets_a_name_of_its_own()
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        string[] folders =
            [RecordingStore.NewFolder(_folder, now), RecordingStore.NewFolder(_folder, now), RecordingStore.NewFolder(_folder, now)];
        foreach (string folder in folders) File.WriteAllText(Path.Join(folder, RecordingStore.Metadata), "");

        Assert.Equal(folders, RecordingStore.List(_folder).Select(recording => recording.Folder));
    }

    [Fact]
    public void Too_little_free_space_ends_the_recording_with_a_reason_and_nothing_else()
    {
        _recorded.Options.Record.MinFreeMegabytes = 100_000_000;
        using Recorder recorder = _recorded.Recorder();
        recorder.Start();

        _recorded.Show(recorder, 3);
        Recorded.Ended(recorder);

        Assert.StartsWith("The disk is full: only ", recorder.State.Detail, StringComparison.Ordinal);
        Assert.Contains(_recorded.Log.Lines,
            line => line.StartsWith("Warning: The recording has stopped, all else goes on: The disk is full", StringComparison.Ordinal));
    }

    [TmpfsFact]
    public void A_disk_that_runs_full_leaves_a_recording_that_plays_and_a_new_one_can_begin_when_there_is_room()
    {
        using Tmpfs disk = new(Path.Join(_recorded.Root, "disk"), kilobytes: 200);
        _recorded.Options.Record.Folder = Path.Join(disk.Folder, "recordings");
        using Recorder recorder = _recorded.Recorder();
        recorder.Start();
        _recorded.Show(recorder, 40);
        Recorded.Ended(recorder);
        RecorderState full = recorder.State;

        Assert.InRange(full.Frames, 3, 39);
        Assert.NotEqual("", full.Detail);
        Assert.Equal(full.Frames, Recorded.Frames(full.Folder!).Length);

        Directory.Delete(full.Folder!, recursive: true);
        recorder.Start();
        _recorded.Show(recorder, 2);
        Assert.Equal((true, 2), (recorder.State.IsRecording, recorder.State.Frames));
    }

    [Fact]
    public void A_long_recording_goes_on_in_a_new_folder()
    {
        _recorded.Options.Record.PartMinutes = 1;
        ManualTime time = new();
        using Recorder recorder = _recorded.Recorder(time);
        recorder.Start();
        using Frame frame = new(new Mat(48, 64, MatType.CV_8UC3, Scalar.All(30)));

        for (int i = 0; i < 4; i++)
        {
            frame.Filled(i, time.GetTimestamp());
            recorder.Offer(frame, new Report { Frame = i, CapturedAt = time.GetTimestamp(), Width = 64, Height = 48 });
            Recorded.Until(() => recorder.State.Frames == i + 1, $"picture {i}");
            time.Advance(40_000);
        }
        recorder.Stop();
        Recorded.Ended(recorder);

        Assert.Equal([[0, 1], [2, 3]], RecordingStore.List(_folder).Select(part => Recorded.Frames(part.Folder)));
    }

    [Fact]
    public void Pictures_that_come_faster_than_the_disk_are_counted_and_wait_for_nobody()
    {
        using Recorder recorder = _recorded.Recorder();
        recorder.Start();
        using Frame frame = new(new Mat(480, 640, MatType.CV_8UC3));
        for (int i = 0; i < 500; i++)
            recorder.Offer(frame, new Report { Frame = i, CapturedAt = Stopwatch.GetTimestamp(), Width = 640, Height = 480 });
        recorder.Stop();
        Recorded.Ended(recorder);

        Assert.Equal(500, recorder.State.Frames + recorder.State.Dropped);
        Assert.True(recorder.State.Dropped > 0, "500 pictures were encoded and written in no time");
        Assert.Equal(499, Recorded.Frames(recorder.State.Folder!)[^1]);
    }

    private string Recording(string name, int megabytes)
    {
        string folder = Directory.CreateDirectory(Path.Join(_folder, name)).FullName;
        File.WriteAllText(Path.Join(folder, RecordingStore.Metadata), "");
        using FileStream picture = File.Create(Path.Join(folder, "00000000.jpg"));
        picture.SetLength(megabytes * 1_000_000L);
        return folder;
    }
}
