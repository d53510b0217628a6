using System.Diagnostics;
using System.Runtime.InteropServices;
using EdgeCnn.Tests;

namespace EdgeCnn.EndToEnd;

/// <summary>What is installed on a robot: the unit, the package, its life under a real systemd.</summary>
[Collection(Alone.Name)]
public class PackageTests
{
    /// <summary>systemd's own measure, from 0 (no access to anything) to 10; services that are looked after stay below 3.</summary>
    [ToolFact("systemd-analyze")]
    public void The_service_is_walled_in()
    {
        string unit = Path.Combine(Repository.Root, "deploy", "edgecnn.service");
        (int exitCode, string output) = Run("systemd-analyze", "security", "--offline=true", "--threshold=30", "--no-pager", unit);
        Assert.True(exitCode == 0, output);
    }

    [ToolFact("dpkg-deb", "systemd-analyze", "unshare", AsRoot = true)]
    public void A_package_and_an_archive_are_installed_run_and_removed_under_a_systemd_of_its_own()
    {
        string architecture = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        (int exitCode, string output) = Run(Path.Combine(Repository.Root, "eng", "package.sh"), architecture);
        Assert.True(exitCode == 0, output);
        string debian = architecture == "x64" ? "amd64" : architecture;
        string packages = Path.Combine(Repository.Root, "artifacts", "packages");
        string package = Directory.GetFiles(packages, $"*_{debian}.deb").Single();
        string archive = Directory.GetFiles(packages, $"*-{architecture}.tar.gz").Single();

        (exitCode, output) = Run(Path.Combine(Repository.Root, "eng", "try-package.sh"), package, archive);
        Assert.True(exitCode == 0, output);
        // Where namespaces are forbidden the script says that it was skipped.
        if (!output.Contains("skipped:", StringComparison.Ordinal))
            Assert.Contains("ok: purging takes the settings too", output, StringComparison.Ordinal);
    }

    private static (int ExitCode, string Output) Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} could not be started.");
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }
}
