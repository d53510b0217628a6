using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime;

/// <summary>
/// The whole program in one sentence: frame -> letterbox -> network -> decode -> track -> aim -> publish. No stage calls another; each
/// takes values and leaves values, and is timed. One thread runs it; nothing is allocated per frame.
/// </summary>
/// <param name="vision">What makes sense of frames; its model is the pipeline's own from here on.</param>
/// <param name="publishers">Who is told.</param>
/// <param name="time">The clock of stages, and of frames' time stamps.</param>
public sealed class Pipeline(Vision vision, IReadOnlyList<IPublisher> publishers, TimeProvider time) : IDisposable
{
    // An array is walked without an enumerator on the heap.
    private readonly IPublisher[] _publishers = [.. publishers];
    private Vision _vision = vision;
    private OutputReader _outputs = vision.Model.Network.Output;
    private Handover? _handover;
    private volatile bool _leftBehind;

    /// <summary>What makes sense of frames now.</summary>
    public Vision Vision => Volatile.Read(ref _vision);

    /// <summary>What the latest frame meant.</summary>
    public Report Report { get; } = new() { Labels = vision.Model.Labels, IsClassification = vision.Model.Classifier is not null };

    public StageClock Clock { get; } = new(time);

    /// <summary>Frames that went through.</summary>
    public long Frames { get; private set; }

    public void Process(Frame frame)
    {
        Describe(frame);

        Clock.Start();
        _vision.Model.Prepare(frame.View);
        Clock.End(Stage.Letterbox);

        _vision.Model.Network.Run();
        Clock.End(Stage.Network);

        _vision.Model.Decode(_outputs, Report.Detections, Report.Classes);
        Clock.End(Stage.Decode);

        _vision.Tracker.Update(Report.Detections, frame.CapturedAt, Report.Tracks);
        Clock.End(Stage.Track);

        Report.Target = _vision.Targeting.Choose(Report.Tracks, frame.Width, frame.Height) is { } chosen
            ? _vision.Aiming.Aim(chosen, frame.Width, frame.Height)
            : null;
        Clock.End(Stage.Aim);

        foreach (IPublisher publisher in _publishers) publisher.Publish(Report);
        Clock.End(Stage.Publish);

        Clock.Published(frame.CapturedAt);
        Frames++;
    }

    /// <summary>
    /// Called between two frames by the thread that runs the pipeline: takes over what <see cref="ExchangeAsync"/> has handed it.
    /// </summary>
    public void TakeOver()
    {
        if (Volatile.Read(ref _handover) is null || Interlocked.Exchange(ref _handover, null) is not { } handover) return;
        Volatile.Write(ref _vision, handover.Next);
        _vision.Begin();
        _outputs = _vision.Model.Network.Output;
        (Report.Labels, Report.IsClassification) = (_vision.Model.Labels, _vision.Model.Classifier is not null);
        handover.Done.SetResult();
    }

    /// <summary>Hands over what is to make sense of frames from the next one on; one caller at a time.</summary>
    /// <param name="next">The pipeline's own from then on. What it replaces is the caller's, once this returns true.</param>
    /// <param name="patience">How long the pipeline may take to come round.</param>
    /// <returns>False when it did not come round; nothing has changed then.</returns>
    internal async Task<bool> ExchangeAsync(Vision next, TimeSpan patience)
    {
        Handover handover = new(next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        Volatile.Write(ref _handover, handover);
        if (await Task.WhenAny(handover.Done.Task, Task.Delay(patience, time)) == handover.Done.Task) return true;
        if (Interlocked.CompareExchange(ref _handover, null, handover) == handover) return false;
        await handover.Done.Task;
        return true;
    }

    /// <summary>Some thread still works with the model and cannot be stopped: it is not freed.</summary>
    internal void LeaveBehind() => _leftBehind = true;

    public void Dispose()
    {
        if (!_leftBehind) _vision.Model.Dispose();
    }

    private void Describe(Frame frame)
    {
        Report.Frame = frame.Sequence;
        Report.CapturedAt = frame.CapturedAt;
        Report.Width = frame.Width;
        Report.Height = frame.Height;
    }

    private sealed record Handover(Vision Next, TaskCompletionSource Done);
}
