using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Publishing;
using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime.Recording;

/// <summary>
/// One recording from its start to its end, on a thread of its own, in one folder after the other. Between the pipeline and the thread lies
/// a mailbox of depth one: while the disk is slow the newest picture wins, and what is replaced is counted.
/// </summary>
internal sealed class RecordingSession
{
    private const long Megabyte = 1_000_000;

    /// <summary>What a power cut may take away at the end.</summary>
    private static readonly TimeSpan SyncEvery = TimeSpan.FromSeconds(1);

    private readonly RecordOptions _options;
    private readonly Func<string> _camera;
    private readonly Func<EdgeOptions> _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Retention _retention;
    private readonly FrameLimit _limit;
    private readonly Thread _thread;
    private readonly Mailbox<Shot> _mailbox = new();

    /// <summary>One is being filled, one waits, one is being written.</summary>
    private readonly Stack<Shot> _free = new([new(), new(), new()]);

    private volatile bool _closing;

    private readonly Lock _gate = new();
    private RecorderState _state = new(IsRecording: true, null, 0, 0, 0, "");

    // Of the session's own thread.
    private RecordingWriter? _part;
    private EdgeOptions? _partSettings;
    private long _partBegan, _synced, _unchecked;
    private bool _unsynced;
    private (long Frames, long Bytes) _before;

    public RecordingSession(RecordOptions options, Func<string> camera, Func<EdgeOptions> settings, TimeProvider time, ILogger log)
    {
        (_options, _camera, _settings, _time, _log) = (options, camera, settings, time, log);
        _retention = new Retention(options, time, log);
        _limit = new FrameLimit(time);
        _thread = new Thread(Run) { Name = "recording", IsBackground = true };
        _thread.Start();
    }

    public RecorderState State
    {
        get
        {
            lock (_gate) return _state;
        }
    }

    /// <summary>On the pipeline's thread: keeps the frame when it is its turn. Waits for nobody and allocates nothing.</summary>
    public void Offer(Frame frame, Report report, double maxFps)
    {
        _limit.PerSecond = maxFps > 0 && (_options.Fps <= 0 || maxFps < _options.Fps) ? maxFps : _options.Fps;
        if (!_limit.Passes(report.CapturedAt)) return;
        Shot? shot;
        lock (_free)
        {
            if (!_free.TryPop(out shot)) return;
        }
        shot.Keep(frame, report);
        if (_mailbox.Put(shot) is not { } missed) return;
        Recycle(missed);
        lock (_gate)
        {
            if (_state.IsRecording) _state = _state with { Dropped = _state.Dropped + 1 };
        }
    }

    /// <summary>Nothing more is taken in; the thread writes what waits, and ends.</summary>
    public void Close()
    {
        _closing = true;
        _mailbox.Close();
    }

    public void Join(TimeSpan timeout) => _thread.Join(timeout);

    private void Run()
    {
        string why = "";
        try
        {
            while (!_closing || !_mailbox.IsEmpty)
            {
                // Without new pictures the last ones reach the disk all the same.
                if (_mailbox.Take(SyncEvery, CancellationToken.None) is { } shot) WriteAndRecycle(shot);
                if (_unsynced && _time.GetElapsedTime(_synced) >= SyncEvery) Sync();
            }
            EndPart();
        }
        catch (Exception e)
        {
            // Whatever it is, it ends the recording and nothing else.
            why = e.Message.TrimEnd('.') + ".";
        }
        _mailbox.Close();
        if (_mailbox.Take(TimeSpan.Zero, CancellationToken.None) is { } left) Recycle(left);
        _part?.Dispose();
        End(why);
    }

    private void WriteAndRecycle(Shot shot)
    {
        try
        {
            Write(shot);
        }
        finally
        {
            Recycle(shot);
        }
    }

    private void Write(Shot shot)
    {
        if (_part is not null && IsLong(_part, shot)) EndPart();
        if (_part is null) BeginPart(shot);
        long before = _part!.Bytes;
        _part.Add(shot.Frame, shot.Report);
        _unchecked += _part.Bytes - before;
        lock (_gate)
        {
            _state = _state with { Folder = _part.Folder, Frames = _before.Frames + _part.Frames, Bytes = _before.Bytes + _part.Bytes };
        }
        _unsynced = true;
    }

    /// <summary>Whether the recording goes on in a new folder: the oldest part can be deleted only as a whole.</summary>
    private bool IsLong(RecordingWriter part, Shot shot) =>
        _time.GetElapsedTime(_partBegan, shot.Report.CapturedAt).TotalMinutes >= _options.PartMinutes
            || part.Bytes > _options.MaxMegabytes * Megabyte / 4;

    private void BeginPart(Shot shot)
    {
        string parent = _options.FolderInUse;
        Directory.CreateDirectory(parent);
        MakeRoom(parent);
        _partSettings = _settings();
        DateTimeOffset started = _time.GetUtcNow() - _time.GetElapsedTime(shot.Report.CapturedAt);
        RecordingHeader header = new(RecordingHeader.Version, started, _camera(), shot.Report.Labels, ReplaySettings.Of(_partSettings));
        _part = RecordingWriter.Create(parent, header, _options.Quality, _time);
        (_partBegan, _synced) = (shot.Report.CapturedAt, _time.GetTimestamp());
        _log.LogInformation("Recording to {Folder}.", _part.Folder);
    }

    /// <summary>What is done once a second.</summary>
    private void Sync()
    {
        EdgeOptions settings = _settings();
        if (settings != _partSettings) _part!.AddSettings(ReplaySettings.Of(_partSettings = settings));
        _part!.Sync();
        (_synced, _unsynced) = (_time.GetTimestamp(), false);
        // Looking through all recordings takes a while: only when there is reason to.
        string parent = _options.FolderInUse;
        if (_unchecked > _options.MaxMegabytes * Megabyte / 20 || Retention.Free(parent) < _options.MinFreeMegabytes * Megabyte)
            MakeRoom(parent);
    }

    private void MakeRoom(string parent)
    {
        _unchecked = 0;
        if (_retention.MakeRoom(parent, _part?.Folder) is { } full) throw new EdgeException($"The disk is full: {full}.");
    }

    private void EndPart()
    {
        if (_part is null) return;
        _part.Sync();
        _before = (_before.Frames + _part.Frames, _before.Bytes + _part.Bytes);
        _part.Dispose();
        (_part, _unsynced) = (null, false);
    }

    private void End(string why)
    {
        RecorderState state;
        lock (_gate) state = _state = _state with { IsRecording = false, Detail = why };
        if (why.Length > 0) _log.LogWarning("The recording has stopped, all else goes on: {Why}", why);
        _log.LogInformation(
            "Recorded {Frames} pictures, {Megabytes:F1} MB, the last in {Folder}; {Dropped} came while the disk was busy.",
            state.Frames, state.Bytes / (double)Megabyte, state.Folder ?? "no folder", state.Dropped);
    }

    private void Recycle(Shot shot)
    {
        shot.Release();
        lock (_free) _free.Push(shot);
    }
}
