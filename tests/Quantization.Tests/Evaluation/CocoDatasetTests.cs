using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Quantization.Evaluation;
using EdgeCnn.Tests;

namespace EdgeCnn.Quantization.Tests.Evaluation;

public sealed class CocoDatasetTests : IDisposable
{
    private const string Annotations = """
        {"info": {"year": 2026}, "images": [{"id": 7, "file_name": "b.jpg", "width": 9, "height": 9}, {"id": 3, "file_name": "a.jpg"}],
         "annotations": [{"id": 1, "image_id": 7, "category_id": 18, "bbox": [1, 2, 3.5, 4], "area": 14, "iscrowd": 0, "segmentation": [[1, 2]]},
                         {"id": 2, "image_id": 7, "category_id": 1, "bbox": [0, 0, 5, 5], "iscrowd": 1}],
         "categories": [{"id": 18, "name": "dog", "supercategory": "animal"}, {"id": 1, "name": "person"}]}
        """;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Categories_become_class_ids_by_the_models_names()
    {
        CocoDataset data = Load(Annotations, ["cat", "Dog", "person"]);
        Assert.Equal(["a.jpg", "b.jpg"], data.Images.Select(image => image.FileName));
        Assert.Equal(
            [new GroundTruth(new Box(1, 2, 3.5f, 4), 1, false), new GroundTruth(new Box(0, 0, 5, 5), 2, true)], data.Images[1].Truths);
        Assert.Equal(18, data.CategoryOfClass[1]);
    }

    [Fact]
    public void Without_names_categories_count_in_the_order_of_their_ids()
    {
        CocoDataset data = Load(Annotations, null);
        Assert.Equal(["person", "dog"], data.Categories);
        Assert.Equal([1, 0], data.Images[1].Truths.Select(truth => truth.ClassId));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"images": [], "annotations": [{"image_id": "seven"}], "categories": []}""")]
    [InlineData("""{"images": [{"id": 1, "file_name": "a"}], "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1]}], "categories": [{"id": 1, "name": "x"}]}""")]
    public void A_broken_file_is_refused_with_its_name(string json)
    {
        Assert.Contains(_path, Assert.Throws<ModelException>(() => Load(json, null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Categories_that_the_model_does_not_know_are_refused()
    {
        Assert.Contains("None of the categories", Assert.Throws<ModelException>(() => Load(Annotations, ["lemming"])).Message,
            StringComparison.Ordinal);
    }

    [SharedDataFact("coco128/instances_train2017.json")]
    public void COCOs_own_file_is_read()
    {
        CocoDataset data = CocoDataset.Load(Repository.Data("coco128/instances_train2017.json"), Labels.Coco);
        Assert.Equal(128, data.Images.Count);
        Assert.Equal(80, data.CategoryOfClass.Count);
        Assert.Equal(929, data.Images.Sum(image => image.Truths.Count(truth => !truth.IsCrowd)));
    }

    private CocoDataset Load(string json, IReadOnlyList<string>? labels)
    {
        File.WriteAllText(_path, json);
        return CocoDataset.Load(_path, labels);
    }
}
