using EdgeCnn.EdgeRuntime.Operation;

namespace EdgeCnn.EdgeRuntime.Publishing;

/// <summary>
/// Somebody who is told what was seen. Called from the loops of the cameras only; no call waits for the far end: what cannot be sent at
/// once waits in a mailbox of depth one, where the newest wins, and what was replaced is counted.
/// </summary>
public interface IPublisher : IDisposable
{
    /// <summary>For people: "EdgeLink /dev/ttyACM0 115200".</summary>
    string Description { get; }

    /// <summary>State and counters; cheap, from any thread.</summary>
    LinkStatus Status { get; }

    /// <summary>From the capture of a frame to the moment its message was handed to the operating system.</summary>
    LatencyHistogram CaptureToWire { get; }

    /// <summary>Opens what has to be opened. A far end that is not there is a state to recover from unless it can never work.</summary>
    /// <exception cref="EdgeException">It can never work as configured: says why and what to do.</exception>
    void Start();

    /// <summary>Tells what a frame meant. Returns at once; several cameras may call at the same time.</summary>
    void Publish(Report report);

    /// <summary>
    /// Called at least every 100 ms, with or without a frame, by the loop that comes round last, so that the far end hears that all are
    /// alive. Returns at once.
    /// </summary>
    void Beat(in Health health);

    /// <summary>Takes the next command that came from the far end.</summary>
    bool TryTakeCommand(out RobotCommand command);
}

public enum RobotCommandKind : byte
{
    Pause = 0,
    Resume = 1,
    Snapshot = 2,
    SelectPipeline = 3,
    Record = 4,
}

/// <summary>COMMAND of the link: what the microcontroller asks of the vision computer.</summary>
public readonly record struct RobotCommand(RobotCommandKind Kind, byte Argument);

public enum LinkState
{
    Closed,

    /// <summary>Open, HELLO not answered yet.</summary>
    Greeting,

    /// <summary>The far end answers (or is known never to talk).</summary>
    Up,

    /// <summary>Was up, is being reopened.</summary>
    Lost,
}

/// <param name="State">What the link is doing.</param>
/// <param name="Detail">One sentence for people, why; empty while up.</param>
/// <param name="Sent">Messages that left.</param>
/// <param name="Acknowledged">Messages that the far end has seen, as far as it says so.</param>
/// <param name="Dropped">Messages replaced by newer ones before they could leave.</param>
/// <param name="Errors">Damaged frames received, and those the far end says it received.</param>
/// <param name="Reopened">How often the port was opened again.</param>
/// <param name="RoundTrip">Time to the far end and back; zero when unknown.</param>
public readonly record struct LinkStatus(
    LinkState State, string Detail, long Sent, long Acknowledged, long Dropped, long Errors, long Reopened, TimeSpan RoundTrip);
