using EdgeCnn.EdgeRuntime.Capture;

namespace EdgeCnn.EdgeRuntime.Tests.Capture;

/// <summary>A fact that is skipped where OpenCV was built without GStreamer.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class GStreamerFactAttribute : FactAttribute
{
    public GStreamerFactAttribute() => Skip = GStreamer.WhyAbsent;
}

/// <summary>A theory that is skipped where OpenCV was built without GStreamer.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class GStreamerTheoryAttribute : TheoryAttribute
{
    public GStreamerTheoryAttribute() => Skip = GStreamer.WhyAbsent;
}

file static class GStreamer
{
    public static string? WhyAbsent => OpenCv.HasGStreamer ? null : "needs an OpenCV with GStreamer";
}
