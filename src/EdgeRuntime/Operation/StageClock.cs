namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>The parts of the work on one frame, in their order.</summary>
public enum Stage
{
    Letterbox,
    Network,
    Decode,
    Track,
    Aim,
    Publish,
}

/// <summary>Measures how long each stage takes, frame after frame. Used by one thread; the histograms may be read by any.</summary>
public sealed class StageClock(TimeProvider time)
{
    private readonly LatencyHistogram[] _stages = [.. Enum.GetValues<Stage>().Select(_ => new LatencyHistogram())];
    private readonly RecentDurations[] _recent = [.. Enum.GetValues<Stage>().Select(_ => new RecentDurations())];
    private long _mark;

    public LatencyHistogram this[Stage stage] => _stages[(int)stage];

    /// <summary>From the moment the frame was captured to the moment its report was handed to the publishers.</summary>
    public LatencyHistogram CaptureToPublish { get; } = new();

    /// <summary>How long a stage took for the latest frame.</summary>
    public TimeSpan Last(Stage stage) => _recent[(int)stage].Last;

    /// <summary>How long a stage took for the latest frames.</summary>
    public RecentDurations Recent(Stage stage) => _recent[(int)stage];

    /// <summary><see cref="CaptureToPublish"/> of the latest frames.</summary>
    public RecentDurations RecentAge { get; } = new();

    /// <summary>A frame's work begins now.</summary>
    public void Start() => _mark = time.GetTimestamp();

    /// <summary>The stage that began with <see cref="Start"/> or with the previous stage's end is done.</summary>
    public void End(Stage stage)
    {
        long now = time.GetTimestamp();
        TimeSpan took = time.GetElapsedTime(_mark, now);
        _recent[(int)stage].Add(took);
        _stages[(int)stage].Add(took);
        _mark = now;
    }

    /// <summary>The frame that was captured at <paramref name="capturedAt"/> (the TimeProvider's ticks) has been published.</summary>
    public void Published(long capturedAt)
    {
        TimeSpan age = time.GetElapsedTime(capturedAt, _mark);
        RecentAge.Add(age);
        CaptureToPublish.Add(age);
    }
}
