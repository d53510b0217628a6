using System.Reflection;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Tests.Capture;

/// <summary>A fact that is skipped, with the reason, where a program is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(string tool)
    {
        bool found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, tool)));
        if (!found) Skip = $"needs {tool}, which is not installed";
    }
}

/// <summary>
/// A fact about network streams; skipped with NuGet's own native OpenCV, whose FFmpeg reads files and no addresses (4.13.0.20260627).
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NetworkStreamFactAttribute : FactAttribute
{
    public NetworkStreamFactAttribute(string? tool = null)
    {
        if (!OpenCvPackage.IsStandIn) Skip = "needs an OpenCV that opens network streams; that of NuGet's package does not";
        else if (tool is not null) Skip = new ToolFactAttribute(tool).Skip;
    }
}

/// <summary>Which OpenCvSharp4 the tests run with.</summary>
internal static class OpenCvPackage
{
    /// <summary>The stand-in over the system's OpenCV, not NuGet's package with its own.</summary>
    public static bool IsStandIn { get; } = typeof(Mat).Assembly.GetCustomAttribute<AssemblyCompanyAttribute>()?.Company == "stand-in";
}
