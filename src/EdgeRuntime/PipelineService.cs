using System.Globalization;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Recording;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime;

/// <summary>
/// The daemon's loop, on a thread of its own: takes the newest frame, sends it through the pipeline, tells publishers and systemd that it is alive.
/// The heartbeat and the watchdog are fed from here and from nowhere else: when the loop hangs, they fall silent.
/// </summary>
public sealed class PipelineService(
    ICamera camera,
    Pipeline pipeline,
    IReadOnlyList<IPublisher> publishers,
    ServiceNotifier notifier,
    Board board,
    FrameLimit limit,
    Recorder recorder,
    Snapshots snapshots,
    PipelineTimings timings,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<PipelineService> log) : BackgroundService
{
    /// <summary>The longest wait for a frame: heartbeats at 5 Hz need the loop at least so often.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    /// <summary>The host has waited already; this is for the end of a frame.</summary>
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(0.3);

    private static readonly TimeSpan SlowTick = TimeSpan.FromSeconds(1);

    // An array is walked without an enumerator on the heap.
    private readonly IPublisher[] _publishers = [.. publishers];
    private readonly long _started = time.GetTimestamp();
    private readonly StateLog _stateLog = new(log);
    private readonly DarkPicture _dark = new(time);
    private readonly char[] _statusLine = new char[200];
    private Thread? _loop;
    private SystemState _state = SystemState.Starting;
    private bool _paused;
    private bool _throttled;
    private bool _lookAtPicture;
    private int _temperature;
    private double _fps;
    private long _framesAtSlowTick;
    private long _lastSlowTick = time.GetTimestamp();
    private long _lastFrame = time.GetTimestamp();
    private long _lastAlive = time.GetTimestamp();
    private long _lastReport;
    private long _lastRound = time.GetTimestamp();

    /// <summary>Why the service ended by itself; null when it was asked to, or when a file came to its end.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>
    /// Is shown each frame with its report, on the pipeline's thread and before the frame is given back; has to be quick, and copies what it keeps.
    /// </summary>
    public Action<Frame, Report>? Seen { get; set; }

    /// <summary>What the whole system is doing.</summary>
    public SystemState State => _state;

    /// <summary>Since the loop came round last, which it does at least twenty times a second unless something hangs.</summary>
    public TimeSpan SinceLastRound => time.GetElapsedTime(Volatile.Read(ref _lastRound));

    /// <summary>Since the construction of the service.</summary>
    public TimeSpan Uptime => time.GetElapsedTime(_started);

    /// <summary>Frames per second that went through the pipeline in the last second.</summary>
    public double Fps => Volatile.Read(ref _fps);

    /// <summary>Of the board, in the last second: degrees Celsius, 0 when it does not tell.</summary>
    public int TemperatureC => _temperature;

    /// <summary>Of the board, in the last second: it holds its clock down.</summary>
    public bool IsThrottled => _throttled;

    /// <summary>From the construction of the service to the first report; zero before.</summary>
    public TimeSpan FirstFrame { get; private set; }

    /// <summary>Frames per second from the first report to the latest.</summary>
    public double AverageFps =>
        pipeline.Frames < 2 ? 0 : (pipeline.Frames - 1) / (time.GetElapsedTime(_started, _lastReport) - FirstFrame).TotalSeconds;

    /// <summary>Another back end computes than the configured one.</summary>
    private bool IsFallback => pipeline.Vision.Model.Network.Fallbacks.Count > 0;

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop = new Thread(() => RunToEnd(ended, stoppingToken)) { Name = "pipeline", IsBackground = true };
        _loop.Start();
        return ended.Task;
    }

    /// <summary>A loop that hangs in a frame is left behind, with what it works on.</summary>
    public override void Dispose()
    {
        if (_loop is not null && !_loop.Join(LongestGoodbye)) pipeline.LeaveBehind();
        base.Dispose();
    }

    private void RunToEnd(TaskCompletionSource ended, CancellationToken stop)
    {
        try
        {
            foreach (IPublisher publisher in _publishers) publisher.Start();
            camera.Start();
            log.LogInformation("Watching {Camera}.", camera.Description);
            _state = SystemState.WarmingUp;
            Loop(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            Failure = e;
        }
        notifier.Stopping();
        ended.SetResult();
        lifetime.StopApplication();
    }

    private void Loop(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Volatile.Write(ref _lastRound, time.GetTimestamp());
            pipeline.TakeOver();
            ObeyCommands();
            using (Frame? frame = camera.Take(Tick, stop))
            {
                if (frame is not null) See(frame);
            }
            CameraStatus status = camera.Status;
            _state = Judge(status);
            Beat();
            if (status.State == CameraState.Ended) break;
        }
    }

    private void See(Frame frame)
    {
        _lastFrame = time.GetTimestamp();
        if (_paused || !limit.Passes(frame.CapturedAt)) return;
        pipeline.Process(frame);
        _lastReport = time.GetTimestamp();
        if (_lookAtPicture) _dark.Look(frame.View);
        _lookAtPicture = false;
        recorder.Offer(frame, pipeline.Report);
        snapshots.Offer(frame, pipeline.Report);
        Seen?.Invoke(frame, pipeline.Report);
        if (pipeline.Frames > 1) return;
        // The first run compiles and warms up; what it took says nothing of how fresh the camera is.
        _lastFrame = _lastReport;
        FirstFrame = time.GetElapsedTime(_started, _lastReport);
        notifier.Ready();
        log.LogInformation("First report {Seconds:F2} s after the start.", FirstFrame.TotalSeconds);
    }

    private SystemState Judge(CameraStatus status)
    {
        if (pipeline.Frames == 0 && !_paused) return status.State == CameraState.Lost ? SystemState.CameraLost : SystemState.WarmingUp;
        if (status.State == CameraState.Lost) return SystemState.CameraLost;
        if (time.GetElapsedTime(_lastFrame) > timings.StaleAfter) return SystemState.Stale;
        if (_paused) return SystemState.Paused;
        return _throttled || limit.PerSecond > 0 || _dark.IsDark ? SystemState.Degraded : SystemState.Running;
    }

    private void Beat()
    {
        if (time.GetElapsedTime(_lastSlowTick) >= SlowTick) LookAround();
        Health health = new(_state, time.GetElapsedTime(_started), _fps, _temperature, _throttled, recorder.State.IsRecording, IsFallback);
        foreach (IPublisher publisher in _publishers) publisher.Beat(health);
        if (notifier.WatchdogTimeout is { } timeout && time.GetElapsedTime(_lastAlive) > timeout / 4)
        {
            notifier.Alive();
            _lastAlive = time.GetTimestamp();
        }
    }

    /// <summary>What need not be known at every frame: rate, temperature, changes of state worth a line in the journal.</summary>
    private void LookAround()
    {
        TimeSpan passed = time.GetElapsedTime(_lastSlowTick);
        _lastSlowTick = time.GetTimestamp();
        _fps = (pipeline.Frames - _framesAtSlowTick) / passed.TotalSeconds;
        _framesAtSlowTick = pipeline.Frames;
        _temperature = board.TemperatureC;
        _throttled = board.IsThrottled;
        _stateLog.Camera(camera.Status);
        _lookAtPicture = true;
        _stateLog.Darkness(_dark.IsDark);
        _stateLog.System(_state);
        foreach (IPublisher publisher in _publishers) _stateLog.Link(publisher);
        if (notifier.IsListening && _statusLine.AsSpan().TryWrite(
            CultureInfo.InvariantCulture, $"{_state}, {_fps:F1} fps, {pipeline.Report.Detections.Count} objects, {pipeline.Frames} frames", out int length))
            notifier.Status(_statusLine.AsSpan(0, length));
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
                _paused = command.Kind == RobotCommandKind.Pause;
                log.LogInformation("The far end asked to {Command}.", _paused ? "pause" : "resume");
                break;
            case RobotCommandKind.Snapshot:
                _ = snapshots.Take();
                break;
            case RobotCommandKind.Record when command.Argument != 0:
                recorder.Start();
                break;
            case RobotCommandKind.Record:
                recorder.Stop();
                break;
            default:
                log.LogWarning("The far end asked for {Command}, which this version does not do.", command.Kind);
                break;
        }
    }
}

/// <summary>What the loop has to know of the settings.</summary>
/// <param name="StaleAfter">Without a fresh frame for so long, what was seen last is no longer true.</param>
public sealed record PipelineTimings(TimeSpan StaleAfter);
