namespace EdgeCnn.EdgeRuntime.Publishing;

/// <summary>
/// What is said over a link, and when: a state machine without threads and without a port, so that a test can turn its clock. The
/// pipeline's thread publishes, a reader hands in bytes, a writer takes out one message after the other; each call takes microseconds
/// and allocates nothing. The lock, the outbox and what becomes of the link's state are kept here; a protocol says how its messages look
/// and when they are due. What it overrides is called with the lock held.
/// </summary>
public abstract class LinkProtocol
{
    /// <summary>Bytes of the longest message.</summary>
    public const int MaxMessage = 300;

    private readonly Lock _gate = new();
    private readonly string? _waitingFor;
    private LinkState _state;
    private string _detail = "";
    private long _sent, _opened;
    private bool _everUp;

    /// <param name="options">The link's settings.</param>
    /// <param name="time">The clock that reports are stamped with.</param>
    /// <param name="waitingFor">What an open link waits for before it is up, for people; null: nothing, the far end need not talk.</param>
    private protected LinkProtocol(LinkOptions options, TimeProvider time, string? waitingFor)
    {
        (Options, Time, Outbox, _waitingFor) = (options, time, new(options, time), waitingFor);
    }

    /// <summary>For people: "EdgeLink".</summary>
    public abstract string Name { get; }

    public LinkStatus Status
    {
        get
        {
            lock (_gate)
            {
                long reopened = Math.Max(0, _opened - 1);
                return Complete(
                    new(_state, _detail, _sent, Acknowledged: 0, Outbox.Dropped, Errors: 0, reopened, RoundTrip: TimeSpan.Zero));
            }
        }
    }

    /// <summary>The far end should have spoken by now: close the port and open it again.</summary>
    public bool IsSilent
    {
        get
        {
            lock (_gate)
                return UntilSilent <= TimeSpan.Zero;
        }
    }

    /// <summary>How long nothing will be due unless something is published.</summary>
    public TimeSpan UntilDue
    {
        get
        {
            lock (_gate)
                return UntilNext;
        }
    }

    /// <summary>
    /// When the frame was captured that the message composed last speaks of, in ticks of the clock; null: it speaks of none.
    /// </summary>
    public long? ComposedCapture { get; private protected set; }

    private protected LinkOptions Options { get; }

    private protected TimeProvider Time { get; }

    private protected Lock Gate => _gate;

    private protected Outbox Outbox { get; }

    private protected bool IsOpen { get; private set; }

    private protected bool IsUp => _state == LinkState.Up;

    /// <summary>How long until the far end's silence means that it is gone.</summary>
    private protected virtual TimeSpan UntilSilent => TimeSpan.MaxValue;

    /// <summary>See <see cref="UntilDue"/>.</summary>
    private protected abstract TimeSpan UntilNext { get; }

    /// <summary>What a frame meant; replaces what has not left yet.</summary>
    public void Publish(Report report)
    {
        lock (_gate)
            Outbox.Publish(report);
    }

    /// <summary>The pipeline's loop is alive.</summary>
    public void Beat(in Health health)
    {
        lock (_gate)
        {
            Outbox.Beat(health);
            Offer(Outbox.State);
        }
    }

    public virtual bool TryTakeCommand(out RobotCommand command)
    {
        command = default;
        return false;
    }

    /// <summary>The port was opened.</summary>
    /// <param name="bytesPerSecond">What the line carries, 0 where nothing limits it.</param>
    public void Opened(int bytesPerSecond)
    {
        lock (_gate)
        {
            _opened++;
            IsOpen = true;
            // A link that was lost stays so until it is up again: it shall not look different at each attempt.
            _state = _waitingFor is null ? LinkState.Up : _everUp ? LinkState.Lost : LinkState.Greeting;
            _detail = _waitingFor ?? "";
            Begin(bytesPerSecond);
        }
    }

    /// <summary>The port was closed, or could not be opened.</summary>
    /// <param name="why">One sentence for people.</param>
    public void Closed(string why)
    {
        lock (_gate)
        {
            _everUp |= IsUp;
            (IsOpen, _state, _detail) = (false, _everUp ? LinkState.Lost : _state, why);
        }
    }

    /// <summary>Bytes that came in, in any pieces.</summary>
    public void Receive(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (IsOpen)
                Hear(bytes);
        }
    }

    /// <summary>
    /// Writes the next message that is due; its age is right for this moment. Returns its length, 0 when nothing is due.
    /// </summary>
    /// <param name="message">At least <see cref="MaxMessage"/> bytes.</param>
    public int Compose(Span<byte> message)
    {
        lock (_gate)
        {
            ComposedCapture = null;
            return IsOpen ? ComposeNext(message) : 0;
        }
    }

    /// <summary>Whether the message composed last has left; if not, a part of it may have.</summary>
    public void Written(bool whole)
    {
        lock (_gate)
        {
            if (whole)
            {
                _sent++;
                return;
            }
            Outbox.CountDropped();
            Cut();
        }
    }

    /// <summary>The far end spoke as it should.</summary>
    private protected void Answered() => (_state, _detail) = (LinkState.Up, "");

    /// <summary>Adds to the status what only this protocol knows.</summary>
    private protected virtual LinkStatus Complete(LinkStatus status) => status;

    /// <summary>The state that the pipeline is in now.</summary>
    private protected virtual void Offer(SystemState state)
    {
    }

    /// <summary>A connection begins: nothing of the one before counts any more.</summary>
    private protected virtual void Begin(int bytesPerSecond)
    {
    }

    /// <summary>See <see cref="Receive"/>; the port is open.</summary>
    private protected virtual void Hear(ReadOnlySpan<byte> bytes)
    {
    }

    /// <summary>See <see cref="Compose"/>; the port is open.</summary>
    private protected abstract int ComposeNext(Span<byte> message);

    /// <summary>A part of the last message may have left.</summary>
    private protected virtual void Cut()
    {
    }
}
