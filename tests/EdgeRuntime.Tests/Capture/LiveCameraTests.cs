using System.Collections.Concurrent;
using EdgeCnn.EdgeRuntime.Capture;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Tests.Capture;

/// <summary>What a live camera does when its source fails, with the faults made by hand and the clock turned by hand.</summary>
public sealed class LiveCameraTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly ListLog _log = new();
    private readonly ConcurrentQueue<FaultySource> _opened = new();
    private readonly LiveCamera _camera;
    private string? _refusal;

    public LiveCameraTests() =>
        _camera = new LiveCamera("cam", Open, new CaptureOptions { ReadTimeoutMs = 2000, FrozenMs = 5000 }, _time, _log);

    [Fact]
    public void Frames_carry_the_sources_time_and_the_slow_taker_gets_the_newest()
    {
        _camera.Start();
        for (int i = 0; i < 5; i++) Source.Show(i, capturedAt: 1000 + i);
        Await(() => _camera.Status.Captured == 5, "five frames");
        using Frame frame = Films.Next(_camera);
        Assert.Equal((4L, 1004L, 4), (frame.Sequence, frame.CapturedAt, Films.Grey(frame)));
        Assert.Equal(4, _camera.Status.Dropped);
        Assert.Equal(CameraState.Running, _camera.Status.State);
        Assert.Equal("faulty 64x48", _camera.Description);
    }

    [Fact]
    public void A_source_that_cannot_be_opened_at_start_is_an_error()
    {
        _refusal = "cam is not there: plug the camera in.";
        Assert.Equal(_refusal, Assert.Throws<EdgeException>(_camera.Start).Message);
    }

    [Fact]
    public void An_unplugged_camera_is_lost_and_found_again()
    {
        _camera.Start();
        Source.Show(1);
        Await(() => _camera.Status.State == CameraState.Running, "running");

        _refusal = "cam is not there: plug the camera in.";
        Source.Unplug();
        Await(() => _camera.Status.State == CameraState.Lost, "lost");
        Assert.Equal("cam delivers no more pictures.", _camera.Status.Detail);
        _time.AdvanceUntil(() => _camera.Status.Reopened >= 2, "two attempts");
        Await(() => _camera.Status.Detail == _refusal, "the reason of the last attempt");

        _refusal = null;
        int before = _opened.Count;
        _time.AdvanceUntil(() => _opened.Count > before, "opened again");
        Source.Show(2);
        Await(() => _camera.Status.State == CameraState.Running, "running again");
        Assert.Equal("", _camera.Status.Detail);
        Assert.Contains(_log.Lines, line => line.Contains("delivers pictures again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Controls_are_moved_between_two_pictures_and_again_after_the_source_was_lost()
    {
        _camera.Start();
        Source.Show(1);
        Await(() => _camera.Status.State == CameraState.Running, "running");

        Task<IReadOnlyList<string>> adjusting = _camera.AdjustAsync(new CaptureOptions { Exposure = 80 });
        Source.Show(2);
        Assert.Equal(["Exposure was ."], await adjusting.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(80, Source.Exposure);

        int before = _opened.Count;
        Source.Unplug();
        _time.AdvanceUntil(() => _opened.Count > before, "opened again");
        Source.Show(3);
        Await(() => Source.Exposure == 80, "the exposure set again");
    }

    [Fact]
    public async Task Controls_of_a_camera_that_delivers_nothing_are_said_to_wait()
    {
        _camera.Start();
        Task<IReadOnlyList<string>> adjusting = _camera.AdjustAsync(new CaptureOptions { Gain = 3 });
        _time.AdvanceUntil(() => adjusting.IsCompleted, "given up");
        Assert.Equal(["cam delivers no pictures now; it is set when it does again."], await adjusting);
    }

    [Fact]
    public void Attempts_become_rarer_up_to_eight_seconds()
    {
        _camera.Start();
        Source.Show(1);
        Await(() => _camera.Status.State == CameraState.Running, "running");
        _refusal = "gone.";
        Source.Unplug();
        Await(() => _camera.Status.State == CameraState.Lost, "lost");
        List<double> pauses = [];
        for (int attempt = 1; attempt <= 7; attempt++)
        {
            long from = _time.GetTimestamp();
            _time.AdvanceUntil(() => _camera.Status.Reopened >= attempt, $"attempt {attempt}", step: 100);
            pauses.Add(_time.GetElapsedTime(from).TotalSeconds);
        }
        double[] expected = [0.5, 1, 2, 4, 8, 8, 8];
        // While the camera's thread waits for a processor, the clock goes on: a pause may look longer, but never shorter.
        for (int i = 0; i < expected.Length; i++) Assert.InRange(pauses[i], expected[i] - 0.2, expected[i] + 6);
    }

    [Fact]
    public void A_read_that_blocks_is_noticed_and_abandoned_and_another_opening_takes_its_place()
    {
        _camera.Start();
        FaultySource hanging = Source;
        hanging.Show(1);
        Await(() => _camera.Status.State == CameraState.Running, "running");
        _time.AdvanceUntil(() => _camera.Status.State == CameraState.Lost, "lost", milliseconds: 3000);
        Assert.Equal("No picture came from cam for 2 s.", _camera.Status.Detail);

        _time.AdvanceUntil(() => _opened.Count == 2, "opened again");
        Source.Show(2);
        Await(() => _camera.Status.State == CameraState.Running, "running again");
        Assert.False(hanging.Disposed);

        // The driver lets go of the first read at last: its picture is old, and must not be taken for a new one.
        long captured = _camera.Status.Captured;
        hanging.Show(99);
        Await(() => hanging.Disposed, "freed by its own thread");
        Assert.Equal(captured, _camera.Status.Captured);
        using Frame newest = Films.Next(_camera);
        Assert.Equal(2, Films.Grey(newest));
    }

    [Fact]
    public void No_more_than_three_reads_are_left_hanging()
    {
        _camera.Start();
        for (int i = 0; i < 40; i++)
        {
            _time.Advance(5000);
            Thread.Sleep(5);
        }
        Assert.InRange(_opened.Count, 2, 3);
        Assert.Contains("hang in its driver", _camera.Status.Detail, StringComparison.Ordinal);
        foreach (FaultySource source in _opened) source.Unplug();
        _time.AdvanceUntil(() => _opened.Count > 3, "opened again once the driver let go");
    }

    [Fact]
    public void A_frozen_picture_is_noticed_and_given_more_time_if_it_is_still_the_same_after_reopening()
    {
        _camera.Start();
        Assert.InRange(SecondsUntilLost(), 4.9, 5.4);
        Assert.Contains("repeats one picture", _camera.Status.Detail, StringComparison.Ordinal);
        _time.AdvanceUntil(() => _opened.Count == 2, "opened again");
        Assert.InRange(SecondsUntilLost(), 9.5, 10.6);

        double SecondsUntilLost()
        {
            FaultySource source = Source;
            source.Show(7);
            Await(() => _camera.Status.State == CameraState.Running, "running");
            long from = _time.GetTimestamp();
            while (_camera.Status.State == CameraState.Running && _time.GetElapsedTime(from).TotalSeconds < 30)
            {
                long captured = _camera.Status.Captured;
                _time.Advance(100);
                source.Show(7);
                Await(() => _camera.Status.Captured > captured || _camera.Status.State == CameraState.Lost, "taken notice of");
            }
            return _time.GetElapsedTime(from).TotalSeconds;
        }
    }

    [Fact]
    public void What_the_driver_refuses_is_said_once()
    {
        _camera.Start();
        Source.Show(1);
        Await(() => _camera.Status.State == CameraState.Running, "running");
        Source.Unplug();
        _time.AdvanceUntil(() => _opened.Count == 2, "opened again");
        Source.Show(2);
        Await(() => _camera.Status.State == CameraState.Running, "running again");
        Assert.Single(
            _log.Lines, line => line.Contains("Camera:Exposure 200 was asked for, the driver says 156.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_disposed_camera_whose_driver_hangs_returns_soon_and_frees_the_source_later()
    {
        _camera.Start();
        FaultySource hanging = Source;
        await Task.Run(_camera.Dispose).WaitAsync(Films.Patience);
        Assert.False(hanging.Disposed);
        hanging.Show(1);
        Await(() => hanging.Disposed, "freed by its own thread");
    }

    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(-5.0, 0)]
    [InlineData(10_020.0, 0)]
    [InlineData(8_900.0, 0)]
    [InlineData(1.7e12, 0)]
    [InlineData(double.NaN, 0)]
    [InlineData(9_990.0, 10)]
    [InlineData(9_001.0, 999)]
    public void The_drivers_timestamp_counts_when_it_can_be_of_this_clock(double stampedMs, double ageMs)
    {
        long arrived = 10 * TimeSpan.TicksPerSecond;
        long taken = LiveSource.DriverTime(stampedMs, arrived, _time);
        Assert.Equal(ageMs, _time.GetElapsedTime(taken, arrived).TotalMilliseconds, tolerance: 0.001);
    }

    public void Dispose()
    {
        foreach (FaultySource source in _opened) source.Unplug();
        _camera.Dispose();
    }

    private FaultySource Source => _opened.Last();

    private static void Await(Func<bool> happened, string what) =>
        Assert.True(SpinWait.SpinUntil(happened, Films.Patience), $"It did not happen: {what}.");

    private FaultySource Open()
    {
        if (_refusal is not null) throw new EdgeException(_refusal);
        var source = new FaultySource();
        _opened.Enqueue(source);
        return source;
    }

    /// <summary>Blocks in Grab, as drivers do, until the test shows it a picture or unplugs it.</summary>
    private sealed class FaultySource : ILiveSource
    {
        private readonly BlockingCollection<(int Grey, long CapturedAt)> _pictures = [];
        private int _grey;

        public string Description => "faulty 64x48";

        public IReadOnlyList<string> Refusals { get; } = ["Camera:Exposure 200 was asked for, the driver says 156."];

        public bool Disposed { get; private set; }

        public void Show(int grey, long capturedAt = 0) => _pictures.Add((grey, capturedAt));

        public double? Exposure { get; private set; }

        public void Unplug() => _pictures.CompleteAdding();

        public IReadOnlyList<string> Adjust(CaptureOptions before, CaptureOptions after)
        {
            Exposure = after.Exposure;
            return [$"Exposure was {before.Exposure}."];
        }

        public bool Grab(out long capturedAt)
        {
            bool grabbed = _pictures.TryTake(out (int Grey, long CapturedAt) picture, Timeout.Infinite);
            (_grey, capturedAt) = picture;
            return grabbed;
        }

        public bool Retrieve(Frame frame)
        {
            frame.Mat.Create(48, 64, MatType.CV_8UC3);
            frame.Mat.SetTo(Scalar.All(_grey));
            return true;
        }

        public void Dispose() => Disposed = true;
    }
}
