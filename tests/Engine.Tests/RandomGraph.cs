using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests;

/// <summary>A graph of random operators on small tensors: convolutions between everything that changes, splits or joins axes.</summary>
internal sealed class RandomGraph
{
    private readonly Random _random;
    private readonly GraphBuilder _builder;
    private readonly List<string> _values = [];
    private readonly List<string> _log = [];

    public RandomGraph(int seed, int nodes = 14)
    {
        _random = new Random(seed);
        _builder = new GraphBuilder($"random {seed}");
        for (int i = 0; i < 2; i++)
        {
            Shape shape = new(1, _random.Next(1, 3) * 4, _random.Next(2, 6), _random.Next(2, 6));
            _values.Add(_builder.Input($"in{i}", ElementType.Float32, shape));
            Inputs.Add($"in{i}", Run.Random(_random, shape));
        }
        for (int i = 0; i < nodes; i++)
        {
            string value = _values[Math.Max(0, _values.Count - 1 - (int)(_random.NextDouble() * _random.NextDouble() * _values.Count))];
            if (Node($"n{i}", value, _builder.Values[value].Shape) is not { } made) continue;
            _values.Add(made);
            _log.Add($"{made} {_builder.Values[made].Shape} from {value} {_builder.Values[value].Shape}");
        }
        _builder.Output(_values[^1]);
        _builder.Output(_values[_random.Next(2, _values.Count)]);
        Graph = _builder.Build();
    }

    public Graph Graph { get; }

    public Dictionary<string, Tensor> Inputs { get; } = [];

    public override string ToString() => string.Join('\n', _log);

    private string? Node(string name, string x, Shape shape)
    {
        switch (_random.Next(13))
        {
            case <= 2 when shape.Rank == 4 && shape[1] > 0:
                bool depthwise = _random.Next(3) == 0;
                int outputs = depthwise ? shape[1] : _random.Next(1, 20), kernel = _random.Next(2) * 2 + 1, stride = _random.Next(1, 3);
                string w = _builder.Constant(
                    $"{name}.w", Run.Random(_random, new Shape(outputs, depthwise ? 1 : shape[1], kernel, kernel), 0.4f));
                return Add("conv",
                    new Conv([stride, stride], [kernel / 2, kernel / 2, kernel / 2, kernel / 2], [1, 1], depthwise ? shape[1] : 1), x, w);
            case 3: return Add("relu", new Relu(), x);
            case 4: return Add("silu", new Silu(), x);
            case 5:
                string? other = _values.FirstOrDefault(value => value != x && _builder.Values[value].Shape.Equals(shape));
                return other is null
                    ? Add("scale", new Mul(), x,
                        _builder.Constant($"{name}.c",
                            Run.Random(_random, new Shape([.. shape.Extents[1..].ToArray().Select((e, i) => i == 0 ? e : 1)]))))
                    : Add("add", new Add(), x, other);
            case 6 when shape.Rank > 1:
                int[] order = [.. Enumerable.Range(0, shape.Rank)];
                _random.Shuffle(order.AsSpan(1));
                return Add("transpose", new Transpose([.. order]), x);
            case 7:
                return Add("reshape", new Reshape(Regrouped(shape)), x);
            case 8 when shape.Rank > 1:
                string[] parts = [.. _values.Where(value => value != x && SameButAxis1(_builder.Values[value].Shape, shape)).Take(2)];
                return Add("concat", new Concat(1), [.. parts, x]);
            case 9 when shape.Rank == 4:
                return Add("pool", new MaxPool([3, 3], [1, 1], [1, 1, 1, 1], [1, 1], false), x);
            case 10:
                return Add("softmax", new Softmax(_random.Next(shape.Rank)), x);
            case 11 when shape.Rank > 1:
                return Add("mean", new ReduceMean([_random.Next(1, shape.Rank)], _random.Next(2) == 0), x);
            case 12 when shape.Rank > 1 && shape[1] > 1:
                int size = _random.Next(1, shape[1]);
                string name1 = _builder.UniqueNodeName($"{name}.split");
                _builder.Add(new Node(name1, new Split(1, [size, shape[1] - size]), [x], [$"{name1}.a", $"{name1}.b"]));
                _values.Add($"{name1}.a");
                return $"{name1}.b";
            default:
                return null;
        }

        string Add(string kind, Operator op, params ReadOnlySpan<string> inputs) => _builder.Add($"{name}.{kind}", op, inputs);
    }

    private static bool SameButAxis1(Shape a, Shape b) => a.Rank == b.Rank && a.Rank > 1 && a.With(1, b[1]).Equals(b);

    /// <summary>Neighbouring axes joined, or an axis split in two.</summary>
    private Shape Regrouped(Shape shape)
    {
        List<int> extents = [.. shape.Extents];
        int axis = _random.Next(1, Math.Max(2, extents.Count));
        if (extents.Count > 2 && _random.Next(2) == 0 && axis + 1 < extents.Count)
        {
            extents[axis] *= extents[axis + 1];
            extents.RemoveAt(axis + 1);
        }
        else if (axis < extents.Count)
        {
            int divisor = new[] { 2, 3, 4, 5, 1 }.First(d => extents[axis] % d == 0);
            extents[axis] /= divisor;
            extents.Insert(axis, divisor);
        }
        while (extents.Count > 5)
        {
            extents[^2] *= extents[^1];
            extents.RemoveAt(extents.Count - 1);
        }
        return new Shape([.. extents]);
    }
}

/// <summary>
/// Runs a graph one node at a time, each as a network of its own with values in ONNX order between: nothing can be fused, reordered or
/// shared.
/// </summary>
internal static class NodeByNode
{
    public static Dictionary<string, Tensor> Run(Graph graph, IReadOnlyDictionary<string, Tensor> inputs)
    {
        Dictionary<string, Tensor> values = new(inputs);
        foreach ((string name, Tensor constant) in graph.Constants) values[name] = constant;
        foreach (Node node in graph.Nodes)
        {
            Tensor?[] arguments = [.. node.Inputs.Select(name => name.Length == 0 ? null : values[name])];
            bool[] constant = [.. node.Inputs.Select(name => graph.Constants.ContainsKey(name))];
            Graph one = Tests.Run.OfOne(node.Operator, arguments, constant, node.Outputs.Length);
            Dictionary<string, Tensor> fed = [];
            for (int i = 0; i < arguments.Length; i++)
            {
                if (arguments[i] is { } argument && !constant[i]) fed.Add($"x{i}", argument);
            }
            Tensor[] outputs = Tests.Run.Graph(one, fed);
            for (int i = 0; i < outputs.Length; i++) values[node.Outputs[i]] = outputs[i];
        }
        return values;
    }
}
