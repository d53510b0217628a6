using System.Globalization;
using System.Text.Unicode;
using EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

namespace EdgeCnn.EdgeRuntime.Publishing.Ascii;

/// <summary>
/// Lines that people and PLCs can read: <c>$EVTGT,frame,age,ttl,track,class,score,yaw,pitch,distance*XX</c> per frame and
/// <c>$EVHBT,uptime,state,fps,temperature,flags*XX</c> five times a second, CR LF. XX is the exclusive or of what stands between $ and *,
/// as in NMEA 0183. Angles are degrees, times milliseconds, the distance millimetres. The far end never talks.
/// </summary>
public sealed class AsciiProtocol(LinkOptions options, TimeProvider time) : ILinkProtocol
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Outbox _outbox = new(options, time);
    private LinkState _state;
    private string _detail = "";
    private long _sent, _opened;

    public string Name => "ASCII lines";

    public bool IsSilent => false;

    public long? ComposedCapture { get; private set; }

    public LinkStatus Status
    {
        get
        {
            lock (_gate)
                return new(_state, _detail, _sent, 0, _outbox.Dropped, 0, Math.Max(0, _opened - 1), TimeSpan.Zero);
        }
    }

    public TimeSpan UntilDue
    {
        get
        {
            lock (_gate)
                return _outbox.UntilStale is { } wait && wait < LongestWait ? wait : LongestWait;
        }
    }

    public void Publish(Report report)
    {
        lock (_gate)
            _outbox.Publish(report);
    }

    public void Beat(in Health health)
    {
        lock (_gate)
            _outbox.Beat(health);
    }

    public bool TryTakeCommand(out RobotCommand command)
    {
        command = default;
        return false;
    }

    public void Opened(int bytesPerSecond)
    {
        lock (_gate)
        {
            _opened++;
            (_state, _detail) = (LinkState.Up, "");
        }
    }

    public void Closed(string why)
    {
        lock (_gate)
            (_state, _detail) = (LinkState.Lost, why);
    }

    public void Receive(ReadOnlySpan<byte> bytes)
    {
    }

    public int Compose(Span<byte> message)
    {
        lock (_gate)
        {
            ComposedCapture = null;
            if (_state != LinkState.Up)
                return 0;
            Span<byte> text = message[1..];
            int length;
            if (_outbox.TryTakeHeartbeat(out HeartbeatMessage beat))
            {
                Utf8.TryWrite(
                    text, CultureInfo.InvariantCulture,
                    $"EVHBT,{beat.UptimeMs},{beat.State},{beat.Fps},{beat.TemperatureC},{(byte)beat.Flags}", out length);
                return Frame(message, length);
            }
            if (!_outbox.TryTakeTarget(out TargetMessage aim, out bool isFresh))
                return 0;
            ComposedCapture = isFresh ? _outbox.CapturedAt : null;
            (double yaw, double pitch) = (aim.YawCentidegrees / 100.0, aim.PitchCentidegrees / 100.0);
            Utf8.TryWrite(
                text, CultureInfo.InvariantCulture,
                $"EVTGT,{aim.Frame},{aim.AgeMs},{aim.TtlMs},{aim.Track},{aim.Class},{aim.Score},{yaw:F2},{pitch:F2},{aim.DistanceMm}", out length);
            return Frame(message, length);
        }
    }

    public void Written(bool whole)
    {
        lock (_gate)
        {
            if (whole)
                _sent++;
            else
                _outbox.CountDropped();
        }
    }

    /// <summary>Puts a text that begins at the second byte between $ and its check.</summary>
    private static int Frame(Span<byte> line, int length)
    {
        byte check = 0;
        foreach (byte letter in line.Slice(1, length))
            check ^= letter;
        line[0] = (byte)'$';
        Utf8.TryWrite(line[(length + 1)..], CultureInfo.InvariantCulture, $"*{check:X2}\r\n", out int end);
        return length + 1 + end;
    }
}
