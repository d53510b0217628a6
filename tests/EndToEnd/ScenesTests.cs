using System.Text.Json;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Training.Data;
using EdgeCnn.Training.Scenes;

namespace EdgeCnn.EndToEnd;

public sealed class ScenesTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void Scenes_are_written_so_that_they_can_be_learnt_from_and_have_the_boxes_they_were_drawn_with()
    {
        string folder = _workspace["data"];
        Edgecnn.Run("scenes", "--out", folder, "--count", "6", "--seed", "5", "--size", "160x128").Succeeded();
        SyntheticDataset drawn = new(5, 6, 160, 128);
        Picture blank = new(160, 128);
        foreach (string path in new[] { folder, Path.Join(folder, "annotations.json") })
        {
            IDataset read = Datasets.Open(path, _ => blank, (_, _) => throw new InvalidOperationException()).Training;
            Assert.Equal(Scene.Labels, read.Labels);
            for (int i = 0; i < 6; i++)
            {
                Box[] expected = [.. drawn.Load(i).Boxes], found = [.. read.Load(i).Boxes];
                Assert.Equal(expected.Length, found.Length);
                for (int k = 0; k < expected.Length; k++)
                {
                    Assert.Equal(expected[k].ClassId, found[k].ClassId);
                    Assert.InRange(Math.Abs(expected[k].Left - found[k].Left) + Math.Abs(expected[k].Bottom - found[k].Bottom), 0, 0.01f);
                }
            }
        }
    }

    [Fact]
    public void Scenes_with_masks_teach_a_small_segmenter_in_a_few_epochs()
    {
        string folder = _workspace["masks"], model = _workspace["small.onnx"], output = _workspace["learned.onnx"];
        Edgecnn.Run("scenes", "--out", folder, "--count", "16", "--size", "64x48", "--masks").Succeeded();
        Assert.Equal(Scene.PixelLabels, File.ReadAllLines(Path.Join(folder, "classes.txt")));
        OnnxModel.Write(Segmenter(), model);

        JsonElement[] epochs = Edgecnn.Run(
            "train", "--model", model, "--data", folder, "--val", "0.25", "--epochs", "4", "--batch", "4", "--rate", "0.02",
            "--average", "0.8", "--json", "--out", output).Succeeded().JsonLines;
        Outcome judged = Edgecnn.Run(
            "evaluate", output, "--images", Path.Join(folder, "images"), "--masks", Path.Join(folder, "masks"), "--json").Succeeded();

        Assert.All(epochs, epoch => Assert.Equal("mIoU", epoch.GetProperty("measure").GetString()));
        double[] losses = [.. epochs.Select(epoch => epoch.GetProperty("loss").GetDouble())];
        Assert.True(losses[^1] < 0.7 * losses[0], string.Join(", ", losses));
        // Most of a scene is background, which it learns first.
        Assert.True(judged.Json.GetProperty("pixel_accuracy").GetDouble() > 0.7, judged.Output);
        Assert.Equal("", judged.Error);
    }

    [Fact]
    public void A_film_has_no_masks() =>
        Edgecnn.Run("scenes", "--out", _workspace["arena.mp4"], "--masks").FailedWith(2, "--masks is for pictures; a film has none.");

    /// <summary>Two convolutions.</summary>
    private static Graph Segmenter()
    {
        Random random = new(5);
        GraphBuilder builder = new("small");
        string value = builder.Input("picture", ElementType.Float32, new Shape(1, 3, 48, 64));
        value = builder.Add("conv", new Conv([1, 1], [1, 1, 1, 1], [1, 1], 1), value, Weights("conv.weight", 12, 3, 3, 3));
        value = builder.Add("relu", new Relu(), value);
        builder.Output(builder.Add("scores", new Conv([1, 1], [0, 0, 0, 0], [1, 1], 1), value, Weights("scores.weight", 5, 12, 1, 1)));
        return builder.Build();

        string Weights(string name, params int[] extents)
        {
            Shape shape = new(extents);
            float[] values = [.. Enumerable.Range(0, (int)shape.Count).Select(_ => (random.NextSingle() - 0.5f) / 2)];
            return builder.Constant(name, Tensor.Of(shape, values));
        }
    }

    [Fact]
    public void A_film_is_written_and_can_be_played()
    {
        Edgecnn.Run("scenes", "--out", _workspace["arena.mp4"], "--count", "5", "--size", "160x128").Succeeded();
        using OpenCvSharp.VideoCapture film = new(_workspace["arena.mp4"]);
        Assert.Equal(5, film.Get(OpenCvSharp.VideoCaptureProperties.FrameCount));
        Assert.Equal(30, film.Get(OpenCvSharp.VideoCaptureProperties.Fps), 1.0);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_said_in_one_sentence()
    {
        string file = _workspace.Text("file", "");
        Outcome refused = Edgecnn.Run("scenes", "--out", Path.Join(file, "x"), "--count", "1");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("cannot be written", refused.Error, StringComparison.Ordinal);
    }
}
