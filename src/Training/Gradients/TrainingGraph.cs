using System.Collections.Immutable;
using EdgeCnn.Models;
using Activations = EdgeCnn.Engine.Kernels.Pointwise.Activations;

namespace EdgeCnn.Training.Gradients;

/// <summary>Statistics of the batch that go into running ones.</summary>
/// <param name="Running">Names of the constants that are the running mean and variance.</param>
/// <param name="Batch">Names of the values that are the batch's.</param>
/// <param name="Count">Elements of each channel.</param>
internal sealed record BatchStatisticsPlace((string Mean, string Variance) Running, (string Mean, string Variance) Batch, long Count);

/// <summary>
/// A range that moves from step to step: the inputs that it comes from, the outputs that it goes to, and how many channels it has.
/// </summary>
internal sealed record RangePlace(string Name, (string Low, string High) Before, (string Low, string High) After, int Channels);

/// <summary>
/// The graph of a training step: the network with a batch, what learns as inputs, operators in their training form; then the gradients of
/// the outputs as inputs, and the way back.
/// </summary>
internal sealed class TrainingGraph
{
    private readonly Graph _source;
    private readonly TrainingOptions _options;
    private readonly GraphBuilder _graph;
    private readonly HashSet<string> _learned;
    private readonly HashSet<string> _batched = [];
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<string, List<Node>> _readers = [];
    private readonly HashSet<Node> _taken = [];
    private readonly List<BatchStatisticsPlace> _statistics = [];
    private readonly List<RangePlace> _ranges = [];
    private readonly Dictionary<(string, bool), string> _quantized = [];

    private TrainingGraph(Graph source, TrainingOptions options)
    {
        (_source, _options, _graph) = (source, options, new GraphBuilder(source.Name));
        _learned = [.. Learnable.Constants(source).Where(name => options.Learns?.Invoke(name) ?? true)];
        foreach (Node node in source.Nodes)
        {
            foreach (string input in node.Inputs.Distinct())
            {
                if (!_readers.TryGetValue(input, out List<Node>? readers)) _readers.Add(input, readers = []);
                readers.Add(node);
            }
        }
    }

    public Graph Graph { get; private set; } = null!;

    /// <summary>Constants of the source that are inputs here, and the outputs that are their gradients.</summary>
    public IReadOnlyList<(string Name, string Gradient)> Parameters { get; private set; } = [];

    /// <summary>For each output of the source the input that its gradient is; null for outputs that are no floats.</summary>
    public IReadOnlyList<string?> OutputGradients { get; private set; } = [];

    public string? InputGradient { get; private set; }

    /// <summary>The gradients of the watched values.</summary>
    public IReadOnlyDictionary<string, string> WatchedGradients { get; private set; } = new Dictionary<string, string>();

    public IReadOnlyList<BatchStatisticsPlace> Statistics => _statistics;

    /// <summary>Ranges of activations, where training is to know of 8 bits.</summary>
    public IReadOnlyList<RangePlace> Ranges => _ranges;

    /// <summary>The input that has the number of the step; null where nothing depends on it.</summary>
    public string? Step { get; private set; }

    /// <exception cref="ModelException">Operators that cannot be trained through, by name; or examples of a batch would mix.</exception>
    public static TrainingGraph Of(Graph source, TrainingOptions options)
    {
        if (options.Batch < 1) throw new ModelException($"The batch is {options.Batch}; it must be at least 1.");
        foreach (string name in options.Watched.Where(name => !source.Values.ContainsKey(name)))
            throw new ModelException($"The network has no value '{name}' that could be watched.");
        TrainingGraph training = new(source, options);
        training.AddValues();
        foreach (Node node in source.Nodes) training.Place(node);
        training.Differentiate();
        return training;
    }

    private void AddValues()
    {
        foreach (string input in _source.Inputs)
        {
            ValueInfo info = _source.Values[input];
            if (info.Shape.Rank == 0 || info.Shape[0] != 1)
                throw new ModelException(
                    $"The input '{input}' has the shape {info.Shape}; training takes networks for one example, 1 x ....");
            _graph.Input(input, info.Type, info.Shape.With(0, _options.Batch));
            _batched.Add(input);
        }
        foreach ((string name, Tensor tensor) in _source.Constants)
        {
            if (_learned.Contains(name)) _graph.Input(name, tensor.Type, tensor.Shape);
            else _graph.Constant(name, tensor);
        }
    }

    private void Place(Node node)
    {
        if (_taken.Contains(node)) return;
        bool batched = node.Inputs.Any(_batched.Contains);
        Operator op = batched && _options.Batch > 1 ? BatchSize.Of(node, _options.Batch) : node.Operator;
        if (batched) _batched.UnionWith(node.Outputs);
        switch (op)
        {
            case BatchNormalization norm when batched && _learned.Contains(node.Inputs[1]):
                Normalize(node, norm);
                break;
            case Dropout dropout when dropout.Ratio > 0 && batched:
                Step ??= _graph.Input(_graph.UniqueNodeName("training step"), ElementType.Int64, new Shape(1));
                ulong seed = _options.Seed + 0x9E3779B97F4A7C15 * (ulong)_nodes.Count;
                Add(node with { Operator = new DropoutMask(dropout.Ratio, seed), Inputs = [node.Inputs[0], Step] });
                break;
            case Conv or ConvTranspose or Gemm or MatMul when _options.FakeQuantization is { } quantization && batched:
                Add(Quantized(node with { Operator = op }, quantization));
                break;
            default:
                Add(node with { Operator = op });
                break;
        }
    }

    /// <summary>A product of weights and data with both rounded to 8 bits.</summary>
    private Node Quantized(Node node, FakeQuantization quantization)
    {
        (string x, string w) = (node.Inputs[0], node.Inputs[1]);
        if (!_source.Constants.TryGetValue(w, out Tensor? weights) || weights.Type != ElementType.Float32 || weights.Shape.Rank < 2)
            return node;
        bool depthwise = node.Operator is Conv { Groups: > 1 } conv && conv.Groups == weights.Shape[0];
        if (!_quantized.TryGetValue((x, depthwise), out string? rounded))
        {
            Shape shape = _graph.Values[x].Shape;
            int channels = shape.Rank > 1 ? shape[1] : 1;
            string Of(string role) => _graph.UniqueNodeName($"{x}/{role}");
            string End(string role) => _graph.Input(Of(role), ElementType.Float32, new Shape(channels));
            (string low, string high, string newLow, string newHigh) = (End("low"), End("high"), Of("new low"), Of("new high"));
            _ranges.Add(new RangePlace(x + (depthwise ? "/ranges" : "/range"), (low, high), (newLow, newHigh), channels));
            Add(new Node(Of("moving range"), new MovingRange(quantization.RangeMomentum, depthwise), [x, low, high], [newLow, newHigh]));
            rounded = Of("8 bits");
            Add(new Node(rounded, new FakeQuantized(), [x, newLow, newHigh], [rounded]));
            _quantized.Add((x, depthwise), rounded);
        }
        FakeQuantizedWeights rounding = node.Operator switch
        {
            ConvTranspose transposed => new FakeQuantizedWeights(1, transposed.Groups),
            Conv or Gemm { TransB: true } => new FakeQuantizedWeights(0, 1),
            _ => new FakeQuantizedWeights(weights.Shape.Rank - 1, 1),
        };
        string roundedWeights = _graph.UniqueNodeName($"{node.Name}/8-bit weights");
        Add(new Node(roundedWeights, rounding, [w], [roundedWeights]));
        return node with { Inputs = [rounded, roundedWeights, .. node.Inputs[2..]] };
    }

    /// <summary>Batch normalisation with the batch's statistics, joined with the activation that alone reads it.</summary>
    private void Normalize(Node node, BatchNormalization norm)
    {
        string mean = _graph.UniqueNodeName($"{node.Name}/mean"), variance = _graph.UniqueNodeName($"{node.Name}/variance");
        Add(new Node($"{node.Name}/statistics", new BatchStatistics(), [node.Inputs[0]], [mean, variance]));
        string output = node.Outputs[0];
        bool isRead = _source.Outputs.Contains(output) || _options.Watched.Contains(output);
        Node? activation = !isRead && _readers.GetValueOrDefault(output) is [{ Operator: Unary } reader]
            && Activations.Of(reader.Operator) is not null && Slope.AtInput(reader.Operator) is not null ? reader : null;
        if (activation is not null)
        {
            _taken.Add(activation);
            output = activation.Outputs[0];
            _batched.Add(output);
        }
        Add(new Node(node.Name, new Normalization(norm.Epsilon, activation?.Operator), [.. node.Inputs[..3], mean, variance], [output]));
        Shape x = _graph.Values[node.Inputs[0]].Shape;
        _statistics.Add(new BatchStatisticsPlace((node.Inputs[3], node.Inputs[4]), (mean, variance), x.Count / Math.Max(x[1], 1)));
    }

    private void Add(Node node)
    {
        _graph.Add(node);
        _nodes.Add(node);
    }

    private void Differentiate()
    {
        string? first = _options.InputGradients ? _source.Inputs[0] : null;
        IEnumerable<string> sources = [.. _learned, .. _options.Watched, .. first is null ? Array.Empty<string>() : [first]];
        Differentiation way = new(_graph, _nodes, sources);
        List<string?> outputGradients = [];
        foreach (string output in _source.Outputs)
        {
            ValueInfo info = _graph.Values[output];
            bool isFloat = info.Type == ElementType.Float32;
            outputGradients.Add(isFloat ? _graph.Input(_graph.UniqueNodeName($"{output}/gradient"), info.Type, info.Shape) : null);
            if (outputGradients[^1] is { } gradient) way.Give(output, gradient);
        }
        way.Run(_nodes);
        OutputGradients = outputGradients;
        Parameters = [.. _source.Constants.Keys.Where(_learned.Contains).Select(name => (name, GradientOf(name)))];
        WatchedGradients = _options.Watched.Distinct().ToDictionary(name => name, GradientOf);
        InputGradient = first is null ? null : GradientOf(first);

        string[] read =
        [
            .. _source.Outputs, .. _options.Watched, .. Parameters.Select(parameter => parameter.Gradient), .. WatchedGradients.Values,
            .. InputGradient is { } input ? [input] : Array.Empty<string>(),
            .. _statistics.SelectMany(place => new[] { place.Batch.Mean, place.Batch.Variance }),
            .. _ranges.SelectMany(range => new[] { range.After.Low, range.After.High }),
        ];
        foreach (string value in read.Distinct()) _graph.Output(value);
        Graph = _graph.Build();

        string GradientOf(string value) =>
            way.Gradient(value) ?? way.AddConstant($"{value}/gradient", Tensor.Zeros(ElementType.Float32, _graph.Values[value].Shape));
    }
}

/// <summary>Which constants of a network are what training changes.</summary>
internal static class Learnable
{
    /// <summary>Floats in the places of weights and biases.</summary>
    public static IEnumerable<string> Constants(Graph graph)
    {
        Dictionary<string, Operator> makers = graph.Nodes.SelectMany(node => node.Outputs.Select(output => (output, node.Operator)))
            .Where(maker => maker.output.Length > 0).ToDictionary(maker => maker.output, maker => maker.Operator);
        return graph.Nodes.SelectMany(Of).Distinct()
            .Where(name => graph.Constants.TryGetValue(name, out Tensor? tensor) && tensor.Type == ElementType.Float32);

        IEnumerable<string> Of(Node node) => node.Operator switch
        {
            Conv or ConvTranspose => node.Inputs[1..],
            Gemm or MatMul => node.Inputs,
            BatchNormalization => node.Inputs[1..3],
            LayerNormalization or GroupNormalization or InstanceNormalization => node.Inputs[1..],
            PRelu => [node.Inputs[1]],
            // A bias that was written as an addition.
            Add when node.Inputs.Any(input => makers.GetValueOrDefault(input) is MatMul or Conv or ConvTranspose) => node.Inputs,
            _ => [],
        };
    }
}
