namespace EdgeCnn.EndToEnd;

/// <summary>
/// What is missing, damaged or of the wrong kind: one sentence that says what, where and what to do, exit code 1, no stack trace.
/// </summary>
public sealed class BadInputTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("inspect")]
    [InlineData("bench")]
    [InlineData("detect")]
    [InlineData("classify")]
    [InlineData("compare")]
    public void A_missing_model_is_named(string command)
    {
        string picture = _workspace.Picture("a.png", 255, 0, 0);

        Run(command, "nowhere.onnx", picture).FailedWith(1, "The model 'nowhere.onnx' does not exist.");
    }

    [Theory]
    [InlineData("inspect")]
    [InlineData("bench")]
    [InlineData("classify")]
    public void A_folder_is_no_model(string command)
    {
        string picture = _workspace.Picture("a.png", 255, 0, 0), folder = _workspace.Folder("model");

        Run(command, folder, picture).FailedWith(1, $"The model '{folder}' is a folder; give the .onnx file in it.");
    }

    [Theory]
    [InlineData("inspect", "engine")]
    [InlineData("bench", "engine")]
    [InlineData("bench", "onnxruntime")]
    [InlineData("classify", "onnxruntime")]
    public void Damaged_models_are_refused_in_one_sentence_that_names_the_file(string command, string backend)
    {
        string picture = _workspace.Picture("a.png", 255, 0, 0);
        byte[] whole = File.ReadAllBytes(_workspace.ColourModel());
        string[] damaged =
        [
            _workspace.Bytes("empty.onnx", []),
            _workspace.Bytes("half.onnx", whole[..(whole.Length / 2)]),
            _workspace.Bytes("noise.onnx", [.. Enumerable.Range(0, 4096).Select(i => (byte)(i * 31))]),
            _workspace.Text("words.onnx", "This is no model."),
        ];
        foreach (string model in damaged)
        {
            string[] backendOption = command == "inspect" ? [] : ["--backend", backend];
            AssertOneSentence(Run(command, model, picture, backendOption), model);
        }
    }

    [Fact]
    public void All_operators_that_are_missing_are_named_at_once()
    {
        string model = _workspace.StrangeModel();

        Outcome bench = Run("bench", model, "");
        Assert.Contains("GlobalAverageFool 'means'", bench.Error);
        Assert.Contains("Reshope 'scores'", bench.Error);
        AssertOneSentence(bench, "");

        Outcome inspect = Edgecnn.Run("inspect", model, "--json").Succeeded();
        Assert.Equal(["GlobalAverageFool", "Reshope"],
            inspect.Json.GetProperty("unsupported").EnumerateArray().Select(missing => missing.GetProperty("op").GetString()));
        Assert.Equal(["means", "scores"],
            inspect.Json.GetProperty("unsupported").EnumerateArray().Select(missing => missing.GetProperty("node").GetString()));
    }

    [Fact]
    public void Images_that_cannot_be_read_are_named_and_the_others_go_on()
    {
        string model = _workspace.ColourModel();
        string red = _workspace.Picture("red.png", 255, 0, 0), blue = _workspace.Picture("blue.jpg", 0, 0, 255);
        string cut = _workspace.Bytes("cut.jpg", File.ReadAllBytes(blue)[..^40]);
        string text = _workspace.Text("text.png", "no picture");
        string empty = _workspace.Text("empty.jpg", "");

        Outcome outcome = Edgecnn.Run(
            "classify", red, cut, text, empty, _workspace["missing.jpg"], blue, "--model", model, "--top", "1", "--json");

        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal([red, blue], outcome.JsonLines.Select(line => line.GetProperty("image").GetString()));
        string[] complaints = [.. outcome.Error.Split('\n').Where(line => line.Length > 0 && !line.Contains(": note: "))];
        Assert.Equal(4, complaints.Length);
        foreach (string file in new[] { cut, text, empty, _workspace["missing.jpg"] })
            Assert.Single(complaints, line => line.Contains(file));
    }

    [Fact]
    public void A_folder_without_images_is_said()
    {
        string folder = _workspace.Folder("nothing"), model = _workspace.ColourModel();
        _workspace.Text("nothing/readme.txt", "");

        Outcome outcome = Edgecnn.Run("classify", folder, "--model", model);

        AssertOneSentence(outcome, folder);
        Assert.Contains("holds no image", outcome.Error);
        AssertOneSentence(Edgecnn.Run("compare", model, "--images", folder), folder);
    }

    [Fact]
    public void A_classifier_is_no_detector_and_the_other_command_is_named()
    {
        string model = _workspace.ColourModel(), picture = _workspace.Picture("a.png", 255, 0, 0);

        Edgecnn.Run("detect", picture, "--model", model)
            .FailedWith(1, $"'{model}' is a classifier, not a detector; 'edgecnn classify' runs it.");
    }

    [Fact]
    public void Labels_that_do_not_fit_the_model_are_refused()
    {
        string model = _workspace.ColourModel(), picture = _workspace.Picture("a.png", 255, 0, 0);
        string labels = _workspace.Text("two.txt", "red\ngreen\n");

        AssertOneSentence(Edgecnn.Run("classify", picture, "--model", model, "--labels", labels), "3 classes and 2 labels");
        AssertOneSentence(Edgecnn.Run("classify", picture, "--model", model, "--labels", _workspace["none.txt"]), "none.txt");
    }

    [Fact]
    public void A_model_card_that_is_no_JSON_is_named_with_the_line()
    {
        string model = _workspace.ColourModel(), picture = _workspace.Picture("a.png", 255, 0, 0);
        _workspace.Text("colour.card.json", "{\n  \"task\": detect\n}");

        AssertOneSentence(Edgecnn.Run("classify", picture, "--model", model), "line 2");
    }

    [Fact]
    public void A_shape_for_an_input_that_is_not_there_is_refused() =>
        AssertOneSentence(Edgecnn.Run("inspect", _workspace.ColourModel(), "--shape", "image=1x3x8x8"), "'image'");

    [Fact]
    public void A_size_that_the_model_does_not_leave_open_is_said_not_to_be_used()
    {
        Outcome outcome = Edgecnn.Run(
            "classify", _workspace.Picture("a.png", 255, 0, 0), "--model", _workspace.ColourModel(), "--size", "64x64").Succeeded();

        Assert.Contains(
            "edgecnn: note: The model fixes its pictures at 32x32, so the size that was asked for is not used.\n", outcome.Error);
    }

    [Fact]
    public void Annotations_that_are_none_are_refused()
    {
        string model = _workspace.ColourModel(), folder = _workspace.Folder("images");
        _workspace.Picture("images/a.png", 255, 0, 0);

        AssertOneSentence(
            Edgecnn.Run("evaluate", model, "--dataset", _workspace["none.json"], "--images", folder), "colour.onnx' is a classifier");
    }

    [Fact]
    public void An_exception_is_printed_whole_only_when_it_is_asked_for()
    {
        Outcome outcome = Edgecnn.Run([("EDGECNN_TRACE", "1")], "inspect", "nowhere.onnx");

        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith("edgecnn: The model 'nowhere.onnx' does not exist.\n", outcome.Error);
        Assert.Contains("   at EdgeCnn.", outcome.Error);
    }

    private static Outcome Run(string command, string model, string picture, params string[] more) => command switch
    {
        "detect" or "classify" => Edgecnn.Run([command, picture, "--model", model, .. more]),
        "compare" => Edgecnn.Run([command, model, "--images", Path.GetDirectoryName(picture)!, .. more]),
        _ => Edgecnn.Run([command, model, .. more]),
    };

    private static void AssertOneSentence(Outcome outcome, string about)
    {
        Assert.True(outcome.ExitCode == 1, $"exit code {outcome.ExitCode}: {outcome.Error}");
        string line = Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("edgecnn: ", line);
        Assert.Contains(about, line);
        Assert.DoesNotContain("   at ", line);
        Assert.DoesNotContain("Exception", line);
        Assert.Equal("", outcome.Output);
    }
}
