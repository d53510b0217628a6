using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using EdgeCnn.Tests;

namespace EdgeCnn.EndToEnd;

/// <summary>What is installed on a robot: the unit, the package, its life under a real systemd.</summary>
[Collection(Alone.Name)]
public class PackageTests
{
    private static readonly Dictionary<string, string> Made = [];

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
        string package = Make(architecture);
        string archive = Directory.GetFiles(Path.GetDirectoryName(package)!, $"*-{architecture}.tar.gz").Single();

        (int exitCode, string output) = Run(Path.Combine(Repository.Root, "eng", "try-package.sh"), package, archive);
        Assert.True(exitCode == 0, output);
        // Where namespaces are forbidden the script says that it was skipped.
        if (!output.Contains("skipped:", StringComparison.Ordinal))
            Assert.Contains("ok: purging takes the settings too", output, StringComparison.Ordinal);
    }

    [ToolFact("dpkg-deb", MakesArm64 = true)]
    public void The_package_for_ARM64_leaves_nothing_out_that_this_machines_has()
    {
        DebianPackage mine = new(Make("x64")), board = new(Make("arm64"));
        Assert.Equal(mine.Files.Select(Outline), board.Files.Select(Outline));
        Assert.Equal(mine.Control.Select(Outline), board.Control.Select(Outline));
        Assert.Equal("arm64", board.Field("Architecture"));
        foreach (string field in (string[])["Package", "Version", "Depends", "Description"])
            Assert.Equal(mine.Field(field), board.Field(field));
        foreach (string path in mine.Files.Keys.Where(IsForEveryProcessor))
            Assert.True(mine.Files[path].Content.AsSpan().SequenceEqual(board.Files[path].Content), path);
    }

    /// <summary>It runs under emulation in eng/try-package-arm64.sh, minutes long, which is a part of eng/arm64.sh --all.</summary>
    [ToolFact("dpkg-deb", MakesArm64 = true)]
    public void The_package_for_ARM64_brings_code_for_ARM64_models_settings_service_and_names_of_devices()
    {
        DebianPackage package = new(Make("arm64"));
        foreach ((string path, DebianPackage.Entry file) in package.Files)
            Assert.True(DebianPackage.ProcessorOf(file.Content) is null or Architecture.Arm64, path);
        foreach (string code in (string[])["edgecnn", "edgecnn.dll", "EdgeCnn.Engine.dll", "libcoreclr.so", "libonnxruntime.so"])
            Assert.Equal(Architecture.Arm64, DebianPackage.ProcessorOf(package.Files["/usr/lib/edgecnn/" + code].Content));
        Assert.Contains(package.Files.Keys, path => Path.GetFileName(path).StartsWith("libopencv", StringComparison.OrdinalIgnoreCase));

        string[] models = Directory.GetFiles(Path.Combine(Repository.Root, "models"), "*.int8.onnx");
        Assert.NotEmpty(models);
        foreach (string model in models)
            Assert.NotEmpty(package.Files["/usr/lib/edgecnn/models/" + Path.GetFileName(model)].Content);
        Assert.NotEmpty(package.Files["/usr/share/edgecnn/firmware/EdgeLink.h"].Content);
        Assert.Contains("edgecnn/camera-", Text(package.Files["/usr/lib/udev/rules.d/60-edgecnn.rules"]), StringComparison.Ordinal);
        Assert.Equal("/etc/edgecnn/edgecnn.json\n", Text(package.Control["/conffiles"]));
        Assert.True(package.Files.ContainsKey("/etc/edgecnn/edgecnn.json"));

        string unit = Text(package.Files["/usr/lib/systemd/system/edgecnn.service"]);
        Assert.Contains("ExecStart=/usr/bin/edgecnn run --config /etc/edgecnn/edgecnn.json", unit, StringComparison.Ordinal);
        Assert.Equal("../lib/edgecnn/edgecnn", package.Files["/usr/bin/edgecnn"].Link);
        Assert.True(package.Files["/usr/lib/edgecnn/edgecnn"].Mode.HasFlag(UnixFileMode.OtherExecute));
        foreach (string script in (string[])["/postinst", "/prerm", "/postrm"])
            Assert.True(package.Control[script].Mode.HasFlag(UnixFileMode.OtherExecute), script);
    }

    private static string Outline(KeyValuePair<string, DebianPackage.Entry> file) =>
        $"{file.Key} {file.Value.Type} {file.Value.Mode} {file.Value.Link}";

    private static string Text(DebianPackage.Entry file) => Encoding.UTF8.GetString(file.Content);

    private static bool IsForEveryProcessor(string path) =>
        !path.StartsWith("/usr/lib/edgecnn/", StringComparison.Ordinal)
        || path.StartsWith("/usr/lib/edgecnn/models/", StringComparison.Ordinal);

    /// <summary>The path of a package that is made anew; both together take minutes, so that a test run makes each once.</summary>
    private static string Make(string architecture)
    {
        lock (Made)
        {
            if (Made.TryGetValue(architecture, out string? package)) return package;
            (int exitCode, string output) = Run(Path.Combine(Repository.Root, "eng", "package.sh"), architecture);
            Assert.True(exitCode == 0, output);
            string debian = architecture == "x64" ? "amd64" : architecture;
            string folder = Path.Combine(Repository.Root, "artifacts", "packages");
            return Made[architecture] = Directory.GetFiles(folder, $"*_{debian}.deb").Single();
        }
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
