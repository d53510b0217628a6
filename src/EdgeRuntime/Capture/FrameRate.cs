namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>Frames per second over the last seconds. Counted by one thread, read by any.</summary>
internal sealed class FrameRate(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private long _windowStart;
    private long _last;
    private int _intervals = -1;
    private double _fps;

    public double Fps
    {
        get
        {
            lock (_lock) return _intervals < 0 || time.GetElapsedTime(_last) > Window ? 0 : _fps;
        }
    }

    public void Count()
    {
        long now = time.GetTimestamp();
        lock (_lock)
        {
            if (_intervals < 0 || time.GetElapsedTime(_last, now) > Window) (_windowStart, _intervals, _fps) = (now, -1, 0);
            _last = now;
            _intervals++;
            TimeSpan passed = time.GetElapsedTime(_windowStart, now);
            if (passed <= TimeSpan.Zero) return;
            if (_fps == 0 || passed >= Window) _fps = _intervals / passed.TotalSeconds;
            if (passed >= Window) (_windowStart, _intervals) = (now, 0);
        }
    }
}
