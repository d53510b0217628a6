using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>A command whose help ends with examples.</summary>
internal sealed class DocumentedCommand(string name, string description, params string[] examples) : Command(name, description)
{
    /// <summary>Whole command lines that work, each with a word about what it does after a '#'.</summary>
    public IReadOnlyList<string> Examples { get; } = examples;

    /// <summary>What the command's own help says besides the description, which stands in the list of all commands.</summary>
    public string Details { get; set; } = "";
}

/// <summary>The library's help, and then the examples of the command.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int result = help.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        string[][] examples = parseResult.CommandResult.Command switch
        {
            DocumentedCommand documented => [.. documented.Examples.Select(CommandAndPurpose)],
            RootCommand root =>
            [
                .. root.Subcommands.OfType<DocumentedCommand>().Where(command => !command.Hidden)
                    .SelectMany(command => command.Examples.Take(1)).Select(CommandAndPurpose),
            ],
            _ => [],
        };
        if (parseResult.CommandResult.Command is DocumentedCommand { Details.Length: > 0 } detailed)
        {
            output.WriteLine(detailed.Details);
            output.WriteLine();
        }
        int widest = examples.Max(example => example[0].Length);
        output.WriteLine("Examples:");
        foreach (string[] example in examples) output.WriteLine($"  {example[0].PadRight(widest)}   # {example[^1]}");
        output.WriteLine();
        return result;
    }

    private static string[] CommandAndPurpose(string example) => example.Split('#', 2, StringSplitOptions.TrimEntries);
}
