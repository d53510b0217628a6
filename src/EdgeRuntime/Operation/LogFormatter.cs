using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>
/// One line per message. Under journald it begins with the priority that sd-daemon(3) defines (&lt;4&gt; warning ...), since journald adds
/// time and unit itself; elsewhere with the time of day, and the level where it is not just information. A message that repeats is written
/// a few times a minute (<see cref="RepeatLimit"/>).
/// </summary>
internal sealed class LogFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "edgecnn";

    /// <summary>systemd sets this when stderr goes to the journal.</summary>
    private readonly bool _journal = Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not null;

    private readonly RepeatLimit _limit = new(time);

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string message = logEntry.Formatter(logEntry.State, logEntry.Exception).TrimEnd();
        if (message.Length == 0 && logEntry.Exception is null) return;
        if (!_limit.Passes(message, out int heldBack)) return;
        if (_journal)
            textWriter.Write(string.Create(CultureInfo.InvariantCulture, $"<{Priority(logEntry.LogLevel)}>"));
        else
            textWriter.Write(string.Create(CultureInfo.InvariantCulture, $"{time.GetLocalNow():HH:mm:ss.fff} {Word(logEntry.LogLevel)}"));
        textWriter.Write(message.ReplaceLineEndings(" "));
        if (logEntry.Exception is { } exception)
            textWriter.Write($" ({exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")})");
        textWriter.Write(RepeatLimit.Remark(heldBack));
        textWriter.Write('\n');
    }

    /// <summary>syslog(3): 2 critical, 3 error, 4 warning, 6 information, 7 debugging.</summary>
    private static int Priority(LogLevel level) => level switch
    {
        LogLevel.Critical => 2,
        LogLevel.Error => 3,
        LogLevel.Warning => 4,
        LogLevel.Information => 6,
        _ => 7,
    };

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Critical or LogLevel.Error => "error: ",
        LogLevel.Warning => "warning: ",
        LogLevel.Information => "",
        _ => "debug: ",
    };
}
