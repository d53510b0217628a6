using System.Text.Json;
using OpenCvSharp;

namespace EdgeCnn.EndToEnd;

/// <summary>The sheets of edgecnn show.</summary>
public sealed class ShowTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void Show_writes_a_page_for_each_subject_and_names_it()
    {
        string model = _workspace["net.onnx"], picture = Picture(), folder = _workspace["sheets"];
        Edgecnn.Run("zoo", "resnet20", "--classes", "3", "--export", model, "--json").Succeeded();

        // A dream of the first layer takes no long way through the network.
        string[] written = Edgecnn.Run(
            "show", model, "--image", picture, "--out", folder, "--layers", "2", "--dream", "conv1/bn/relu").Succeeded()
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(
            ["filters.png", "overview.png", "features-01", "features-02", "evidence.png", "dream.png", "edges.png", "template.png"],
            written.Select(
                path => Path.GetFileName(path) is var name && name.StartsWith("features", StringComparison.Ordinal) ? name[..11] : name));
        foreach (string path in written)
        {
            using Mat sheet = Cv2.ImRead(path);
            Assert.Equal((1600, 900), (sheet.Cols, sheet.Rows));
            // A title in the upper left corner on white, and something below it.
            Assert.Equal(new Vec3b(255, 255, 255), sheet.Get<Vec3b>(10, 10));
            Assert.True(Inked(sheet, new Rect(60, 40, 400, 50)) > 0.01, path);
            Assert.True(Inked(sheet, new Rect(60, 146, 1480, 680)) > 0.05, path);
        }
    }

    [Fact]
    public void Programs_are_told_what_each_sheet_shows()
    {
        string model = _workspace["net.onnx"], folder = _workspace["sheets"];
        Edgecnn.Run("zoo", "resnet20", "--classes", "3", "--export", model, "--json").Succeeded();

        JsonElement[] sheets = Edgecnn.Run(
            "show", model, "--image", Picture(), "--out", folder, "--layers", "1", "--only", "features,evidence", "--json")
            .Succeeded().JsonLines;

        Assert.Equal(["overview", "features", "evidence"], sheets.Select(sheet => sheet.GetProperty("subject").GetString()));
        Assert.All(sheets, sheet => Assert.True(File.Exists(sheet.GetProperty("file").GetString())));
        Assert.StartsWith("conv1", sheets[1].GetProperty("layer").GetString(), StringComparison.Ordinal);
        Assert.False(sheets[0].TryGetProperty("layer", out _));
        JsonElement[] classes = [.. sheets[2].GetProperty("classes").EnumerateArray()];
        Assert.Equal([0, 1, 2], classes.Select(found => found.GetProperty("class_id").GetInt32()).Order());
        Assert.All(classes, found => Assert.True(float.IsFinite(found.GetProperty("score").GetSingle())));
    }

    [Fact]
    public void What_a_network_does_not_have_is_said_and_the_rest_is_shown()
    {
        string picture = Picture(), folder = _workspace["sheets"];

        Outcome outcome = Edgecnn.Run("show", _workspace.ColourModel(), "--image", picture, "--out", folder, "--only", "filters,edges")
            .Succeeded();

        Assert.Contains("No sheet of filters", outcome.Error, StringComparison.Ordinal);
        Assert.Equal([Path.Combine(folder, "edges.png")], Directory.GetFiles(folder));
    }

    [Theory]
    [InlineData(2, "--only takes filters", "--only", "everything")]
    [InlineData(2, "--template is '1,2'", "--template", "1,2")]
    [InlineData(2, "--class: the model knows no class 'zebra'", "--only", "evidence", "--class", "zebra")]
    [InlineData(2, "--layer: the model has no layer 'nowhere' with maps", "--only", "features", "--layer", "nowhere")]
    [InlineData(1, "--template does not lie in the picture", "--only", "template", "--template", "50,40,30,30")]
    public void What_cannot_be_shown_is_said_in_a_sentence(int exitCode, string sentence, params string[] arguments)
    {
        string model = _workspace["net.onnx"], picture = Picture();
        Edgecnn.Run("zoo", "resnet20", "--classes", "3", "--export", model, "--json").Succeeded();

        Outcome outcome = Edgecnn.Run(["show", model, "--image", picture, "--out", _workspace["sheets"], .. arguments]);

        Assert.Equal(exitCode, outcome.ExitCode);
        Assert.Contains(sentence, outcome.Error, StringComparison.Ordinal);
    }

    /// <summary>A bright disc on stripes, 64 x 48.</summary>
    private string Picture()
    {
        using Mat picture = new(48, 64, MatType.CV_8UC3, new Scalar(60, 90, 30));
        for (int x = 0; x < 64; x += 8) Cv2.Rectangle(picture, new Rect(x, 0, 3, 48), new Scalar(120, 140, 90), -1);
        Cv2.Circle(picture, 30, 24, 11, new Scalar(40, 120, 250), -1);
        Cv2.ImWrite(_workspace["a.png"], picture);
        return _workspace["a.png"];
    }

    private static double Inked(Mat sheet, Rect part)
    {
        int inked = 0;
        for (int y = part.Y; y < part.Y + part.Height; y += 2)
        {
            for (int x = part.X; x < part.X + part.Width; x += 2)
            {
                if (sheet.Get<Vec3b>(y, x) != new Vec3b(255, 255, 255)) inked++;
            }
        }
        return 4.0 * inked / (part.Width * part.Height);
    }
}
