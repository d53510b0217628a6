using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests;

/// <summary>A graph of one layer between QuantizeLinear and DequantizeLinear, of random extents, scales and zero points.</summary>
internal sealed class QuantizedLayer
{
    private readonly Random _random;
    private readonly GraphBuilder _builder;
    private readonly ElementType _data;
    private readonly float? _scale;
    private readonly Shape _image;

    public QuantizedLayer(string layer, int seed, float? scale = null)
    {
        _random = new Random(seed);
        _builder = new GraphBuilder($"{layer} {seed}");
        _scale = scale;
        _data = layer switch
        {
            "int8 data" => ElementType.Int8,
            _ when layer.StartsWith("uint16 ", StringComparison.Ordinal) => ElementType.UInt16,
            _ when layer.StartsWith("int16 ", StringComparison.Ordinal) => ElementType.Int16,
            _ => ElementType.UInt8,
        };
        if (_data is ElementType.UInt16 or ElementType.Int16) layer = layer[(layer.IndexOf(' ') + 1)..];
        int channels = layer switch
        {
            "grouped" => 4 * _random.Next(1, 6),
            "split" or "conv of a part" or "conv into a part" => 2 * _random.Next(1, 9),
            _ => _random.Next(1, 20),
        };
        _image = new Shape(_random.Next(1, 3), channels, _random.Next(3, 9), _random.Next(3, 9));
        foreach (string output in Build(layer)) _builder.Output(output);
        Graph = _builder.Build();
    }

    public Graph Graph { get; }

    public Dictionary<string, Tensor> Inputs { get; } = [];

    /// <summary>One unit of the stored results; for results that are floats what they may differ by.</summary>
    public float Unit { get; private set; } = 1e-4f;

    public override string ToString() =>
        string.Join(", ", Graph.Nodes.Select(node => $"{node.Operator.Name} {_builder.Values[node.Outputs[0]].Shape}"));

    private string[] Build(string layer)
    {
        bool takesNoData = layer is "matmul" or "matmul relu" or "gemm" || layer.StartsWith("dynamic", StringComparison.Ordinal);
        string x = layer is "depthwise per channel" ? Pair(Input(_image), PerChannel(_image[1])) : takesNoData ? "" : Data(_image);
        switch (layer)
        {
            case "conv" or "int8 data" or "uint8 weights": return [Result(Conv(x, 1, 1, 1, 1, layer == "uint8 weights"))];
            case "conv relu": return [Result(_builder.Add("relu", new Relu(), Conv(x)))];
            case "conv silu": return [Result(_builder.Add("silu", new Silu(), Conv(x)))];
            case "conv clip": return [Result(_builder.Add("clip", new Clip(-0.2f, 0.9f), Conv(x)))];
            case "conv per channel out":
                string y = Conv(x);
                return [Pair(y, PerChannel(_builder.Values[y].Shape[1]))];
            case "depthwise" or "depthwise per channel": return [Result(Conv(x, groups: _image[1], stride: _random.Next(1, 3)))];
            case "grouped": return [Result(Conv(x, groups: 4))];
            case "strided": return [Result(Conv(x, stride: 2))];
            case "dilated": return [Result(Conv(x, dilation: 2))];
            case "uneven padding": return [Result(Conv(x, padding: 3))];
            case "residual" or "residual relu" or "relu residual" or "silu residual": return [Result(Residual(layer, x))];
            case "float out": return [Conv(x)];
            case "transposed": return [Result(Transposed(x))];
            case "matmul": return [Result(Product(relu: false))];
            case "matmul relu": return [Result(Product(relu: true))];
            case "gemm": return [Result(Connected())];
            case "sigmoid": return [Result(_builder.Add("f", new Sigmoid(), x))];
            case "silu in pieces":
                return [Result(_builder.Add("mul", new Mul(), x, Pair(_builder.Add("f", new Sigmoid(), x), PerTensor())))];
            case "leaky": return [Result(_builder.Add("f", new LeakyRelu(0.1f), x))];
            case "relu6 alone": return [Result(_builder.Add("f", new Clip(0, 1), x))];
            case "tanh times two": return [Result(_builder.Add("mul", new Mul(), _builder.Add("f", new Tanh(), x), Scalar(2)))];
            case "add" or "add relu" or "sub" or "mul": return [Result(Two(layer, x, Data(_image)))];
            case "mul broadcast": return [Result(_builder.Add("mul", new Mul(), x, Data(new Shape(_image[0], _image[1], 1, 1))))];
            case "concat":
                (Tensor scale, Tensor zero) = PerTensor();
                return [
                    Pair(_builder.Add("concat", new Concat(1), Pair(Input(_image), (scale, zero)), Pair(Input(_image), (scale, zero))),
                        (scale, zero))];
            case "concat of other scales": return [Result(_builder.Add("concat", new Concat(1), x, Data(_image)))];
            case "concat with float": return [Result(_builder.Add("concat", new Concat(1), x, Input(_image), Conv(Data(_image))))];
            case "maxpool": return [Result(_builder.Add("pool", new MaxPool([3, 3], [2, 2], [1, 1, 1, 1], [1, 1], CeilMode: true), x))];
            case "average" or "average with padding":
                return [
                    Result(_builder.Add("pool",
                        new AveragePool([3, 3], [1, 1], [1, 1, 1, 1], [1, 1], false, layer == "average with padding"), x))];
            case "global average": return [Result(_builder.Add("pool", new GlobalAveragePool(), x))];
            case "mean": return [Result(_builder.Add("mean", new ReduceMean([2, 3], true), x))];
            case "resize":
                Shape twice = new(_image[0], _image[1], 2 * _image[2], 2 * _image[3]);
                return
                [
                    Result(_builder.Add(
                        "resize",
                        new Resize(ResizeMode.Nearest, CoordinateMode.Asymmetric, NearestMode.Floor, [1, 1, 2, 2], twice, -0.75f, false, 0f,
                            []), x)),
                ];
            case "split" or "conv of a part" or "conv into a part": return Parts(layer, x);
            case "slice":
                return [
                Result(_builder.Add("slice",
                    new Slice([0, 0, 1, 0], [1, 1, 1, 2], [_image[0], _image[1], _image[2] - 1, (_image[3] + 1) / 2]), x))];
            case "transpose": return [Result(_builder.Add("transpose", new Transpose([0, 2, 3, 1]), x))];
            case "reshape": return [Result(_builder.Add("reshape", new Reshape(new Shape(_image[0], (int)_image.Count / _image[0])), x))];
            case "pad": return [Result(_builder.Add("pad", new Pad(PadMode.Constant, [0, 0, 1, 2], [0, 1, 0, 1], 0), x))];
            case "requantise": return [Result(x)];
            case "softmax": return [Result(_builder.Add("softmax", new Softmax(1), x))];
            case "conv read twice":
                string read = Conv(x);
                return [Result(read), _builder.Add("relu", new Relu(), read)];
            case "conv after softmax": return [Result(Conv(Pair(_builder.Add("softmax", new Softmax(1), x), PerTensor())))];
            case "dynamic conv": return [Dynamic(x: Input(_image), activation: false)];
            case "dynamic conv silu": return [Dynamic(x: Input(_image), activation: true)];
            case "dynamic matmul": return [Dynamic(x: Input(new Shape(2, 5, _image[1])), activation: true)];
            case "dynamic twice":
                string first = Dynamic(x: Input(_image), activation: true);
                return [_builder.Add("concat", new Concat(1), first, Dynamic(first, activation: false))];
            default: throw new ArgumentException(layer);
        }
    }

    private string[] Parts(string layer, string x)
    {
        int half = _image[1] / 2;
        _builder.Add(new Node("split", new Split(1, [half, half]), [x], ["left", "right"]));
        if (layer == "split") return [Result("left"), Result("right")];
        (Tensor, Tensor) scale = PerTensor();
        if (layer == "conv of a part") return [Result(Conv("left")), Result("right")];
        string joined = _builder.Add("concat", new Concat(1), Pair(Conv("left", kernel: 3), scale), Pair(Conv("right"), scale));
        return [Result(Conv(joined))];
    }

    private string Residual(string layer, string x)
    {
        string y = Conv(x), added = Data(_builder.Values[y].Shape);
        if (layer is "relu residual") y = _builder.Add("relu", new Relu(), y);
        if (layer is "silu residual") y = _builder.Add("silu", new Silu(), y);
        y = _builder.Add("add", new Add(), y, added);
        return layer is "residual relu" ? _builder.Add("relu", new Relu(), y) : y;
    }

    private string Two(string layer, string a, string b) => layer switch
    {
        "sub" => _builder.Add("sub", new Sub(), a, b),
        "mul" => _builder.Add("mul", new Mul(), a, b),
        "add" => _builder.Add("add", new Add(), a, b),
        _ => _builder.Add("relu", new Relu(), _builder.Add("add", new Add(), a, b)),
    };

    private string Conv(
        string x, int stride = 1, int groups = 1, int dilation = 1, int padding = 1, bool unsigned = false, int? kernel = null)
    {
        int channels = _builder.Values[x].Shape[1], outputs = groups == channels ? channels : groups * _random.Next(1, 40 / groups);
        int size = kernel ?? (_random.Next(2) * 2 + 1);
        string w = Weights(new Shape(outputs, channels / groups, size, size), 0, outputs, unsigned);
        string b = _builder.Constant(Name("bias"), Run.Random(_random, new Shape(outputs), 0.5f));
        int before = size / 2 * dilation * padding, after = size / 2 * dilation;
        return _builder.Add("conv", new Conv([stride, stride], [before, after, after, before], [dilation, dilation], groups), x, w, b);
    }

    private string Transposed(string x)
    {
        int outputs = _random.Next(1, 20);
        string w = Weights(new Shape(_image[1], outputs, 3, 3), 1, outputs);
        return _builder.Add("deconv", new ConvTranspose([2, 2], [1, 1, 1, 1], [1, 1], [1, 1], 1), x, w);
    }

    private string Product(bool relu)
    {
        int length = _random.Next(1, 40), columns = _random.Next(1, 40);
        string y = _builder.Add("matmul", new MatMul(), Data(new Shape(2, 5, length)), Weights(new Shape(length, columns), 1, columns));
        y = _builder.Add("bias", new Add(), y, _builder.Constant("b", Run.Random(_random, new Shape(columns))));
        return relu ? _builder.Add("relu", new Relu(), y) : y;
    }

    private string Connected()
    {
        int length = _random.Next(1, 60), columns = _random.Next(1, 40);
        string b = _builder.Constant("b", Run.Random(_random, new Shape(columns)));
        return _builder.Add(
            "gemm", new Gemm(1, 1, false, true), Data(new Shape(3, length)), Weights(new Shape(columns, length), 0, columns), b);
    }

    /// <summary>DynamicQuantizeLinear, ConvInteger or MatMulInteger, and what makes floats of the sums.</summary>
    private string Dynamic(string x, bool activation)
    {
        string name = Name("dynamic");
        bool image = _builder.Values[x].Shape.Rank == 4;
        int depth = _builder.Values[x].Shape[image ? 1 : 2], outputs = _random.Next(1, 40), size = _random.Next(2) * 2 + 1;
        _builder.Add(new Node(name, new DynamicQuantizeLinear(), [x], [$"{name}.x", $"{name}.scale", $"{name}.zero"]));
        Shape shape = image ? new Shape(outputs, depth, size, size) : new Shape(depth, outputs);
        byte[] stored = new byte[shape.Count];
        for (int i = 0; i < stored.Length; i++) stored[i] = (byte)_random.Next(1, 256);
        string w = _builder.Constant($"{name}.w", Tensor.Of<byte>(shape, stored)), wZero = _builder.Constant(
            $"{name}.wzero", Tensor.Of<byte>(Shape.Scalar, [128]));
        Operator op = image ? new ConvInteger([1, 1], [size / 2, size / 2, size / 2, size / 2], [1, 1], 1) : new MatMulInteger();
        string sums = _builder.Add($"{name}.sums", op, $"{name}.x", w, $"{name}.zero", wZero);
        string scale = _builder.Add($"{name}.factor", new Mul(), $"{name}.scale", Scalar(0.003f));
        string y = _builder.Add($"{name}.real", new Mul(), _builder.Add($"{name}.cast", new Cast(ElementType.Float32), sums), scale);
        string bias = _builder.Constant(
            $"{name}.bias", Run.Random(_random, image ? new Shape(1, outputs, 1, 1) : new Shape(outputs), 0.5f));
        y = _builder.Add($"{name}.y", new Add(), y, bias);
        return activation ? _builder.Add($"{name}.silu", new Silu(), y) : y;
    }

    private string Weights(Shape shape, int axis, int channels, bool unsigned = false)
    {
        sbyte[] stored = new sbyte[shape.Count];
        for (int i = 0; i < stored.Length; i++) stored[i] = (sbyte)_random.Next(-127, 128);
        float[] scales = [.. Enumerable.Range(0, channels).Select(_ => 0.0005f + _random.NextSingle() * 0.003f)];
        if (_scale is { } broken) scales[0] = broken;
        string name = Name("w");
        string data = unsigned
            ? _builder.Constant(name, Tensor.Of<byte>(shape, [.. stored.Select(value => (byte)(value + 128))]))
            : _builder.Constant(name, Tensor.Of<sbyte>(shape, stored));
        Shape perChannel = new(channels);
        string scale = _builder.Constant($"{name}.scale", Tensor.Of(perChannel, scales));
        string zero = unsigned
            ? _builder.Constant($"{name}.zero", Tensor.Of<byte>(perChannel, [.. Enumerable.Repeat((byte)128, channels)]))
            : _builder.Constant($"{name}.zero", Tensor.Zeros(ElementType.Int8, perChannel));
        return _builder.Add($"{name}.float", new DequantizeLinear(axis), data, scale, zero);
    }

    private string Input(Shape shape)
    {
        string name = Name("x");
        Inputs.Add(name, Run.Random(_random, shape, 2));
        return _builder.Input(name, ElementType.Float32, shape);
    }

    private string Scalar(float value) => _builder.Constant(Name("c"), Tensor.Of(Shape.Scalar, [value]));

    private string Data(Shape shape) => Pair(Input(shape), PerTensor());

    private string Result(string x)
    {
        (Tensor scale, Tensor zero) = PerTensor();
        return Pair(x, (scale, zero));
    }

    private (Tensor Scale, Tensor Zero) PerTensor() => Parameters(1);

    private (Tensor Scale, Tensor Zero) PerChannel(int channels) => Parameters(channels);

    private (Tensor Scale, Tensor Zero) Parameters(int count)
    {
        Shape shape = count == 1 ? Shape.Scalar : new Shape(count);
        Tensor scale = Tensor.Of(shape, [.. Enumerable.Range(0, count).Select(_ => 0.008f + _random.NextSingle() * 0.02f)]);
        int[] zeros = [.. Enumerable.Range(0, count).Select(_ => _random.Next(60, 190))];
        if (_data is ElementType.UInt16 or ElementType.Int16)
        {
            foreach (ref float step in scale.As<float>()) step /= 256;
            for (int i = 0; i < count; i++) zeros[i] = 256 * zeros[i] + _random.Next(256);
        }
        Tensor zero = _data switch
        {
            ElementType.Int8 => Tensor.Of<sbyte>(shape, [.. zeros.Select(value => (sbyte)(value - 128))]),
            ElementType.Int16 => Tensor.Of<short>(shape, [.. zeros.Select(value => (short)(value - 32768))]),
            ElementType.UInt16 => Tensor.Of<ushort>(shape, [.. zeros.Select(value => (ushort)value)]),
            _ => Tensor.Of<byte>(shape, [.. zeros.Select(value => (byte)value)]),
        };
        return (scale, zero);
    }

    /// <summary>QuantizeLinear and DequantizeLinear; the last that is made gives the unit of the results.</summary>
    private string Pair(string x, (Tensor Scale, Tensor Zero) map)
    {
        foreach (float step in map.Scale.As<float>()) Unit = Math.Max(Unit > 1e-3f ? Unit : 0, step);
        string scale = _builder.Constant(Name("scale"), map.Scale), zero = _builder.Constant(Name("zero"), map.Zero);
        string stored = _builder.Add("quantize", new QuantizeLinear(1, _data, true), x, scale, zero);
        return _builder.Add("dequantize", new DequantizeLinear(1), stored, scale, zero);
    }

    private string Name(string prefix) => $"{prefix}{_builder.Values.Count}";
}
