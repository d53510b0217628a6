using System.CommandLine;
using System.CommandLine.Parsing;
using EdgeCnn.EdgeRuntime.Configuration;

namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>
/// What is said when a command line cannot be understood: one sentence per mistake, what was perhaps meant, and where the help is.
/// </summary>
internal static class WrongUsage
{
    public const int ExitCode = 2;

    public static int Report(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string path = command is RootCommand ? "edgecnn" : $"edgecnn {command.Name}";
        foreach (string sentence in Sentences(parsed, command).Distinct())
            Console.Error.WriteLine($"edgecnn: {sentence}");
        Console.Error.WriteLine($"See '{path} --help'.");
        return ExitCode;
    }

    /// <summary>Refuses options that are unknown, where the library would take them for files. (A file '-x' is written './-x'.)</summary>
    public static void RefuseOptions(ArgumentResult result)
    {
        foreach (string option in Options(result)) result.AddError($"There is no option '{option}'.");
    }

    private static IEnumerable<string> Options(ArgumentResult result) =>
        result.Tokens.Select(token => token.Value).Where(value => value.Length > 1 && value[0] == '-');

    private static IEnumerable<string> Sentences(ParseResult parsed, Command command)
    {
        string[] unknown = [.. parsed.UnmatchedTokens, .. parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(Options)];
        if (unknown.Length > 0)
        {
            // A mistyped option also leaves its value over, and the option it should have been missing; after a command that there is not,
            // nothing can be said about the rest. Saying so as well would only confuse.
            string[] options = command is RootCommand ? unknown[..1] : [.. unknown.Where(token => token.StartsWith('-'))];
            foreach (string token in options.Length > 0 ? options : unknown) yield return Unknown(token, command);
            yield break;
        }
        if (command is RootCommand)
        {
            yield return "A command is missing.";
            yield break;
        }
        foreach (ParseError error in parsed.Errors) yield return error.Message;
    }

    private static string Unknown(string token, Command command)
    {
        string kind = token.StartsWith('-') ? "option" : command.Subcommands.Count > 0 ? "command" : "argument";
        IEnumerable<string> known = kind == "option"
            ? command.Options.SelectMany(option => option.Aliases.Prepend(option.Name))
            : command.Subcommands.Where(subcommand => !subcommand.Hidden).Select(subcommand => subcommand.Name);
        return $"There is no {kind} '{token}'{(Spelling.Nearest(token, known) is { } nearest ? $"; did you mean '{nearest}'?" : ".")}";
    }
}
