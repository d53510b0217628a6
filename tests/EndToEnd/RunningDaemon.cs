using System.Diagnostics;
using System.Text.Json;

namespace EdgeCnn.EndToEnd;

/// <summary>`edgecnn run` in a process of its own, whose words are collected while it runs.</summary>
internal sealed class RunningDaemon : IDisposable
{
    private readonly Process _process;

    /// <param name="environment">Variables for the child, name and value.</param>
    /// <param name="settings">Its arguments.</param>
    public RunningDaemon((string Name, string Value)[] environment, params string[] settings)
    {
        _process = Edgecnn.Start(environment, ["run", .. settings]);
        Output = new Lines(_process.StandardOutput);
        Log = new Lines(_process.StandardError);
    }

    public RunningDaemon(params string[] settings) : this([], settings) { }

    /// <summary>stdout, line by line.</summary>
    public Lines Output { get; }

    /// <summary>stderr, line by line.</summary>
    public Lines Log { get; }

    /// <summary>The process.</summary>
    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Waits for its end.</summary>
    public int ExitCode(TimeSpan patience)
    {
        if (!_process.WaitForExit(patience)) throw new TimeoutException($"The daemon did not end within {patience}: {Log}");
        _process.WaitForExit();
        return _process.ExitCode;
    }

    /// <summary>Asks it to end, as systemd does.</summary>
    public void Terminate()
    {
        using Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}

/// <summary>The lines of a stream, read on a thread of its own.</summary>
internal sealed class Lines
{
    private readonly List<string> _lines = [];

    public Lines(StreamReader reader)
    {
        new Thread(() =>
        {
            while (reader.ReadLine() is { } line)
            {
                lock (_lines) _lines.Add(line);
            }
        })
        { IsBackground = true }.Start();
    }

    public string[] All
    {
        get
        {
            lock (_lines) return [.. _lines];
        }
    }

    public IEnumerable<JsonElement> Json => All.Select(line => JsonSerializer.Deserialize<JsonElement>(line));

    /// <summary>
    /// Waits until a line that fits has come after the first <paramref name="after"/> lines; returns how many lines there are up to it.
    /// </summary>
    public int WaitFor(Func<string, bool> fits, string what, int after = 0, double seconds = 60)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            string[] all = All;
            int found = Array.FindIndex(all, Math.Min(after, all.Length), line => fits(line));
            if (found >= 0) return found + 1;
            Thread.Sleep(20);
        }
        throw new TimeoutException($"No {what} within {seconds} s; there was: {this}");
    }

    public int WaitFor(string part, int after = 0, double seconds = 60) =>
        WaitFor(line => line.Contains(part, StringComparison.Ordinal), $"\"{part}\"", after, seconds);

    public override string ToString() => string.Join('\n', All.TakeLast(40));
}
