using System.Text.Json;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EndToEnd;

/// <summary>finetune: new classes for a trained network, and what stays of it.</summary>
public sealed class FinetuneTests : IDisposable
{
    private static readonly string[] Colours = ["blue", "green", "red"];

    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void A_classifier_learns_new_classes_with_its_head_alone()
    {
        string model = Model(), pictures = Pictures(), output = _workspace["tuned.onnx"];
        JsonElement[] lines = Tune(model, pictures, output, "--epochs", "30").Succeeded().JsonLines;
        Assert.Equal(1, lines[^1].GetProperty("score").GetDouble());

        Graph before = OnnxModel.Read(model), after = OnnxModel.Read(output);
        Assert.Equal(before.Constants["conv.weight"].Bytes, after.Constants["conv.weight"].Bytes);
        Assert.Equal(new Shape(3, 8), after.Constants["fc.weight"].Shape);
        Assert.Equal(Colours, ModelCard.Of(after.Metadata)!.Labels);
        JsonElement classes = Edgecnn.Run("classify", Path.Combine(pictures, "green", "1.png"), "--model", output, "--json").Succeeded()
            .Json;
        Assert.Equal("green", classes.GetProperty("classes")[0].GetProperty("class").GetString());
    }

    [Fact]
    public void Features_are_the_same_whether_they_are_kept_or_computed_anew()
    {
        string model = Model(), pictures = Pictures();
        float[] Head(string views)
        {
            string output = _workspace[$"views{views}.onnx"];
            Tune(model, pictures, output, "--epochs", "5", "--augment", "none", "--views", views).Succeeded();
            return OnnxModel.Read(output).Constants["fc.weight"].As<float>().ToArray();
        }

        foreach ((float kept, float anew) in Head("1").Zip(Head("0"))) Assert.Equal(kept, anew, 1e-4f);
    }

    [Fact]
    public void Layers_that_are_not_frozen_learn()
    {
        string model = Model(), output = _workspace["tuned.onnx"];
        Tune(model, Pictures(), output, "--epochs", "1", "--freeze", "none").Succeeded();
        Assert.NotEqual(
            OnnxModel.Read(model).Constants["conv.weight"].As<float>().ToArray(),
            OnnxModel.Read(output).Constants["conv.weight"].As<float>().ToArray());
    }

    [Theory]
    [InlineData("2", "--freeze 2 leaves nothing that learns: the network has 2 layers with weights.")]
    [InlineData("most", "--freeze is 'most'; give 'head', 'none' or how many of the first layers stay as they are.")]
    public void What_would_leave_nothing_to_learn_is_refused(string freeze, string sentence) =>
        Edgecnn.Run("finetune", "--model", Model(), "--data", Pictures(), "--freeze", freeze, "--out", _workspace["x.onnx"])
            .FailedWith(2, sentence);

    [Fact]
    public void A_detector_whose_table_is_decoded_already_is_refused()
    {
        GraphBuilder builder = new("decoded");
        string picture = builder.Input("picture", ElementType.Float32, new Shape(1, 3, 64, 64));
        string weights = builder.Constant("weights", Tensor.Zeros(ElementType.Float32, new Shape(84, 3, 8, 8)));
        string map = builder.Add("map", new Conv([8, 8], [0, 0, 0, 0], [1, 1], 1), picture, weights);
        builder.Output(builder.Add("table", new Reshape(new Shape(1, 84, 64)), map));
        OnnxModel.Write(builder.Build(), _workspace["decoded.onnx"]);
        Outcome outcome = Edgecnn.Run(
            "finetune", "--model", _workspace["decoded.onnx"], "--data", "synthetic:4", "--val", "synthetic:2", "--out",
            _workspace["x.onnx"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("cannot be trained; those with raw values can", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_detector_learns_one_more_object()
    {
        string model = _workspace["arena.onnx"], output = _workspace["ducks.onnx"];
        Edgecnn.Run("zoo", "yolo_arena", "--classes", "4", "--size", "96x64", "--export", model).Succeeded();
        Edgecnn.Run(
            "finetune", "--model", model, "--data", "synthetic-ducks:6", "--val", "synthetic-ducks:2", "--epochs", "1", "--batch", "2",
            "--freeze", "20",
            "--views", "1", "--out", output).Succeeded();
        Graph graph = OnnxModel.Read(output);
        Assert.Equal(["ball", "cone", "cube", "target", "duck"], ModelCard.Of(graph.Metadata)!.Labels);
        Assert.Equal(new Shape(1, 37, 8, 12), graph.Values[graph.Outputs[0]].Shape);
    }

    private static Outcome Tune(string model, string pictures, string output, params string[] more) => Edgecnn.Run(
        ["finetune", "--model", model, "--data", pictures, "--val", "0.25", "--rate", "0.05", "--average", "0.9", "--json", "--out", output,
            .. more]);

    /// <summary>A folder for each colour, with pictures of about that colour.</summary>
    private string Pictures()
    {
        foreach ((int c, string colour) in Colours.Index())
        {
            _workspace.Folder($"colours/{colour}");
            for (int i = 0; i < 8; i++)
            {
                byte Level(int channel) => (byte)(channel == c ? 180 + (5 * i) : 20 + (7 * i));
                _workspace.Picture($"colours/{colour}/{i}.png", Level(2), Level(1), Level(0));
            }
        }
        return _workspace["colours"];
    }

    /// <summary>A small classifier of five other classes.</summary>
    private string Model()
    {
        Random random = new(5);
        GraphBuilder builder = new("small");
        string value = builder.Input("picture", ElementType.Float32, new Shape(1, 3, 16, 16));
        value = builder.Add("conv", new Conv([2, 2], [1, 1, 1, 1], [1, 1], 1), value, Weights("conv.weight", 8, 3, 3, 3));
        value = builder.Add("means", new GlobalAveragePool(), builder.Add("relu", new Relu(), value));
        value = builder.Add("flat", new Reshape(new Shape(1, 8)), value);
        value = builder.Add("scores", new Gemm(1, 1, false, true), value, Weights("fc.weight", 5, 8), Weights("fc.bias", 5));
        builder.Output(builder.Add("probabilities", new Softmax(1), value));
        OnnxModel.Write(builder.Build(), _workspace["small.onnx"]);
        return _workspace["small.onnx"];

        string Weights(string name, params int[] extents)
        {
            Shape shape = new(extents);
            return builder.Constant(
                name, Tensor.Of(shape, [.. Enumerable.Range(0, (int)shape.Count).Select(_ => random.NextSingle() - 0.5f)]));
        }
    }
}
