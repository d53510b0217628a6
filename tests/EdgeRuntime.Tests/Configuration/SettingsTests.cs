using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.Tests;

namespace EdgeCnn.EdgeRuntime.Tests.Configuration;

public sealed class SettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgecnn-settings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_command_line_goes_before_the_file_and_the_file_before_the_defaults()
    {
        string file = Write("""{ "Link": { "Baud": 57600 }, "Camera": { "Source": "file.mp4" } }""");

        EdgeOptions options = SettingsLoader.Load(file, ["--Camera:Source=1"]);

        Assert.Equal("1", options.Camera.Source);
        Assert.Equal(57600, options.Link.Baud);
        Assert.Equal(new EdgeOptions().Model.Top, options.Model.Top);
    }

    [Fact]
    public void Comments_trailing_commas_and_a_byte_order_mark_are_read()
    {
        string file = Write("\uFEFF// a comment\n{ \"Model\": { \"Top\": 3, /* why */ }, }");

        Assert.Equal(3, SettingsLoader.Load(file, []).Model.Top);
    }

    [Theory]
    [InlineData("{\n \"Camera\": {\n  \"Sorce\": \"0\"\n }\n}",
        "There is no setting 'Camera:Sorce' (FILE line 3): did you mean 'Camera:Source'?")]
    [InlineData("{\n \"Modell\": { \"Path\": \"m.onnx\" } }", "There is no setting 'Modell' (FILE line 2): did you mean 'Model'?")]
    [InlineData("{ \"Model\": {\n \"Top\": \"many\" } }", "Model:Top is 'many' (FILE line 2), but must be a whole number.")]
    [InlineData("{ \"Model\": {\n\n \"Confidence\": 1.5 } }", "Model:Confidence is '1.5' (FILE line 3), but must be a number from 0 to 1.")]
    [InlineData("{ \"Model\": {\n \"Top\": 1,\n \"Top\": 2 } }", "Model:Top is given twice in FILE, on line 2 and on line 3: remove one.")]
    [InlineData("{ \"Link\": \"ttyUSB0\" }", "Link is 'ttyUSB0' (FILE line 1), but must be a group of settings, not a single value.")]
    public void A_wrong_setting_is_named_with_its_line_and_what_is_accepted(string text, string sentence)
    {
        string file = Write(text);

        SettingsException e = Assert.Throws<SettingsException>(() => SettingsLoader.Load(file, []));

        Assert.Equal(sentence.Replace("FILE", file, StringComparison.Ordinal), e.Message);
    }

    [Theory]
    [InlineData("{ \"Model\": ", "line 1 is not valid JSON")]
    [InlineData("{\n\n \"Model\": nonsense }", "line 3 is not valid JSON")]
    [InlineData("", "is not valid JSON")]
    [InlineData("[1]", "holds no settings")]
    [InlineData("\u0000\u0001", "is not valid JSON")]
    public void A_file_that_is_not_JSON_is_refused_with_the_line(string text, string part)
    {
        SettingsException e = Assert.Throws<SettingsException>(() => SettingsLoader.Load(Write(text), []));

        Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_and_a_directory_are_refused_in_one_sentence()
    {
        Assert.Contains("there is no such file", Assert.Throws<SettingsException>(() => SettingsLoader.Load("/no/such.json", [])).Message,
            StringComparison.Ordinal);
        Assert.Contains("it is a directory", Assert.Throws<SettingsException>(() => SettingsLoader.Load(_folder, [])).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Camera:Sorce=0", "There is no setting 'Camera:Sorce' (on the command line): did you mean 'Camera:Source'?")]
    [InlineData("--Inference:Threads=-1", "Inference:Threads is '-1' (on the command line), but must be")]
    [InlineData("--Camera:Rotate=45", "Camera:Rotate is '45' (on the command line), but must be 0, 90, 180 or 270 degrees.")]
    [InlineData("--Camera:Width=640",
        "Camera:Height is missing, but must be given together with the other of Width and Height, or not at all.")]
    [InlineData("--Camera:Format=MJPEG",
        "Camera:Format is 'MJPEG' (on the command line), but must be four characters, such as MJPG or YUYV.")]
    [InlineData("--Camera:ReadTimeoutMs=0", "Camera:ReadTimeoutMs is '0' (on the command line), but must be 100 to 60000 milliseconds.")]
    [InlineData("--Camera:Source=", "Camera:Source is '' (on the command line), but must be a camera, a stream, a file, or pattern.")]
    [InlineData("--Camera:Fps=NaN", "Camera:Fps is 'NaN' (on the command line), but must be 0.01 to 1000 frames per second.")]
    [InlineData("--Inference:Backend=caffe", "Inference:Backend is 'caffe' (on the command line), but must be engine or onnxruntime.")]
    [InlineData("--Inference:ExecutionProviders:0=warp", "Inference:ExecutionProviders")]
    [InlineData("--Aim:Lens:Width=-1", "Aim:Lens:Width is '-1' (on the command line), but must be")]
    [InlineData("Camera:Source=0", "'Camera:Source=0' is not a setting")]
    [InlineData("--verbose", "'--verbose' is not a setting")]
    public void A_wrong_setting_on_the_command_line_is_named(string argument, string sentence)
    {
        SettingsException e = Assert.Throws<SettingsException>(() => SettingsLoader.Load(null, [argument]));

        Assert.StartsWith(sentence, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_environment_variable_goes_before_the_file()
    {
        string file = Write("""{ "Model": { "Top": 3 } }""");
        Environment.SetEnvironmentVariable("EDGECNN_Model__Top", "7");
        try
        {
            Assert.Equal(7, SettingsLoader.Load(file, []).Model.Top);
        }
        finally
        {
            Environment.SetEnvironmentVariable("EDGECNN_Model__Top", null);
        }
    }

    [Fact]
    public void The_configuration_in_the_repository_holds_every_setting_at_its_default_with_a_comment()
    {
        string path = Path.Join(Repository.Root, "config", "edgecnn.json");

        Assert.Equal(SettingsDocument.Commented(), File.ReadAllText(path));
        Assert.Equivalent(new EdgeOptions(), SettingsLoader.Load(path, []));
        string[] lines = File.ReadAllLines(path);
        for (int i = 1; i < lines.Length; i++)
        {
            if (lines[i].TrimStart().StartsWith('"') && !lines[i].Contains("$schema", StringComparison.Ordinal))
                Assert.True(
                    lines[i - 1].TrimStart().StartsWith("//", StringComparison.Ordinal), $"line {i + 1} has no comment: {lines[i]}");
        }
    }

    [Fact]
    public void The_schema_in_the_repository_is_the_programs_own() =>
        Assert.Equal(SettingsDocument.Schema(), File.ReadAllText(Path.Join(Repository.Root, "config", "edgecnn.schema.json")));

    private string Write(string text)
    {
        string path = Path.Join(_folder, "edgecnn.json");
        File.WriteAllText(path, text);
        return path;
    }
}
