using System.CommandLine;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Doctor;

namespace EdgeCnn.EdgeRuntime.Commands.Operating;

/// <summary>`edgecnn doctor`: looks at everything that the daemon needs, and says of each finding what to do.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        Option<string?> config = new("--config") { Description = "The configuration file.", HelpName = "file" };
        Option<bool> json = Settings.Json("the findings as one JSON document");
        DocumentedCommand command = new(
            "doctor",
            "Look at what the daemon needs: native libraries, processor, cameras, serial ports, heat, memory, disk, configuration, model. "
                + "Says of each finding what to do; the exit code is 1 when there is a problem. Takes the same settings as 'edgecnn run'.",
            "edgecnn doctor                                       # this machine and the installed configuration",
            "edgecnn doctor --config robot.json --json            # as the daemon would find it, for programs")
        {
            config, json,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(parsed =>
        {
            List<Finding> findings = [.. Examine(parsed.GetValue(config), parsed.UnmatchedTokens)];
            if (parsed.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(Document(findings), Documents.Json.Checkup));
            else Print(findings);
            return findings.Exists(finding => finding.Severity == Severity.Problem) ? 1 : 0;
        });
        return command;
    }

    private static IEnumerable<Finding> Examine(string? config, IReadOnlyList<string> overrides)
    {
        (EdgeOptions options, Finding settings) = ModelChecks.Settings(config, overrides);
        IReadOnlyList<CameraSettings> cameras = CameraSettings.Of(options);
        return
        [
            .. MachineChecks.Libraries(),
            .. MachineChecks.Processor(),
            .. MachineChecks.Board("/", options.Care),
            .. MachineChecks.Disk(options.Record),
            .. MachineChecks.Clock(TimeProvider.System),
            settings,
            .. DeviceChecks.Cameras(cameras),
            .. DeviceChecks.SerialPorts(options),
            .. cameras.SelectMany(ModelChecks.Model),
        ];
    }

    private static void Print(List<Finding> findings)
    {
        int widest = findings.Max(finding => finding.Area.Length);
        foreach (Finding finding in findings)
        {
            Console.Out.WriteLine($"{Name(finding.Severity),-8} {finding.Area.PadRight(widest)}  {finding.What}");
            if (finding.Advice.Length > 0) Console.Out.WriteLine($"{"",-8} {"".PadRight(widest)}  -> {finding.Advice}");
        }
    }

    private static Checkup Document(List<Finding> findings) => new(
        !findings.Exists(finding => finding.Severity == Severity.Problem),
        [.. findings.Select(finding => new CheckupFinding(
            finding.Area, Name(finding.Severity), finding.What, finding.Advice.Length > 0 ? finding.Advice : null))]);

    private static string Name(Severity severity) => severity.ToString().ToLowerInvariant();
}
