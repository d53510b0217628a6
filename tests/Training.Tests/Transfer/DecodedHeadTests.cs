using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Models.Zoo;
using EdgeCnn.Tests;
using EdgeCnn.Training.Losses;
using EdgeCnn.Training.Transfer;

namespace EdgeCnn.Training.Tests.Transfer;

public class DecodedHeadTests
{
    private static ModelTask TaskOf(Graph graph, ModelCard? card = null)
    {
        NamedValue Named(string value) => new(value, graph.Values[value].Type, graph.Values[value].Shape);
        return ModelTask.Resolve([.. graph.Inputs.Select(Named)], [.. graph.Outputs.Select(Named)], graph.Metadata, card);
    }

    private static float[] Run(Graph graph)
    {
        using Network network = Network.Load(graph, new EngineOptions(1));
        Random random = new(4);
        foreach (ref float value in network.Input<float>(0)) value = (float)random.NextDouble();
        network.Run();
        return network.Output<float>(0).ToArray();
    }

    [SharedDataFact("models/yolox_nano.onnx")]
    public void YOLOX_learns_its_logits_and_is_written_as_it_was() => LearnsOther(
        "yolox_nano.onnx", HeadLayout.Grid, typeof(GridLoss), boxes: 5,
        (table, classes, cell, channel) => table[(cell * (5 + classes)) + channel]);

    [SharedDataFact("models/yolov8n.onnx")]
    public void YOLOv8_learns_its_distributions_and_is_written_as_it_was() => LearnsOther(
        "yolov8n.onnx", HeadLayout.Distribution, typeof(DetectionLoss), boxes: 4,
        (table, _, cell, channel) => table[(channel * 8400) + cell]);

    /// <summary>At tells the value of a channel of a cell in a table of so many classes.</summary>
    private static void LearnsOther(string file, HeadLayout learned, Type loss, int boxes, Func<float[], int, int, int, float> at)
    {
        Graph whole = OnnxModel.Read(Repository.Data($"models/{file}"));
        ModelTask task = TaskOf(whole);
        DecodedHead head = DecodedHead.Of(whole, task)!;
        ModelTask raw = TaskOf(head.Raw);
        Assert.Equal(learned, raw.Layout);
        (Preprocessing fed, Preprocessing rawFed) = (task.Preprocessing, raw.Preprocessing);
        Assert.Equal((fed.Resize, fed.Channels, fed.Fill, fed.Scale), (rawFed.Resize, rawFed.Channels, rawFed.Fill, rawFed.Scale));
        Assert.IsType(loss, Training.Losses.Losses.For(raw));
        float[] before = Run(whole);
        Assert.Equal(before, Run(head.Join(head.Raw)));

        string[] labels = ["duck", "dog", "person"];
        Graph changed = head.Join(NewHead.Of(head.Raw, raw, labels, seed: 3));
        ModelTask other = TaskOf(changed, new ModelCard { Labels = labels, Head = head.Head });
        Assert.Equal(task.Layout, other.Layout);
        float[] after = Run(changed);
        int cells = before.Length / (boxes + 80), dog = task.Labels.ToList().IndexOf("dog");
        Assert.Equal(cells * (boxes + 3), after.Length);
        for (int cell = 0; cell < cells; cell += 7)
        {
            for (int channel = 0; channel < boxes; channel++)
                Assert.Equal(at(before, 80, cell, channel), at(after, 3, cell, channel), 1e-2f);
            Assert.Equal(at(before, 80, cell, boxes + dog), at(after, 3, cell, boxes + 1), 1e-4f);
            Assert.Equal(at(before, 80, cell, boxes), at(after, 3, cell, boxes + 2), 1e-4f);
        }
    }

    [Theory]
    [InlineData("yolo_arena")]
    [InlineData("yolo_tiny")]
    [InlineData("lenet5")]
    public void What_is_raw_already_is_not_taken_apart(string name)
    {
        Graph graph = Zoo.Build(name, classes: 3, size: name == "yolo_tiny" ? 64 : null);
        Assert.Null(DecodedHead.Of(graph, TaskOf(graph)));
    }
}
