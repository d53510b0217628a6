using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Models.Zoo;

/// <summary>
/// How a layer's weights begin: <see cref="He"/> where a rectifier follows, <see cref="Xavier"/> elsewhere.
/// </summary>
internal enum Initialization
{
    He,
    Xavier,
}

/// <summary>
/// A value in a network that is being written down: each method adds the layer it names and returns what that layer makes, so that a
/// network reads like its paper's table. What is called "same" there is spelt out as padding.
/// </summary>
internal sealed class Features
{
    private readonly GraphBuilder _graph;
    private readonly Weights _weights;
    private readonly string _value;

    private Features(GraphBuilder graph, Weights weights, string value) => (_graph, _weights, _value) = (graph, weights, value);

    public int Channels => Shape[1];

    public Shape Shape => _graph.Values[_value].Shape;

    /// <summary>One image, 1 x channels x height x width.</summary>
    public static Features Image(string network, int channels, ImageSize size, int? seed)
    {
        GraphBuilder graph = new(network);
        string image = graph.Input("image", ElementType.Float32, new Shape(1, channels, size.Height, size.Width));
        return new Features(graph, new Weights(seed), image);
    }

    /// <summary>The graph that ends in these values.</summary>
    public static Graph Build(params ReadOnlySpan<Features> outputs)
    {
        foreach (Features output in outputs) output._graph.Output(output._value);
        return outputs[0]._graph.Build();
    }

    /// <summary>The graph that ends in these values, with what they mean as a card in its metadata.</summary>
    public static Graph Build(ModelCard card, params ReadOnlySpan<Features> outputs) => card.In(Build(outputs));

    public static Features Concat(string name, params ReadOnlySpan<Features> parts)
    {
        string[] values = new string[parts.Length];
        for (int i = 0; i < parts.Length; i++) values[i] = parts[i]._value;
        return parts[0].With(name, new Concat(1), values);
    }

    /// <summary>A convolution with a square kernel; a bias is left out where batch normalisation follows, which has one.</summary>
    public Features Conv(
        string name,
        int channels,
        int kernel,
        int stride = 1,
        int pad = 0,
        int groups = 1,
        bool bias = true,
        Initialization start = default,
        int dilation = 1) =>
        Conv(name, channels, (kernel, kernel), stride, (pad, pad), groups, bias, start, dilation);

    public Features Conv(
        string name,
        int channels,
        (int Height, int Width) kernel,
        int stride = 1,
        (int Y, int X) pad = default,
        int groups = 1,
        bool bias = true,
        Initialization start = default,
        int dilation = 1)
    {
        int area = kernel.Height * kernel.Width, inputs = Channels / groups;
        Shape shape = new(channels, inputs, kernel.Height, kernel.Width);
        string weights = Learned(name, shape, inputs * area, channels / groups * area, start);
        Conv conv = new([stride, stride], [pad.Y, pad.X, pad.Y, pad.X], [dilation, dilation], groups);
        return bias ? With(name, conv, _value, weights, Bias(name, channels)) : With(name, conv, _value, weights);
    }

    /// <summary>
    /// A 1x1 convolution that predicts: one channel for each bias, which decides what is predicted before anything is learned. Its weights
    /// are not faint: where they are, the background, which is nearly everything, turns all of them against every class by equal steps.
    /// </summary>
    public Features Predict(string name, params ReadOnlySpan<float> biases)
    {
        string weights = Learned(name, new Shape(biases.Length, Channels, 1, 1), Channels, biases.Length, Initialization.Xavier);
        string bias = _graph.Constant($"{name}.bias", Tensor.Of(new Shape(biases.Length), biases.ToArray()));
        return With(name, new Conv([1, 1], [0, 0, 0, 0], [1, 1], 1), _value, weights, bias);
    }

    /// <summary>A transposed convolution without overlap: each pixel becomes a square of pixels of its own.</summary>
    public Features UpConv(string name, int channels, int factor)
    {
        Shape shape = new(Channels, channels, factor, factor);
        string weights = Learned(name, shape, Channels, channels, Initialization.He);
        return With(name, new ConvTranspose([factor, factor], [0, 0, 0, 0], [1, 1], [0, 0], 1), _value, weights, Bias(name, channels));
    }

    /// <summary>
    /// A transposed convolution that begins as bilinear interpolation, channel by channel, and learns (Long et al. 2015, section 3.3).
    /// </summary>
    public Features LearnedUpsample(string name, int factor)
    {
        int kernel = 2 * factor, pad = factor / 2;
        Tensor weights = Weights.Bilinear(Channels, kernel, factor);
        ConvTranspose up = new([factor, factor], [pad, pad, pad, pad], [1, 1], [factor % 2, factor % 2], 1);
        return With(name, up, _value, _graph.Constant($"{name}.weight", weights));
    }

    /// <summary>Each channel by itself (groups = channels).</summary>
    public Features Depthwise(string name, int kernel, int stride, int pad) =>
        Conv(name, Channels, kernel, stride, pad, groups: Channels, bias: false);

    /// <summary>Ioffe and Szegedy 2015 in inference form, with the statistics of values that are already normal.</summary>
    public Features BatchNorm(float epsilon = 1e-5f)
    {
        string name = $"{_value}/bn";
        return With(
            name,
            new BatchNormalization(epsilon),
            _value,
            _graph.Constant($"{name}.scale", Weights.PerChannel(Channels, 1)),
            _graph.Constant($"{name}.bias", Weights.PerChannel(Channels, 0)),
            _graph.Constant($"{name}.mean", Weights.PerChannel(Channels, 0)),
            _graph.Constant($"{name}.var", Weights.PerChannel(Channels, 1)));
    }

    public Features Relu() => With($"{_value}/relu", new Relu(), _value);

    /// <summary>min(max(x, 0), 6), which keeps its precision in few bits (Krizhevsky 2010).</summary>
    public Features Relu6() => With($"{_value}/relu6", new Clip(0, 6), _value);

    /// <summary>x for x >= 0, else slope * x (Maas 2013).</summary>
    public Features LeakyRelu(float slope) => With($"{_value}/leaky", new LeakyRelu(slope), _value);

    /// <summary>x * sigmoid(x) (Elfwing 2017).</summary>
    public Features Silu() => With($"{_value}/silu", new Silu(), _value);

    public Features Tanh() => With($"{_value}/tanh", new Tanh(), _value);

    public Features MaxPool(string name, int kernel, int stride, int pad = 0, bool ceil = false) =>
        With(name, new MaxPool([kernel, kernel], [stride, stride], [pad, pad, pad, pad], [1, 1], ceil), _value);

    /// <summary>The extent stays: a kernel of an even side pads one pixel more below and to the right.</summary>
    public Features MaxPoolSame(string name, int kernel)
    {
        int before = (kernel - 1) / 2, after = kernel / 2;
        return With(name, new MaxPool([kernel, kernel], [1, 1], [before, before, after, after], [1, 1], CeilMode: false), _value);
    }

    public Features AveragePool(string name, int kernel, int stride, int pad = 0) =>
        With(
            name,
            new AveragePool([kernel, kernel], [stride, stride], [pad, pad, pad, pad], [1, 1], CeilMode: false, CountIncludePad: true),
            _value);

    /// <summary>
    /// In training, each value is zero with this probability (Srivastava 2014); in inference it stays as it is.
    /// </summary>
    public Features Dropout(float ratio) => With($"{_value}/dropout", new Dropout(ratio), _value);

    public Features GlobalAveragePool(string name = "pool") => With(name, new GlobalAveragePool(), _value);

    /// <summary>Local response normalisation. The paper's alpha multiplies the plain sum of squares, ONNX's their mean.</summary>
    public Features LocalResponseNorm(string name, int size, float alpha, float beta, float k) =>
        With(name, new Lrn(size, alpha * size, beta, k), _value);

    public Features Add(string name, Features other) => With(name, new Add(), _value, other._value);

    /// <summary>Every <paramref name="stride"/>-th row and column, and channels of zeros up to <paramref name="channels"/>.</summary>
    public Features Subsample(string name, int stride, int channels)
    {
        Shape x = Shape;
        Slice every = new([0, 0, 0, 0], [1, 1, stride, stride], [x[0], x[1], (x[2] + stride - 1) / stride, (x[3] + stride - 1) / stride]);
        Features sparse = With($"{name}/every", every, _value);
        return channels == Channels
            ? sparse
            : With(name, new Pad(PadMode.Constant, [0, 0, 0, 0], [0, channels - Channels, 0, 0], 0), sparse._value);
    }

    /// <summary>The first and the second half of the channels.</summary>
    public (Features First, Features Second) Halves(string name)
    {
        (string first, string second) = ($"{name}/first", $"{name}/second");
        Split split = new(1, [Channels / 2, Channels - Channels / 2]);
        _graph.Add(new Node(_graph.UniqueNodeName(name), split, [_value], [first, second]));
        return (new Features(_graph, _weights, first), new Features(_graph, _weights, second));
    }

    /// <summary>Each pixel <paramref name="factor"/> times in both directions.</summary>
    public Features Upsample(string name, int factor)
    {
        Shape x = Shape;
        Resize nearest = new(
            ResizeMode.Nearest, CoordinateMode.Asymmetric, NearestMode.Floor, [1, 1, factor, factor],
            new Shape(x[0], x[1], x[2] * factor, x[3] * factor), CubicA: -0.75f, ExcludeOutside: false, Extrapolation: 0, Roi: []);
        return With(name, nearest, _value);
    }

    /// <summary>Bilinear, as pictures are resized.</summary>
    public Features Stretch(string name, int height, int width)
    {
        Shape x = Shape;
        Resize linear = new(
            ResizeMode.Linear, CoordinateMode.HalfPixel, NearestMode.RoundPreferFloor, [1, 1, (float)height / x[2], (float)width / x[3]],
            new Shape(x[0], x[1], height, width), CubicA: -0.75f, ExcludeOutside: false, Extrapolation: 0, Roi: []);
        return With(name, linear, _value);
    }

    /// <summary>The upper left part, where there is more than <paramref name="other"/> has.</summary>
    public Features CropLike(string name, Features other)
    {
        (Shape x, Shape y) = (Shape, other.Shape);
        if (x[2] == y[2] && x[3] == y[3]) return this;
        return With(name, new Slice([0, 0, 0, 0], [1, 1, 1, 1], [x[0], x[1], y[2], y[3]]), _value);
    }

    public Features Flatten(string name = "flatten") => With(name, new Reshape(new Shape(1, (int)Shape.Count), "Flatten"), _value);

    /// <summary>A fully connected layer; the input is 1 x features.</summary>
    public Features Dense(string name, int outputs, Initialization start = default)
    {
        string weights = Learned(name, new Shape(outputs, Channels), Channels, outputs, start);
        return With(name, new Gemm(Alpha: 1, Beta: 1, TransA: false, TransB: true), _value, weights, Bias(name, outputs));
    }

    private string Learned(string name, Shape shape, long fanIn, long fanOut, Initialization start)
    {
        name += ".weight";
        return _graph.Constant(name, start switch
        {
            Initialization.He => _weights.He(name, shape, fanIn),
            _ => _weights.Xavier(name, shape, fanIn, fanOut),
        });
    }

    private string Bias(string name, int channels) => _graph.Constant($"{name}.bias", Weights.PerChannel(channels, 0));

    private Features With(string name, Operator op, params ReadOnlySpan<string> inputs) =>
        new(_graph, _weights, _graph.Add(name, op, inputs));
}
