using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Recording;
using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime;

/// <summary>
/// One camera and all that belongs to it, with its loop on a thread of its own: takes the newest frame, sends it through the pipeline,
/// and says that it came round. It owns the camera, the pipeline, the recorder and the settings.
/// </summary>
public sealed class CameraLoop : IDisposable
{
    /// <summary>The longest wait for a frame: heartbeats at 5 Hz need the loop at least so often.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    /// <summary>The host has waited already; this is for the end of a frame.</summary>
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(0.3);

    private static readonly TimeSpan SlowTick = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _staleAfter;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly StateLog _stateLog;
    private readonly DarkPicture _dark;
    private readonly long _started;
    private Thread? _thread;
    private bool _lookAtPicture;
    private double _fps;
    private long _framesAtSlowTick;
    private long _lastSlowTick, _lastFrame, _lastReport, _lastRound;

    /// <param name="name">What the camera is called wherever several are told apart.</param>
    /// <param name="camera">Not started yet.</param>
    /// <param name="pipeline">What its frames go through.</param>
    /// <param name="settings">Its own.</param>
    /// <param name="recorder">Of its frames.</param>
    /// <param name="snapshots">Of its frames.</param>
    /// <param name="limit">How many frames go through the pipeline at most.</param>
    /// <param name="care">What is given up of it while the board is in trouble.</param>
    /// <param name="staleAfter">Without a fresh frame for so long, what was seen last is no longer true.</param>
    /// <param name="time">The clock of frames' time stamps.</param>
    /// <param name="log">Is told of changes of state.</param>
    public CameraLoop(
        string name, ICamera camera, Pipeline pipeline, LiveSettings settings, Recorder recorder, Snapshots snapshots, FrameLimit limit,
        BoardCare care, TimeSpan staleAfter, TimeProvider time, ILogger log)
    {
        (Name, Camera, Pipeline, Settings) = (name, camera, pipeline, settings);
        (Recorder, Snapshots, Limit, Care) = (recorder, snapshots, limit, care);
        (_staleAfter, _time, _log, _stateLog, _dark) = (staleAfter, time, log, new(log), new(time));
        _started = _lastSlowTick = _lastFrame = _lastRound = time.GetTimestamp();
    }

    public string Name { get; }

    public ICamera Camera { get; }

    public Pipeline Pipeline { get; }

    public LiveSettings Settings { get; }

    public Recorder Recorder { get; }

    public Snapshots Snapshots { get; }

    /// <summary>How many frames go through the pipeline at most.</summary>
    public FrameLimit Limit { get; }

    /// <summary>What is given up while the board is in trouble.</summary>
    public BoardCare Care { get; }

    /// <summary>
    /// Is shown each frame with its report, on the loop's thread and before the frame is given back; has to be quick, and copies what it
    /// keeps.
    /// </summary>
    public Action<Frame, Report>? Seen { get; set; }

    /// <summary>What this camera and its pipeline are doing.</summary>
    public SystemState State { get; private set; } = SystemState.Starting;

    /// <summary>The file has come to its end, or the loop to its own.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Frames are taken, and no network looks at them.</summary>
    public bool IsPaused { get; set; }

    /// <summary>The board holds its clock down.</summary>
    public bool IsThrottled { get; set; }

    /// <summary>The robot hears of this camera's targets.</summary>
    public bool IsForRobot { get; set; }

    /// <summary>Another back end computes than the configured one.</summary>
    public bool IsFallback => Pipeline.Vision.Model.Network.Fallbacks.Count > 0;

    /// <summary>Since the loop came round last, which it does at least twenty times a second unless something hangs.</summary>
    public TimeSpan SinceLastRound => _time.GetElapsedTime(Volatile.Read(ref _lastRound));

    /// <summary>Frames per second that went through the pipeline in the last second.</summary>
    public double Fps => Volatile.Read(ref _fps);

    /// <summary>From the construction of the loop to its first report; zero before.</summary>
    public TimeSpan FirstFrame { get; private set; }

    /// <summary>Frames per second from the first report to the latest.</summary>
    public double AverageFps =>
        Pipeline.Frames < 2 ? 0 : (Pipeline.Frames - 1) / (_time.GetElapsedTime(_started, _lastReport) - FirstFrame).TotalSeconds;

    /// <summary>Starts the camera, on the loop's thread.</summary>
    /// <param name="round">Called on it whenever the loop has come round.</param>
    /// <param name="ended">Called at its end, with what went wrong if something did.</param>
    /// <param name="stop">Ends it.</param>
    internal void Start(Action<CameraLoop> round, Action<CameraLoop, Exception?> ended, CancellationToken stop)
    {
        _thread = new Thread(() =>
        {
            Exception? failure = null;
            try
            {
                Run(round, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                failure = e;
            }
            HasEnded = true;
            ended(this, failure);
        })
        { Name = $"{Name} pipeline", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Waits a moment for the end; a loop that hangs in a frame is left behind, with what it works on.</summary>
    internal void Join()
    {
        if (_thread is not null && !_thread.Join(LongestGoodbye)) Pipeline.LeaveBehind();
    }

    public void Dispose()
    {
        Recorder.Dispose();
        Settings.Dispose();
        Pipeline.Dispose();
        Camera.Dispose();
    }

    private void Run(Action<CameraLoop> round, CancellationToken stop)
    {
        Camera.Start();
        _log.LogInformation("Watching {Camera}.", Camera.Description);
        State = SystemState.WarmingUp;
        CameraStatus status;
        do
        {
            stop.ThrowIfCancellationRequested();
            Volatile.Write(ref _lastRound, _time.GetTimestamp());
            Pipeline.TakeOver();
            using (Frame? frame = Camera.Take(Tick, stop))
            {
                if (frame is not null) See(frame);
            }
            status = Camera.Status;
            State = Judge(status);
            if (_time.GetElapsedTime(_lastSlowTick) >= SlowTick) LookAround(status);
            round(this);
        }
        while (status.State != CameraState.Ended);
    }

    private void See(Frame frame)
    {
        _lastFrame = _time.GetTimestamp();
        if (IsPaused || !Limit.Passes(frame.CapturedAt)) return;
        Pipeline.Report.IsForRobot = IsForRobot;
        Pipeline.Process(frame);
        _lastReport = _time.GetTimestamp();
        if (_lookAtPicture) _dark.Look(frame.View);
        _lookAtPicture = false;
        Recorder.Offer(frame, Pipeline.Report);
        Snapshots.Offer(frame, Pipeline.Report);
        Seen?.Invoke(frame, Pipeline.Report);
        if (Pipeline.Frames > 1) return;
        // The first run compiles and warms up; what it took says nothing of how fresh the camera is.
        _lastFrame = _lastReport;
        FirstFrame = _time.GetElapsedTime(_started, _lastReport);
        _log.LogInformation("First report {Seconds:F2} s after the start.", FirstFrame.TotalSeconds);
    }

    private SystemState Judge(CameraStatus status)
    {
        if (status.State == CameraState.Lost) return SystemState.CameraLost;
        if (Pipeline.Frames == 0 && !IsPaused) return SystemState.WarmingUp;
        if (_time.GetElapsedTime(_lastFrame) > _staleAfter) return SystemState.Stale;
        if (IsPaused) return SystemState.Paused;
        return IsThrottled || Limit.PerSecond > 0 || _dark.IsDark ? SystemState.Degraded : SystemState.Running;
    }

    /// <summary>What need not be known at every frame: the rate, changes of state worth a line in the journal.</summary>
    private void LookAround(CameraStatus status)
    {
        TimeSpan passed = _time.GetElapsedTime(_lastSlowTick);
        _lastSlowTick = _time.GetTimestamp();
        Volatile.Write(ref _fps, (Pipeline.Frames - _framesAtSlowTick) / passed.TotalSeconds);
        _framesAtSlowTick = Pipeline.Frames;
        _stateLog.Camera(status);
        _stateLog.Darkness(_dark.IsDark);
        _lookAtPicture = true;
    }
}
