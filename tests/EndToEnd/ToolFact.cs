using System.Runtime.InteropServices;

namespace EdgeCnn.EndToEnd;

/// <summary>A fact that is skipped, with the reason, where a program of the system is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(params string[] tools) =>
        Skip = tools.FirstOrDefault(tool => !IsThere(tool)) is { } missing ? $"needs {missing}, which is not installed" : null;

    /// <summary>Whether only root can do what the test does.</summary>
    public bool AsRoot
    {
        get => false;
        init => Skip ??= value && !Environment.IsPrivilegedProcess ? "needs root: a systemd of its own in namespaces" : null;
    }

    /// <summary>Whether the test makes on x64 the package for ARM64, which takes some two minutes.</summary>
    public bool MakesArm64
    {
        get => false;
        init => Skip ??= !value ? null
            : RuntimeInformation.OSArchitecture != Architecture.X64 ? "makes on x64 what is meant for ARM64"
            : Environment.GetEnvironmentVariable("EDGECNN_ARM64_PACKAGE") is null
                ? "takes two minutes: set EDGECNN_ARM64_PACKAGE=1, or run eng/arm64.sh --all"
            : null;
    }

    private static bool IsThere(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, tool)));
}
