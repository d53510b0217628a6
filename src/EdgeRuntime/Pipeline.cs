using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Tracking;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime;

/// <summary>
/// The whole program in one sentence: frame -> letterbox -> network -> decode -> track -> aim -> publish. No stage calls another; each takes values
/// and leaves values, and is timed. One thread runs it; nothing is allocated per frame.
/// </summary>
public sealed class Pipeline(
    VisionModel model, Tracker tracker, Targeting targeting, Aiming aiming, IReadOnlyList<IPublisher> publishers, TimeProvider time)
{
    private readonly OutputReader _outputs = model.Network.Output;

    // An array is walked without an enumerator on the heap.
    private readonly IPublisher[] _publishers = [.. publishers];

    /// <summary>What the latest frame meant.</summary>
    public Report Report { get; } = new() { Labels = model.Labels, IsClassification = model.Classifier is not null };

    public StageClock Clock { get; } = new(time);

    /// <summary>Frames that went through.</summary>
    public long Frames { get; private set; }

    public void Process(Frame frame)
    {
        Describe(frame);

        Clock.Start();
        model.Prepare(frame.View);
        Clock.End(Stage.Letterbox);

        model.Network.Run();
        Clock.End(Stage.Network);

        model.Decode(_outputs, Report.Detections, Report.Classes);
        Clock.End(Stage.Decode);

        tracker.Update(Report.Detections, frame.CapturedAt, Report.Tracks);
        Clock.End(Stage.Track);

        Report.Target = targeting.Choose(Report.Tracks, frame.Width, frame.Height) is { } chosen
            ? aiming.Aim(chosen, frame.Width, frame.Height)
            : null;
        Clock.End(Stage.Aim);

        foreach (IPublisher publisher in _publishers) publisher.Publish(Report);
        Clock.End(Stage.Publish);

        Clock.Published(frame.CapturedAt);
        Frames++;
    }

    private void Describe(Frame frame)
    {
        Report.Frame = frame.Sequence;
        Report.CapturedAt = frame.CapturedAt;
        Report.Width = frame.Width;
        Report.Height = frame.Height;
    }
}
