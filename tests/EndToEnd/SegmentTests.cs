using System.Text.Json;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Tasks;
using OpenCvSharp;

namespace EdgeCnn.EndToEnd;

/// <summary>Segmentation from the command line, with a network of one layer whose answers are known.</summary>
public sealed class SegmentTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void Segment_names_the_shares_writes_masks_and_colours_the_picture()
    {
        string picture = RedAndBlue("photos/a.png"), masks = _workspace["masks"], coloured = _workspace["out"];

        JsonElement found = Edgecnn.Run(
            "segment", picture, "--model", Model(), "--masks", masks, "--save", coloured, "--json").Succeeded().Json;

        Assert.Equal(
            """[{"class":"red","class_id":0,"share":0.75},{"class":"blue","class_id":2,"share":0.25}]""",
            found.GetProperty("classes").GetRawText());
        using Mat mask = Cv2.ImRead(Path.Combine(masks, "a.png")), drawn = Cv2.ImRead(Path.Combine(coloured, "a.png"));
        Assert.Equal((0, 2), (mask.Get<Vec3b>(40, 47).Item0, mask.Get<Vec3b>(40, 48).Item0));
        Assert.NotEqual(new Vec3b(0, 0, 255), drawn.Get<Vec3b>(40, 20));
    }

    [Fact]
    public void What_it_wrote_is_read_as_truth_and_scores_one()
    {
        RedAndBlue("photos/a.png");
        _workspace.Picture("photos/b.png", 0, 255, 0);
        string photos = _workspace["photos"], masks = _workspace["masks"];
        Edgecnn.Run("segment", photos, "--model", Model(), "--masks", masks).Succeeded();

        JsonElement score = Edgecnn.Run("evaluate", Model(), "--images", photos, "--masks", masks, "--json").Succeeded().Json;
        string table = Edgecnn.Run("evaluate", Model(), Model("again.onnx"), "--images", photos, "--masks", masks).Succeeded().Output;

        Assert.Equal((2, 1.0, 1.0),
            (score.GetProperty("images").GetInt32(), score.GetProperty("miou").GetDouble(),
                score.GetProperty("pixel_accuracy").GetDouble()));
        Assert.Contains("mIoU    drop  pixels    drop\n", table, StringComparison.Ordinal);
    }

    /// <summary>A quarter of the picture is called green though it is red: red 0.5 of 0.75, green 0 of 0.25, blue all.</summary>
    [Fact]
    public void A_mask_in_Pascal_VOCs_colours_counts_as_one_in_grey_levels()
    {
        RedAndBlue("photos/a.png");
        _workspace.Folder("masks");
        using (Mat mask = new(48, 64, MatType.CV_8UC3, new Scalar(0, 0, 0)))
        {
            (byte red, byte green, byte blue) = ClassColours.Of(1);
            Cv2.Rectangle(mask, new Rect(0, 0, 16, 48), new Scalar(blue, green, red), -1);
            (red, green, blue) = ClassColours.Of(2);
            Cv2.Rectangle(mask, new Rect(48, 0, 16, 48), new Scalar(blue, green, red), -1);
            Cv2.ImWrite(_workspace["masks/a.png"], mask);
        }

        JsonElement score = Edgecnn.Run("evaluate", Model(), "--images", _workspace["photos"], "--masks", _workspace["masks"], "--json")
            .Succeeded().Json;

        Assert.Equal((0.5 / 0.75 + 0 + 1) / 3, score.GetProperty("miou").GetDouble(), 6);
        Assert.Equal(0.75, score.GetProperty("pixel_accuracy").GetDouble(), 6);
    }

    [Theory]
    [InlineData(9, 9, 9, "and the model's classes end at 2")]
    [InlineData(1, 2, 3, "which is none of Pascal VOC's classes")]
    public void A_mask_with_classes_that_there_are_not_is_said_and_left_out(byte red, byte green, byte blue, string part)
    {
        RedAndBlue("photos/a.png");
        _workspace.Folder("masks");
        using (Mat mask = new(48, 64, red == green ? MatType.CV_8UC1 : MatType.CV_8UC3, new Scalar(blue, green, red)))
            Cv2.ImWrite(_workspace["masks/a.png"], mask);

        Outcome outcome = Edgecnn.Run("evaluate", Model(), "--images", _workspace["photos"], "--masks", _workspace["masks"]);

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(part, outcome.Error, StringComparison.Ordinal);
        Assert.Contains("nothing was measured", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quantised_segmenter_is_judged_by_its_mean_intersection_over_union()
    {
        RedAndBlue("photos/a.png");
        string photos = _workspace["photos"], masks = _workspace["masks"];
        Edgecnn.Run("segment", photos, "--model", Model(), "--masks", masks).Succeeded();

        Outcome outcome = Edgecnn.Run(
            "quantize", Model(), "-c", photos, "--images", photos, "--masks", masks, "-o", _workspace["q.onnx"]).Succeeded();
        JsonElement found = Edgecnn.Run("segment", photos, "--model", _workspace["q.onnx"], "--json").Succeeded().Json;

        Assert.Contains("lost: 0.0000 (mIoU)", outcome.Output, StringComparison.Ordinal);
        Assert.Equal("red", found.GetProperty("classes")[0].GetProperty("class").GetString());
    }

    [Fact]
    public void Who_cannot_use_a_segmenter_says_so()
    {
        string model = Model(), picture = RedAndBlue("photos/a.png");

        Edgecnn.Run("detect", picture, "--model", model)
            .FailedWith(1, $"'{model}' is a segmenter, not a detector; 'edgecnn segment' runs it.");
        Edgecnn.Run("evaluate", model, "--images", _workspace["photos"])
            .FailedWith(1, $"'{model}' is a segmenter; name the folder of the images' masks with --masks.");
        Outcome daemon = Edgecnn.Run("run", $"--Model:Path={model}", $"--Camera:Source={picture}");
        Assert.Equal(1, daemon.ExitCode);
        Assert.Contains("a mask is nothing that can be tracked or sent over a link", daemon.Error, StringComparison.Ordinal);
    }

    /// <summary>Three quarters red, one quarter blue, 64 x 48.</summary>
    private string RedAndBlue(string name)
    {
        _workspace.Folder("photos");
        using Mat picture = new(48, 64, MatType.CV_8UC3, new Scalar(0, 0, 255));
        Cv2.Rectangle(picture, new Rect(48, 0, 16, 48), new Scalar(255, 0, 0), -1);
        Cv2.ImWrite(_workspace[name], picture);
        return _workspace[name];
    }

    /// <summary>The classes red, green and blue: the brightest channel of each pixel.</summary>
    private string Model(string name = "colours.onnx")
    {
        GraphBuilder builder = new("colours");
        string image = builder.Input("image", ElementType.Float32, new Shape(1, 3, 48, 64));
        string same = builder.Constant("same", Tensor.Of(new Shape(3, 3, 1, 1), [1f, 0, 0, 0, 1, 0, 0, 0, 1]));
        builder.Output(builder.Add("scores", new Conv([1, 1], [0, 0, 0, 0], [1, 1], 1), image, same));
        ModelCard card = new()
        {
            Task = "segment",
            Labels = ["red", "green", "blue"],
            Preprocessing = PreprocessingCard.Of(Preprocessing.Ultralytics),
        };
        OnnxModel.Write(card.In(builder.Build()), _workspace[name]);
        return _workspace[name];
    }
}
