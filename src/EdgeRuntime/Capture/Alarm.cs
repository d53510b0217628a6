namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>Lets one thread sleep until a time of a TimeProvider, or until another thread rings.</summary>
internal sealed class Alarm : IDisposable
{
    private readonly TimeProvider _time;
    private readonly AutoResetEvent _rung = new(false);
    private readonly ITimer _timer;

    public Alarm(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static alarm => ((Alarm)alarm!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends the wait that is going on, or the next one. The sleeper looks itself at what has changed.</summary>
    public void Ring() => _rung.Set();

    /// <summary>
    /// Sleeps until the timestamp <paramref name="due"/> or a ring; it may return early, so the caller looks at the time again.
    /// </summary>
    public void SleepUntil(long due)
    {
        double left = Math.Ceiling(_time.GetElapsedTime(_time.GetTimestamp(), due).TotalMilliseconds);
        if (left <= 0) return;
        _timer.Change(TimeSpan.FromMilliseconds(left), Timeout.InfiniteTimeSpan);
        // The clock may have gone on since the time that is left was reckoned; the timer counts from now.
        if (_time.GetTimestamp() < due) _rung.WaitOne();
    }

    /// <summary>Only after the sleeper's thread has ended.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        _rung.Dispose();
    }
}
