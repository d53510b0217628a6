using System.CommandLine;
using EdgeCnn.EdgeRuntime.Configuration;

namespace EdgeCnn.EdgeRuntime.Commands.Operating;

/// <summary>`edgecnn settings`: every setting of the daemon.</summary>
internal static class SettingsCommand
{
    public static Command Create()
    {
        Option<bool> schema = new("--schema") { Description = "Print the JSON schema of configuration files, for editors." };
        DocumentedCommand command = new(
            "settings",
            "Print a configuration file with every setting at its default, explained.",
            "edgecnn settings > robot.json   # a file to start from")
        {
            schema,
        };
        command.SetAction(parsed => Console.Out.Write(parsed.GetValue(schema) ? SettingsDocument.Schema() : SettingsDocument.Commented()));
        return command;
    }
}
