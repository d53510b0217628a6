using System.Text.Json;
using EdgeCnn.EdgeRuntime.Publishing.Ports;

namespace EdgeCnn.EndToEnd;

public sealed class DoctorTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void A_machine_that_has_what_it_needs_is_healthy_and_libraries_processor_and_model_are_told()
    {
        string model = _workspace.ColourModel();
        Outcome outcome = Doctor("--Camera:Source=pattern", "--Link:Port=virtual", $"--Model:Path={model}").Succeeded();

        JsonElement checkup = outcome.Json;
        Assert.True(checkup.GetProperty("healthy").GetBoolean(), outcome.Output);
        Assert.Matches("OpenCV [0-9.]+, GStreamer", What(checkup, "opencv"));
        Assert.Matches("ONNX Runtime [0-9.]+ with cpu", What(checkup, "onnxruntime"));
        Assert.Contains("the engine's kernels are those for ", What(checkup, "processor"), StringComparison.Ordinal);
        Assert.Contains("is a classifier of 3 classes", What(checkup, "model"), StringComparison.Ordinal);
        Assert.Contains(Findings(checkup, "model"), finding => finding.Contains("the time goes to ", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_wrong_has_an_advice_each_and_the_exit_code_1()
    {
        Outcome outcome = Doctor("--Camera:Source=/no/such.mp4", "--Link:Port=/dev/ttyNONE", $"--Model:Path={_workspace.StrangeModel()}",
            "--Record:MinFreeMegabytes=100000000");

        Assert.Equal(1, outcome.ExitCode);
        JsonElement[] problems = [
            .. outcome.Json.GetProperty("findings").EnumerateArray()
                .Where(finding => finding.GetProperty("severity").GetString() == "problem")];
        Assert.Equal(["camera", "disk", "model", "serial"], problems.Select(problem => problem.GetProperty("area").GetString()!).Order());
        Assert.All(problems, problem => Assert.NotEqual("", problem.GetProperty("advice").GetString()));
        Assert.Contains("GlobalAverageFool", What(outcome.Json, "model"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_configuration_is_a_problem_with_its_line()
    {
        string file = _workspace.Text("robot.json", "{\n  \"Model\": { \"Confidnce\": 0.5 }\n}\n");

        Outcome outcome = Doctor("--config", file);

        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal(
            $"There is no setting 'Model:Confidnce' ({file} line 2): did you mean 'Model:Confidence'?", What(outcome.Json, "settings"));
    }

    [Fact]
    public void A_port_that_another_program_has_open_is_said_to_be_in_use_by_it()
    {
        using PseudoTerminal terminal = new();

        Outcome outcome = Doctor($"--Link:Port={terminal.FarName}");

        Assert.Contains(
            Findings(outcome.Json, "serial"),
            finding => finding.StartsWith($"{terminal.FarName} is in use by ", StringComparison.Ordinal)
                && finding.Contains($"({Environment.ProcessId})", StringComparison.Ordinal));
    }

    [Fact]
    public void People_read_what_to_do_below_what_was_found()
    {
        Outcome outcome = Edgecnn.Run("doctor", "--Camera:Source=/no/such.mp4");

        Assert.Equal(1, outcome.ExitCode);
        string[] lines = outcome.Output.Split('\n');
        int problem = Array.FindIndex(lines, line => line.StartsWith("problem", StringComparison.Ordinal)
            && line.Contains("/no/such.mp4", StringComparison.Ordinal));
        Assert.Contains("-> Set Camera:Source", lines[problem + 1], StringComparison.Ordinal);
    }

    private static Outcome Doctor(params string[] arguments) => Edgecnn.Run(["doctor", "--json", .. arguments]);

    private static string What(JsonElement checkup, string area) => Findings(checkup, area)[0];

    private static string[] Findings(JsonElement checkup, string area) =>
    [
        .. checkup.GetProperty("findings").EnumerateArray().Where(finding => finding.GetProperty("area").GetString() == area)
            .Select(finding => finding.GetProperty("what").GetString()!),
    ];
}
