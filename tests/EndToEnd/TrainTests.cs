using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EndToEnd;

/// <summary>train: what it writes, what it refuses, and what becomes of a run that is stopped.</summary>
public sealed class TrainTests : IDisposable
{
    private static readonly string[] Colours = ["blue", "green", "red"];

    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void A_trained_network_knows_its_classes_and_names_a_picture_at_once_in_8_bits_too()
    {
        string pictures = Pictures(8), output = _workspace["colours.onnx"];
        JsonElement[] lines = Train(pictures, output, "--epochs", "6", "--val", "0.25", "--int8", "--json").Succeeded().JsonLines;

        Assert.Equal(7, lines.Length);
        Assert.Equal(
            ["epoch", "steps", "rate", "loss", "parts", "validation_loss", "measure", "score", "best", "seconds"],
            lines[0].EnumerateObject().Select(property => property.Name));
        Assert.Equal([1, 2, 3, 4, 5, 6], lines[..6].Select(line => line.GetProperty("epoch").GetInt32()));
        Assert.True(lines[5].GetProperty("loss").GetDouble() < lines[0].GetProperty("loss").GetDouble());
        Assert.Equal(1, lines[5].GetProperty("score").GetDouble());
        foreach (string model in new[] { output, _workspace["colours.int8.onnx"] })
        {
            Outcome outcome = Edgecnn.Run("classify", Path.Combine(pictures, "red", "0.png"), "--model", model, "--json").Succeeded();
            // Nothing is assumed: the card says it all.
            Assert.Equal("", outcome.Error);
            Assert.Equal("red", outcome.Json.GetProperty("classes")[0].GetProperty("class").GetString());
        }
        Assert.StartsWith("\u0089PNG", System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(_workspace["colours.loss.png"])),
            StringComparison.Ordinal);
        Assert.Equal(7, File.ReadAllLines(_workspace["colours.loss.csv"]).Length);
        Assert.False(File.Exists(_workspace["colours.checkpoint"]));
        ModelCard card = ModelCard.Of(OnnxModel.Read(output).Metadata)!;
        Assert.Equal(Colours, card.Labels);
        Assert.Contains("edgecnn train --model", card.Provenance, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_Ctrl_C_stops_is_saved_and_goes_on_to_the_same_file()
    {
        string pictures = Pictures(8), model = Model();
        string[] arguments = ["train", "--model", model, "--data", pictures, "--epochs", "200", "--val", "0.25", "--json", "--out"];
        string whole = _workspace["whole.onnx"], stopped = _workspace["stopped.onnx"];
        Edgecnn.Run([.. arguments, whole]).Succeeded();

        using Process process = Edgecnn.Start([.. arguments, stopped]);
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadLineAsync();
        Assert.Equal(0, Kill(process.Id, 2));
        string lines = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(130, process.ExitCode);
        string checkpoint = _workspace["stopped.checkpoint"];
        string command = $"edgecnn {string.Join(' ', arguments)} {stopped} --resume {checkpoint}";
        Assert.Equal($"edgecnn: stopped, and saved in '{checkpoint}'; go on with: {command}\n", await error);
        Assert.DoesNotContain("\"epoch\":200,", lines, StringComparison.Ordinal);

        Edgecnn.Run([.. arguments, stopped])
            .FailedWith(1,
                $"'{checkpoint}' is there of a run that was stopped; go on with it by --resume {checkpoint}, or remove it to begin anew.");
        Edgecnn.Run([.. arguments, stopped, "--batch", "8", "--resume", checkpoint]).FailedWith(
            1, "The checkpoint was made with --batch its default, and this run has 8; give the same to go on, or begin anew without it.");
        JsonElement[] rest = Edgecnn.Run([.. arguments, stopped, "--resume", checkpoint]).Succeeded().JsonLines;
        Assert.Equal(200, rest[^1].GetProperty("epoch").GetInt32());
        Assert.Equal(Weights(whole), Weights(stopped));
    }

    [TinyDiskFact]
    public void A_full_disk_is_said_once_for_each_file_and_the_network_is_written_elsewhere()
    {
        string disk = _workspace.Folder("disk"), output = Path.Combine(disk, "colours.onnx"), elsewhere = _workspace.Folder("elsewhere");
        string program = Path.Combine(AppContext.BaseDirectory, "edgecnn.dll"), pictures = Pictures(8);
        Outcome outcome = TinyDisk.Run(
            disk,
            kibibytes: 64,
            $"head -c 100000 /dev/zero > {disk}/full 2>/dev/null; "
            + $"TMPDIR={elsewhere} dotnet {program} train --model {Model()} --data {pictures} --epochs 3 --val 0.25 --out {output}");

        Assert.Equal(1, outcome.ExitCode);
        Assert.All(outcome.ErrorLines[..^1],
            line => Assert.Contains("cannot be written: No space left on device", line, StringComparison.Ordinal));
        // Network, checkpoint, and both forms of the curve.
        Assert.Equal(5, outcome.ErrorLines.Length);
        string rescued = Path.Combine(elsewhere, "colours.onnx");
        Assert.EndsWith($"the network is in '{rescued}' instead.", outcome.ErrorLines[^1], StringComparison.Ordinal);
        Edgecnn.Run("classify", Path.Combine(pictures, "red", "0.png"), "--model", rescued).Succeeded();
    }

    [Fact]
    public void The_preview_is_written_and_nothing_is_learned()
    {
        string sheet = _workspace["sheet.png"];
        Edgecnn.Run("train", "--model", Model(), "--data", Pictures(4), "--preview", sheet, "--out", _workspace["colours.onnx"])
            .Succeeded();
        Assert.StartsWith("\u0089PNG", System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(sheet)), StringComparison.Ordinal);
        Assert.False(File.Exists(_workspace["colours.onnx"]));
    }

    [Fact]
    public void A_class_with_one_picture_is_learned_from_and_its_owner_is_told()
    {
        string pictures = Pictures(4);
        foreach (int i in new[] { 1, 2, 3 }) File.Delete(Path.Combine(pictures, "red", $"{i}.png"));
        Outcome outcome = Train(pictures, _workspace["colours.onnx"], "--epochs", "1", "--val", "0.25").Succeeded();
        Assert.Contains("note: The class 'red' has a single picture", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_that_cannot_be_read_is_named_and_the_others_are_learned_from()
    {
        string pictures = Pictures(8), broken = Path.Combine(pictures, "red", "broken.png");
        File.WriteAllText(broken, "no picture");
        Outcome outcome = Train(pictures, _workspace["colours.onnx"], "--epochs", "1", "--val", Pictures(2, "others"));
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains($"Not learned from: {broken} is no JPEG, PNG", outcome.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_workspace["colours.onnx"]));
    }

    [Fact]
    public void A_label_beyond_the_class_list_is_refused_with_its_line()
    {
        string folder = _workspace.Folder("yolo");
        _workspace.Folder("yolo/images");
        _workspace.Folder("yolo/labels");
        _workspace.Picture("yolo/images/a.png", 255, 0, 0);
        _workspace.Text("yolo/labels/a.txt", "0 0.5 0.5 0.5 0.5\n2 0.5 0.5 0.5 0.5\n");
        string yaml = _workspace.Text("yolo/data.yaml", "train: images\nnames: [ball, cone]\n");
        Outcome outcome = Edgecnn.Run("train", "--model", "yolo_arena", "--data", yaml, "--out", _workspace["a.onnx"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("a.txt", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("2", outcome.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder, "a.onnx")));
    }

    [Fact]
    public void A_network_that_tells_other_classes_apart_is_refused()
    {
        Outcome outcome = Edgecnn.Run("train", "--model", Model(classes: 5), "--data", Pictures(4), "--out", _workspace["colours.onnx"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("The model has 5 classes and 3 labels were given", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'nothing' is neither a network of the zoo ('edgecnn zoo' lists them) nor a file.", 1, "nothing", "--epochs", "1")]
    [InlineData("--size is for networks of the zoo; an ONNX file has its own.", 2, "some.onnx", "--size", "32")]
    [InlineData("--out names no file; give the ONNX file to write.", 2, "lenet5", "--out", "models/")]
    public void What_cannot_be_meant_is_said_before_anything_is_read(
        string sentence, int exitCode, string model, string option, string value) =>
        Edgecnn.Run("train", "--model", model, "--data", "nowhere", option, value).FailedWith(exitCode, sentence);

    [Theory]
    [InlineData("--epochs", "0")]
    [InlineData("--optimiser", "adam")]
    [InlineData("--schedule", "linear")]
    [InlineData("--average", "1")]
    [InlineData("--rate", "-1")]
    public void An_option_out_of_its_range_is_wrong_usage(string option, string value)
    {
        Outcome outcome = Edgecnn.Run("train", "--model", "lenet5", "--data", "nowhere", option, value);
        Assert.Equal(2, outcome.ExitCode);
        Assert.StartsWith($"edgecnn: {option} takes ", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_that_cannot_be_written_is_said_before_the_work() =>
        Train(Pictures(2), _workspace["nowhere/colours.onnx"], "--epochs", "1")
            .FailedWith(1, $"'{_workspace["nowhere/colours.onnx"]}' cannot be written: there is no folder '{_workspace["nowhere"]}'.");

    private Outcome Train(string pictures, string output, params string[] more) =>
        Edgecnn.Run(["train", "--model", Model(), "--data", pictures, "--rate", "0.01", "--out", output, .. more]);

    /// <summary>A folder for each colour, with pictures of about that colour.</summary>
    private string Pictures(int ofEach, string name = "colours")
    {
        string folder = _workspace.Folder(name);
        foreach ((int c, string colour) in Colours.Index())
        {
            _workspace.Folder($"{name}/{colour}");
            for (int i = 0; i < ofEach; i++)
            {
                byte Level(int channel) => (byte)(channel == c ? 180 + (5 * i) : 20 + (7 * i));
                _workspace.Picture($"{name}/{colour}/{i}.png", Level(2), Level(1), Level(0));
            }
        }
        return folder;
    }

    /// <summary>A small classifier that has learned nothing yet.</summary>
    private string Model(int classes = 3)
    {
        Random random = new(5);
        GraphBuilder builder = new("small");
        string value = builder.Input("picture", ElementType.Float32, new Shape(1, 3, 16, 16));
        value = builder.Add(
            "conv", new Conv([2, 2], [1, 1, 1, 1], [1, 1], 1), value, Weights("conv.weight", 8, 3, 3, 3), Weights("conv.bias", 8));
        value = builder.Add("relu", new Relu(), value);
        value = builder.Add("means", new GlobalAveragePool(), value);
        value = builder.Add("flat", new Reshape(new Shape(1, 8)), value);
        builder.Output(
            builder.Add("scores", new Gemm(1, 1, false, true), value, Weights("fc.weight", classes, 8), Weights("fc.bias", classes)));
        string path = _workspace[$"small{classes}.onnx"];
        OnnxModel.Write(builder.Build(), path);
        return path;

        string Weights(string name, params int[] extents)
        {
            Shape shape = new(extents);
            return builder.Constant(
                name, Tensor.Of(shape, [.. Enumerable.Range(0, (int)shape.Count).Select(_ => random.NextSingle() - 0.5f)]));
        }
    }

    private static byte[] Weights(string path) =>
        [.. OnnxModel.Read(path).Constants.OrderBy(constant => constant.Key,
            StringComparer.Ordinal).SelectMany(constant => constant.Value.Bytes.ToArray())];

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
