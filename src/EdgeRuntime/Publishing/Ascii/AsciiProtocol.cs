using System.Globalization;
using System.Text.Unicode;
using EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

namespace EdgeCnn.EdgeRuntime.Publishing.Ascii;

/// <summary>
/// Lines that people and PLCs can read: <c>$EVTGT,frame,age,ttl,track,class,score,yaw,pitch,distance*XX</c> per frame and
/// <c>$EVHBT,uptime,state,fps,temperature,flags*XX</c> five times a second, CR LF. XX is the exclusive or of what stands between $ and *,
/// as in NMEA 0183. Angles are degrees, times milliseconds, the distance millimetres. The far end never talks.
/// </summary>
public sealed class AsciiProtocol(LinkOptions options, TimeProvider time) : LinkProtocol(options, time, waitingFor: null)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    public override string Name => "ASCII lines";

    private protected override TimeSpan UntilNext => Outbox.UntilStale is { } wait && wait < LongestWait ? wait : LongestWait;

    private protected override int ComposeNext(Span<byte> message)
    {
        Span<byte> text = message[1..];
        int length;
        if (Outbox.TryTakeHeartbeat(out HeartbeatMessage beat))
        {
            Utf8.TryWrite(
                text, CultureInfo.InvariantCulture,
                $"EVHBT,{beat.UptimeMs},{beat.State},{beat.Fps},{beat.TemperatureC},{(byte)beat.Flags}", out length);
            return Frame(message, length);
        }
        if (!Outbox.TryTakeTarget(out TargetMessage aim, out bool isFresh))
            return 0;
        ComposedCapture = isFresh ? Outbox.CapturedAt : null;
        (double yaw, double pitch) = (aim.YawCentidegrees / 100.0, aim.PitchCentidegrees / 100.0);
        Utf8.TryWrite(
            text, CultureInfo.InvariantCulture,
            $"EVTGT,{aim.Frame},{aim.AgeMs},{aim.TtlMs},{aim.Track},{aim.Class},{aim.Score},{yaw:F2},{pitch:F2},{aim.DistanceMm}",
            out length);
        return Frame(message, length);
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
