using System.Diagnostics;
using EdgeCnn.EdgeRuntime.Tests.Publishing;
using EdgeCnn.Tests;

namespace EdgeCnn.EndToEnd;

/// <summary>
/// A board on a serial cable: the firmware's EdgeLink.h, compiled for this machine, behind a pseudo-terminal that socat makes. Disposing pulls the
/// cable; a new one at the same path plugs it in again.
/// </summary>
internal sealed class WitnessBoard : IDisposable
{
    private readonly Process _socat;

    public WitnessBoard(string path)
    {
        string program = Firmware.CompileSketch(Path.Join(Repository.Root, "tests", "EndToEnd", "Witness.ino"));
        ProcessStartInfo start = new("socat") { RedirectStandardError = true };
        start.ArgumentList.Add($"PTY,link={path},rawer,wait-slave");
        start.ArgumentList.Add($"EXEC:{program}");
        _socat = Process.Start(start)!;
        Said = new Lines(_socat.StandardError);
        for (int i = 0; i < 200 && !File.Exists(path); i++) Thread.Sleep(10);
    }

    /// <summary>What the firmware understood, line by line.</summary>
    public Lines Said { get; }

    public void Dispose()
    {
        _socat.Kill(entireProcessTree: true);
        _socat.WaitForExit();
        _socat.Dispose();
    }
}
