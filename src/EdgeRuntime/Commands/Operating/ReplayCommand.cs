using System.CommandLine;
using System.Text;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Recording;

namespace EdgeCnn.EdgeRuntime.Commands.Operating;

/// <summary>`edgecnn replay`: a recording goes through the pipeline again.</summary>
internal static class ReplayCommand
{
    public static Command Create()
    {
        Argument<string> folder = new("DIR") { Description = "The recording's folder." };
        Option<string?> config =
            new("--config") { Description = "The configuration file in place of the recorded settings.", HelpName = "file" };
        Option<bool> fast = new("--fast") { Description = "As fast as it can be computed, instead of with the recording's own timing." };
        DocumentedCommand command = new(
            "replay",
            "Send a recording through network, tracker and aim again, with the settings that it was recorded with, and print what is seen as JSON lines. "
                + "Settings can be changed by arguments of the form --Section:Key=value. The same recording, model and settings give the same lines, byte for byte. "
                + "(To send it to a robot or look at it in the browser: edgecnn run --Camera:Source=DIR.)",
            "edgecnn replay recordings/20261122-143622 --fast                          # what was seen, every picture once",
            "edgecnn replay recordings/20261122-143622 --fast --Model:Confidence=0.3   # what would have been seen with another threshold")
        {
            folder, config, fast,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((parsed, stop) =>
        {
            using RecordingReader recording = RecordingReader.Open(parsed.GetRequiredValue(folder));
            EdgeOptions options = parsed.GetValue(config) is { } file
                ? SettingsLoader.Load(file, parsed.UnmatchedTokens)
                : SettingsLoader.LoadFrom(
                    SettingsFile.Parse($"{recording.Folder}'s settings", recording.Header.SettingsText()), parsed.UnmatchedTokens);
            using Replay replay = new(recording, options, TimeProvider.System);
            foreach (string assumption in replay.Assumptions) Console.Error.WriteLine($"edgecnn: note: {assumption}");
            for (string line = Next(); line.Length > 0; line = Next()) Console.Out.Write(line);
            if (recording.Damaged > 0)
                Console.Error.WriteLine(
                    $"edgecnn: note: {recording.Damaged} damaged lines or pictures of {recording.Folder} were left out.");
            stop.ThrowIfCancellationRequested();
            return Task.FromResult(0);

            string Next() => Encoding.UTF8.GetString(replay.Next(paced: !parsed.GetValue(fast), stop));
        });
        return command;
    }
}
