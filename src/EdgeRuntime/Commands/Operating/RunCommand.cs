using System.CommandLine;
using System.Runtime.InteropServices;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Operation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EdgeCnn.EdgeRuntime.Commands.Operating;

/// <summary>`edgecnn run`: the daemon.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        Option<string?> config = new("--config") { Description = "The configuration file.", HelpName = "file" };
        DocumentedCommand command = new(
            "run",
            $"Watch a camera and tell a microcontroller what is seen, until stopped. Settings come from built-in defaults, the configuration file "
                + $"({SettingsLoader.InstalledFile} where none is named), environment variables ({SettingsLoader.EnvironmentPrefix}Camera__Source=0) "
                + "and arguments of the form --Section:Key=value; 'edgecnn settings' lists them all.",
            "edgecnn run --Camera:Source=0 --Model:Path=model.onnx --Output:Json=-   # what the first camera sees, as JSON lines",
            "edgecnn run --config robot.json --Link:Port=/dev/ttyACM0                # settings from a file, one of them changed")
        {
            config,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(async (parsed, stop) =>
        {
            EdgeOptions options = SettingsLoader.Load(parsed.GetValue(config), parsed.UnmatchedTokens);
            if (CameraSettings.Of(options).FirstOrDefault(static camera => camera.Options.Model.Path.Length == 0) is { } blind)
            {
                string of = options.Cameras.Count == 0 ? "" : $" for the camera {blind.Name}";
                throw new SettingsException($"Model:Path is not set{of}: name an ONNX file, for instance --Model:Path=model.onnx.");
            }
            SettingsSource source = new(parsed.GetValue(config), parsed.UnmatchedTokens);
            using IHost host = Daemon.Build(options, [], quiet: false, source);
            // Elsewhere a hang-up is a terminal that was closed, and ends the program as it always has.
            using PosixSignalRegistration? hangUp = Environment.GetEnvironmentVariable("INVOCATION_ID") is null
                ? null
                : PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
                {
                    signal.Cancel = true;
                    host.Services.GetRequiredService<SettingsReload>().Ask();
                });
            await Daemon.RunAsync(host, stop);
            return 0;
        });
        return command;
    }
}
