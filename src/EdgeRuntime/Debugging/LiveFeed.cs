using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Publishing.Json;
using EdgeCnn.EdgeRuntime.Tracking;
using EdgeCnn.Models.Tasks;
using Microsoft.Extensions.Logging;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>
/// Takes frames and reports off the pipeline for those who watch: the pipeline copies what somebody wants and goes on; drawing and encoding
/// happen once, on a thread of the feed's own, however many there are who watch, and that thread hands out what it has made, one viewer
/// after the other. It steps back behind the pipeline's. While nobody watches, it costs the pipeline three reads per frame.
/// </summary>
internal sealed class LiveFeed : IDisposable
{
    /// <summary>Between two looks at the daemon's state.</summary>
    private static readonly TimeSpan StateInterval = TimeSpan.FromSeconds(0.25);

    /// <summary>The nice value of the feed's thread, above that of the daemon.</summary>
    private const int Nice = 10;

    private readonly DebugOptions _options;
    private readonly CameraLoop _loop;
    private readonly DaemonObserver _observer;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly JsonLines _json = new();
    private readonly Thread _thread;
    private readonly object _lock = new();
    private readonly Mat _small = new();
    private Seen _waiting = new(), _working = new();
    private long _lastPicture, _lastState;
    private bool _started, _failed;
    private volatile bool _disposed;

    /// <param name="options">Rate, size and quality of the pictures.</param>
    /// <param name="loop">Whose frames are taken.</param>
    /// <param name="observer">Who knows the daemon's state.</param>
    /// <param name="time">The clock of reports.</param>
    /// <param name="log">Is told once when pictures cannot be made.</param>
    public LiveFeed(DebugOptions options, CameraLoop loop, DaemonObserver observer, TimeProvider time, ILogger log)
    {
        (_options, _loop, _observer, _time, _log) = (options, loop, observer, time, log);
        (Drawn, Plain, Events) = (new(Wake), new(Wake), new(Wake));
        _thread = new Thread(Run) { Name = "debugging", IsBackground = true };
        loop.Seen += Offer;
    }

    /// <summary>Pictures with everything drawn upon them.</summary>
    public Broadcast<EncodedPicture> Drawn { get; }

    /// <summary>Pictures as the camera took them.</summary>
    public Broadcast<EncodedPicture> Plain { get; }

    /// <summary>Server-sent events: "report" for each frame, "state" several times a second.</summary>
    public Broadcast<byte[]> Events { get; }

    /// <summary>Pictures per second: what is given up of recordings while the board is in trouble is given up here too.</summary>
    private double Fps => _loop.Recorder.MaxFps is > 0 and var most ? Math.Min(most, _options.Fps) : _options.Fps;

    public void Dispose()
    {
        _loop.Seen -= Offer;
        bool started;
        lock (_lock)
        {
            _disposed = true;
            started = _started;
            Monitor.PulseAll(_lock);
        }
        if (started) _thread.Join();
        _waiting.Dispose();
        _working.Dispose();
        _small.Dispose();
        _json.Dispose();
    }

    /// <summary>Somebody begins to watch: the first one starts the thread.</summary>
    private void Wake()
    {
        lock (_lock)
        {
            Monitor.Pulse(_lock);
            if (_started || _disposed) return;
            _started = true;
            _thread.Start();
        }
    }

    /// <summary>On the pipeline's thread.</summary>
    private void Offer(Frame frame, Report report)
    {
        bool wantsPicture = Drawn.Readers + Plain.Readers > 0 && _time.GetElapsedTime(_lastPicture).TotalSeconds * Fps >= 1;
        if (!wantsPicture && Events.Readers == 0) return;
        // The feed's thread may have lost the processor while it holds the lock: a viewer misses a frame, and the pipeline does not wait.
        if (!Monitor.TryEnter(_lock)) return;
        try
        {
            if (wantsPicture)
            {
                // The pace is kept from where it was due, so that 12 of 30 frames per second are 12 and not 10.
                long interval = (long)(_time.TimestampFrequency / Fps);
                long now = _time.GetTimestamp();
                _lastPicture = now - _lastPicture > 2 * interval ? now : _lastPicture + interval;
                _waiting.Take(frame, report);
            }
            if (Events.Readers > 0) _waiting.Take(report);
            Monitor.Pulse(_lock);
        }
        finally
        {
            Monitor.Exit(_lock);
        }
    }

    private void Run()
    {
        Niceness.StepBack(Nice);
        while (Next())
        {
            if (_working.HasReport) Events.Publish(ReportEvent(_working.Report));
            if (Events.Readers > 0 && _time.GetElapsedTime(_lastState) >= StateInterval)
            {
                _lastState = _time.GetTimestamp();
                DaemonState state = _observer.Look(_loop, Drawn.Readers + Plain.Readers, Events.Readers);
                Events.Publish([.. "event: state\ndata: "u8, .. state.ToJson(), .. "\n\n"u8]);
            }
            if (_working.HasPicture)
            {
                try
                {
                    Encode(_working.Picture, _working.Drawing);
                }
                catch (OpenCVException e)
                {
                    if (!_failed) _log.LogWarning("A picture for the debugging page cannot be made: {Why}", e.Message);
                    _failed = true;
                }
            }
            _working.Clear();
        }
    }

    /// <summary>Waits for what the pipeline offers, or for the time of the next state; false at the end.</summary>
    private bool Next()
    {
        lock (_lock)
        {
            while (!_disposed && !_waiting.HasReport && !_waiting.HasPicture)
            {
                if (!Monitor.Wait(_lock, Events.Readers > 0 ? StateInterval : Timeout.InfiniteTimeSpan)) break;
            }
            (_waiting, _working) = (_working, _waiting);
            return !_disposed;
        }
    }

    private byte[] ReportEvent(Report report)
    {
        ReadOnlySpan<byte> line = _json.Line(report, _loop.State, _time.GetUtcNow(), _time.GetElapsedTime(report.CapturedAt));
        return [.. "event: report\ndata: "u8, .. line, .. "\n"u8];
    }

    private void Encode(Frame frame, Report report)
    {
        Frame picture = Fit(frame, report);
        if (Plain.Readers > 0) Plain.Publish(new(ImageFile.EncodeJpeg(picture, _options.Quality), report.Frame));
        if (Drawn.Readers == 0) return;
        Overlay.Draw(picture, report);
        Drawn.Publish(new(ImageFile.EncodeJpeg(picture, _options.Quality), report.Frame));
    }

    /// <summary>A picture that is not too wide, with the report's boxes where they are in it.</summary>
    private Frame Fit(Frame frame, Report report)
    {
        if (frame.Width <= _options.Width) return frame;
        float scale = (float)_options.Width / frame.Width;
        Cv2.Resize(frame.Mat, _small, new Size(_options.Width, (int)Math.Round(frame.Height * scale)), 0, 0, InterpolationFlags.Area);
        for (int i = 0; i < report.Detections.Count; i++)
            report.Detections[i] = report.Detections[i] with { Box = Scaled(report.Detections[i].Box) };
        for (int i = 0; i < report.Tracks.Count; i++) report.Tracks[i] = Moved(report.Tracks[i]);
        if (report.Target is { } target) report.Target = target with { Track = Moved(target.Track) };
        return new Frame(_small);

        Box Scaled(Box box) => new(box.X * scale, box.Y * scale, box.Width * scale, box.Height * scale);

        Track Moved(Track track) => track with { Box = Scaled(track.Box) };
    }

    /// <summary>What has been taken off the pipeline: perhaps a report, perhaps a picture with the report that belongs to it.</summary>
    private sealed class Seen : IDisposable
    {
        public Report Report { get; } = new();

        public Report Drawing { get; } = new();

        public Frame Picture { get; } = new(new Mat());

        public bool HasReport { get; private set; }

        public bool HasPicture { get; private set; }

        public void Take(Report report)
        {
            report.CopyTo(Report);
            HasReport = true;
        }

        public void Take(Frame frame, Report report)
        {
            frame.Mat.CopyTo(Picture.Mat);
            Picture.Filled(frame.Sequence, frame.CapturedAt);
            report.CopyTo(Drawing);
            HasPicture = true;
        }

        public void Clear() => HasReport = HasPicture = false;

        public void Dispose() => Picture.Dispose();
    }
}
