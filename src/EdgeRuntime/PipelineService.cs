using System.Globalization;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Publishing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime;

/// <summary>
/// What the cameras' loops do together: runs them from start to end, tells publishers and systemd that all are alive, and does what the
/// robot asks. The heartbeat and the watchdog are fed when every loop has come round, by the last of them and by nobody else: when one
/// hangs, they fall silent.
/// </summary>
public sealed class PipelineService : BackgroundService
{
    private static readonly TimeSpan SlowTick = TimeSpan.FromSeconds(1);

    // Arrays are walked without an enumerator on the heap.
    private readonly CameraLoop[] _loops;
    private readonly bool[] _cameRound;
    private readonly IPublisher[] _publishers;
    private readonly ServiceNotifier _notifier;
    private readonly Board _board;
    private readonly TimeProvider _time;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger _log;
    private readonly StateLog _stateLog;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly char[] _statusLine = new char[200];
    private readonly long _started;
    private long _lastSlowTick, _lastAlive;
    private int _running;
    private bool _isReady, _throttled;
    private int _temperature;
    private int _forRobot;

    public PipelineService(
        CameraLoops loops, IReadOnlyList<IPublisher> publishers, ServiceNotifier notifier, Board board, TimeProvider time,
        IHostApplicationLifetime lifetime, ILogger<PipelineService> log)
    {
        (_loops, _publishers, _notifier, _board) = ([.. loops.All], [.. publishers], notifier, board);
        (_time, _lifetime, _log, _stateLog) = (time, lifetime, log, new(log));
        _cameRound = new bool[_loops.Length];
        _started = _lastSlowTick = _lastAlive = time.GetTimestamp();
        _loops[0].IsForRobot = true;
    }

    /// <summary>Why the service ended by itself; null when it was asked to, or when all files came to their ends.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>What the whole system is doing: the worst that one of its cameras does.</summary>
    public SystemState State
    {
        get
        {
            SystemState worst = SystemState.Running;
            bool any = false;
            foreach (CameraLoop loop in _loops)
            {
                if (loop.HasEnded) continue;
                if (!any || Gravity(loop.State) > Gravity(worst)) worst = loop.State;
                any = true;
            }
            return any ? worst : _loops[0].State;
        }
    }

    /// <summary>Since the loop that is latest came round, which all do at least twenty times a second unless something hangs.</summary>
    public TimeSpan SinceLastRound
    {
        get
        {
            CameraLoop[] running = [.. _loops.Where(static loop => !loop.HasEnded)];
            return (running.Length > 0 ? running : _loops).Max(static loop => loop.SinceLastRound);
        }
    }

    /// <summary>Since the construction of the service.</summary>
    public TimeSpan Uptime => _time.GetElapsedTime(_started);

    /// <summary>Of the board, in the last second: degrees Celsius, 0 when it does not tell.</summary>
    public int TemperatureC => _temperature;

    /// <summary>Of the board, in the last second: it holds its clock down.</summary>
    public bool IsThrottled => _throttled;

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _running = _loops.Length;
        try
        {
            foreach (IPublisher publisher in _publishers) publisher.Start();
        }
        catch (Exception e)
        {
            Failure = e;
            _running = 1;
            Ended(_loops[0], e);
            return _ended.Task;
        }
        foreach (CameraLoop loop in _loops) loop.Start(CameRound, Ended, stoppingToken);
        return _ended.Task;
    }

    /// <summary>Ends the loops, then whom they told.</summary>
    public override void Dispose()
    {
        foreach (CameraLoop loop in _loops) loop.Join();
        foreach (IPublisher publisher in _publishers) publisher.Dispose();
        base.Dispose();
    }

    /// <summary>On the loop's thread.</summary>
    private void CameRound(CameraLoop loop)
    {
        lock (_gate)
        {
            _cameRound[Array.IndexOf(_loops, loop)] = true;
            BeatIfAllCameRound();
        }
    }

    /// <summary>On the loop's thread, at its end. A fault of one ends all: systemd starts them anew.</summary>
    private void Ended(CameraLoop loop, Exception? failure)
    {
        bool last;
        lock (_gate)
        {
            Failure ??= failure;
            last = --_running == 0;
            if (!last && failure is null && !_lifetime.ApplicationStopping.IsCancellationRequested)
                _log.LogInformation("{Camera} has come to its end; the others go on.", loop.Name);
        }
        if (last)
        {
            _notifier.Stopping();
            _ended.SetResult();
        }
        if (last || failure is not null) _lifetime.StopApplication();
    }

    private void BeatIfAllCameRound()
    {
        for (int i = 0; i < _loops.Length; i++)
        {
            if (!_cameRound[i] && !_loops[i].HasEnded) return;
        }
        Array.Clear(_cameRound);
        ObeyCommands();
        SayWhenReady();
        Beat();
    }

    private void Beat()
    {
        if (_time.GetElapsedTime(_lastSlowTick) >= SlowTick) LookAround();
        (bool recording, bool fallback) = (false, false);
        foreach (CameraLoop loop in _loops)
        {
            recording |= loop.Recorder.State.IsRecording;
            fallback |= loop.IsFallback;
        }
        Health health = new(State, Uptime, _loops[_forRobot].Fps, _temperature, _throttled, recording, fallback);
        foreach (IPublisher publisher in _publishers) publisher.Beat(health);
        if (_notifier.WatchdogTimeout is { } timeout && _time.GetElapsedTime(_lastAlive) > timeout / 4)
        {
            _notifier.Alive();
            _lastAlive = _time.GetTimestamp();
        }
    }

    /// <summary>
    /// Ready is what has seen something through every camera, but for those that are lost: they shall not keep the others from working.
    /// </summary>
    private void SayWhenReady()
    {
        if (_isReady) return;
        bool any = false;
        foreach (CameraLoop loop in _loops)
        {
            if (loop.Pipeline.Frames > 0) any = true;
            else if (loop.State != SystemState.CameraLost) return;
        }
        if (!any) return;
        _isReady = true;
        _notifier.Ready();
    }

    /// <summary>What need not be known at every round: temperature, changes of state worth a line in the journal.</summary>
    private void LookAround()
    {
        _lastSlowTick = _time.GetTimestamp();
        _temperature = _board.TemperatureC;
        _throttled = _board.IsThrottled;
        (double fps, int objects, long frames) = (0, 0, 0);
        foreach (CameraLoop loop in _loops)
        {
            loop.IsThrottled = _throttled;
            fps += loop.Fps;
            objects += loop.Pipeline.Report.Detections.Count;
            frames += loop.Pipeline.Frames;
        }
        _stateLog.System(State);
        foreach (IPublisher publisher in _publishers) _stateLog.Link(publisher);
        if (_notifier.IsListening && _statusLine.AsSpan().TryWrite(
            CultureInfo.InvariantCulture, $"{State}, {fps:F1} fps, {objects} objects, {frames} frames", out int length))
            _notifier.Status(_statusLine.AsSpan(0, length));
    }

    private void ObeyCommands()
    {
        foreach (IPublisher publisher in _publishers)
        {
            while (publisher.TryTakeCommand(out RobotCommand command)) Obey(command);
        }
    }

    private void Obey(RobotCommand command)
    {
        switch (command.Kind)
        {
            case RobotCommandKind.Pause or RobotCommandKind.Resume:
                bool pause = command.Kind == RobotCommandKind.Pause;
                foreach (CameraLoop loop in _loops) loop.IsPaused = pause;
                _log.LogInformation("The far end asked to {Command}.", pause ? "pause" : "resume");
                break;
            case RobotCommandKind.Snapshot:
                foreach (CameraLoop loop in _loops) _ = loop.Snapshots.Take();
                break;
            case RobotCommandKind.Record:
                foreach (CameraLoop loop in _loops)
                {
                    if (command.Argument != 0) loop.Recorder.Start();
                    else loop.Recorder.Stop();
                }
                break;
            case RobotCommandKind.SelectPipeline when command.Argument < _loops.Length:
                Select(command.Argument);
                break;
            case RobotCommandKind.SelectPipeline:
                _log.LogWarning(
                    "The far end asked for camera {Number}, but they are numbered from 0 to {Last}.", command.Argument, _loops.Length - 1);
                break;
            default:
                _log.LogWarning("The far end asked for {Command}, which this version does not do.", command.Kind);
                break;
        }
    }

    /// <summary>From now on the robot hears of the targets of another camera.</summary>
    private void Select(int camera)
    {
        _forRobot = camera;
        for (int i = 0; i < _loops.Length; i++) _loops[i].IsForRobot = i == camera;
        _log.LogInformation("The far end asked for {Camera}, and hears of its targets.", _loops[camera].Name);
    }

    /// <summary>How bad a state is.</summary>
    private static int Gravity(SystemState state) => state switch
    {
        SystemState.Running => 0,
        SystemState.Paused => 1,
        SystemState.Degraded => 2,
        SystemState.WarmingUp => 3,
        SystemState.Starting => 4,
        SystemState.Stale => 5,
        SystemState.CameraLost => 6,
        _ => 7,
    };
}
