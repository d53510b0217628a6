using System.Text;

namespace EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

/// <summary>
/// The host's side of EdgeLink v1 with its fail-safe contract: nothing that moves an actuator leaves before HELLO is answered,
/// heartbeats leave only while the pipeline's loop beats, ages are right when the bytes leave, a far end that stays silent is given up.
/// </summary>
public sealed class EdgeLinkProtocol : LinkProtocol
{
    private const int MaxCommands = 8;
    private static readonly TimeSpan HelloPeriod = TimeSpan.FromMilliseconds(250), TimePeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(1);

    /// <summary>A board that resets when its port is opened sits in its boot loader for up to two seconds.</summary>
    private static readonly TimeSpan GreetingTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Long lists are cut so that no message holds up the next target for longer.</summary>
    private static readonly TimeSpan LongestMessage = TimeSpan.FromMilliseconds(25);

    private readonly StateTexts _texts;
    private readonly FrameReader _reader = new();
    private readonly ClockOffset _clock = new();
    private readonly Acknowledgements _acknowledgements = new();
    private readonly Queue<RobotCommand> _commands = new(MaxCommands);
    private readonly byte[] _name;
    private readonly long _startedAt;
    private long _openedAt, _helloDue, _timeDue, _statusAt;
    private TimeSpan _askedAt;
    private int _detectionsPerMessage;
    private byte _sequence;
    private bool _startWithDelimiter, _greeted;

    public EdgeLinkProtocol(LinkOptions options, TimeProvider time)
        : base(options, time, options.Required ? "HELLO is not answered yet" : null)
    {
        _texts = new(time);
        _name = Encoding.ASCII.GetBytes(options.Name);
        _startedAt = time.GetTimestamp();
    }

    public override string Name => "EdgeLink";

    /// <summary>What the far end calls itself, empty before it has.</summary>
    public string FarEnd { get; private set; } = "";

    /// <summary>The far end's clock minus the time since this link was made.</summary>
    public TimeSpan ClockOffset
    {
        get
        {
            lock (Gate)
                return _clock.Offset;
        }
    }

    private protected override TimeSpan UntilNext
    {
        get
        {
            if (!IsOpen)
                return Timeout.InfiniteTimeSpan;
            TimeSpan wait = Sooner(UntilSilent, _greeted ? TimeSpan.MaxValue : Until(_helloDue));
            if (IsUp)
                wait = Sooner(Sooner(wait, Until(_timeDue)), Sooner(Outbox.UntilStale ?? TimeSpan.MaxValue, _texts.UntilDue));
            return Sooner(wait < TimeSpan.Zero ? TimeSpan.Zero : wait, TimePeriod);
        }
    }

    private protected override TimeSpan UntilSilent
    {
        get
        {
            if (!Options.Required || !IsOpen)
                return TimeSpan.MaxValue;
            return _greeted ? StatusTimeout - Time.GetElapsedTime(_statusAt) : GreetingTimeout - Time.GetElapsedTime(_openedAt);
        }
    }

    public override bool TryTakeCommand(out RobotCommand command)
    {
        lock (Gate)
            return _commands.TryDequeue(out command);
    }

    private protected override LinkStatus Complete(LinkStatus status) => status with
    {
        Acknowledged = _acknowledgements.Acknowledged,
        Errors = _reader.CrcErrors + _reader.OverlongFrames + _acknowledgements.Errors,
        RoundTrip = _clock.RoundTrip,
    };

    private protected override void Offer(SystemState state) => _texts.Offer(state);

    private protected override void Begin(int bytesPerSecond)
    {
        _openedAt = _helloDue = _timeDue = Time.GetTimestamp();
        _reader.Reset();
        _clock.Reset();
        _acknowledgements.Reset(_sequence);
        (_greeted, _startWithDelimiter) = (false, true);
        _detectionsPerMessage = bytesPerSecond == 0 ? DetectionsMessage.MaxCount : Math.Clamp(
            (int)(bytesPerSecond * LongestMessage.TotalSeconds) / WireDetection.Size - 1, 1, DetectionsMessage.MaxCount);
    }

    private protected override void Hear(ReadOnlySpan<byte> bytes)
    {
        while (_reader.TryRead(ref bytes, out ReceivedFrame frame))
            Handle(frame);
    }

    private protected override int ComposeNext(Span<byte> message)
    {
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

    private protected override void Cut() => _startWithDelimiter = true;

    private static TimeSpan Sooner(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private TimeSpan Until(long due) => -Time.GetElapsedTime(due);

    private long After(TimeSpan period) => Time.GetTimestamp() + (long)(period.TotalSeconds * Time.TimestampFrequency);

    private int ComposeFrame(Span<byte> wire)
    {
        if (!_greeted && Until(_helloDue) <= TimeSpan.Zero)
        {
            _helloDue = After(Options.Required ? HelloPeriod : TimeSpan.FromDays(1));
            return LinkFrame.Encode(new HelloMessage(HelloMessage.CurrentVersion, LinkRole.VisionComputer, _name), _sequence, wire);
        }
        if (!IsUp)
            return 0;
        if (Outbox.TryTakeHeartbeat(out HeartbeatMessage heartbeat))
            return LinkFrame.Encode(heartbeat, _sequence, wire);
        if (Until(_timeDue) <= TimeSpan.Zero)
        {
            _timeDue = After(TimePeriod);
            _askedAt = Time.GetElapsedTime(_startedAt);
            return LinkFrame.Encode(new TimeMessage(Milliseconds(_askedAt)), _sequence, wire);
        }
        if (Outbox.TryTakeTarget(out TargetMessage target, out bool isFresh))
        {
            ComposedCapture = isFresh ? Outbox.CapturedAt : null;
            return LinkFrame.Encode(target, _sequence, wire);
        }
        if (Outbox.TryTakeClasses(out ClassesMessage classes))
        {
            ComposedCapture = Outbox.CapturedAt;
            return LinkFrame.Encode(classes, _sequence, wire);
        }
        if (_texts.TryTake(out TextMessage text))
            return LinkFrame.Encode(text, _sequence, wire);
        return Outbox.TryTakeDetections(_detectionsPerMessage, out DetectionsMessage detections)
            ? LinkFrame.Encode(detections, _sequence, wire)
            : 0;
    }

    private void Handle(ReceivedFrame frame)
    {
        switch (frame.Type)
        {
            case MessageType.HelloReply:
                _greeted = true;
                _statusAt = Time.GetTimestamp();
                Greet(HelloReplyMessage.Read(frame.Payload).Hello.Name);
                break;
            case MessageType.Status:
                _statusAt = Time.GetTimestamp();
                _acknowledgements.Add(StatusMessage.Read(frame.Payload));
                break;
            case MessageType.TimeReply:
                var reply = TimeReplyMessage.Read(frame.Payload);
                if (reply.HostMs == Milliseconds(_askedAt))
                    _clock.Add(_askedAt, Time.GetElapsedTime(_startedAt), TimeSpan.FromMilliseconds(reply.McuMs));
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
        Answered();
        string printable = string.Concat(Encoding.ASCII.GetString(name).Where(letter => letter is >= ' ' and <= '~'));
        if (printable != FarEnd)
            FarEnd = printable;
    }

    private static uint Milliseconds(TimeSpan time) => unchecked((uint)(long)time.TotalMilliseconds);
}
