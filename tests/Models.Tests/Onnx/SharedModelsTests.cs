using EdgeCnn.Models.Onnx;
using EdgeCnn.Tests;

namespace EdgeCnn.Models.Tests.Onnx;

/// <summary>Real networks: their figures are those that their papers and exporters give.</summary>
public class SharedModelsTests
{
    [SharedDataTheory("models", "onnx-light")]
    [InlineData("models/mnist.onnx", 8, "Input3 1x1x28x28", "Plus214_Output_0 1x10", 0.006, 0.8)]
    [InlineData("models/resnet20.onnx", 9, "input.1 1x3x32x32", "208 1x10", 0.272, 40.8)]
    [InlineData("models/ultraface.onnx", 9, "input 1x3x240x320", "scores 1x4420x2, boxes 1x4420x4", 0.300, 100.4)]
    [InlineData("models/yolox_nano.onnx", 11, "images 1x3x416x416", "output 1x3549x85", 0.904, 522.6)]
    [InlineData("models/yolov8n.onnx", 13, "images 1x3x640x640", "output0 1x84x8400", 3.194, 4372.0)]
    [InlineData("models/yolov8n_int8.onnx", 12, "images 1x3x640x640", "output0 1x84x8400", 3.194, 4372.0)]
    [InlineData("onnx-light/light_bvlc_alexnet.onnx", 9, "data_0 1x3x224x224", "prob_1 1x1000", 60.965, 654.6)]
    [InlineData("onnx-light/light_densenet121.onnx", 9, "data_0 1x3x224x224", "fc6_1 1x1000x1x1", 8.063, 2834.2)]
    [InlineData("onnx-light/light_inception_v1.onnx", 9, "data_0 1x3x224x224", "prob_1 1x1000", 6.999, 1431.5)]
    [InlineData("onnx-light/light_inception_v2.onnx", 9, "data_0 1x3x224x224", "prob_1 1x1000", 11.215, 2018.9)]
    [InlineData("onnx-light/light_resnet50.onnx", 9, "gpu_0/data_0 1x3x224x224", "gpu_0/softmax_1 1x1000", 25.557, 4089.2)]
    [InlineData("onnx-light/light_shufflenet.onnx", 9, "gpu_0/data_0 1x3x224x224", "gpu_0/softmax_1 1x1000", 1.393, 124.7)]
    [InlineData("onnx-light/light_squeezenet.onnx", 9, "data_0 1x3x224x224", "softmaxout_1 1x1000x1x1", 1.235, 349.2)]
    [InlineData("onnx-light/light_vgg19.onnx", 9, "data_0 1x3x224x224", "prob_1 1x1000", 143.667, 19632.1)]
    [InlineData("onnx-light/light_zfnet512.onnx", 9, "gpu_0/data_0 1x3x224x224", "gpu_0/softmax_1 1x1000", 87.251, 1481.7)]
    public void A_real_network_has_the_shapes_and_figures_that_it_is_known_for(
        string file, int opset, string inputs, string outputs, double millionParameters, double millionMultiplyAdds)
    {
        Graph graph = OnnxModel.Read(Repository.Data(file));
        GraphSummary summary = GraphSummary.Of(graph);
        Assert.Equal(opset, graph.Opset);
        Assert.Equal(inputs, Describe(graph, graph.Inputs));
        Assert.Equal(outputs, Describe(graph, graph.Outputs));
        Assert.Equal(millionParameters, summary.Parameters / 1e6, 0.0006);
        Assert.Equal(millionMultiplyAdds, summary.MultiplyAdds / 1e6, 0.06);
    }

    [SharedDataFact("models/nanodet_m.onnx")]
    public void A_network_with_six_outputs_keeps_them_all_in_order()
    {
        Graph graph = OnnxModel.Read(Repository.Data("models/nanodet_m.onnx"));
        Assert.Equal(
            "792 1x2704x80, 814 1x676x80, 836 1x169x80, 795 1x2704x32, 817 1x676x32, 839 1x169x32", Describe(graph, graph.Outputs));
        Assert.Equal(941_818,
            graph.Constants.Values.Where(constant => constant.Type == ElementType.Float32).Sum(constant => constant.Shape.Count), 2000.0);
    }

    [SharedDataFact("models/yolox_nano.onnx")]
    public void Every_sigmoid_that_gates_its_own_input_becomes_a_silu()
    {
        Graph graph = OnnxModel.Read(Repository.Data("models/yolox_nano.onnx"));
        Assert.Equal(104, graph.Nodes.Count(node => node.Operator is Silu));
        Assert.DoesNotContain(graph.Nodes, node => node.Operator is Mul);
    }

    [SharedDataFact("models/yolov8n_int8.onnx")]
    public void What_the_file_says_about_itself_is_kept()
    {
        Graph graph = OnnxModel.Read(Repository.Data("models/yolov8n_int8.onnx"));
        Assert.Equal("detect", graph.Metadata["task"]);
        Assert.Contains("person", graph.Metadata["names"], StringComparison.Ordinal);
    }

    [SharedDataTheory("models", "onnx-light")]
    [InlineData("models/mnist.onnx")]
    [InlineData("models/nanodet_m.onnx")]
    [InlineData("models/resnet20.onnx")]
    [InlineData("models/ultraface.onnx")]
    [InlineData("models/yolox_nano.onnx")]
    [InlineData("models/yolov8n.onnx")]
    [InlineData("models/yolov8n_int8.onnx")]
    [InlineData("onnx-light/light_densenet121.onnx")]
    [InlineData("onnx-light/light_shufflenet.onnx")]
    [InlineData("onnx-light/light_squeezenet.onnx")]
    public void A_real_network_that_is_written_and_read_again_is_the_same(string file)
    {
        Graph graph = OnnxModel.Read(Repository.Data(file));
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx");
        try
        {
            OnnxModel.Write(graph, path);
            GraphEquality.Same(graph, OnnxModel.Read(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string Describe(Graph graph, IEnumerable<string> values) =>
        string.Join(", ", values.Select(value => $"{value} {graph.Values[value].Shape}"));
}
