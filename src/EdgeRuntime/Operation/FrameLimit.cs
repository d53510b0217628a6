namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>Lets so many frames per second pass, evenly, and refuses the others. One thread asks; any sets the limit.</summary>
/// <param name="time">Whose timestamps the frames bear.</param>
public sealed class FrameLimit(TimeProvider time)
{
    private double _perSecond;
    private long? _due;

    /// <summary>0: all pass.</summary>
    public double PerSecond
    {
        get => Volatile.Read(ref _perSecond);
        set => Volatile.Write(ref _perSecond, value);
    }

    /// <summary>Whether the frame that was captured at a timestamp is one of those that pass.</summary>
    public bool Passes(long capturedAt)
    {
        double perSecond = PerSecond;
        if (perSecond <= 0) return true;
        long interval = (long)(time.TimestampFrequency / perSecond);
        // An eighth early is in time: a camera's clock is not ours. A due time further ahead than an interval is that of another limit.
        if (_due is { } due && capturedAt + (interval / 8) < due && due - capturedAt <= interval) return false;
        // From the time at which it was due, so that the average is what was asked for; from now, where frames are fewer anyway.
        _due = Math.Max((_due ?? capturedAt) + interval, capturedAt + (interval / 2));
        if (_due > capturedAt + interval + (interval / 8)) _due = capturedAt + interval;
        return true;
    }
}
