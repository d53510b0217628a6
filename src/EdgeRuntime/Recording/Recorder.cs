using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Publishing;
using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime.Recording;

/// <summary>
/// Records what the pipeline sees while it is asked to. <see cref="Start"/>, <see cref="Stop"/> and <see cref="State"/> are for any thread
/// and return at once. Whatever goes wrong (a full disk, one that is pulled out) ends the recording, is said, and disturbs nothing else.
/// </summary>
/// <param name="options">Settings "Record:*".</param>
/// <param name="camera">What is looked at, for the recording's first line.</param>
/// <param name="settings">Those in force, which a recording carries.</param>
/// <param name="time">The clock that reports are stamped with.</param>
/// <param name="log">Is told of beginnings and ends.</param>
public sealed class Recorder(
    RecordOptions options, Func<string> camera, Func<EdgeOptions> settings, TimeProvider time, ILogger log) : IDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private volatile RecordingSession? _session;
    private RecordingSession? _last;
    private double _maxFps;

    public RecorderState State
    {
        get
        {
            RecordingSession? session = _session ?? _last;
            return session?.State ?? default;
        }
    }

    /// <summary>
    /// The most pictures per second that are recorded for now, where it is less than the settings ask for; 0: as they ask.
    /// </summary>
    public double MaxFps
    {
        get => Volatile.Read(ref _maxFps);
        set => Volatile.Write(ref _maxFps, value);
    }

    /// <summary>Begins a recording; nothing happens when one is going on.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_session is { State.IsRecording: true }) return;
            _session = new RecordingSession(options, camera, settings, time, log);
        }
    }

    /// <summary>Ends the recording; nothing happens when none is going on.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            (_last, _session) = (_session ?? _last, null);
            _last?.Close();
        }
    }

    /// <summary>Shows what the pipeline has seen; on its thread, which it never delays.</summary>
    public void Offer(Frame frame, Report report) => _session?.Offer(frame, report, MaxFps);

    /// <summary>Ends the recording and waits a moment for its last picture.</summary>
    public void Dispose()
    {
        Stop();
        _last?.Join(StopTimeout);
    }
}

/// <param name="IsRecording">Pictures are being recorded.</param>
/// <param name="Folder">Of the recording, or of the last one; null: there was none.</param>
/// <param name="Frames">Recorded.</param>
/// <param name="Bytes">Written.</param>
/// <param name="Dropped">Pictures that were not recorded because the disk was slower than the camera.</param>
/// <param name="Detail">Why it ended by itself, one sentence; empty otherwise.</param>
public readonly record struct RecorderState(bool IsRecording, string? Folder, long Frames, long Bytes, long Dropped, string Detail);
