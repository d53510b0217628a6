using System.Net.Sockets;
using EdgeCnn.EdgeRuntime.Operation;

namespace EdgeCnn.EdgeRuntime.Publishing.Json;

/// <summary>
/// One JSON object per frame, for a computer at the other end or for a recording. Lines wait in a bounded buffer that a thread of its own
/// empties; what does not fit, because the reader is slow or gone, is counted and never delays the pipeline.
/// </summary>
public sealed class JsonLinesPublisher : IPublisher
{
    private const int BufferSize = 256 * 1024;
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly JsonLines _json = new();
    private readonly LineSink _sink;
    private readonly TimeProvider _time;
    private byte[] _filling = new byte[BufferSize], _leaving = new byte[BufferSize];
    private int _filled, _lines;
    private long _sent, _dropped, _newestCapture;
    private string _failure = "";
    private SystemState _state;
    private Thread? _writer;
    private volatile bool _stopping;

    private JsonLinesPublisher(LineSink sink, string destination, TimeProvider time)
    {
        (_sink, _time) = (sink, time);
        Description = destination == "-" ? "JSON lines to standard output" : $"JSON lines to {destination}";
    }

    public string Description { get; }

    public LatencyHistogram CaptureToWire { get; } = new();

    public LinkStatus Status
    {
        get
        {
            lock (_gate)
            {
                LinkState state = _writer is null ? LinkState.Closed : _failure.Length > 0 ? LinkState.Lost : LinkState.Up;
                return new(state, _failure, _sent, Acknowledged: 0, _dropped, Errors: 0, Reopened: 0, RoundTrip: TimeSpan.Zero);
            }
        }
    }

    /// <param name="destination">- (standard output), a file, which is appended to, or udp://host:port.</param>
    /// <param name="time">The clock that reports are stamped with.</param>
    /// <exception cref="LinkException">It cannot be opened: says why and what to do.</exception>
    public static JsonLinesPublisher Open(string destination, TimeProvider time) => new(LineSink.Open(destination), destination, time);

    public void Start()
    {
        _writer = new Thread(Run) { Name = "json writer", IsBackground = true };
        _writer.Start();
    }

    public void Publish(Report report)
    {
        lock (_gate)
        {
            ReadOnlySpan<byte> line = _json.Line(report, _state, _time.GetUtcNow(), _time.GetElapsedTime(report.CapturedAt));
            if (line.Length > BufferSize - _filled)
            {
                _dropped++;
                return;
            }
            line.CopyTo(_filling.AsSpan(_filled));
            _filled += line.Length;
            _lines++;
            _newestCapture = report.CapturedAt;
        }
        _wake.Set();
    }

    public void Beat(in Health health) => _state = health.State;

    public bool TryTakeCommand(out RobotCommand command)
    {
        command = default;
        return false;
    }

    /// <summary>Writes what waits, unless the reader takes nothing.</summary>
    public void Dispose()
    {
        _stopping = true;
        _wake.Set();
        // A writer that hangs on a reader that does not read is left behind: it is a background thread.
        if (_writer?.Join(StopTimeout) ?? true)
            _sink.Dispose();
        _json.Dispose();
    }

    private void Run()
    {
        bool last;
        do
        {
            _wake.WaitOne();
            last = _stopping;
            WriteWaiting();
        }
        while (!last);
    }

    private void WriteWaiting()
    {
        int length, lines;
        long newest;
        lock (_gate)
        {
            (_filling, _leaving) = (_leaving, _filling);
            (length, lines, newest) = (_filled, _lines, _newestCapture);
            (_filled, _lines) = (0, 0);
        }
        if (lines == 0)
            return;
        string failure = "";
        try
        {
            _sink.Write(_leaving.AsSpan(0, length));
            CaptureToWire.Add(_time.GetElapsedTime(newest));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            failure = e.Message;
        }
        lock (_gate)
        {
            _failure = failure;
            (_sent, _dropped) = failure.Length == 0 ? (_sent + lines, _dropped) : (_sent, _dropped + lines);
        }
    }
}
