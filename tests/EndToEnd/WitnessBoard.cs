using System.Diagnostics;
using EdgeCnn.EdgeRuntime.Publishing.Ports;
using EdgeCnn.EdgeRuntime.Tests.Publishing;
using EdgeCnn.Tests;

namespace EdgeCnn.EndToEnd;

/// <summary>
/// A board on a serial cable: the firmware's EdgeLink.h, compiled for this machine, behind a pseudo-terminal that socat makes. Disposing
/// pulls the cable; a new one at the same path plugs it in again.
/// </summary>
internal sealed class WitnessBoard : IDisposable
{
    private readonly string _path;
    private readonly Process _socat;

    /// <summary>
    /// A cable stays when the program at its end closes the port; socat would take the terminal away. So somebody has it open all the
    /// time, and neither reads nor writes.
    /// </summary>
    private readonly LinkPort _cable;

    public WitnessBoard(string path)
    {
        _path = path;
        string program = Firmware.CompileSketch(Path.Join(Repository.Root, "tests", "EndToEnd", "Witness.ino"));
        ProcessStartInfo start = new("socat") { RedirectStandardError = true };
        start.ArgumentList.Add($"PTY,link={path},rawer,wait-slave");
        start.ArgumentList.Add($"EXEC:{program}");
        _socat = Process.Start(start)!;
        Said = new Lines(_socat.StandardError);
        for (int i = 0; i < 2000 && !File.Exists(path); i++) Thread.Sleep(10);
        _cable = LinkPort.Open(path, 115200);
    }

    /// <summary>What the firmware understood, line by line.</summary>
    public Lines Said { get; }

    /// <summary>Stops the board's program where it is, or lets it go on.</summary>
    /// <param name="signal">STOP or CONT.</param>
    public void Signal(string signal)
    {
        using Process pkill = Process.Start("pkill", ["--signal", signal, "--parent", $"{_socat.Id}"]);
        pkill.WaitForExit();
        Assert.Equal(0, pkill.ExitCode);
    }

    public void Dispose()
    {
        _cable.Dispose();
        _socat.Kill(entireProcessTree: true);
        _socat.WaitForExit();
        _socat.Dispose();
        // What is killed leaves its link behind, and the terminal's number may soon be somebody else's.
        File.Delete(_path);
    }
}
