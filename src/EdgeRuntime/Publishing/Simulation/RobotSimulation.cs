using EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

namespace EdgeCnn.EdgeRuntime.Publishing.Simulation;

/// <summary>What a virtual robot has counted, and where it looks.</summary>
/// <param name="Messages">Messages that arrived whole.</param>
/// <param name="Errors">Frames it had to reject.</param>
/// <param name="Lost">Messages missing between the sequence numbers it saw.</param>
/// <param name="Heartbeats">Of these, heartbeats.</param>
/// <param name="Targets">Of these, targets, with those that say "saw nothing".</param>
/// <param name="TargetsObeyed">Targets that it turned to.</param>
/// <param name="StopsByTtl">How often its own watchdog stopped it because a target's time was over.</param>
/// <param name="StopsByHost">How often it stopped because it was told that there is no target.</param>
/// <param name="HasTarget">Whether it is turning to a target now.</param>
/// <param name="PanDegrees">Where it looks, right positive.</param>
/// <param name="TiltDegrees">Where it looks, up positive.</param>
/// <param name="Host">What the host said of itself in its last heartbeat.</param>
public readonly record struct RobotState(
    long Messages, long Errors, long Lost, long Heartbeats, long Targets, long TargetsObeyed, long StopsByTtl, long StopsByHost,
    bool HasTarget, double PanDegrees, double TiltDegrees, SystemState Host);

/// <summary>
/// A pan-tilt head beside a fixed camera, and its microcontroller: answers HELLO and TIME, says STATUS five times a second, turns to the
/// target with finite speed, and stops by itself when the target's time is over. Without threads: bytes and time come from outside.
/// </summary>
internal sealed class RobotSimulation(Action<ReadOnlySpan<byte>> transmit, TimeProvider time)
{
    private const double DegreesPerSecond = 120, PanLimit = 90, TiltLimit = 45;
    private static readonly TimeSpan StatusPeriod = TimeSpan.FromMilliseconds(200), Silence = TimeSpan.FromSeconds(3);

    private readonly FrameReader _reader = new();
    private readonly byte[] _wire = new byte[LinkFrame.MaxWire];
    private readonly long _startedAt = time.GetTimestamp();
    private RobotState _state;
    private TargetMessage _target;
    private long _targetAt, _statusAt, _movedAt = time.GetTimestamp();
    private long? _heardAt;
    private byte _sequence, _lastSequence;

    public RobotState State => _state with { Errors = _reader.CrcErrors + _reader.OverlongFrames };

    private uint Milliseconds => unchecked((uint)(long)time.GetElapsedTime(_startedAt).TotalMilliseconds);

    /// <summary>Takes bytes from the host, in any pieces, and answers them.</summary>
    public void Receive(ReadOnlySpan<byte> bytes)
    {
        // A message that comes late does not hide that the time was over before it.
        StopWhenOver();
        while (_reader.TryRead(ref bytes, out ReceivedFrame frame))
        {
            if (_heardAt is not null && frame.Type != MessageType.Hello)
                _state = _state with { Lost = _state.Lost + unchecked((byte)(frame.Sequence - _lastSequence - 1)) };
            _lastSequence = frame.Sequence;
            _heardAt = time.GetTimestamp();
            _state = _state with { Messages = _state.Messages + 1 };
            Handle(frame);
        }
    }

    /// <summary>Lets time pass: moves the head, watches the target's time, says STATUS. To be called often.</summary>
    public void Tick()
    {
        double seconds = time.GetElapsedTime(_movedAt).TotalSeconds;
        _movedAt = time.GetTimestamp();
        StopWhenOver();
        if (_state.HasTarget)
        {
            _state = _state with
            {
                PanDegrees = Turn(_state.PanDegrees, _target.YawCentidegrees / 100.0, seconds, PanLimit),
                TiltDegrees = Turn(_state.TiltDegrees, _target.PitchCentidegrees / 100.0, seconds, TiltLimit),
            };
        }
        if (_heardAt is { } heard && time.GetElapsedTime(heard) < Silence && time.GetElapsedTime(_statusAt) >= StatusPeriod)
            SayStatus();
    }

    public void Send(RobotCommand command) => Send(new CommandMessage((byte)command.Kind, command.Argument));

    private void StopWhenOver()
    {
        if (_state.HasTarget && time.GetElapsedTime(_targetAt).TotalMilliseconds >= _target.TtlMs)
            _state = _state with { HasTarget = false, StopsByTtl = _state.StopsByTtl + 1 };
    }

    private static double Turn(double angle, double wanted, double seconds, double limit)
    {
        double step = DegreesPerSecond * seconds;
        return Math.Clamp(angle + Math.Clamp(wanted - angle, -step, step), -limit, limit);
    }

    private void Handle(ReceivedFrame frame)
    {
        switch (frame.Type)
        {
            case MessageType.Hello:
                Send(new HelloReplyMessage(new(HelloMessage.CurrentVersion, LinkRole.Microcontroller, "virtual robot"u8)));
                break;
            case MessageType.Time:
                Send(new TimeReplyMessage(TimeMessage.Read(frame.Payload).HostMs, Milliseconds));
                break;
            case MessageType.Heartbeat:
                _state = _state with { Heartbeats = _state.Heartbeats + 1, Host = (SystemState)HeartbeatMessage.Read(frame.Payload).State };
                break;
            case MessageType.Target:
                Obey(TargetMessage.Read(frame.Payload));
                break;
        }
    }

    private void Obey(TargetMessage target)
    {
        _target = target;
        _targetAt = time.GetTimestamp();
        bool valid = target.Track != 0 && target.Flags.HasFlag(WireTargetFlags.Valid);
        _state = _state with
        {
            Targets = _state.Targets + 1,
            TargetsObeyed = _state.TargetsObeyed + (valid ? 1 : 0),
            StopsByHost = _state.StopsByHost + (_state.HasTarget && !valid ? 1 : 0),
            HasTarget = valid,
        };
    }

    private void SayStatus()
    {
        _statusAt = time.GetTimestamp();
        Send(new StatusMessage(
            Milliseconds, _lastSequence, _state.HasTarget ? (byte)1 : (byte)0,
            unchecked((ushort)(_reader.CrcErrors + _reader.OverlongFrames)), unchecked((ushort)_state.Lost)));
    }

    private void Send<T>(T message) where T : IMessage<T>, allows ref struct =>
        transmit(_wire.AsSpan(0, LinkFrame.Encode(message, _sequence++, _wire)));
}
