using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.Tests;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Tests.Capture;

public sealed class PlayedCameraTests
{
    private readonly ManualTime _time = new();
    private readonly ListLog _log = new();

    [Fact]
    public void Every_picture_of_a_video_is_delivered_in_order_when_it_need_not_be_in_real_time()
    {
        using ICamera camera = Start(new() { Source = Films.Video(30), Realtime = false });
        List<(long, int)> seen = Films.TakeAll(camera, frame => (frame.Sequence, Films.Grey(frame)));
        Assert.Equal(30, seen.Count);
        for (int i = 0; i < 30; i++)
        {
            Assert.Equal(i, seen[i].Item1);
            Assert.InRange(seen[i].Item2, (8 * i) - 3, (8 * i) + 3);
        }
        Assert.Equal(0, camera.Status.Dropped);
        Assert.Equal("Played to the end: 30 pictures.", camera.Status.Detail);
    }

    [SharedDataFact("video/car-detection.mp4")]
    public void A_real_video_has_all_its_pictures_at_its_size()
    {
        using ICamera camera = Start(new() { Source = Repository.Data("video/car-detection.mp4"), Realtime = false });
        Assert.All(Films.TakeAll(camera, frame => (frame.Width, frame.Height)), size => Assert.Equal((768, 432), size));
        Assert.Equal(377, camera.Status.Captured);
        Assert.StartsWith("video car-detection.mp4 768x432 at 12.5 fps", camera.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void In_real_time_a_video_keeps_to_the_clock()
    {
        using ICamera camera = Start(new() { Source = Films.Video(5, fps: 25) });
        long begin;
        using (Frame first = Films.Next(camera)) begin = first.CapturedAt;
        for (int i = 1; i < 5; i++)
        {
            Assert.Null(camera.Take(TimeSpan.FromMilliseconds(20), CancellationToken.None));
            _time.Advance(40);
            using Frame frame = Films.Next(camera);
            Assert.Equal(i, frame.Sequence);
            Assert.Equal(TimeSpan.FromMilliseconds(40 * i), _time.GetElapsedTime(begin, frame.CapturedAt));
        }
        Assert.True(SpinWait.SpinUntil(() => camera.Status.State == CameraState.Ended, Films.Patience));
    }

    [Fact]
    public void In_real_time_what_is_not_taken_is_dropped_and_counted_and_the_newest_is_kept()
    {
        using ICamera camera = Start(new() { Source = "pattern", Width = 64, Height = 48, Fps = 20 });
        for (int i = 1; i <= 10; i++)
        {
            Assert.True(SpinWait.SpinUntil(() => camera.Status.Captured == i, Films.Patience), $"{i}: {camera.Status}");
            if (i < 10) _time.Advance(50);
        }
        using Frame newest = Films.Next(camera);
        Assert.Equal(9, newest.Sequence);
        Assert.Equal(9, camera.Status.Dropped);
        Assert.Equal(20, camera.Status.Fps, tolerance: 0.5);
    }

    [Fact]
    public void A_looped_video_starts_again_and_counts_on()
    {
        using ICamera camera = Start(new() { Source = Films.Video(4), Realtime = false, Loop = true });
        for (int i = 0; i < 11; i++)
        {
            using Frame frame = Films.Next(camera);
            Assert.Equal(i, frame.Sequence);
            Assert.InRange(Films.Grey(frame), (8 * (i % 4)) - 3, (8 * (i % 4)) + 3);
        }
    }

    [Fact]
    public void A_frame_that_its_taker_keeps_is_not_overwritten()
    {
        using ICamera camera = Start(new() { Source = Films.Video(20), Realtime = false });
        using Frame kept = Films.Next(camera);
        for (int i = 1; i < 20; i++) Films.Next(camera).Dispose();
        Assert.Equal(0, kept.Sequence);
        Assert.InRange(Films.Grey(kept), 0, 3);
    }

    [Fact]
    public void A_taker_who_keeps_every_frame_stops_the_film_but_not_the_program()
    {
        using ICamera camera = Start(new() { Source = "pattern", Width = 64, Height = 48, Realtime = false }, TimeProvider.System);
        List<Frame> kept = [];
        while (camera.Take(TimeSpan.FromMilliseconds(200), CancellationToken.None) is { } frame) kept.Add(frame);
        Assert.Equal(FramePool.Capacity, kept.Count);
        kept.ForEach(frame => frame.Dispose());
        Films.Next(camera).Dispose();
    }

    [Fact]
    public void A_frame_that_is_still_out_when_its_camera_is_disposed_stays_readable_until_it_is_disposed_itself()
    {
        ICamera camera = Start(new() { Source = Films.Video(3), Realtime = false });
        Frame kept = Films.Next(camera);
        camera.Dispose();
        Assert.InRange(Films.Grey(kept), 0, 3);
        kept.Dispose();
    }

    [Fact]
    public void A_frame_that_is_disposed_twice_is_noticed()
    {
        using ICamera camera = Start(new() { Source = Films.Video(3), Realtime = false });
        Frame frame = Films.Next(camera);
        for (int i = 1; i < 3; i++) Films.Next(camera).Dispose();
        // The film is over: nobody takes the frame for another picture between the two.
        Assert.Null(camera.Take(Films.Patience, CancellationToken.None));
        frame.Dispose();
        Assert.Throws<InvalidOperationException>(frame.Dispose);
    }

    [SharedDataFact("video/car-detection.mp4")]
    public void A_video_that_was_cut_off_is_refused_or_said_to_be_damaged()
    {
        string cut = Path.Combine(Films.TemporaryFolder(), "cut.mp4");
        File.WriteAllBytes(cut, File.ReadAllBytes(Repository.Data("video/car-detection.mp4"))[..400_000]);
        EdgeException? refused = null;
        try
        {
            using ICamera camera = Start(new() { Source = cut, Realtime = false });
            Films.TakeAll(camera, static frame => frame.Sequence);
            Assert.Contains("damaged or cut off", camera.Status.Detail, StringComparison.Ordinal);
        }
        catch (EdgeException exception)
        {
            refused = exception;
        }
        if (refused is not null) Assert.StartsWith($"{cut} is no video", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("this is no video", "is no video that OpenCV can read")]
    [InlineData("", "is empty")]
    public void A_file_that_is_no_video_is_refused_at_start(string content, string sentence)
    {
        string path = Path.Combine(Films.TemporaryFolder(), "film.mp4");
        File.WriteAllText(path, content);
        Assert.Contains(sentence, Assert.Throws<EdgeException>(() => Start(new() { Source = path })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_pictures_of_a_folder_come_by_name_and_unreadable_ones_are_named_and_skipped()
    {
        string folder = Films.TemporaryFolder();
        Films.Picture(folder, "b.png", 20);
        Films.Picture(folder, "a.png", 10, width: 32);
        File.WriteAllText(Path.Combine(folder, "broken.jpg"), "no picture");
        File.WriteAllText(Path.Combine(folder, "notes.txt"), "not meant as a picture");
        Films.Picture(folder, "c.bmp", 30);
        using ICamera camera = Start(new() { Source = folder, Realtime = false });
        Assert.Equal([(10, 32), (20, 64), (30, 64)], Films.TakeAll(camera, frame => (Films.Grey(frame), frame.Width)));
        Assert.Equal(3, camera.Status.Captured);
        Assert.Contains("broken.jpg", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_glob_and_a_single_picture_are_played_too()
    {
        string folder = Films.TemporaryFolder();
        string first = Films.Picture(folder, "x1.png", 10);
        Films.Picture(folder, "x2.png", 20);
        Films.Picture(folder, "y1.png", 30);
        using ICamera some = Start(new() { Source = Path.Combine(folder, "x*.png"), Realtime = false });
        Assert.Equal([10, 20], Films.TakeAll(some, Films.Grey));
        using ICamera one = Start(new() { Source = first, Realtime = false });
        Assert.Equal([10], Films.TakeAll(one, Films.Grey));
        Assert.Equal($"picture {first}", one.Description);
    }

    [Fact]
    public void A_folder_without_pictures_and_a_single_broken_picture_are_refused_at_start()
    {
        string folder = Films.TemporaryFolder();
        Assert.Contains(
            "holds no pictures", Assert.Throws<EdgeException>(() => Start(new() { Source = folder })).Message, StringComparison.Ordinal);
        string broken = Path.Combine(folder, "broken.png");
        File.WriteAllText(broken, "no picture");
        Assert.Contains(
            "is no JPEG, PNG", Assert.Throws<EdgeException>(() => Start(new() { Source = broken })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_pattern_moves_and_is_the_same_every_time()
    {
        Assert.Equal(Pictures(), Pictures());
        Assert.Equal(10, Pictures().Distinct().Count());

        List<string> Pictures()
        {
            using ICamera camera = Start(new() { Source = "pattern", Width = 97, Height = 61, Realtime = false });
            return [.. Enumerable.Range(0, 10).Select(_ =>
            {
                using Frame frame = Films.Next(camera);
                return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(frame.View.Pixels));
            })];
        }
    }

    /// <summary>A picture of 3 x 2 pixels, a b c above d e f, as the reader sees it.</summary>
    [Theory]
    [InlineData(0, false, "abc/def")]
    [InlineData(90, false, "da/eb/fc")]
    [InlineData(180, false, "fed/cba")]
    [InlineData(270, false, "cf/be/ad")]
    [InlineData(0, true, "cba/fed")]
    [InlineData(90, true, "ad/be/cf")]
    [InlineData(180, true, "def/abc")]
    public void A_camera_that_is_mounted_otherwise_gives_upright_pictures(int rotate, bool mirror, string expected)
    {
        string path = Path.Combine(Films.TemporaryFolder(), "six.png");
        using (var picture = new Frame(new Mat(2, 3, MatType.CV_8UC3)))
        {
            for (int i = 0; i < 6; i++) picture.Mat.Set(i / 3, i % 3, new Vec3b((byte)('a' + i), 0, 0));
            ImageFile.Write(path, picture);
        }
        using ICamera camera = Start(new() { Source = path, Realtime = false, Rotate = rotate, Mirror = mirror });
        using Frame frame = Films.Next(camera);
        List<string> rows = [];
        for (int y = 0; y < frame.Height; y++)
        {
            string row = "";
            for (int x = 0; x < frame.Width; x++) row += (char)frame.View.Row(y)[3 * x];
            rows.Add(row);
        }
        Assert.Equal(expected, string.Join('/', rows));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Disposing_a_camera_that_waits_for_its_time_or_its_taker_returns_at_once(bool realtime)
    {
        ICamera camera = Start(new() { Source = "pattern", Width = 64, Height = 48, Realtime = realtime });
        Films.Next(camera).Dispose();
        await Task.Run(camera.Dispose).WaitAsync(Films.Patience);
    }

    private ICamera Start(CaptureOptions options, TimeProvider? time = null)
    {
        ICamera camera = Cameras.Open(options, time ?? _time, _log);
        try
        {
            camera.Start();
            return camera;
        }
        catch
        {
            camera.Dispose();
            throw;
        }
    }
}
