using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.Models;
using EdgeCnn.Training;
using EdgeCnn.Training.Data;

namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>How an exception is told to the user.</summary>
/// <param name="ExitCode">Of the process.</param>
/// <param name="Sentence">What is wrong, where, and what to do; empty when nobody is there to read it.</param>
internal readonly record struct Failure(int ExitCode, string Sentence)
{
    /// <summary>What a program that is killed by SIGPIPE returns.</summary>
    private const int BrokenPipe = 128 + 13;

    private const int EPipe = 32;

    /// <summary>Whether exceptions are printed whole, for a report to the developers.</summary>
    public static bool Trace => Environment.GetEnvironmentVariable("EDGECNN_TRACE") is { Length: > 0 } value && value != "0";

    public static Failure Describe(Exception exception) => exception switch
    {
        SettingsException => new(2, exception.Message),
        IOException { HResult: EPipe } => new(BrokenPipe, ""),
        _ => new(1, Explain(exception)),
    };

    /// <summary>One sentence about what went wrong.</summary>
    public static string Explain(Exception exception) => exception switch
    {
        EdgeException or ModelException or TrainingException or DataException => exception.Message,
        IOException or UnauthorizedAccessException => exception.Message,
        OutOfMemoryException => "There is not enough memory for this; use a smaller model or input size, or close other programs.",
        DllNotFoundException =>
            $"A native library is missing or does not fit this machine ({FirstLine(exception)}); './edgecnn' in the project's folder installs what is needed.",
        TypeInitializationException { InnerException: { } inner } => Explain(inner),
        _ => $"Unexpected {exception.GetType().Name}: {FirstLine(exception)} This is a bug; set EDGECNN_TRACE=1 and run again to see where it happens.",
    };

    private static string FirstLine(Exception exception) => exception.Message.Split('\n', 2)[0].TrimEnd();
}
