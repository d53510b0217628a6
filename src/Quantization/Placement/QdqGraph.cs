using System.Globalization;
using EdgeCnn.Models;
using EdgeCnn.Quantization.Calibration;
using EdgeCnn.Quantization.Weights;

namespace EdgeCnn.Quantization.Placement;

/// <summary>Scale and zero point of a quantised value.</summary>
/// <param name="Type">UInt8 or UInt16.</param>
/// <param name="PerTensor">The one that it shares with its group; null where nobody reads it so.</param>
/// <param name="PerChannel">One for each channel; null where nobody reads it so.</param>
internal sealed record ValueScales(ElementType Type, AffineScale? PerTensor, AffineScale[]? PerChannel);

/// <summary>Writes a placement down as a graph with QuantizeLinear and DequantizeLinear.</summary>
internal sealed class QdqGraph
{
    /// <summary>So that sums with a bias fit 32 bits; weights are scaled so that no bias comes near.</summary>
    private const int LargestBias = int.MaxValue / 2;

    private readonly Graph _graph;
    private readonly QdqPlacement _placement;
    private readonly IReadOnlyDictionary<string, ValueScales> _scales;
    private readonly IReadOnlyDictionary<string, QuantizedWeights> _weights;
    private readonly GraphBuilder _builder;

    private QdqGraph(
        Graph graph,
        QdqPlacement placement,
        IReadOnlyDictionary<string, ValueScales> scales,
        IReadOnlyDictionary<string, QuantizedWeights> weights)
    {
        (_graph, _placement, _scales, _weights, _builder) = (graph, placement, scales, weights, Rebuilding.Begin(graph));
    }

    /// <param name="graph">The float network, folded.</param>
    /// <param name="placement">What is quantised.</param>
    /// <param name="scales">For each quantised value.</param>
    /// <param name="weights">For each quantised product, by the name of its node.</param>
    public static Graph Write(
        Graph graph,
        QdqPlacement placement,
        IReadOnlyDictionary<string, ValueScales> scales,
        IReadOnlyDictionary<string, QuantizedWeights> weights)
    {
        QdqGraph writer = new(graph, placement, scales, weights);
        foreach (string input in graph.Inputs) writer.Quantize(input);
        Dictionary<string, Product> products = placement.Products.ToDictionary(product => product.Node.Name);
        foreach (Node node in graph.Nodes)
        {
            bool integer = products.TryGetValue(node.Name, out Product? product);
            writer.Add(integer ? writer.WithIntegers(node, product!) : writer.Unfused(writer.WithInputs(node)));
            foreach (string output in node.Outputs) writer.Quantize(output);
        }
        foreach (string output in graph.Outputs) writer._builder.Output(output);
        return writer._builder.Build();
    }

    private void Add(Node node)
    {
        foreach (string input in node.Inputs)
        {
            if (_graph.Constants.TryGetValue(input, out Tensor? constant) && !_builder.Values.ContainsKey(input))
                _builder.Constant(input, constant);
        }
        _builder.Add(node);
    }

    private Node WithInputs(Node node) => node with
    {
        Inputs = [.. node.Inputs.Select((input, i) => _placement.ReadingOf(node, i) switch
        {
            Reading.PerTensor when _scales[input].PerTensor is null => Dequantized(input, Reading.PerChannel),
            Reading.Raw => input,
            Reading reading => Dequantized(input, reading),
        })],
    };

    /// <summary>
    /// ONNX Runtime makes one operator of dequantised operands, an Add or a product and the quantisation behind it, and then refuses to run
    /// it if the latter has a scale per channel. It leaves a Sum alone, which for two is the same as Add; see also <see cref="Quantize"/>.
    /// </summary>
    private Node Unfused(Node node) =>
        node.Operator is Add && _scales.GetValueOrDefault(node.Outputs[0]) is { PerChannel: not null, PerTensor: null }
            ? node with { Operator = new Sum() }
            : node;

    private Node WithIntegers(Node node, Product product)
    {
        QuantizedWeights weights = _weights[node.Name];
        Tensor integers = Tensor.Of(product.Weights.Shape, weights.Integers);
        string w = Dequantize($"{node.Name}:weights", integers, weights.Scales, product.ChannelAxis);
        Node quantized = WithInputs(node);
        // MatMul has no bias; what adds it is another node.
        if (node.Operator is MatMul) return quantized with { Inputs = [quantized.Inputs[0], w] };
        ValueScales data = _scales[product.Data];
        float[] biasScales =
        [
            .. weights.Scales.Select((scale, m) => scale * (_placement.ReadingOf(node, 0) == Reading.PerChannel
                ? data.PerChannel![product.InputChannel(m, 0)].Scale
                : data.PerTensor!.Value.Scale)),
        ];
        double[] steps = [.. weights.Bias.Zip(biasScales, (b, scale) => Math.Round((double)b / scale))];
        int[] bias = [.. steps.Select(step => (int)Math.Clamp(step, -LargestBias, LargestBias))];
        string b = Dequantize($"{node.Name}:bias", Tensor.Of(new Shape(bias.Length), bias), biasScales, 0);
        return quantized with { Inputs = [quantized.Inputs[0], w, b] };
    }

    private string Dequantize(string name, Tensor integers, float[] scales, int axis)
    {
        Shape channels = new(scales.Length);
        string stored = _builder.Constant(Fresh($"{name}:integers"), integers);
        string scale = _builder.Constant(Fresh($"{name}:scale"), Tensor.Of(channels, scales));
        string zero = _builder.Constant(Fresh($"{name}:zero"), Tensor.Zeros(integers.Type, channels));
        return _builder.Add(Fresh(name), new DequantizeLinear(axis), stored, scale, zero);
    }

    /// <summary>Adds the pairs that a value needs, behind the node that makes it.</summary>
    private void Quantize(string value)
    {
        if (!_scales.TryGetValue(value, out ValueScales? scales)) return;
        if (scales.PerTensor is { } one) Pair(value, Reading.PerTensor, scales.Type, Shape.Scalar, [one], 0);
        if (scales.PerChannel is not { } many) return;
        bool product = scales.PerTensor is null && _placement.Products.Any(other => other.Output == value);
        string from = product ? _builder.Add(Fresh($"{value}:sum"), new Sum(), value) : value;
        Pair(value, Reading.PerChannel, scales.Type, new Shape(many.Length), many, 1, from);
    }

    private void Pair(string value, Reading reading, ElementType type, Shape shape, AffineScale[] scales, int axis, string? from = null)
    {
        string name = Dequantized(value, reading);
        Tensor zeros = type == ElementType.UInt8
            ? Tensor.Of(shape, [.. scales.Select(scale => (byte)scale.Zero)])
            : Tensor.Of(shape, [.. scales.Select(scale => (ushort)scale.Zero)]);
        string scale = _builder.Constant($"{name}:scale", Tensor.Of(shape, [.. scales.Select(s => s.Scale)]));
        string zero = _builder.Constant($"{name}:zero", zeros);
        string integers = $"{name}:integers";
        _builder.Add(
            new Node($"{name}:quantize", new QuantizeLinear(axis, type, Saturate: true), [from ?? value, scale, zero], [integers]));
        _builder.Add(new Node($"{name}:dequantize", new DequantizeLinear(axis), [integers, scale, zero], [name]));
    }

    private static string Dequantized(string value, Reading reading) =>
        reading == Reading.PerChannel ? $"{value}:channels" : $"{value}:tensor";

    private string Fresh(string wanted)
    {
        string name = wanted;
        for (int i = 1; _builder.Values.ContainsKey(name) || _graph.Values.ContainsKey(name); i++)
            name = string.Create(CultureInfo.InvariantCulture, $"{wanted}_{i}");
        return name;
    }
}
