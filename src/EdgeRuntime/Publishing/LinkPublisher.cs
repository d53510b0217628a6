using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Publishing.Ports;
using EdgeCnn.EdgeRuntime.Publishing.Simulation;
using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime.Publishing;

/// <summary>
/// Keeps a protocol talking over a port: a writer thread that sends what is due and reopens the port for ever, a reader thread per
/// connection that drains what comes in. Whoever publishes never waits for either.
/// </summary>
public sealed class LinkPublisher : IPublisher
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(100), LongestBackoff = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromMilliseconds(200), StopTimeout = TimeSpan.FromSeconds(1);

    /// <summary>As much as may wait in the line's own buffer; more would be old before it leaves.</summary>
    private static readonly TimeSpan LineAllowance = TimeSpan.FromMilliseconds(3);

    private readonly LinkProtocol _protocol;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Func<LinkPort> _open;

    // Never disposed: a reader that ends late may still set it.
    private readonly AutoResetEvent _wake = new(false);
    private readonly byte[] _message = new byte[LinkProtocol.MaxMessage];
    private LinkPort? _port;
    private Thread? _writer;
    private long _lineFreeAt;
    private volatile Stream? _hungUp;
    private volatile bool _stopping;
    private string? _saidAdvice;

    /// <param name="protocol">What is said.</param>
    /// <param name="description">For people: "EdgeLink /dev/ttyACM0 115200".</param>
    /// <param name="open">Opens the port, first in <see cref="Start"/> and then whenever it is lost.</param>
    /// <param name="time">The clock that reports are stamped with.</param>
    /// <param name="log">Takes advice about the port.</param>
    public LinkPublisher(LinkProtocol protocol, string description, Func<LinkPort> open, TimeProvider time, ILogger log)
    {
        (_protocol, Description, _open, _time, _log) = (protocol, description, open, time, log);
    }

    public string Description { get; }

    public LinkStatus Status => _protocol.Status;

    public LatencyHistogram CaptureToWire { get; } = new();

    /// <summary>The simulated far end, where there is one; it lives as long as the link.</summary>
    public VirtualRobot? Robot { get; init; }

    /// <summary>Opens the port and begins to talk.</summary>
    /// <exception cref="LinkException">The port cannot be opened.</exception>
    public void Start()
    {
        _port = _open();
        _writer = new Thread(Run) { Name = "link writer", IsBackground = true };
        _writer.Start();
    }

    public void Publish(Report report)
    {
        if (!report.IsForRobot) return;
        _protocol.Publish(report);
        _wake.Set();
    }

    public void Beat(in Health health)
    {
        _protocol.Beat(health);
        _wake.Set();
    }

    public bool TryTakeCommand(out RobotCommand command) => _protocol.TryTakeCommand(out command);

    public void Dispose()
    {
        _stopping = true;
        _wake.Set();
        // A writer that hangs in a driver is left behind rather than waited for: it is a background thread.
        _writer?.Join(StopTimeout);
        _port?.Dispose();
        Robot?.Dispose();
    }

    private void Run()
    {
        TimeSpan backoff = FirstBackoff;
        while (!_stopping)
        {
            if (_port is { } port)
            {
                string why = Talk(port, ref backoff);
                port.Dispose();
                _port = null;
                _protocol.Closed(why);
            }
            Pause(backoff);
            backoff = backoff * 2 < LongestBackoff ? backoff * 2 : LongestBackoff;
            Reopen();
        }
    }

    private void Reopen()
    {
        if (_stopping)
            return;
        try
        {
            _port = _open();
        }
        catch (Exception e) when (e is LinkException || IsPortFailure(e))
        {
            _protocol.Closed(e.Message);
        }
    }

    /// <summary>Talks until the port is lost, and says why it was.</summary>
    private string Talk(LinkPort port, ref TimeSpan backoff)
    {
        Advise(port);
        if (port.Stream.CanTimeout)
            port.Stream.WriteTimeout = (int)WriteTimeout.TotalMilliseconds;
        _lineFreeAt = 0;
        _protocol.Opened(port.BytesPerSecond);
        var reader = new Thread(() => Drain(port.Stream)) { Name = "link reader", IsBackground = true };
        reader.Start();
        while (!_stopping)
        {
            if (_protocol.Status.State == LinkState.Up)
                backoff = FirstBackoff;
            if (_hungUp == port.Stream)
                return "the far end hung up; reopening";
            if (_protocol.IsSilent)
                return "the far end is silent; reopening";
            TimeSpan busy = UntilLineFree(port);
            int length = busy > TimeSpan.Zero ? 0 : _protocol.Compose(_message);
            if (length == 0)
                _wake.WaitOne(busy > TimeSpan.Zero ? busy : Ceiling(_protocol.UntilDue));
            else if (!TryWrite(port, length))
                return "the port cannot be written to; reopening";
        }
        return "closed";
    }

    private bool TryWrite(LinkPort port, int length)
    {
        long? capturedAt = _protocol.ComposedCapture;
        bool whole = false;
        try
        {
            port.Stream.Write(_message, 0, length);
            whole = true;
            if (port.BytesPerSecond > 0)
                _lineFreeAt = Math.Max(_lineFreeAt, _time.GetTimestamp()) + length * _time.TimestampFrequency / port.BytesPerSecond;
            if (capturedAt is { } captured)
                CaptureToWire.Add(_time.GetElapsedTime(captured));
        }
        catch (TimeoutException)
        {
            // The far end does not read. Vision goes on; what is newest when it reads again will be sent.
        }
        catch (Exception e) when (IsPortFailure(e))
        {
            return false;
        }
        finally
        {
            _protocol.Written(whole);
        }
        return true;
    }

    private void Drain(Stream stream)
    {
        byte[] buffer = new byte[512];
        try
        {
            while (!_stopping)
            {
                int count = stream.Read(buffer, 0, buffer.Length);
                if (count == 0)
                    break;
                _protocol.Receive(buffer.AsSpan(0, count));
                _wake.Set();
            }
        }
        catch (Exception e) when (IsPortFailure(e) || e is TimeoutException)
        {
            // Whatever ended it, the writer judges the port by this thread's end and by the far end's silence.
        }
        _hungUp = stream;
        _wake.Set();
    }

    private TimeSpan UntilLineFree(LinkPort port)
    {
        if (port.BytesPerSecond == 0)
            return TimeSpan.Zero;
        TimeSpan busy = -_time.GetElapsedTime(_lineFreeAt) - LineAllowance;
        return busy <= TimeSpan.Zero ? TimeSpan.Zero : Ceiling(busy);
    }

    private void Advise(LinkPort port)
    {
        if (port.Advice is null || port.Advice == _saidAdvice)
            return;
        _saidAdvice = port.Advice;
        _log.LogInformation("{Advice}", port.Advice);
    }

    private void Pause(TimeSpan time)
    {
        long start = _time.GetTimestamp();
        // Publishing goes on meanwhile and sets the event; only stopping cuts the pause short.
        while (!_stopping && _time.GetElapsedTime(start) is var passed && passed < time)
            _wake.WaitOne(Ceiling(time - passed));
    }

    // Events wait in whole milliseconds, cut off: rounded up, so that a wait never ends just before what it waits for.
    private static TimeSpan Ceiling(TimeSpan wait) =>
        wait == Timeout.InfiniteTimeSpan ? wait : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));

    private static bool IsPortFailure(Exception e) =>
        e is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException or UnauthorizedAccessException;
}
