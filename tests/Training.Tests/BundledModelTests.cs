using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Tests;
using EdgeCnn.Training.Data;
using EdgeCnn.Training.Running;
using EdgeCnn.Training.Scenes;

namespace EdgeCnn.Training.Tests;

/// <summary>The models of the repository do what their cards say.</summary>
public class BundledModelTests
{
    [SharedDataFact("mnist")]
    public void Lenet5_names_digits_that_it_has_not_learned_from()
    {
        OpenedData digits = Datasets.Open(
            Repository.Data("mnist"), path => throw new DataException(path), (path, _) => throw new DataException(path));
        (_, Subset others) = Subset.Split(digits.Training, 0.2, seed: 1);
        Assert.Equal(2000, others.Count);
        ValidationResult result = new Validation(others, new ModelCard(), threads: 1).Of(OnnxModel.Read(Model("lenet5.int8.onnx")));
        Assert.True(result.Score >= 0.985, $"{result}");
    }

    [Fact]
    public void Tinyresnet_tells_objects_apart_in_cuts_that_it_has_not_learned_from()
    {
        Graph graph = OnnxModel.Read(Model("tinyresnet.int8.onnx"));
        SyntheticCrops crops = new(seed: 77, count: 300, side: 32);
        Assert.Equal(crops.Labels, ModelCard.Of(graph.Metadata)!.Labels);
        ValidationResult result = new Validation(crops, new ModelCard(), threads: 1).Of(graph);
        Assert.True(result.Score >= 0.8, $"{result}");
    }

    private static string Model(string name) => Path.Combine(Repository.Root, "models", name);
}
