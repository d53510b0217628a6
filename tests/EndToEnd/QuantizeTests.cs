using System.Text.Json;
using EdgeCnn.Tests;

namespace EdgeCnn.EndToEnd;

/// <summary>quantize: what it writes, what it refuses, and how it says so.</summary>
public sealed class QuantizeTests : IDisposable
{
    private const string Pictures = "coco128/images";
    private const string Annotations = "coco128/instances_train2017.json";

    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [SharedDataFact("models/yolox_nano.onnx", Pictures)]
    public void A_quantised_detector_still_finds_what_pictures_show_in_both_back_ends()
    {
        string output = _workspace["small.onnx"];
        JsonElement result = Edgecnn.Run(
            "quantize", Repository.Data("models/yolox_nano.onnx"), "--calibration", Repository.Data(Pictures), "--limit", "8", "-o", output,
            "--json")
            .Succeeded().Json;

        Assert.Equal(["output", "layers_int8", "layers_float", "drop"], result.EnumerateObject().Select(property => property.Name));
        Assert.Equal(output, result.GetProperty("output").GetString());
        Assert.Equal((113, 0), (result.GetProperty("layers_int8").GetInt32(), result.GetProperty("layers_float").GetInt32()));
        Assert.InRange(result.GetProperty("drop").GetDouble(), 0, 0.05);
        foreach (string backend in new[] { "engine", "onnxruntime" })
        {
            JsonElement image = Edgecnn.Run(
                "detect", Repository.Data($"{Pictures}/000000000074.jpg"), "--model", output, "--backend", backend,
                "--json").Succeeded().Json;
            string?[] found =
                [.. image.GetProperty("detections").EnumerateArray().Select(detection => detection.GetProperty("class").GetString())];
            Assert.Contains("bicycle", found);
            Assert.Contains("dog", found);
        }
    }

    [SharedDataFact("models/resnet20.onnx", Pictures)]
    public void What_loses_more_than_it_may_is_not_written_unless_forced()
    {
        string output = _workspace["small.onnx"];
        string[] arguments =
        [
            "quantize", Repository.Data("models/resnet20.onnx"), "--calibration", Repository.Data(Pictures), "--limit", "4", "--max-drop", "0",
            "-o", output,
        ];
        Outcome refused = Edgecnn.Run(arguments);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"'{output}' is not written: the network would lose ", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(output));

        Edgecnn.Run([.. arguments, "--force"]).Succeeded();
        Assert.True(File.Exists(output));
    }

    [SharedDataFact("models/yolox_nano.onnx", Pictures, Annotations)]
    public void With_annotations_the_loss_is_one_of_precision()
    {
        Outcome outcome = Edgecnn.Run(
            "quantize", Repository.Data("models/yolox_nano.onnx"), "--calibration", Repository.Data(Pictures), "--limit", "6",
            "--dataset", Repository.Data(Annotations), "--images", Repository.Data(Pictures), "--max-drop", "0.2",
            "-o", _workspace["small.onnx"]).Succeeded();
        Assert.Contains("(mAP@[.5:.95])", outcome.Output, StringComparison.Ordinal);
    }

    [SharedDataFact("models/yolov8n_int8.onnx", Pictures)]
    public void A_model_that_is_quantised_already_is_refused()
    {
        Outcome outcome = Quantize(Repository.Data("models/yolov8n_int8.onnx"), Repository.Data(Pictures));
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("The model is quantised already", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_readable_pictures_is_refused()
    {
        string folder = _workspace.Folder("pictures");
        File.WriteAllText(Path.Combine(folder, "broken.jpg"), "no picture");
        Outcome outcome = Quantize(_workspace.ColourModel(), folder);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains($"None of the images in '{folder}' could be read, so there is nothing to calibrate with.", outcome.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_to_keep_that_is_not_there_is_named()
    {
        string folder = _workspace.Folder("pictures");
        _workspace.Picture("pictures/a.png", 255, 0, 0);
        Outcome outcome = Quantize(_workspace.ColourModel(), folder, "--keep", "nowhere");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("The model has no node 'nowhere' to keep", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_that_cannot_be_written_is_said_before_the_work()
    {
        string model = _workspace.ColourModel(), folder = _workspace.Folder("pictures");
        Edgecnn.Run("quantize", model, "--calibration", folder, "-o", _workspace["nowhere/small.onnx"])
            .FailedWith(1, $"'{_workspace["nowhere/small.onnx"]}' cannot be written: there is no folder '{_workspace["nowhere"]}'.");
        Edgecnn.Run("quantize", model, "--calibration", folder, "-o", model)
            .FailedWith(1, $"'{model}' is the model itself; give the quantised one a name of its own.");
    }

    [Fact]
    public void Annotations_need_their_images()
    {
        Outcome outcome = Quantize(_workspace.ColourModel(), _workspace.Folder("pictures"), "--dataset", "truth.json");
        outcome.FailedWith(2, "--dataset needs --images, the folder of the annotated images.");
    }

    private Outcome Quantize(string model, string pictures, params string[] more) =>
        Edgecnn.Run(["quantize", model, "--calibration", pictures, "--limit", "4", "-o", _workspace["small.onnx"], .. more]);
}
