using System.Buffers.Binary;
using EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

namespace EdgeCnn.EdgeRuntime.Publishing.Mavlink;

/// <summary>
/// MAVLink 2 to an autopilot: HEARTBEAT once a second while the pipeline's loop beats, LANDING_TARGET by its angles (position_valid 0, as
/// ArduPilot reads it) for every frame with a target, STATUSTEXT on a change of state. No target is said by silence: the autopilot's own
/// timeout is its watchdog. Nothing but heartbeats leaves before an autopilot has been heard.
/// </summary>
public sealed class MavlinkProtocol(LinkOptions options, TimeProvider time)
    : LinkProtocol(options, time, options.Required ? "no autopilot has been heard yet" : null)
{
    private const byte OnboardController = 18, NoAutopilot = 8, Version = 3, BodyFrame = 12;
    private const byte StatusBoot = 1, StatusStandby = 3, StatusActive = 4, StatusCritical = 5;
    private const int LandingTargetSize = 60, StatusTextSize = 54, MaxText = 50;
    private static readonly TimeSpan HeartbeatTimeout = TimeSpan.FromSeconds(5), HeartbeatPeriod = TimeSpan.FromSeconds(0.9);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly StateTexts _texts = new(time);
    private readonly AutopilotEar _ear = new();
    private readonly long _startedAt = time.GetTimestamp();
    private long _heardAt;
    private long? _beatAt;
    private byte _sequence;

    public override string Name => "MAVLink 2";

    private protected override TimeSpan UntilSilent =>
        Options.Required && IsOpen ? HeartbeatTimeout - Time.GetElapsedTime(_heardAt) : TimeSpan.MaxValue;

    private protected override TimeSpan UntilNext =>
        _texts.UntilDue is var wait && wait > TimeSpan.Zero && wait < LongestWait ? wait : LongestWait;

    private protected override void Offer(SystemState state) => _texts.Offer(state);

    private protected override void Begin(int bytesPerSecond)
    {
        _heardAt = Time.GetTimestamp();
        _ear.Reset();
    }

    private protected override void Hear(ReadOnlySpan<byte> bytes)
    {
        if (_ear.Hear(bytes) == 0)
            return;
        _heardAt = Time.GetTimestamp();
        Answered();
    }

    private protected override int ComposeNext(Span<byte> message)
    {
        int length = ComposeFrame(message);
        _sequence += length > 0 ? (byte)1 : (byte)0;
        return length;
    }

    private int ComposeFrame(Span<byte> wire)
    {
        if (Outbox.TryTakeHeartbeat(out HeartbeatMessage heartbeat)
            && (_beatAt is not { } at || Time.GetElapsedTime(at) >= HeartbeatPeriod))
        {
            _beatAt = Time.GetTimestamp();
            return EncodeHeartbeat((SystemState)heartbeat.State, wire);
        }
        if (!IsUp)
            return 0;
        if (Outbox.TryTakeTarget(out TargetMessage target, out _) && target.Track != 0)
        {
            ComposedCapture = Outbox.CapturedAt;
            return EncodeLandingTarget(target, wire);
        }
        return _texts.TryTake(out TextMessage text) ? EncodeStatusText(text, wire) : 0;
    }

    // HEARTBEAT 0: u32 custom_mode, u8 type, autopilot, base_mode, system_status, mavlink_version
    private int EncodeHeartbeat(SystemState state, Span<byte> wire)
    {
        byte status = state switch
        {
            SystemState.Starting or SystemState.WarmingUp => StatusBoot,
            SystemState.Paused => StatusStandby,
            SystemState.Running or SystemState.Degraded => StatusActive,
            _ => StatusCritical,
        };
        return MavlinkFrame.Encode(id: 0, extra: 50, [0, 0, 0, 0, OnboardController, NoAutopilot, 0, status, Version], _sequence, wire);
    }

    // LANDING_TARGET 149: u64 time_usec, f32 angle_x, angle_y, distance, size_x, size_y, u8 target_num, frame, extensions up to
    // position_valid
    private int EncodeLandingTarget(in TargetMessage target, Span<byte> wire)
    {
        Span<byte> payload = stackalloc byte[LandingTargetSize];
        payload.Clear();
        double capturedUs = (Time.GetElapsedTime(_startedAt) - TimeSpan.FromMilliseconds(target.AgeMs)).TotalMicroseconds;
        BinaryPrimitives.WriteUInt64LittleEndian(payload, (ulong)Math.Max(0, capturedUs));
        BinaryPrimitives.WriteSingleLittleEndian(payload[8..], Radians(target.YawCentidegrees));
        // Angles of the image: down is positive.
        BinaryPrimitives.WriteSingleLittleEndian(payload[12..], -Radians(target.PitchCentidegrees));
        BinaryPrimitives.WriteSingleLittleEndian(payload[16..], target.DistanceMm / 1000f);
        payload[28] = target.Track;
        payload[29] = BodyFrame;
        return MavlinkFrame.Encode(id: 149, extra: 200, payload, _sequence, wire);
    }

    // STATUSTEXT 253: u8 severity, char[50] text
    private int EncodeStatusText(TextMessage text, Span<byte> wire)
    {
        Span<byte> payload = stackalloc byte[StatusTextSize];
        payload.Clear();
        payload[0] = (byte)text.Severity;
        text.Ascii[..Math.Min(MaxText, text.Ascii.Length)].CopyTo(payload[1..]);
        return MavlinkFrame.Encode(id: 253, extra: 83, payload, _sequence, wire);
    }

    private static float Radians(short centidegrees) => (float)(centidegrees / 100.0 * Math.PI / 180);
}
