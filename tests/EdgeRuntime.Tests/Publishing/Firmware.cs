using System.Diagnostics;
using System.Globalization;
using EdgeCnn.Tests;

namespace EdgeCnn.EdgeRuntime.Tests.Publishing;

/// <summary>A fact that needs a C++ compiler; skipped, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FirmwareFactAttribute : FactAttribute
{
    public FirmwareFactAttribute()
    {
        if (!Firmware.HasCompiler)
            Skip = "needs g++, which is not in the PATH (apt install g++)";
    }
}

/// <summary>Compiles the firmware for this machine, against the few lines of Arduino core in the folder Arduino.</summary>
internal static class Firmware
{
    private static readonly string Sources = Path.Combine(Repository.Root, "tests", "EdgeRuntime.Tests", "Publishing", "Arduino");
    private static readonly string Output = Path.Combine(AppContext.BaseDirectory, "firmware");

    private static readonly Lazy<string> BuiltConsole = new(() =>
        Compile("console", [Path.Combine(Sources, "Console.cpp")], "-fsanitize=address,undefined", "-fno-sanitize-recover=all"));

    public static string Folder { get; } = Path.Combine(Repository.Root, "firmware");

    public static bool HasCompiler { get; } =
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "g++")));

    /// <summary>The line-driven bench around EdgeLink.h, with the sanitizers on.</summary>
    public static string Console => BuiltConsole.Value;

    /// <summary>A sketch whose serial port is standard input and output.</summary>
    public static string CompileSketch(string sketch, params string[] options) =>
        Compile(Path.GetFileNameWithoutExtension(sketch), ["-x", "c++", sketch, Path.Combine(Sources, "Board.cpp")], options);

    private static string Compile(string name, string[] sources, params string[] options)
    {
        Directory.CreateDirectory(Output);
        string program = Path.Combine(Output, name);
        var start = new ProcessStartInfo("g++") { RedirectStandardError = true };
        foreach (string argument in (string[])
            ["-std=c++11", "-O1", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-I", Sources, "-I", Folder, .. options, .. sources, "-o",
                program])
            start.ArgumentList.Add(argument);
        using Process compiler = Process.Start(start)!;
        string messages = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.True(compiler.ExitCode == 0, $"g++ refused {name}: {messages}");
        return program;
    }
}

/// <summary>EdgeLink.h at work in a process of its own, with a clock that the test turns.</summary>
public sealed class FirmwareBench : IDisposable
{
    private readonly Process _process;

    public FirmwareBench()
    {
        var start = new ProcessStartInfo(Firmware.Console) { RedirectStandardInput = true, RedirectStandardOutput = true };
        _process = Process.Start(start)!;
    }

    /// <summary>Whether there was a target after the last line.</summary>
    public bool HasTarget { get; private set; }

    /// <summary>Whether the host's heart beat after the last line.</summary>
    public bool HostAlive { get; private set; }

    public long TargetAge { get; private set; }

    public int CrcErrors { get; private set; }

    public int Lost { get; private set; }

    public List<string> Receive(ReadOnlySpan<byte> bytes) => Say($"rx {Convert.ToHexString(bytes)}");

    public List<string> Tick(uint milliseconds) => Say(string.Create(CultureInfo.InvariantCulture, $"tick {milliseconds}"));

    /// <summary>Writes one line and returns all that happened because of it.</summary>
    public List<string> Say(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
        var events = new List<string>();
        while (true)
        {
            string answer = _process.StandardOutput.ReadLine()
                ?? throw new InvalidOperationException($"The firmware's bench died of: {line[..Math.Min(line.Length, 200)]}");
            if (answer.StartsWith("ok ", StringComparison.Ordinal))
            {
                ReadState(answer);
                return events;
            }
            events.Add(answer);
        }
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void ReadState(string answer)
    {
        long[] values = [.. answer.Split(' ')[1..].Select(field => long.Parse(field.Split('=')[1], CultureInfo.InvariantCulture))];
        (HasTarget, HostAlive, TargetAge, CrcErrors, Lost) = (values[0] != 0, values[1] != 0, values[2], (int)values[3], (int)values[4]);
    }
}
