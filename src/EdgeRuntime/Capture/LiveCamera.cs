using System.Globalization;
using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>
/// A camera, pipeline or stream. One thread grabs and never waits for anybody (<see cref="LiveSession"/>); another watches that it
/// delivers, and opens the source again, after a longer pause each time, when it does not.
/// </summary>
internal sealed class LiveCamera : ICamera
{
    /// <summary>Sessions that may hang in a driver at the same time; more would only pile up threads and handles.</summary>
    private const int MostHanging = 3;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(8);

    /// <summary>Controls are moved between two pictures; a camera that takes longer delivers none.</summary>
    private static readonly TimeSpan AdjustTimeout = TimeSpan.FromSeconds(2);

    private readonly Func<ILiveSource> _open;
    private readonly TimeSpan _openTimeout;
    private readonly TimeSpan _readTimeout;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly FramePool _pool = new();
    private readonly Mailbox<Frame> _mailbox = new();
    private readonly FrameRate _rate;
    private readonly FrozenPicture _frozen;
    private readonly Alarm _alarm;
    private readonly Thread _watch;
    private readonly List<LiveSession> _abandoned = [];
    private volatile bool _disposed;
    private volatile CaptureOptions _wanted;

    // What follows is shared by the sessions' threads, the watching thread and the readers of Status, under the lock.
    private readonly Lock _lock = new();
    private LiveSession? _session;
    private TaskCompletionSource<IReadOnlyList<string>>? _adjusted;
    private bool _isOpen;
    private bool _delivered;
    private string? _failure;
    private long _lastSign;
    private string _description;
    private string _refusals = "";
    private CameraState _state = CameraState.Starting;
    private string _detail;
    private long _captured;
    private long _dropped;
    private long _reopened;

    /// <param name="name">The source as the user wrote it.</param>
    /// <param name="open">Opens the source; called on each session's own thread.</param>
    /// <param name="options">What <paramref name="open"/> sets the source to; the time limits are used here.</param>
    /// <param name="time">The clock of deadlines, pauses and timestamps.</param>
    /// <param name="log">Is told of loss and return.</param>
    public LiveCamera(string name, Func<ILiveSource> open, CaptureOptions options, TimeProvider time, ILogger log)
    {
        (Name, _open, _time, _log, _description) = (name, open, time, log, name);
        _detail = $"{name} is being opened.";
        OpenedWith = _wanted = options;
        _openTimeout = TimeSpan.FromMilliseconds(options.OpenTimeoutMs);
        _readTimeout = TimeSpan.FromMilliseconds(options.ReadTimeoutMs);
        _rate = new FrameRate(time);
        _frozen = new FrozenPicture(TimeSpan.FromMilliseconds(options.FrozenMs), time);
        _alarm = new Alarm(time);
        _watch = new Thread(Watch) { Name = "camera watch", IsBackground = true };
    }

    public string Name { get; }

    public string Description
    {
        get
        {
            lock (_lock) return _description;
        }
    }

    public CameraStatus Status
    {
        get
        {
            lock (_lock) return new(_state, _detail, _captured, _dropped, _reopened, _rate.Fps);
        }
    }

    /// <summary>What a source is set to when it has been opened.</summary>
    public CaptureOptions OpenedWith { get; }

    /// <summary>What it is to be set to by now.</summary>
    public CaptureOptions Wanted => _wanted;

    public void Start()
    {
        Begin();
        if (AwaitTrouble(orOpen: true) is { } why) throw new EdgeException(why);
        _watch.Start();
    }

    public Frame? Take(TimeSpan timeout, CancellationToken cancellation) => _mailbox.Take(timeout, cancellation);

    public async Task<IReadOnlyList<string>> AdjustAsync(CaptureOptions options)
    {
        TaskCompletionSource<IReadOnlyList<string>> adjusted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock) (_wanted, _adjusted) = (options, adjusted);
        return await Task.WhenAny(adjusted.Task, Task.Delay(AdjustTimeout, _time)) == adjusted.Task
            ? await adjusted.Task
            : [$"{Name} delivers no pictures now; it is set when it does again."];
    }

    /// <summary>Called by a session's thread when it has set its source.</summary>
    public void Adjusted(LiveSession session, CaptureOptions set, IReadOnlyList<string> refusals)
    {
        lock (_lock)
        {
            if (session == _session && set == _wanted) _adjusted?.TrySetResult(refusals);
        }
    }

    /// <summary>Called by a session's thread when its source is open.</summary>
    public void Opened(LiveSession session, ILiveSource source)
    {
        lock (_lock)
        {
            if (session != _session) return;
            (_isOpen, _lastSign, _description) = (true, _time.GetTimestamp(), source.Description);
            string refusals = string.Join(' ', source.Refusals);
            if (refusals.Length > 0 && refusals != _refusals) _log.LogWarning("{Refusals}", refusals);
            _refusals = refusals;
            _alarm.Ring();
        }
    }

    /// <summary>A frame for a session to fill; null when there is none to spare, which drops the picture.</summary>
    public Frame? Rent(LiveSession session)
    {
        if (_pool.Rent() is { } frame) return frame;
        lock (_lock)
        {
            if (session != _session) return null;
            _captured++;
            _dropped++;
            _lastSign = _time.GetTimestamp();
            return null;
        }
    }

    /// <summary>Called by a session's thread with each picture; the frame is the camera's from here on.</summary>
    public void Deliver(LiveSession session, Frame frame, long capturedAt)
    {
        lock (_lock)
        {
            if (session != _session)
            {
                frame.Dispose();
                return;
            }
            frame.Filled(_captured, capturedAt);
            if (_frozen.IsFrozen(frame.View))
            {
                frame.Dispose();
                _failure ??= $"{Name} repeats one picture; where that is right, set Camera:FrozenMs to 0.";
                _alarm.Ring();
                return;
            }
            if (!_delivered && _reopened > 0) _log.LogInformation("{Camera} delivers pictures again.", _description);
            // The watch has been waiting for as long as the first picture may take; from now on it is less.
            if (!_delivered) _alarm.Ring();
            (_delivered, _state, _detail, _lastSign) = (true, CameraState.Running, "", _time.GetTimestamp());
            _captured++;
            _rate.Count();
            if (_mailbox.Put(frame) is { } missed)
            {
                missed.Dispose();
                _dropped++;
            }
        }
    }

    /// <summary>Called by a session's thread when it cannot go on.</summary>
    public void Failed(LiveSession session, string why)
    {
        lock (_lock)
        {
            if (session != _session) return;
            _failure ??= why;
            _alarm.Ring();
        }
    }

    private void Begin()
    {
        var session = new LiveSession(this, _open);
        lock (_lock)
        {
            (_session, _isOpen, _delivered, _failure, _lastSign) = (session, false, false, null, _time.GetTimestamp());
            _frozen.Reopened();
        }
        session.Start();
    }

    /// <summary>
    /// Waits until the session fails or is overdue, and says why; null when the camera is disposed or, if asked for, as soon as it is open.
    /// </summary>
    private string? AwaitTrouble(bool orOpen)
    {
        while (!_disposed)
        {
            long deadline;
            lock (_lock)
            {
                if (_failure is not null) return _failure;
                if (_isOpen && orOpen) return null;
                // The first picture may take as long as opening: exposure settles, streams wait for a key frame.
                TimeSpan patience = _delivered ? _readTimeout : _openTimeout;
                deadline = _lastSign + (long)(patience.TotalSeconds * _time.TimestampFrequency);
                if (_time.GetTimestamp() >= deadline)
                {
                    string waited = patience.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
                    return _isOpen ? $"No picture came from {Name} for {waited} s." : $"{Name} did not open within {waited} s.";
                }
            }
            _alarm.SleepUntil(deadline);
        }
        return null;
    }

    private void Watch()
    {
        TimeSpan pause = ShortestPause;
        while (AwaitTrouble(orOpen: false) is { } why)
        {
            if (Lose(why)) pause = ShortestPause;
            do
            {
                Sleep(pause);
                pause = 2 * pause < LongestPause ? 2 * pause : LongestPause;
            }
            while (!_disposed && TooManyHang());
            if (_disposed) return;
            lock (_lock) _reopened++;
            Begin();
        }
    }

    /// <summary>Gives up the session; true when it had delivered pictures.</summary>
    private bool Lose(string why)
    {
        lock (_lock)
        {
            if (_delivered || _detail != why) _log.LogWarning("{Why} It is opened again until it delivers pictures.", why);
            (_state, _detail) = (CameraState.Lost, why);
            _session!.Abandon();
            _abandoned.Add(_session);
            _session = null;
            return _delivered;
        }
    }

    private bool TooManyHang()
    {
        _abandoned.RemoveAll(session => session.Ended);
        if (_abandoned.Count < MostHanging) return false;
        lock (_lock) _detail = $"{_abandoned.Count} reads of {Name} hang in its driver: unplug it, or restart this machine.";
        return true;
    }

    private void Sleep(TimeSpan pause)
    {
        long due = _time.GetTimestamp() + (long)(pause.TotalSeconds * _time.TimestampFrequency);
        while (!_disposed && _time.GetTimestamp() < due) _alarm.SleepUntil(due);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _alarm.Ring();
        if (_watch.IsAlive) _watch.Join();
        LiveSession? last;
        lock (_lock) (last, _session) = (_session, null);
        last?.Abandon();
        // Between two pictures a healthy driver answers well within this time, and the device is free for the next who opens it.
        last?.Join(TimeSpan.FromSeconds(1));
        _mailbox.Close();
        _mailbox.Take(TimeSpan.Zero, CancellationToken.None)?.Dispose();
        _pool.Dispose();
        _alarm.Dispose();
    }
}
