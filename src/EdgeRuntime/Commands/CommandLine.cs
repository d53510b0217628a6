using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.InteropServices;

namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>
/// Runs one command of the program and turns whatever happens into an exit code: 0 done, 1 failed, 2 wrong usage or configuration,
/// 128 + number when a signal ended it (130 for Ctrl-C). What failed is said in one sentence on stderr.
/// </summary>
internal static class CommandLine
{
    private const string Description =
        "A vision runtime for edge machines and robots: camera, convolutional network, tracking, serial link.\n\n"
        + "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 130 ended by Ctrl-C.";

    public static async Task<int> RunAsync(string[] args, params IEnumerable<Command> commands)
    {
        StandardOutput.Open();
        RootCommand root = new(Description);
        foreach (Command command in commands) root.Add(command);
        foreach (HelpOption help in root.Options.OfType<HelpOption>()) help.Action = new HelpWithExamples((HelpAction)help.Action!);
        foreach (VersionOption version in root.Options.OfType<VersionOption>()) version.Action = new VersionAction();

        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is null or ParseErrorAction) return WrongUsage.Report(parsed);

        int signal = 0;
        using CancellationTokenSource cancellation = new();
        void Cancel(PosixSignalContext context)
        {
            // A second Ctrl-C ends the process at once, should a command not come to its end.
            if (Interlocked.Exchange(ref signal, context.Signal == PosixSignal.SIGINT ? 2 : 15) != 0) return;
            context.Cancel = true;
            cancellation.Cancel();
        }

        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        InvocationConfiguration invocation = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        try
        {
            return await parsed.InvokeAsync(invocation, cancellation.Token);
        }
        catch (OperationCanceledException) when (signal != 0)
        {
            return 128 + signal;
        }
        catch (Exception e) when (Failure.Describe(e) is { } failure)
        {
            if (failure.Sentence.Length > 0) Console.Error.WriteLine($"edgecnn: {failure.Sentence}");
            if (Failure.Trace) Console.Error.WriteLine(e);
            return failure.ExitCode;
        }
    }
}
