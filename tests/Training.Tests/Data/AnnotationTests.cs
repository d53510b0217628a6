using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Tests;
using EdgeCnn.Training.Data;
using Box = EdgeCnn.Training.Data.Box;

namespace EdgeCnn.Training.Tests.Data;

public sealed class AnnotationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("names: [cone, 'the ball']")]
    [InlineData("names: {0: cone, 1: 'the ball'}")]
    [InlineData("nc: 2\nnames:\n  0: cone # orange\n  1: \"the ball\"")]
    [InlineData("names:\n- cone\n- the ball\nnc: 2")]
    public void A_yolo_data_set_is_read_however_its_names_are_written(string names)
    {
        _folder.Write("data.yaml", $"# a set\npath: .\ntrain: images/train\nval: [images/val]\n{names}\n");
        _folder.WritePicture("images/train/a.png", 100, 50);
        _folder.WritePicture("images/train/b.png");
        _folder.WritePicture("images/val/c.png");
        _folder.Write("labels/train/a.txt", "1 0.5 0.5 0.2 0.4\r\n\n0 0.1 0.1 0.2 0.1 0.2 0.3\n");
        _folder.Write("labels/val/c.txt", "0 0.5 0.5 1 1");
        OpenedData opened = Datasets.Open(_folder.Root, TemporaryFolder.Decode, TemporaryFolder.DecodeMask);
        Assert.Equal((TaskKind.Detect, 2, 1), (opened.Training.Task, opened.Training.Count, opened.Validation!.Count));
        Assert.Equal(["cone", "the ball"], opened.Training.Labels);
        Box[] boxes = [.. opened.Training.Load(0).Boxes];
        Near(new Box(1, 40, 15, 60, 35), boxes[0]);
        Near(new Box(0, 10, 5, 20, 15), boxes[1]);
        Assert.Empty(opened.Training.Load(1).Boxes);
        Assert.Empty(opened.Remarks);
    }

    [Fact]
    public void Folders_without_a_card_have_numbered_classes_or_those_of_a_list()
    {
        _folder.WritePicture("images/a.png");
        _folder.Write("labels/a.txt", "2 0.5 0.5 0.5 0.5");
        Assert.Equal(3, Datasets.Open(_folder.Root, TemporaryFolder.Decode, TemporaryFolder.DecodeMask).Training.Labels.Count);
        _folder.Write("classes.txt", "x\ny\nz\n");
        Assert.Equal(["x", "y", "z"], Datasets.Open(_folder.Root, TemporaryFolder.Decode, TemporaryFolder.DecodeMask).Training.Labels);
    }

    [Theory]
    [InlineData("0 0.5 0.5 0.2 0.2\n9 0.5 0.5 0.2 0.2", "a.txt:2 names the class 9")]
    [InlineData("0 0.5 0.5 0.2", "a.txt:1 has 4 numbers")]
    [InlineData("ball 0.5 0.5 0.2 0.2", "begins with 'ball'")]
    [InlineData("-1 0.5 0.5 0.2 0.2", "begins with '-1'")]
    [InlineData("0 0.5 nan 0.2 0.2", "holds 'nan'")]
    [InlineData("0 0.5 0.5 -0.2 0.2", "below zero")]
    [InlineData("", "None of the 1 pictures has an object")]
    public void A_wrong_line_is_refused_with_its_file_and_number(string lines, string why)
    {
        _folder.Write("data.yaml", "train: images\nnames: [ball]\n");
        _folder.WritePicture("images/a.png");
        _folder.Write("labels/a.txt", lines);
        Refused(why);
    }

    [Theory]
    [InlineData("train: images\n", "names no classes")]
    [InlineData("names: [a]\n", "where the pictures to learn from are")]
    [InlineData("train: nowhere\nnames: [a]\n", "nowhere")]
    [InlineData("train: images\nnames: [a, b]\nnc: 3\n", "nc: 3")]
    [InlineData("train: images\nnames:\n  1: a\n", "numbers a class 1")]
    [InlineData("train: images\nnonsense\n", "data.yaml:2")]
    [InlineData("- a\n", "entry of no list")]
    public void A_wrong_card_is_refused_with_the_reason(string yaml, string why)
    {
        _folder.Write("data.yaml", yaml);
        _folder.WritePicture("images/a.png");
        Refused(why);
    }

    [Fact]
    public void Boxes_outside_the_picture_are_cut_or_left_out_and_counted()
    {
        _folder.Write("data.yaml", "train: images\nnames: [ball]\n");
        _folder.WritePicture("images/a.png", 100, 100);
        _folder.Write("labels/a.txt", "0 0.9 0.5 0.4 0.2\n0 1.5 0.5 0.2 0.2\n0 0.5 0.5 0.2 0\n0 0.5 0.5 1.0005 1.0");
        OpenedData opened = Datasets.Open(_folder.Root, TemporaryFolder.Decode, TemporaryFolder.DecodeMask);
        Assert.Equal(2, opened.Training.Load(0).Boxes.Length);
        Near(new Box(0, 70, 40, 100, 60), opened.Training.Load(0).Boxes[0]);
        Assert.Equal(2, opened.Remarks.Count);
        Assert.Matches("^1 boxes reach out .* first is at .*a.txt:1", opened.Remarks[0]);
        Assert.Matches("^2 boxes lie outside .* first is at .*a.txt:2", opened.Remarks[1]);
    }

    [Fact]
    public void Coco_annotations_are_read_with_crowds_and_absent_pictures_left_out()
    {
        _folder.WritePicture("images/a.png", 100, 50);
        string json = _folder.Write("instances.json", """
            {"images":[{"id":5,"file_name":"a.png","width":100,"height":50},{"id":6,"file_name":"gone.png"}],
             "categories":[{"id":3,"name":"ball"},{"id":1,"name":"cone"}],
             "annotations":[{"id":1,"image_id":5,"category_id":3,"bbox":[10,20,30,10]},
                            {"id":2,"image_id":5,"category_id":1,"bbox":[90,40,30,30]},
                            {"id":3,"image_id":5,"category_id":1,"bbox":[0,0,9,9],"iscrowd":1}]}
            """);
        foreach (string path in new[] { json, _folder.Root })
        {
            OpenedData opened = Datasets.Open(path, TemporaryFolder.Decode, TemporaryFolder.DecodeMask);
            Assert.Equal(["cone", "ball"], opened.Training.Labels);
            Assert.Equal<Box>([new Box(1, 10, 20, 40, 30), new Box(0, 90, 40, 100, 50)], [.. opened.Training.Load(0).Boxes]);
            Assert.Equal(3, opened.Remarks.Count);
        }
    }

    [Fact]
    public void Coco_annotations_of_an_unnamed_category_are_refused()
    {
        _folder.WritePicture("images/a.png", 100, 50);
        string json = _folder.Write("instances.json", """
            {"images":[{"id":5,"file_name":"a.png"}],"categories":[{"id":3,"name":"ball"}],
             "annotations":[{"id":7,"image_id":5,"category_id":4,"bbox":[1,2,3,4]}]}
            """);
        string message =
            Assert.Throws<ModelException>(() => Datasets.Open(json, TemporaryFolder.Decode, TemporaryFolder.DecodeMask)).Message;
        Assert.Contains("annotation 7", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_that_cannot_be_read_is_named()
    {
        _folder.Write("data.yaml", "train: images\nnames: [ball]\n");
        _folder.Write("images/a.png", "damaged");
        _folder.Write("labels/a.txt", "0 0.5 0.5 1 1");
        IDataset data = Datasets.Open(_folder.Root, TemporaryFolder.Decode, TemporaryFolder.DecodeMask).Training;
        Assert.Contains("a.png", Assert.Throws<DataException>(() => data.Load(0)).Message, StringComparison.Ordinal);
    }

    [SharedDataFact("coco128/instances_train2017.json")]
    public void Real_coco_annotations_are_read()
    {
        OpenedData coco = Datasets.Open(Repository.Data("coco128"), TemporaryFolder.Decode, TemporaryFolder.DecodeMask);
        Assert.Equal((128, 80), (coco.Training.Count, coco.Training.Labels.Count));
    }

    private void Refused(string why) => Assert.Contains(
        why,
        Assert.Throws<DataException>(() => Datasets.Open(_folder.Root, TemporaryFolder.Decode, TemporaryFolder.DecodeMask)).Message,
        StringComparison.Ordinal);

    private static void Near(Box expected, Box actual)
    {
        bool near = expected.ClassId == actual.ClassId && Math.Abs(expected.Left - actual.Left) < 0.01f
            && Math.Abs(expected.Top - actual.Top) < 0.01f
            && Math.Abs(expected.Right - actual.Right) < 0.01f && Math.Abs(expected.Bottom - actual.Bottom) < 0.01f;
        Assert.True(near, $"{actual} instead of {expected}");
    }
}
