using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Tests;
using EdgeCnn.Training.Running;
using EdgeCnn.Training.Scenes;

namespace EdgeCnn.Training.Tests.Running;

public class BundledDetectorTests
{
    [Theory]
    [InlineData("arena.onnx")]
    [InlineData("arena.int8.onnx")]
    public void The_bundled_detector_finds_most_of_what_new_scenes_show(string name)
    {
        Graph graph = OnnxModel.Read(Path.Combine(Repository.Root, "models", name));
        ModelCard card = ModelCard.Of(graph.Metadata)!;
        Assert.Equal(Scene.Labels, card.Labels);
        ValidationResult result = new Validation(new SyntheticDataset(seed: 1234, count: 60, width: 320, height: 256), card, threads: 1)
            .Of(graph);
        Assert.True(result.Score > 0.8, $"{name}: mAP@.5 {result.Score}");
    }
}
