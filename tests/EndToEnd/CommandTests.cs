using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace EdgeCnn.EndToEnd;

/// <summary>What the commands print, on a model and pictures that the tests make themselves.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("engine")]
    [InlineData("onnxruntime")]
    public void Classify_names_the_colours_of_a_folder_in_the_order_of_its_files(string backend)
    {
        string model = _workspace.ColourModel(), folder = _workspace.Folder("pictures");
        string blue = _workspace.Picture("pictures/b.png", 0, 0, 255), green = _workspace.Picture(
            "pictures/A.bmp", 0, 255, 0), red = _workspace.Picture("pictures/c.jpg", 255, 0, 0);
        string labels = _workspace.Text("labels.txt", "red\ngreen\nblue\n");

        JsonElement[] lines = Edgecnn.Run("classify", folder, "--model", model, "--labels", labels, "--backend", backend, "--json")
            .Succeeded().JsonLines;

        Assert.Equal([green, blue, red], lines.Select(line => line.GetProperty("image").GetString()));
        Assert.Equal(["green", "blue", "red"], lines.Select(line => line.GetProperty("classes")[0].GetProperty("class").GetString()));
        foreach (JsonElement line in lines)
        {
            Assert.Equal(["image", "width", "height", "classes", "ms"], Names(line));
            Assert.Equal((64, 48), (line.GetProperty("width").GetInt32(), line.GetProperty("height").GetInt32()));
            Assert.Equal(["class", "class_id", "confidence"], Names(line.GetProperty("classes")[0]));
            Assert.Equal(["preprocess", "inference", "decode"], Names(line.GetProperty("ms")));
            Assert.Equal(1, line.GetProperty("classes").EnumerateArray().Sum(found => found.GetProperty("confidence").GetDouble()), 4);
        }
    }

    [Fact]
    public void Classify_names_as_many_classes_as_asked_and_says_what_it_assumed_on_stderr()
    {
        Outcome outcome = Edgecnn.Run("classify", _workspace.Picture("a.png", 0, 200, 0), "--model", _workspace.ColourModel(), "--top", "1")
            .Succeeded();

        Assert.Matches(@"^\S*a\.png  64x48  \(preprocess \d+\.\d ms, inference \d+\.\d ms, decode \d+\.\d ms\)\n  0\.\d{3}  class_1\n$",
            outcome.Output);
        Assert.All(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.StartsWith("edgecnn: note: ", line));
        Assert.Contains("the 3 classes are not known", outcome.Error);
    }

    [Fact]
    public void Onnx_runtime_takes_a_command_line_of_any_length()
    {
        string model = _workspace.ColourModel(), picture = _workspace.Picture("a.png", 0, 200, 0);
        // Its usage reports overflow the stack at 40 kB of arguments; they are switched off.
        string missing = new('x', 100_000);
        Outcome outcome = Edgecnn.Run("classify", picture, missing, "--model", model, "--backend", "onnxruntime", "--json");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Single(outcome.JsonLines);
        Assert.Contains("There is no file or folder", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_gives_inputs_outputs_and_layers_with_their_figures()
    {
        JsonElement model = Edgecnn.Run("inspect", _workspace.ColourModel(), "--json").Succeeded().Json;

        Assert.Equal(["model", "opset", "inputs", "outputs", "parameters", "macs", "layers", "unsupported"], Names(model));
        Assert.Equal("""[{"name":"picture","type":"float32","shape":[1,3,32,32]}]""", model.GetProperty("inputs").GetRawText());
        Assert.Equal("""[{"name":"scores","type":"float32","shape":[1,3]}]""", model.GetProperty("outputs").GetRawText());
        Assert.Equal(
            """[{"name":"means","op":"GlobalAveragePool","output_shape":[1,3,1,1],"parameters":0,"macs":0,"receptive_field":32},{"name":"scores","op":"Reshape","output_shape":[1,3],"parameters":0,"macs":0,"receptive_field":32}]""",
            model.GetProperty("layers").GetRawText());
        Assert.Equal(0, model.GetProperty("unsupported").GetArrayLength());
    }

    [Fact]
    public void Zoo_lists_its_networks_and_shows_one_layer_by_layer()
    {
        JsonElement[] all = [.. Edgecnn.Run("zoo", "--json").Succeeded().Json.EnumerateArray()];
        JsonElement model = Edgecnn.Run("zoo", "vgg16", "--json").Succeeded().Json;
        string table = Edgecnn.Run("zoo", "vgg16").Succeeded().Output;

        Assert.Equal(["name", "parameters", "macs", "input", "classes", "paper"], Names(all[0]));
        Assert.Contains(all,
            network => network.GetProperty("name").GetString() == "vgg16" && network.GetProperty("parameters").GetInt64() == 138_357_544);
        Assert.Equal(["name", "parameters", "macs", "layers"], Names(model));
        Assert.Equal(138_357_544, model.GetProperty("parameters").GetInt64());
        Assert.Equal(
            """{"name":"conv1_1","op":"Conv","output_shape":[1,64,224,224],"parameters":1792,"macs":86704128,"receptive_field":3}""",
            model.GetProperty("layers")[0].GetRawText());
        Assert.Contains("3x3x64x128 + 128", table);
        Assert.Contains("483,388,358,656 parameters", table);
    }

    [Fact]
    public void Zoo_writes_a_network_that_can_be_inspected_and_the_same_again_for_the_same_seed()
    {
        string[] files = [_workspace["a.onnx"], _workspace["b.onnx"], _workspace["c.onnx"]];
        Edgecnn.Run("zoo", "lenet5", "--classes", "4", "--export", files[0]).Succeeded();
        Edgecnn.Run("zoo", "lenet5", "--classes", "4", "--export", files[1], "--seed", "1").Succeeded();
        Edgecnn.Run("zoo", "lenet5", "--classes", "4", "--export", files[2], "--seed", "2").Succeeded();

        JsonElement model = Edgecnn.Run("inspect", files[0], "--json").Succeeded().Json;
        Assert.Equal("""[{"name":"scores","type":"float32","shape":[1,4]}]""", model.GetProperty("outputs").GetRawText());
        Assert.Equal(File.ReadAllBytes(files[0]), File.ReadAllBytes(files[1]));
        Assert.NotEqual(File.ReadAllBytes(files[0]), File.ReadAllBytes(files[2]));
    }

    [Theory]
    [InlineData(1, "The zoo has no network 'vgg17'", "vgg17")]
    [InlineData(1, "vgg16 cannot be built for images of 8x8 pixels", "vgg16", "--size", "8")]
    [InlineData(2, "--export needs the name of a network", "--export", "nowhere.onnx")]
    [InlineData(2, "--classes takes a whole number", "vgg16", "--classes", "-3")]
    [InlineData(2, "--size is '320xlarge'", "yolo_arena", "--size", "320xlarge")]
    [InlineData(1, "The model cannot be written to '/proc/no.onnx'", "lenet5", "--export", "/proc/no.onnx")]
    public void What_the_zoo_cannot_do_it_says(int exitCode, string start, params string[] arguments)
    {
        Outcome outcome = Edgecnn.Run(["zoo", .. arguments]);

        Assert.Equal(exitCode, outcome.ExitCode);
        Assert.StartsWith($"edgecnn: {start}", outcome.Error);
        Assert.Equal("", outcome.Output);
    }

    [Fact]
    public void Bench_gives_every_figure_and_the_ratio_to_the_other_back_end()
    {
        JsonElement result = Edgecnn.Run(
            "bench", _workspace.ColourModel(), "--threads", "1", "--runs", "20", "--against", "onnxruntime", "--json").Succeeded().Json;

        Assert.Equal(
            [
                "model", "backend", "threads", "median_ms", "p90_ms", "p99_ms", "gmac", "gmac_per_s",
                "load_ms", "first_run_ms", "rss_growth_mb", "peak_rss_mb", "against",
            ],
            Names(result));
        Assert.Equal(("engine", 1), (result.GetProperty("backend").GetString(), result.GetProperty("threads").GetInt32()));
        JsonElement against = result.GetProperty("against");
        Assert.Equal(["backend", "median_ms", "ratio", "load_ms", "first_run_ms", "rss_growth_mb", "peak_rss_mb"], Names(against));
        foreach (JsonElement side in new[] { result, against })
        {
            Assert.InRange(side.GetProperty("load_ms").GetDouble(), 1, 60_000);
            Assert.InRange(side.GetProperty("rss_growth_mb").GetDouble(), 1, side.GetProperty("peak_rss_mb").GetDouble());
        }
        Assert.Equal("onnxruntime", against.GetProperty("backend").GetString());
        double ours = result.GetProperty("median_ms").GetDouble(), theirs = against.GetProperty("median_ms").GetDouble();
        Assert.True(ours > 0 && theirs > 0);
        Assert.True(result.GetProperty("median_ms").GetDouble() <= result.GetProperty("p90_ms").GetDouble());
        Assert.True(result.GetProperty("p90_ms").GetDouble() <= result.GetProperty("p99_ms").GetDouble());
        Assert.InRange(result.GetProperty("peak_rss_mb").GetDouble(), 10, 4000);
    }

    [Fact]
    public void Bench_measures_training_steps()
    {
        string model = _workspace["digits.onnx"];
        Edgecnn.Run("zoo", "lenet5", "--export", model).Succeeded();
        JsonElement result = Edgecnn.Run("bench", model, "--training", "4", "--runs", "3", "--threads", "1", "--json").Succeeded().Json;
        Assert.Equal(["model", "threads", "batch", "median_ms", "p90_ms", "pictures_per_s", "memory_mb"], Names(result));
        Assert.Equal((1, 4), (result.GetProperty("threads").GetInt32(), result.GetProperty("batch").GetInt32()));
        Assert.True(result.GetProperty("pictures_per_s").GetDouble() > 0);

        Outcome refused = Edgecnn.Run("bench", model, "--training", "4", "--backend", "onnxruntime");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--training measures the engine alone", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Bench_shows_the_kernel_of_each_layer()
    {
        JsonElement result = Edgecnn.Run("bench", _workspace.ColourModel(), "--runs", "3", "--layers", "--json").Succeeded().Json;

        JsonElement layer = Assert.Single(
            result.GetProperty("layers").EnumerateArray(), layer => layer.GetProperty("name").GetString() == "means");
        Assert.Equal(["name", "kernel", "ms", "gmac_per_s"], Names(layer));
        Assert.NotEqual("", layer.GetProperty("kernel").GetString());

        JsonElement layers = Edgecnn.Run("bench", _workspace.QuantisedModel(), "--runs", "3", "--layers", "--json").Succeeded()
            .Json.GetProperty("layers");
        JsonElement product = Assert.Single(layers.EnumerateArray(), layer => layer.GetProperty("gmac_per_s").GetDouble() > 0);
        Assert.Contains("int8", product.GetProperty("kernel").GetString(), StringComparison.Ordinal);
        // Other programs may slow either measurement, but not by this much.
        Assert.InRange(product.GetProperty("peak_share").GetDouble(), 0.0001, 20);
    }

    [Fact]
    public void Compare_lists_the_tensors_that_both_back_ends_compute()
    {
        string model = _workspace.ColourModel(), folder = _workspace.Folder("pictures");
        _workspace.Picture("pictures/a.png", 250, 100, 3);
        _workspace.Picture("pictures/b.png", 25, 10, 230);

        JsonElement result = Edgecnn.Run("compare", model, "--images", folder, "--json").Succeeded().Json;

        Assert.Equal(["model", "images", "tolerance", "equal", "tensors"], Names(result));
        Assert.Equal(2, result.GetProperty("images").GetInt32());
        Assert.True(result.GetProperty("equal").GetBoolean());
        JsonElement scores = result.GetProperty("tensors").EnumerateArray().Single(tensor => tensor.GetProperty("output").GetBoolean());
        Assert.Equal("scores", scores.GetProperty("name").GetString());
        Assert.Equal(["name", "op", "output", "passes", "own", "accumulated", "max_abs", "max_relative"],
            Names(scores).Where(name => name != "sqnr_db"));
        Assert.InRange(scores.GetProperty("accumulated").GetDouble(), 0, 1e-4);
    }

    [Fact]
    public void Compare_counts_the_units_of_integers_and_does_not_judge_what_rounding_adds_up_to()
    {
        string model = _workspace.QuantisedModel(), folder = _workspace.Folder("pictures");
        _workspace.Picture("pictures/a.png", 250, 100, 3);

        JsonElement result = Edgecnn.Run("compare", model, "--images", folder, "--json").Succeeded().Json;
        string table = Edgecnn.Run("compare", model, "--images", folder).Succeeded().Output;

        Assert.Equal("QuantizeLinear", result.GetProperty("rounding").GetString());
        JsonElement[] tensors = [.. result.GetProperty("tensors").EnumerateArray()];
        // Weights that are known at load are nobody's error.
        Assert.Equal(["data", "levels", "means", "scores", "stored", "sums", "values"],
            tensors.Select(Name).Except(["activated"]).Order(StringComparer.Ordinal));
        Assert.All(tensors.Where(tensor => Name(tensor) is "levels" or "stored"),
            tensor => Assert.InRange(tensor.GetProperty("own_units").GetDouble(), 0, 1));
        Assert.All(tensors.Where(tensor => Name(tensor) is not ("levels" or "stored")),
            tensor => Assert.InRange(tensor.GetProperty("own").GetDouble(), 0, 1e-5));
        Assert.Contains("not judged: QuantizeLinear rounds activations", table, StringComparison.Ordinal);

        static string Name(JsonElement tensor) => tensor.GetProperty("name").GetString()!;
    }

    [Fact]
    public void Evaluate_counts_how_often_classifiers_are_right_and_shows_them_side_by_side()
    {
        string[] colours = ["red", "green", "blue"];
        string folder = _workspace.Folder("truth"), labels = _workspace.Text("labels.txt", "red\ngreen\nblue\n");
        for (int i = 0; i < 3; i++)
        {
            _workspace.Folder($"truth/{colours[i]}");
            for (int k = 0; k < 2; k++) _workspace.Picture($"truth/{colours[i]}/{k}.png", Level(0, i), Level(1, i), Level(2, i));
        }
        // One picture lies in the wrong folder.
        _workspace.Picture("truth/red/9.png", 0, 255, 0);
        string[] arguments =
            ["evaluate", _workspace.ColourModel(), _workspace.ColourModel("again.onnx"), "--images", folder, "--labels", labels];

        JsonElement[] scores = Edgecnn.Run([.. arguments, "--json"]).Succeeded().JsonLines;
        string table = Edgecnn.Run(arguments).Succeeded().Output;

        Assert.Equal(2, scores.Length);
        Assert.All(scores, score => Assert.Equal(["model", "backend", "images", "top1", "top5"], Names(score)));
        Assert.Equal(["colour", "again"], scores.Select(score => Path.GetFileNameWithoutExtension(score.GetProperty("model").GetString())));
        Assert.Equal((7, 6 / 7.0, 1.0),
            (scores[0].GetProperty("images").GetInt32(), scores[0].GetProperty("top1").GetDouble(),
                scores[0].GetProperty("top5").GetDouble()));
        Assert.Equal("model    top-1    drop   top-5    drop\ncolour  0.8571          1.0000\nagain   0.8571  0.0000  1.0000  0.0000\n\n7 images, engine\n", table);

        static byte Level(int channel, int colour) => channel == colour ? (byte)255 : (byte)0;
    }

    [Fact]
    public void Evaluate_says_which_data_a_model_needs()
    {
        string model = _workspace.ColourModel(), folder = _workspace.Folder("empty"), annotations = _workspace.Text("coco.json", "{}");

        Outcome classifier = Edgecnn.Run("evaluate", model, "--images", folder, "--dataset", annotations);
        Outcome none = Edgecnn.Run("evaluate", model, "--images", folder);
        Outcome nothing = Edgecnn.Run("evaluate", model, "--images", folder, "--detections", _workspace["found.json"]);

        Assert.Contains("is a classifier; leave out --dataset, and let --images be a folder with one folder for each class.",
            classifier.Error, StringComparison.Ordinal);
        Assert.Contains("holds no pictures in folders named after the model's classes", none.Error, StringComparison.Ordinal);
        Assert.Contains("--detections writes what detectors find", nothing.Error, StringComparison.Ordinal);
        Assert.Equal((1, 1, 2), (classifier.ExitCode, none.ExitCode, nothing.ExitCode));
    }

    [Fact]
    public void A_reader_that_goes_away_ends_the_program_quietly_and_soon()
    {
        string[] pictures = [.. Enumerable.Repeat(_workspace.Picture("a.png", 0, 200, 0), 20_000)];
        using Process process = Edgecnn.Start(["classify", .. pictures, "--model", _workspace.ColourModel(), "--json"]);
        process.StandardOutput.ReadLine();
        process.StandardOutput.Close();
        string error = process.StandardError.ReadToEnd();

        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.Equal(141, process.ExitCode);
        Assert.All(error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.StartsWith("edgecnn: note: ", line));
    }

    [Theory]
    [InlineData(2, 130)]
    [InlineData(15, 143)]
    public void A_signal_ends_the_program_with_its_number(int signal, int exitCode)
    {
        string[] pictures = [.. Enumerable.Repeat(_workspace.Picture("a.png", 0, 200, 0), 20_000)];
        using Process process = Edgecnn.Start(["classify", .. pictures, "--model", _workspace.ColourModel(), "--json"]);
        process.StandardOutput.ReadLine();
        Assert.Equal(0, Kill(process.Id, signal));
        _ = process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();

        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.Equal(exitCode, process.ExitCode);
        Assert.All(error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.StartsWith("edgecnn: note: ", line));
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(property => property.Name);
}
