namespace EdgeCnn.EdgeRuntime.Tests;

/// <summary>A clock that stands still until the test turns it. Timers ring in the test's own thread while it does.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private long _ticks = TimeSpan.TicksPerHour;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public void Advance(double milliseconds)
    {
        Interlocked.Add(ref _ticks, TimeSpan.FromMilliseconds(milliseconds).Ticks);
        ManualTimer[] due;
        lock (_lock) due = [.. _timers.Where(timer => timer.Due <= _ticks)];
        foreach (ManualTimer timer in due) timer.Ring();
    }

    /// <summary>
    /// Turns the clock in small steps, leaving other threads time to act, until something has happened; fails when it does not.
    /// </summary>
    public void AdvanceUntil(Func<bool> happened, string what, double milliseconds = 60_000, double step = 50)
    {
        for (double passed = 0; passed < milliseconds; passed += step)
        {
            if (SpinWait.SpinUntil(happened, 5)) return;
            Advance(step);
        }
        Assert.True(SpinWait.SpinUntil(happened, 5000), $"It did not happen within {milliseconds} ms of the clock: {what}.");
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        lock (_lock) _timers.Add(timer);
        return timer;
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public long Due { get; private set; } = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock) Due = dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : time._ticks + dueTime.Ticks;
            return true;
        }

        public void Ring()
        {
            lock (time._lock) Due = long.MaxValue;
            callback(state);
        }

        public void Dispose()
        {
            lock (time._lock) time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
