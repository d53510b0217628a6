namespace EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

/// <summary>Says a change of state as TEXT, for a display on the robot; no more often than twice a second, the newest wins.</summary>
internal sealed class StateTexts(TimeProvider time)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);
    private SystemState? _said, _newest;
    private long _saidAt;

    /// <summary>How long until a text may be sent; <see cref="TimeSpan.MaxValue"/> when there is none.</summary>
    public TimeSpan UntilDue =>
        _newest == _said ? TimeSpan.MaxValue : _said is null ? TimeSpan.Zero : Period - time.GetElapsedTime(_saidAt);

    public void Offer(SystemState state) => _newest = state;

    public bool TryTake(out TextMessage text)
    {
        text = default;
        if (UntilDue > TimeSpan.Zero)
            return false;
        (_said, _saidAt) = (_newest, time.GetTimestamp());
        text = _newest switch
        {
            SystemState.Starting => new(TextSeverity.Info, "starting"u8),
            SystemState.WarmingUp => new(TextSeverity.Info, "warming up"u8),
            SystemState.Running => new(TextSeverity.Info, "running"u8),
            SystemState.Paused => new(TextSeverity.Info, "paused"u8),
            SystemState.Stale => new(TextSeverity.Warning, "no fresh frame"u8),
            SystemState.CameraLost => new(TextSeverity.Error, "camera lost"u8),
            SystemState.Degraded => new(TextSeverity.Warning, "degraded"u8),
            _ => new(TextSeverity.Error, "fault"u8),
        };
        return true;
    }
}
