using System.Text;

namespace EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

/// <summary>
/// The host's side of EdgeLink v1 with its fail-safe contract: nothing that moves an actuator leaves before HELLO is answered,
/// heartbeats leave only while the pipeline's loop beats, ages are right when the bytes leave, a far end that stays silent is given up.
/// </summary>
public sealed class EdgeLinkProtocol : ILinkProtocol
{
    private const int MaxCommands = 8;
    private static readonly TimeSpan HelloPeriod = TimeSpan.FromMilliseconds(250), TimePeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(1);

    /// <summary>A board that resets when its port is opened sits in its boot loader for up to two seconds.</summary>
    private static readonly TimeSpan GreetingTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Long lists are cut so that no message holds up the next target for longer.</summary>
    private static readonly TimeSpan LongestMessage = TimeSpan.FromMilliseconds(25);

    private readonly Lock _gate = new();
    private readonly LinkOptions _options;
    private readonly TimeProvider _time;
    private readonly Outbox _outbox;
    private readonly StateTexts _texts;
    private readonly FrameReader _reader = new();
    private readonly ClockOffset _clock = new();
    private readonly Acknowledgements _acknowledgements = new();
    private readonly Queue<RobotCommand> _commands = new(MaxCommands);
    private readonly byte[] _name;
    private readonly long _startedAt;
    private LinkState _state;
    private string _detail = "";
    private long _sent, _opened;
    private long _openedAt, _helloDue, _timeDue, _statusAt;
    private TimeSpan _askedAt;
    private int _detectionsPerMessage;
    private byte _sequence;
    private bool _isOpen, _startWithDelimiter, _greeted, _everUp;

    public EdgeLinkProtocol(LinkOptions options, TimeProvider time)
    {
        (_options, _time, _outbox, _texts) = (options, time, new(options, time), new(time));
        _name = Encoding.ASCII.GetBytes(options.Name);
        _startedAt = time.GetTimestamp();
    }

    public string Name => "EdgeLink";

    /// <summary>What the far end calls itself, empty before it has.</summary>
    public string FarEnd { get; private set; } = "";

    /// <summary>The far end's clock minus the time since this link was made.</summary>
    public TimeSpan ClockOffset
    {
        get
        {
            lock (_gate)
                return _clock.Offset;
        }
    }

    public long? ComposedCapture { get; private set; }

    public LinkStatus Status
    {
        get
        {
            lock (_gate)
            {
                return new(
                    _state, _detail, _sent, _acknowledgements.Acknowledged, _outbox.Dropped,
                    _reader.CrcErrors + _reader.OverlongFrames + _acknowledgements.Errors, Math.Max(0, _opened - 1), _clock.RoundTrip);
            }
        }
    }

    public bool IsSilent
    {
        get
        {
            lock (_gate)
                return UntilSilent <= TimeSpan.Zero;
        }
    }

    public TimeSpan UntilDue
    {
        get
        {
            lock (_gate)
            {
                if (!_isOpen)
                    return Timeout.InfiniteTimeSpan;
                TimeSpan wait = Sooner(UntilSilent, _greeted ? TimeSpan.MaxValue : Until(_helloDue));
                if (_state == LinkState.Up)
                    wait = Sooner(Sooner(wait, Until(_timeDue)), Sooner(_outbox.UntilStale ?? TimeSpan.MaxValue, _texts.UntilDue));
                return Sooner(wait < TimeSpan.Zero ? TimeSpan.Zero : wait, TimePeriod);
            }
        }
    }

    private TimeSpan UntilSilent
    {
        get
        {
            if (!_options.Required || !_isOpen)
                return TimeSpan.MaxValue;
            return _greeted ? StatusTimeout - _time.GetElapsedTime(_statusAt) : GreetingTimeout - _time.GetElapsedTime(_openedAt);
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
        lock (_gate)
            return _commands.TryDequeue(out command);
    }

    public void Opened(int bytesPerSecond)
    {
        lock (_gate)
        {
            _opened++;
            _openedAt = _helloDue = _timeDue = _time.GetTimestamp();
            _reader.Reset();
            _clock.Reset();
            _acknowledgements.Reset(_sequence);
            (_isOpen, _greeted, _startWithDelimiter) = (true, false, true);
            _detectionsPerMessage = bytesPerSecond == 0 ? DetectionsMessage.MaxCount : Math.Clamp(
                (int)(bytesPerSecond * LongestMessage.TotalSeconds) / WireDetection.Size - 1, 1, DetectionsMessage.MaxCount);
            // A link that was lost stays so until it is up again: it shall not look different at each attempt.
            _state = !_options.Required ? LinkState.Up : _everUp ? LinkState.Lost : LinkState.Greeting;
            _detail = _options.Required ? "HELLO is not answered yet" : "";
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
            while (_isOpen && _reader.TryRead(ref bytes, out ReceivedFrame frame))
                Handle(frame);
        }
    }

    public int Compose(Span<byte> message)
    {
        lock (_gate)
        {
            if (!_isOpen)
                return 0;
            ComposedCapture = null;
            Span<byte> wire = _startWithDelimiter ? message[1..] : message;
            int length = ComposeFrame(wire);
            if (length == 0)
                return 0;
            _sequence++;
            _acknowledgements.CountSent();
            if (!_startWithDelimiter)
                return length;
            // Ends whatever half frame the far end may hold.
            message[0] = LinkFrame.Delimiter;
            _startWithDelimiter = false;
            return length + 1;
        }
    }

    public void Written(bool whole)
    {
        lock (_gate)
        {
            if (whole)
            {
                _sent++;
                return;
            }
            _outbox.CountDropped();
            _startWithDelimiter = true;
        }
    }

    private static TimeSpan Sooner(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private TimeSpan Until(long due) => -_time.GetElapsedTime(due);

    private long After(TimeSpan period) => _time.GetTimestamp() + (long)(period.TotalSeconds * _time.TimestampFrequency);

    private int ComposeFrame(Span<byte> wire)
    {
        if (!_greeted && Until(_helloDue) <= TimeSpan.Zero)
        {
            _helloDue = After(_options.Required ? HelloPeriod : TimeSpan.FromDays(1));
            return LinkFrame.Encode(new HelloMessage(HelloMessage.CurrentVersion, LinkRole.VisionComputer, _name), _sequence, wire);
        }
        if (_state != LinkState.Up)
            return 0;
        if (_outbox.TryTakeHeartbeat(out HeartbeatMessage heartbeat))
            return LinkFrame.Encode(heartbeat, _sequence, wire);
        if (Until(_timeDue) <= TimeSpan.Zero)
        {
            _timeDue = After(TimePeriod);
            _askedAt = _time.GetElapsedTime(_startedAt);
            return LinkFrame.Encode(new TimeMessage(Milliseconds(_askedAt)), _sequence, wire);
        }
        if (_outbox.TryTakeTarget(out TargetMessage target, out bool isFresh))
        {
            ComposedCapture = isFresh ? _outbox.CapturedAt : null;
            return LinkFrame.Encode(target, _sequence, wire);
        }
        if (_outbox.TryTakeClasses(out ClassesMessage classes))
        {
            ComposedCapture = _outbox.CapturedAt;
            return LinkFrame.Encode(classes, _sequence, wire);
        }
        if (_texts.TryTake(out TextMessage text))
            return LinkFrame.Encode(text, _sequence, wire);
        return _outbox.TryTakeDetections(_detectionsPerMessage, out DetectionsMessage detections)
            ? LinkFrame.Encode(detections, _sequence, wire)
            : 0;
    }

    private void Handle(ReceivedFrame frame)
    {
        switch (frame.Type)
        {
            case MessageType.HelloReply:
                _greeted = true;
                _statusAt = _time.GetTimestamp();
                Greet(HelloReplyMessage.Read(frame.Payload).Hello.Name);
                break;
            case MessageType.Status:
                _statusAt = _time.GetTimestamp();
                _acknowledgements.Add(StatusMessage.Read(frame.Payload));
                break;
            case MessageType.TimeReply:
                var reply = TimeReplyMessage.Read(frame.Payload);
                if (reply.HostMs == Milliseconds(_askedAt))
                    _clock.Add(_askedAt, _time.GetElapsedTime(_startedAt), TimeSpan.FromMilliseconds(reply.McuMs));
                break;
            case MessageType.Command:
                var command = CommandMessage.Read(frame.Payload);
                if (command.Command <= (byte)RobotCommandKind.Record && _commands.Count < MaxCommands)
                    _commands.Enqueue(new((RobotCommandKind)command.Command, command.Argument));
                break;
        }
    }

    private void Greet(ReadOnlySpan<byte> name)
    {
        (_state, _detail) = (LinkState.Up, "");
        string printable = string.Concat(Encoding.ASCII.GetString(name).Where(letter => letter is >= ' ' and <= '~'));
        if (printable != FarEnd)
            FarEnd = printable;
    }

    private static uint Milliseconds(TimeSpan time) => unchecked((uint)(long)time.TotalMilliseconds);
}
