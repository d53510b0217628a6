using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Tests.Data;

public sealed class MaskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_picture_has_the_mask_of_its_name_and_one_without_is_left_out()
    {
        _folder.Write("classes.txt", "floor\nball\n");
        foreach ((string name, byte id) in new[] { ("a.jpg", (byte)1), ("b.png", (byte)255), ("c.png", (byte)0) })
        {
            _folder.WritePicture($"images/{name}");
            _folder.WritePicture($"masks/{Path.ChangeExtension(name, ".png")}", level: id);
        }
        _folder.WritePicture("images/d.png");
        OpenedData opened = Open();
        Assert.Equal(TaskKind.Segment, opened.Training.Task);
        Assert.Equal(["floor", "ball"], opened.Training.Labels);
        Assert.Equal([1, 255, 0], Enumerable.Range(0, 3).Select(i => (int)opened.Training.Load(i).Mask![31]));
        Assert.Contains("1 of the 4 pictures", Assert.Single(opened.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_that_nobody_named_are_numbered_behind_the_background()
    {
        _folder.WritePicture("images/a.png");
        _folder.WritePicture("masks/a.png", level: 2);
        OpenedData opened = Open();
        Assert.Equal(["background", "class_1", "class_2"], opened.Training.Labels);
        Assert.Contains("the 3 classes of the masks are numbered", Assert.Single(opened.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Train_and_val_are_told_apart()
    {
        _folder.Write("classes.txt", "floor\nball\n");
        foreach (string name in new[] { "train/a.png", "train/b.png", "val/c.png" })
        {
            _folder.WritePicture($"images/{name}");
            _folder.WritePicture($"masks/{name}", level: 1);
        }
        OpenedData opened = Open();
        Assert.Equal((2, 1), (opened.Training.Count, opened.Validation!.Count));
    }

    [Theory]
    [InlineData(9, 4, 1, "is 9x4, and its picture 8x4")]
    [InlineData(8, 4, 2, "pixels of class 2, and there are 2")]
    public void A_mask_that_cannot_be_right_is_refused_when_it_is_loaded(int width, int height, byte id, string why)
    {
        _folder.Write("classes.txt", "floor\nball\n");
        _folder.WritePicture("images/a.png");
        _folder.WritePicture("masks/a.png", width, height, id);
        IDataset data = Open().Training;
        Assert.Contains(why, Assert.Throws<DataException>(() => data.Load(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_without_any_mask_are_refused()
    {
        _folder.WritePicture("images/a.png");
        Directory.CreateDirectory(Path.Join(_folder.Root, "masks"));
        Assert.Contains("None of the 1 pictures", Assert.Throws<DataException>(Open).Message, StringComparison.Ordinal);
    }

    private OpenedData Open() => Datasets.Open(_folder.Root, TemporaryFolder.Decode, TemporaryFolder.DecodeMask);
}
