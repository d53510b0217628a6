namespace EdgeCnn.EndToEnd;

/// <summary>A command line that cannot be understood: exit code 2, a sentence for each mistake, and where the help is.</summary>
public class WrongUsageTests
{
    [Fact]
    public void Without_a_command_the_program_says_that_it_needs_one() =>
        Edgecnn.Run().FailedWith(2, "A command is missing.\nSee 'edgecnn --help'.");

    [Fact]
    public void The_version_tells_what_a_report_of_a_bug_needs()
    {
        Outcome outcome = Edgecnn.Run("--version");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Matches(@"^edgecnn \d+\.\d+\.\d+.*\n\.NET \d+.* on .*, .*\d+ cores\nkernels for .+\n$", outcome.Output);
    }

    [Theory]
    [InlineData("detct", "detect")]
    [InlineData("comparer", "compare")]
    [InlineData("benhc", "bench")]
    public void A_mistyped_command_is_recognised(string typed, string meant) =>
        Edgecnn.Run(typed).FailedWith(2, $"There is no command '{typed}'; did you mean '{meant}'?\nSee 'edgecnn --help'.");

    [Fact]
    public void A_command_like_no_other_is_not_guessed_at() =>
        Edgecnn.Run("xylophone").FailedWith(2, "There is no command 'xylophone'.\nSee 'edgecnn --help'.");

    [Theory]
    [InlineData("detect", "--modle", "--model")]
    [InlineData("bench", "--againts", "--against")]
    [InlineData("inspect", "--jsn", "--json")]
    [InlineData("compare", "--image", "--images")]
    public void A_mistyped_option_is_recognised_and_not_taken_for_a_file(string command, string typed, string meant) =>
        Edgecnn.Run(command, typed, "x")
            .FailedWith(2, $"There is no option '{typed}'; did you mean '{meant}'?\nSee 'edgecnn {command} --help'.");

    [Theory]
    [InlineData("--threads", "-1", "a whole number from 0 to 256")]
    [InlineData("--threads", "two", "a whole number from 0 to 256")]
    [InlineData("--threads", "1.5", "a whole number from 0 to 256")]
    [InlineData("--threads", "99999999999999999999", "a whole number from 0 to 256")]
    [InlineData("--confidence", "2.0", "a number from 0 to 1")]
    [InlineData("--confidence", "NaN", "a number from 0 to 1")]
    [InlineData("--confidence", "-0.1", "a number from 0 to 1")]
    [InlineData("--confidence", "0,5", "a number from 0 to 1")]
    [InlineData("--iou", "Infinity", "a number from 0 to 1")]
    [InlineData("--backend", "tensorflow", "engine or onnxruntime")]
    [InlineData("--backend", "", "engine or onnxruntime")]
    public void A_value_out_of_range_is_refused_with_the_range(string option, string value, string accepted) =>
        Edgecnn.Run("detect", "x.jpg", "--model", "m.onnx", option, value)
            .FailedWith(2, $"{option} takes {accepted}, not '{value}'.\nSee 'edgecnn detect --help'.");

    [Theory]
    [InlineData("bench", "--runs", "0", "a whole number from 1 to 1000000")]
    [InlineData("bench", "--against", "torch", "engine or onnxruntime")]
    [InlineData("compare", "--tolerance", "-1", "a number from 0 to 1")]
    [InlineData("compare", "--limit", "x", "a whole number of 0 or more")]
    public void So_are_values_of_other_commands(string command, string option, string value, string accepted) =>
        Edgecnn.Run([command, "m.onnx", .. command == "compare" ? new[] { "--images", "x" } : [], option, value])
            .FailedWith(2, $"{option} takes {accepted}, not '{value}'.\nSee 'edgecnn {command} --help'.");

    [Fact]
    public void What_is_required_is_named() =>
        Edgecnn.Run("detect", "x.jpg").FailedWith(2, "Option '--model' is required.\nSee 'edgecnn detect --help'.");

    [Fact]
    public void Layers_of_a_back_end_that_does_not_tell_them_are_wrong_usage() =>
        Edgecnn.Run("bench", "m.onnx", "--layers", "--backend", "onnxruntime")
            .FailedWith(2, "--layers shows the layers of the engine; what onnxruntime does inside, it does not tell.");

    [Theory]
    [InlineData("detect")]
    [InlineData("classify")]
    [InlineData("inspect")]
    [InlineData("compare")]
    [InlineData("evaluate")]
    [InlineData("bench")]
    public void Every_command_has_help_with_examples(string command)
    {
        string help = Edgecnn.Run(command, "--help").Succeeded().Output;

        Assert.Contains("Usage:\n  edgecnn " + command, help);
        Assert.Contains("Examples:\n  edgecnn " + command, help);
        Assert.Contains("--json", help);
    }

    [Fact]
    public void The_help_of_the_program_names_commands_and_exit_codes()
    {
        string help = Edgecnn.Run("--help").Succeeded().Output;

        foreach (
            string command in new[]
            {
                "detect",
                "classify",
                "inspect",
                "segment",
                "zoo",
                "show",
                "compare",
                "evaluate",
                "quantize",
                "bench",
            })
            Assert.Contains($"\n  {command} ", help);
        Assert.Contains("Exit codes: 0 done, 1 failed, 2 wrong usage or configuration", help);
    }
}
