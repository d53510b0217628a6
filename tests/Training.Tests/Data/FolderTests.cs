using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Tests.Data;

public sealed class FolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_folders_of_pictures_are_the_classes()
    {
        _folder.WritePicture("cat/a.png", level: 1);
        _folder.WritePicture("cat/b.JPG", level: 2);
        _folder.WritePicture("dog/c.png", level: 3);
        _folder.Write("dog/notes.txt", "no picture");
        _folder.Write(".hidden/x.png", "");
        OpenedData opened = Datasets.Open(_folder.Root, TemporaryFolder.Decode, TemporaryFolder.DecodeMask);
        Assert.Equal(["cat", "dog"], opened.Training.Labels);
        Assert.Equal(TaskKind.Classify, opened.Training.Task);
        int[] classes = [.. Enumerable.Range(0, 3).Select(i => opened.Training.Load(i).ClassId).Order()];
        Assert.Equal([0, 0, 1], classes);
    }

    [Fact]
    public void A_class_with_one_picture_is_said_and_is_learnt_from()
    {
        for (int i = 0; i < 10; i++) _folder.WritePicture($"cat/{i}.png");
        _folder.WritePicture("dog/only.png");
        OpenedData opened = Datasets.Open(_folder.Root, TemporaryFolder.Decode, TemporaryFolder.DecodeMask);
        Assert.Contains("'dog' has a single picture", Assert.Single(opened.Remarks), StringComparison.Ordinal);
        for (ulong seed = 0; seed < 20; seed++)
        {
            (Subset training, Subset validation) = Subset.Split(opened.Training, 0.3, seed);
            Assert.Contains(Enumerable.Range(0, training.Count), i => training.ClassOf(i) == 1);
            Assert.Equal(3, validation.Count);
        }
    }

    [Fact]
    public void Train_and_val_are_told_apart_and_share_their_classes()
    {
        foreach (string name in new[] { "train/cat/a.png", "train/dog/b.png", "train/dog/c.png", "val/dog/d.png" })
            _folder.WritePicture(name);
        OpenedData opened = Datasets.Open(_folder.Root, TemporaryFolder.Decode, TemporaryFolder.DecodeMask);
        Assert.Equal((3, 1), (opened.Training.Count, opened.Validation!.Count));
        Assert.Equal(1, opened.Validation.Load(0).ClassId);
        _folder.WritePicture("val/cow/e.png");
        Refused("'cow'");
    }

    [Fact]
    public void What_cannot_be_learnt_from_is_refused_with_the_reason()
    {
        Refused("nothing to learn from");
        _folder.WritePicture("cat/a.png");
        Refused("at least two");
        Directory.CreateDirectory(Path.Join(_folder.Root, "dog"));
        Refused("dog' holds no picture");
        Refused("There is no file or folder", "/nowhere/at/all");
        string stray = _folder.Write("stray.bin", "x");
        Refused("is no data set", stray);
    }

    [Fact]
    public void Two_examples_are_the_fewest_that_can_be_split() =>
        Assert.Contains("too few", Assert.Throws<DataException>(() => Subset.Split(new NumberedPictures(1, 4, 4), 0.5, 1)).Message,
            StringComparison.Ordinal);

    private void Refused(string why, string? path = null)
    {
        string message = Assert.Throws<DataException>(
            () => Datasets.Open(path ?? _folder.Root, TemporaryFolder.Decode, TemporaryFolder.DecodeMask)).Message;
        Assert.Contains(why, message, StringComparison.Ordinal);
    }
}
