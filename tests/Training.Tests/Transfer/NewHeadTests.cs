using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Models.Zoo;
using EdgeCnn.Training.Transfer;

namespace EdgeCnn.Training.Tests.Transfer;

public class NewHeadTests
{
    private static ModelTask TaskOf(Graph graph)
    {
        NamedValue Named(string value) => new(value, graph.Values[value].Type, graph.Values[value].Shape);
        return ModelTask.Resolve([.. graph.Inputs.Select(Named)], [.. graph.Outputs.Select(Named)], graph.Metadata);
    }

    private static float[][] Run(Graph graph, int seed)
    {
        using Network network = Network.Load(graph, new EngineOptions(1));
        Random random = new(seed);
        foreach (ref float value in network.Input<float>(0)) value = (float)random.NextDouble();
        network.Run();
        return [.. Enumerable.Range(0, network.Outputs.Count).Select(i => network.Output<float>(i).ToArray())];
    }

    [Theory]
    [InlineData("lenet5")]
    [InlineData("squeezenet")]
    [InlineData("resnet20")]
    [InlineData("googlenet")]
    public void A_classifier_gets_a_logit_for_each_new_label_and_keeps_those_it_knows(string name)
    {
        Graph graph = Zoo.Build(name, classes: 4, size: name is "lenet5" or "resnet20" ? 32 : 96, auxiliary: false);
        ModelTask task = TaskOf(graph);
        Graph changed = NewHead.Of(graph, task, ["new", task.Labels[2], "other", "third", task.Labels[0]], seed: 5);
        Assert.Equal(5, changed.Values[changed.Outputs[0]].Shape.Count);
        Assert.Equal(["new", task.Labels[2], "other", "third", task.Labels[0]], TaskOf(changed).Labels);
        float[] before = Run(graph, 3)[0], after = Run(changed, 3)[0];
        Assert.Equal(before[2], after[1], 1e-5f);
        Assert.Equal(before[0], after[4], 1e-5f);
        Assert.NotEqual(before[0], after[0]);
    }

    [Theory]
    [InlineData("yolo_arena")]
    [InlineData("yolo_tiny")]
    public void A_detector_keeps_its_boxes_and_the_classes_that_stay(string name)
    {
        Graph graph = Zoo.Build(name, classes: 3, size: name == "yolo_tiny" ? 64 : null);
        ModelTask task = TaskOf(graph);
        Graph changed = NewHead.Of(graph, task, [task.Labels[2], "duck"], seed: 5);
        Assert.Equal([task.Labels[2], "duck"], TaskOf(changed).Labels);
        float[][] before = Run(graph, 4), after = Run(changed, 4);
        int anchors = name == "yolo_tiny" ? 3 : 1;
        for (int output = 0; output < before.Length; output++)
        {
            Shape shape = graph.Values[graph.Outputs[output]].Shape;
            int cells = shape[2] * shape[3], old = shape[1] / anchors, boxes = old - 3;
            Assert.Equal(anchors * (boxes + 2), changed.Values[changed.Outputs[output]].Shape[1]);
            for (int a = 0; a < anchors; a++)
            {
                ReadOnlySpan<float> was = before[output].AsSpan(a * old * cells, old * cells);
                ReadOnlySpan<float> now = after[output].AsSpan(a * (boxes + 2) * cells, (boxes + 2) * cells);
                for (int i = 0; i < boxes * cells; i++) Assert.Equal(was[i], now[i], 1e-4f);
                for (int i = 0; i < cells; i++) Assert.Equal(was[(boxes + 2) * cells + i], now[boxes * cells + i], 1e-4f);
                // What is new is as unlikely as in an untrained detector.
                double sum = 0;
                for (int i = 0; i < cells; i++) sum += now[(boxes + 1) * cells + i];
                Assert.InRange(sum / cells, -7, -2);
            }
        }
    }

    [Theory]
    [InlineData("unet")]
    [InlineData("fcn_resnet18")]
    public void A_segmenter_keeps_the_maps_of_classes_that_stay(string name)
    {
        Graph graph = Zoo.Build(name, classes: 3, size: 64);
        ModelTask task = TaskOf(graph);
        Graph changed = NewHead.Of(graph, task, ["mud", task.Labels[1]], seed: 5);
        Assert.Equal(["mud", task.Labels[1]], TaskOf(changed).Labels);
        float[] before = Run(graph, 4)[0], after = Run(changed, 4)[0];
        int plane = before.Length / 3;
        for (int i = 0; i < plane; i++) Assert.Equal(before[plane + i], after[plane + i], 1e-4f);
    }

    [Fact]
    public void A_detector_of_probabilities_in_one_table_is_refused()
    {
        GraphBuilder builder = new("decoded");
        builder.Input("image", ElementType.Float32, new Shape(1, 3, 64, 64));
        builder.Constant("w", Tensor.Zeros(ElementType.Float32, new Shape(84, 3, 1, 1)));
        string map = builder.Add("conv", new Conv([8, 8], [0, 0, 0, 0], [1, 1], 1), "image", "w");
        builder.Output(builder.Add("rows", new Sigmoid(), builder.Add("flat", new Reshape(new Shape(1, 84, 64)), map)));
        Graph graph = builder.Build();
        string message = Assert.Throws<ModelException>(() => NewHead.Of(graph, TaskOf(graph), ["a"], 1)).Message;
        Assert.Contains("Sigmoid 'rows'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lenet5")]
    [InlineData("resnet20")]
    [InlineData("yolo_arena")]
    [InlineData("yolo_tiny")]
    public void A_trunk_and_the_rest_compute_what_the_whole_computes(string name)
    {
        Graph graph = Zoo.Build(name, classes: 3, size: name is "yolo_tiny" ? 64 : null);
        IReadOnlySet<string> head = NewHead.Constants(graph);
        FrozenTrunk trunk = FrozenTrunk.Of(graph, head.Contains)!;
        Assert.All(head, constant => Assert.False(trunk.Trunk.Constants.ContainsKey(constant)));
        float[][] whole = Run(graph, 9), features = Run(trunk.Trunk, 9);
        Assert.Equal(trunk.Count, features.Sum(feature => feature.Length));
        using Network rest = Network.Load(trunk.Rest, new EngineOptions(1));
        features.SelectMany(feature => feature).ToArray().CopyTo(rest.Input<float>(0));
        rest.Run();
        for (int output = 0; output < whole.Length; output++)
        {
            float[] values = rest.Output<float>(output).ToArray();
            for (int i = 0; i < values.Length; i++) Assert.Equal(whole[output][i], values[i], 1e-4f);
        }
        Assert.Equal(graph.Nodes.Length, trunk.Join(trunk.Rest).Nodes.Length);
    }

    [Fact]
    public void A_network_whose_first_layer_learns_has_no_trunk()
    {
        Assert.Null(FrozenTrunk.Of(Zoo.Build("lenet5"), _ => true));
    }
}
