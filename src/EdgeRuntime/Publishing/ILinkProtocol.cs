namespace EdgeCnn.EdgeRuntime.Publishing;

/// <summary>
/// What is said over a link, and when: a state machine without threads and without a port, so that a test can turn its clock. The
/// pipeline's thread publishes, a reader hands in bytes, a writer takes out one message after the other; each call takes microseconds
/// and allocates nothing.
/// </summary>
public interface ILinkProtocol
{
    /// <summary>Bytes of the longest message.</summary>
    const int MaxMessage = 300;

    /// <summary>For people: "EdgeLink".</summary>
    string Name { get; }

    LinkStatus Status { get; }

    /// <summary>The far end should have spoken by now: close the port and open it again.</summary>
    bool IsSilent { get; }

    /// <summary>What a frame meant; replaces what has not left yet.</summary>
    void Publish(Report report);

    /// <summary>The pipeline's loop is alive.</summary>
    void Beat(in Health health);

    bool TryTakeCommand(out RobotCommand command);

    /// <summary>The port was opened.</summary>
    /// <param name="bytesPerSecond">What the line carries, 0 where nothing limits it.</param>
    void Opened(int bytesPerSecond);

    /// <summary>The port was closed, or could not be opened.</summary>
    /// <param name="why">One sentence for people.</param>
    void Closed(string why);

    /// <summary>Bytes that came in, in any pieces.</summary>
    void Receive(ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Writes the next message that is due; its age is right for this moment. Returns its length, 0 when nothing is due.
    /// </summary>
    /// <param name="message">At least <see cref="MaxMessage"/> bytes.</param>
    int Compose(Span<byte> message);

    /// <summary>When the frame was captured that the message composed last speaks of, in ticks of the clock; null: it speaks of none.</summary>
    long? ComposedCapture { get; }

    /// <summary>Whether the message composed last has left; if not, a part of it may have.</summary>
    void Written(bool whole);

    /// <summary>How long nothing will be due unless something is published.</summary>
    TimeSpan UntilDue { get; }
}
