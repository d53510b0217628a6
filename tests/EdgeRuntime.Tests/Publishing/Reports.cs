using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Tracking;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Tests.Publishing;

/// <summary>What a pipeline would say.</summary>
internal static class Reports
{
    public static readonly Track Person = new(
        Id: 5, new Box(1280 * 0.332f, 720 * 0.311f, 1280 * 0.12f, 720 * 0.26f), ClassId: 1, Confidence: 0.87f, Predicted: false, 0, 0,
        TimeSpan.FromSeconds(3));

    public static Report Seen(TimeProvider time, long frame = 1234) => new()
    {
        Frame = frame,
        CapturedAt = time.GetTimestamp(),
        Width = 1280,
        Height = 720,
        Labels = ["bicycle", "person"],
        Detections = { new(Person.Box, 1, 0.87f) },
        Tracks = { Person },
        Target = new(Person, YawDegrees: -12.5f, PitchDegrees: 3.4f, DistanceMillimetres: 1820, LensCalibrated: false),
    };

    public static Report Nothing(TimeProvider time, long frame = 1) =>
        new() { Frame = frame, CapturedAt = time.GetTimestamp(), Width = 1280, Height = 720 };

    public static Health Running(double seconds = 60) =>
        new(SystemState.Running, TimeSpan.FromSeconds(seconds), Fps: 30, TemperatureC: 62, Throttled: false, Recording: false,
            Fallback: false);
}
