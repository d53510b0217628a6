using System.Buffers.Binary;
using EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

namespace EdgeCnn.EdgeRuntime.Publishing.Mavlink;

/// <summary>
/// MAVLink 2 to an autopilot: HEARTBEAT once a second while the pipeline's loop beats, LANDING_TARGET by its angles (position_valid 0, as
/// ArduPilot reads it) for every frame with a target, STATUSTEXT on a change of state. No target is said by silence: the autopilot's own
/// timeout is its watchdog. Nothing but heartbeats leaves before an autopilot has been heard.
/// </summary>
public sealed class MavlinkProtocol(LinkOptions options, TimeProvider time) : ILinkProtocol
{
    private const byte OnboardController = 18, NoAutopilot = 8, Version = 3, BodyFrame = 12;
    private const byte StatusBoot = 1, StatusStandby = 3, StatusActive = 4, StatusCritical = 5;
    private const int LandingTargetSize = 60, StatusTextSize = 54, MaxText = 50;
    private static readonly TimeSpan HeartbeatTimeout = TimeSpan.FromSeconds(5), HeartbeatPeriod = TimeSpan.FromSeconds(0.9);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Outbox _outbox = new(options, time);
    private readonly StateTexts _texts = new(time);
    private readonly AutopilotEar _ear = new();
    private readonly long _startedAt = time.GetTimestamp();
    private LinkState _state;
    private string _detail = "";
    private long _sent, _opened, _heardAt;
    private long? _beatAt;
    private byte _sequence;
    private bool _isOpen, _everUp;

    public string Name => "MAVLink 2";

    public long? ComposedCapture { get; private set; }

    public bool IsSilent
    {
        get
        {
            lock (_gate)
                return options.Required && _isOpen && time.GetElapsedTime(_heardAt) >= HeartbeatTimeout;
        }
    }

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
                return _texts.UntilDue is var wait && wait > TimeSpan.Zero && wait < LongestWait ? wait : LongestWait;
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
        {
            _outbox.Beat(health);
            _texts.Offer(_outbox.State);
        }
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
            _heardAt = time.GetTimestamp();
            _ear.Reset();
            _isOpen = true;
            // A link that was lost stays so until it is up again: it shall not look different at each attempt.
            _state = !options.Required ? LinkState.Up : _everUp ? LinkState.Lost : LinkState.Greeting;
            _detail = options.Required ? "no autopilot has been heard yet" : "";
        }
    }

    public void Closed(string why)
    {
        lock (_gate)
        {
            _everUp |= _state == LinkState.Up;
            (_isOpen, _state, _detail) = (false, _everUp ? LinkState.Lost : _state, why);
        }
    }

    public void Receive(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (!_isOpen || _ear.Hear(bytes) == 0)
                return;
            _heardAt = time.GetTimestamp();
            (_state, _detail) = (LinkState.Up, "");
        }
    }

    public int Compose(Span<byte> message)
    {
        lock (_gate)
        {
            ComposedCapture = null;
            if (!_isOpen)
                return 0;
            int length = ComposeFrame(message);
            _sequence += length > 0 ? (byte)1 : (byte)0;
            return length;
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

    private int ComposeFrame(Span<byte> wire)
    {
        if (_outbox.TryTakeHeartbeat(out HeartbeatMessage heartbeat) && (_beatAt is not { } at || time.GetElapsedTime(at) >= HeartbeatPeriod))
        {
            _beatAt = time.GetTimestamp();
            return EncodeHeartbeat((SystemState)heartbeat.State, wire);
        }
        if (_state != LinkState.Up)
            return 0;
        if (_outbox.TryTakeTarget(out TargetMessage target, out _) && target.Track != 0)
        {
            ComposedCapture = _outbox.CapturedAt;
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

    // LANDING_TARGET 149: u64 time_usec, f32 angle_x, angle_y, distance, size_x, size_y, u8 target_num, frame, extensions up to position_valid
    private int EncodeLandingTarget(in TargetMessage target, Span<byte> wire)
    {
        Span<byte> payload = stackalloc byte[LandingTargetSize];
        payload.Clear();
        double capturedUs = (time.GetElapsedTime(_startedAt) - TimeSpan.FromMilliseconds(target.AgeMs)).TotalMicroseconds;
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
