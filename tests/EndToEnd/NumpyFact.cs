using System.Diagnostics;
using EdgeCnn.Tests;

namespace EdgeCnn.EndToEnd;

/// <summary>A fact that is skipped, with the reason, where shared data or a Python with numpy is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NumpyFactAttribute : FactAttribute
{
    // Debian's own Python, which Debian's numpy belongs to, goes before any other.
    private static readonly string? Python = new[] { "/usr/bin/python3", "python3" }.FirstOrDefault(HasNumpy);

    /// <param name="paths">Files or folders under <c>../shared/data</c> that the test needs.</param>
    public NumpyFactAttribute(params string[] paths) =>
        Skip = Repository.WhyAbsent(paths) ?? (Python is null ? "needs Python with numpy (python3-numpy), which is not installed" : null);

    /// <summary>Runs a script to its end and gives what it printed.</summary>
    public static string Run(params string[] arguments)
    {
        (int exitCode, string output) = Run(Python!, arguments);
        Assert.Equal(0, exitCode);
        return output;
    }

    private static bool HasNumpy(string python)
    {
        try
        {
            return Run(python, ["-c", "import numpy"]).ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static (int ExitCode, string Output) Run(string python, string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }
}
