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
            IDataset read = Datasets.Open(path, _ => blank).Training;
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
