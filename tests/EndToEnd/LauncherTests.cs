using System.Diagnostics;
using System.Runtime.Versioning;
using EdgeCnn.Tests;

namespace EdgeCnn.EndToEnd;

/// <summary>
/// The launcher and its scripts as they are, in a folder of their own, with a dotnet that only takes notes: what is under
/// test is when they build, and what they pass on.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class LauncherTests : IDisposable
{
    private const string Dotnet = """
        #!/usr/bin/env bash
        echo "$*" >>"$NOTES"
        case $1 in
          build)
            if [[ -f broken ]]; then echo 'Scene.cs(3,1): error CS1002: ; expected'; exit 1; fi
            sleep 0.3
            mkdir -p artifacts/bin/EdgeRuntime/release
            touch artifacts/bin/EdgeRuntime/release/edgecnn.dll
            echo 'Build succeeded.' ;;
          test)
            while [[ $1 != --results-directory ]]; do shift; done
            mkdir -p "$2"
            cp results.trx "$2/1.trx" 2>/dev/null
            echo 'Passed!  - Failed: 0'
            exit "$(<status)" ;;
          *.dll)
            echo "the program got: ${*:2}"
            exit 7 ;;
        esac
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("edgecnn-launcher-").FullName;

    public LauncherTests()
    {
        foreach (string file in (string[])["edgecnn", "EdgeCnn.sln", "Directory.Build.props", "Directory.Packages.props", "global.json"])
            File.Copy(Path.Combine(Repository.Root, file), Path.Combine(_folder, file));
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "eng"), "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(_folder, Path.GetRelativePath(Repository.Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        Write("src/Scene.cs", "class Scene;");
        Write("tests/SceneTests.cs", "class SceneTests;");
        Write("config/labels.txt", "robot");
        Write("models/robot.int8.onnx", "weights");
        Write("bin/dotnet", Dotnet);
        // The script itself needs an emulator and minutes.
        Write("eng/arm64.sh", "echo '4 ARM64 checks passed, 0 failed'");
        File.SetUnixFileMode(
            Path.Combine(_folder, "bin/dotnet"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string[] Notes => File.ReadAllLines(Path.Combine(_folder, "notes"));

    private int Builds => Notes.Count(line => line.StartsWith("build ", StringComparison.Ordinal));

    [Fact]
    public async Task Arguments_output_and_exit_code_are_the_programs_own()
    {
        Outcome outcome = await Launch("detect", "a picture.png", "--json");
        Assert.Equal(7, outcome.ExitCode);
        Assert.Equal("the program got: detect a picture.png --json\n", outcome.Output);
        Assert.Contains("building", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_builds_once_and_says_nothing_when_nothing_changed()
    {
        await Launch("demo");
        Outcome second = await Launch("demo");
        Assert.Equal(1, Builds);
        Assert.Equal("", second.Error);
    }

    [Fact]
    public async Task It_builds_again_when_a_source_was_changed_added_or_removed()
    {
        await Launch("demo");
        Write("src/Scene.cs", "class Scene { }");
        await Launch("demo");
        Assert.Equal(2, Builds);

        Write("src/Tracking/Track.cs", "class Track;");
        await Launch("demo");
        Assert.Equal(3, Builds);

        File.Delete(Path.Combine(_folder, "src/Tracking/Track.cs"));
        await Launch("demo");
        Assert.Equal(4, Builds);
    }

    [Fact]
    public async Task A_build_that_failed_is_said_and_tried_again()
    {
        Write("broken", "");
        Outcome failed = await Launch("demo");
        Assert.Equal(1, failed.ExitCode);
        Assert.Equal("", failed.Output);
        Assert.Contains("error CS1002", failed.Error, StringComparison.Ordinal);
        Assert.Contains("the build failed", failed.Error, StringComparison.Ordinal);

        File.Delete(Path.Combine(_folder, "broken"));
        Assert.Equal(7, (await Launch("demo")).ExitCode);
    }

    [Fact]
    public async Task Two_launchers_at_once_build_once_and_both_run()
    {
        Outcome[] outcomes = await Task.WhenAll(Launch("demo"), Launch("run"));
        Assert.All(outcomes, outcome => Assert.Equal(7, outcome.ExitCode));
        Assert.Equal(1, Builds);
    }

    [Fact]
    public async Task The_tests_end_with_the_sum_and_with_the_reasons_of_what_was_skipped()
    {
        Write("status", "0");
        Write("results.trx", Results("Passed", "Passed", "NotExecuted"));
        Outcome outcome = await Launch("test", "--filter", "Track");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("2 passed, 0 failed, 1 skipped", outcome.Output.TrimEnd('\n').Split('\n')[^1]);
        Assert.Contains("1 there is no camera", outcome.Output, StringComparison.Ordinal);
        Assert.Contains(
            Notes, line =>
                line.StartsWith("test EdgeCnn.sln", StringComparison.Ordinal) && line.EndsWith("--filter Track", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failed_test_fails_the_run()
    {
        Write("status", "1");
        Write("results.trx", Results("Passed", "Failed"));
        Outcome outcome = await Launch("test");
        Assert.Equal(1, outcome.ExitCode);
        Assert.EndsWith("\n5 passed, 1 failed, 0 skipped\n", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo '3 ARM64 checks passed, 1 failed'; exit 1", 1, "4 passed, 1 failed, 0 skipped")]
    [InlineData("exit 139", 1, "1 passed, 1 failed, 0 skipped")]
    [InlineData("echo 'skipped: there is no emulator.'", 0, "1 passed, 0 failed, 1 skipped")]
    public async Task What_ARM64_says_counts_as_tests_do(string script, int exitCode, string sum)
    {
        Write("status", "0");
        Write("results.trx", Results("Passed"));
        Write("eng/arm64.sh", script);
        Outcome outcome = await Launch("test");
        Assert.Equal(exitCode, outcome.ExitCode);
        Assert.EndsWith($"\n{sum}\n", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_run_that_broke_off_fails_though_no_test_did()
    {
        Write("status", "1");
        Write("results.trx", Results("Passed"));
        Outcome outcome = await Launch("test");
        Assert.Equal(1, outcome.ExitCode);
        Assert.EndsWith("\n5 passed, 1 failed, 0 skipped\n", outcome.Output, StringComparison.Ordinal);
    }

    private static string Results(params string[] outcomes) => string.Concat(outcomes.Select(outcome =>
        $"""
            <UnitTestResult testName="A_test" outcome="{outcome}" duration="00:00:01">
              <Output>
                <ErrorInfo>
                  <Message>there is no camera</Message>
                </ErrorInfo>
              </Output>
            </UnitTestResult>

        """));

    private void Write(string path, string text)
    {
        string file = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    private async Task<Outcome> Launch(params string[] arguments)
    {
        ProcessStartInfo start = new(Path.Combine(_folder, "edgecnn"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = Path.Combine(_folder, "bin") + ":" + start.Environment["PATH"];
        start.Environment["NOTES"] = Path.Combine(_folder, "notes");
        start.Environment["EDGECNN_NO_APT"] = "1";
        start.Environment.Remove("EDGECNN_LOCK");
        start.Environment.Remove("EDGECNN_STANDINS_LOCK");
        using Process process = Process.Start(start) ?? throw new InvalidOperationException("The launcher could not be started.");
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Outcome(process.ExitCode, output, await error);
    }
}
