using System.Globalization;
using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>
/// A source that is played rather than watched: a video, pictures, the test pattern. In real time it behaves as a camera does (what is not
/// taken in time is dropped and counted); otherwise every picture waits until it is taken.
/// </summary>
internal abstract class PlayedCamera : ICamera
{
    /// <summary>
    /// Lagging behind by more than this, playing goes on from where it is instead of hurrying after the clock: no camera delivers older
    /// pictures.
    /// </summary>
    private static readonly TimeSpan LongestLag = TimeSpan.FromMilliseconds(100);

    private readonly CaptureOptions _options;
    private readonly TimeProvider _time;
    private readonly FramePool _pool = new();
    private readonly Mailbox<Frame> _mailbox = new();
    private readonly FrameRate _rate;
    private readonly Alarm _alarm;
    private readonly Thread _thread;
    private readonly Orientation _orientation;
    private long _captured;
    private long _dropped;
    private volatile string? _end;
    private volatile bool _disposed;

    protected PlayedCamera(CaptureOptions options, TimeProvider time, ILogger log)
    {
        (_options, _time, Log) = (options, time, log);
        _rate = new FrameRate(time);
        _alarm = new Alarm(time);
        _orientation = new Orientation(options.Rotate, options.Mirror);
        _thread = new Thread(Play) { Name = "playback", IsBackground = true };
    }

    public abstract string Description { get; }

    protected ILogger Log { get; }

    public CameraStatus Status => new(
        _end is not null && _mailbox.IsEmpty ? CameraState.Ended : Captured > 0 ? CameraState.Running : CameraState.Starting,
        _end ?? "", Captured, Interlocked.Read(ref _dropped), 0, _rate.Fps);

    private long Captured => Interlocked.Read(ref _captured);

    public void Start()
    {
        Open();
        _thread.Start();
    }

    public Frame? Take(TimeSpan timeout, CancellationToken cancellation) => _mailbox.Take(timeout, cancellation);

    public Task<IReadOnlyList<string>> AdjustAsync(CaptureOptions options) =>
        Task.FromResult<IReadOnlyList<string>>([$"{Description} has no exposure, gain, white balance, focus or brightness to set."]);

    /// <summary>Opens the source at its beginning; on the caller's thread.</summary>
    /// <exception cref="EdgeException">It cannot be opened: says why and what to do.</exception>
    protected abstract void Open();

    /// <summary>Reads the next picture; false at the end.</summary>
    /// <param name="picture">Where it is written to.</param>
    /// <param name="position">Its time from the beginning.</param>
    protected abstract bool Read(OpenCvSharp.Mat picture, out TimeSpan position);

    /// <summary>Goes back to the beginning; gives the time that one round takes.</summary>
    protected abstract TimeSpan Rewind();

    /// <summary>Frees the source, after its thread has ended.</summary>
    protected abstract void Close();

    /// <summary>One sentence on how it ended.</summary>
    protected virtual string End(long delivered) =>
        string.Create(CultureInfo.InvariantCulture, $"Played to the end: {delivered} pictures.");

    private void Play()
    {
        try
        {
            long begin = _time.GetTimestamp();
            long round = 0;
            while (!_disposed)
            {
                if (Rent() is not { } frame) continue;
                if (!Read(_orientation.Inlet(frame), out TimeSpan position))
                {
                    frame.Dispose();
                    if (!_options.Loop || Captured == round) break;
                    begin += Ticks(Rewind());
                    round = Captured;
                    continue;
                }
                _orientation.Finish(frame);
                if (_options.Realtime) begin = AwaitTurn(begin, position);
                // In real time a picture is of the moment at which it was due: how late the thread woke up is a part of its age.
                frame.Filled(_captured, _options.Realtime ? begin + Ticks(position) : _time.GetTimestamp());
                Interlocked.Increment(ref _captured);
                _rate.Count();
                Deliver(frame);
            }
            _end = End(Captured);
        }
        catch (Exception exception) when (exception is EdgeException or OpenCvSharp.OpenCVException)
        {
            _end = exception.Message;
            Log.LogError("{Why}", exception.Message);
        }
        _mailbox.Close();
    }

    /// <summary>A frame to fill; with all of them out, waits a moment and gives null.</summary>
    private Frame? Rent()
    {
        if (_pool.Rent() is { } frame) return frame;
        _alarm.SleepUntil(_time.GetTimestamp() + Ticks(TimeSpan.FromMilliseconds(5)));
        return null;
    }

    /// <summary>Sleeps until a picture's time has come; gives the beginning from which to reckon further.</summary>
    private long AwaitTurn(long begin, TimeSpan position)
    {
        long due = begin + Ticks(position);
        long now = _time.GetTimestamp();
        if (now - due > Ticks(LongestLag)) return begin + (now - due);
        while (!_disposed && _time.GetTimestamp() < due) _alarm.SleepUntil(due);
        return begin;
    }

    private void Deliver(Frame frame)
    {
        if (!_options.Realtime)
        {
            if (!_mailbox.PutWhenTaken(frame)) frame.Dispose();
        }
        else if (_mailbox.Put(frame) is { } missed)
        {
            missed.Dispose();
            Interlocked.Increment(ref _dropped);
        }
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _mailbox.Close();
        _alarm.Ring();
        if (_thread.IsAlive) _thread.Join();
        Close();
        _mailbox.Take(TimeSpan.Zero, CancellationToken.None)?.Dispose();
        _pool.Dispose();
        _orientation.Dispose();
        _alarm.Dispose();
    }
}
