using EdgeCnn.Models;
using EdgeCnn.Models.Zoo;

namespace EdgeCnn.TrainingBench;

/// <summary>What is measured; torch_rates.py has the same networks.</summary>
internal static class Cases
{
    public static readonly (string Name, int Batch)[] All =
        [("lenet5", 64), ("resnet20", 64), ("detector", 8), ("mobile", 8),
        ("yolo_arena", 8)];

    public static Graph Graph(string name) => name switch
    {
        "detector" => Detector(),
        "mobile" => Mobile(),
        _ => Zoo.Build(name),
    };

    /// <summary>Convolution, batch normalisation, SiLU, ten times, with outputs at strides 8 and 16, on 320 x 256.</summary>
    private static Graph Detector()
    {
        Layers layers = new("detector", new Shape(1, 3, 256, 320));
        layers.Block(16, 3, 2).Block(32, 3, 2).Block(32, 3, 1).Block(64, 3, 2).Block(64, 3, 1).Block(64, 1, 1);
        string eighth = layers.Value;
        layers.Block(128, 3, 2).Block(128, 3, 1).Block(128, 1, 1);
        string sixteenth = layers.Value;
        layers.Output(eighth, 36).Output(sixteenth, 36);
        return layers.Build();
    }

    /// <summary>Depthwise separable convolutions, batch normalisation and ReLU6 on 128 x 128.</summary>
    private static Graph Mobile()
    {
        Layers layers = new("mobile", new Shape(1, 3, 128, 128)) { Activation = new Clip(0, 6) };
        layers.Block(32, 3, 2).Depthwise(1).Block(64, 1, 1).Depthwise(2).Block(128, 1, 1);
        layers.Depthwise(1).Block(128, 1, 1).Depthwise(2).Block(256, 1, 1);
        layers.Output(layers.Value, 10);
        return layers.Build();
    }

    private sealed class Layers
    {
        private readonly GraphBuilder _graph;
        private readonly Random _random = new(1);

        public Layers(string name, Shape input)
        {
            _graph = new GraphBuilder(name);
            Value = _graph.Input("images", ElementType.Float32, input);
        }

        public string Value { get; private set; }

        public Operator Activation { get; init; } = new Silu();

        public Layers Block(int channels, int kernel, int stride) => Normalized(Convolve(Value, channels, kernel, stride, 1), channels);

        public Layers Depthwise(int stride) => Normalized(Convolve(Value, Channels(Value), 3, stride, Channels(Value)), Channels(Value));

        public Layers Output(string value, int channels)
        {
            _graph.Output(Convolve(value, channels, 1, 1, 1));
            return this;
        }

        public Graph Build() => _graph.Build();

        private Layers Normalized(string value, int channels)
        {
            string name = $"{value}/bn";
            value = _graph.Add(
                name, new BatchNormalization(1e-3f), value,
                PerChannel($"{name}.scale", channels, 1), PerChannel($"{name}.bias", channels, 0),
                PerChannel($"{name}.mean", channels, 0), PerChannel($"{name}.var", channels, 1));
            Value = _graph.Add($"{name}/activation", Activation, value);
            return this;
        }

        private string Convolve(string value, int channels, int kernel, int stride, int groups)
        {
            string name = _graph.UniqueNodeName($"conv{channels}");
            int inputs = Channels(value) / groups, pad = kernel / 2;
            float[] weights = new float[channels * inputs * kernel * kernel];
            float scale = MathF.Sqrt(6f / (inputs * kernel * kernel));
            foreach (ref float weight in weights.AsSpan()) weight = (2 * _random.NextSingle() - 1) * scale;
            string w = _graph.Constant($"{name}.weight", Tensor.Of(new Shape(channels, inputs, kernel, kernel), weights));
            return _graph.Add(name, new Conv([stride, stride], [pad, pad, pad, pad], [1, 1], groups), value, w);
        }

        private string PerChannel(string name, int channels, float value)
        {
            float[] values = new float[channels];
            Array.Fill(values, value);
            return _graph.Constant(name, Tensor.Of(new Shape(channels), values));
        }

        private int Channels(string value) => _graph.Values[value].Shape[1];
    }
}
