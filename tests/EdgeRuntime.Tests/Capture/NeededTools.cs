using EdgeCnn.EdgeRuntime.Capture;

namespace EdgeCnn.EdgeRuntime.Tests.Capture;

/// <summary>A fact that is skipped, with the reason, where a program is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(string tool)
    {
        bool found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, tool)));
        if (!found) Skip = $"needs {tool}, which is not installed";
    }
}

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
