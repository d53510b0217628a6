using EdgeCnn.EdgeRuntime.Tracking;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Tests.Tracking;

/// <summary>Feeds a tracker with frames at times that a test chooses.</summary>
internal sealed class Scene(TrackingOptions? options = null)
{
    private readonly Tracker _tracker = new(options ?? new TrackingOptions(), TimeProvider.System);
    private readonly List<Track> _tracks = [];

    public IReadOnlyList<Track> Show(double milliseconds, params Detection[] detections)
    {
        _tracker.Update(detections, Timestamp(milliseconds), _tracks);
        return [.. _tracks];
    }

    /// <summary>The tracker alone, with a list that is used again: for counting allocations.</summary>
    public void Feed(double milliseconds, List<Detection> detections, List<Track> tracks) =>
        _tracker.Update(detections, Timestamp(milliseconds), tracks);

    public static Detection At(double x, double y, double size = 40, int classId = 0, float confidence = 0.9f) =>
        new(new Box((float)(x - (size / 2)), (float)(y - (size / 2)), (float)size, (float)size), classId, confidence);

    private static long Timestamp(double milliseconds) =>
        1_000_000_000 + (long)(milliseconds * TimeProvider.System.TimestampFrequency / 1000);
}
