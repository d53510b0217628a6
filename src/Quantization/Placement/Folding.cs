using System.Collections.Immutable;
using EdgeCnn.Models;

namespace EdgeCnn.Quantization.Placement;

/// <summary>
/// Makes a graph ready to be quantised: what scales and shifts a convolution's channels by constants (BatchNormalization, Mul, Div, Add,
/// Sub) goes into its weights, zeros that are padded before it into its pads, and MatMul with Add becomes Gemm, whose bias can be
/// quantised. Dropout goes.
/// </summary>
internal sealed class Folding
{
    private readonly Wiring _wiring;
    private readonly Dictionary<string, Node> _replaced = [];
    private readonly HashSet<string> _gone = [];
    private readonly Dictionary<string, Tensor> _constants = [];

    private Folding(Graph graph) => _wiring = new Wiring(graph);

    public static Graph Apply(Graph graph)
    {
        graph = WithoutDropout(graph);
        Folding folding = new(graph);
        foreach (Node node in graph.Nodes)
        {
            if (!folding._gone.Contains(node.Name)) folding.Fold(node);
        }
        IEnumerable<Node> nodes = graph.Nodes
            .Where(node => !folding._gone.Contains(node.Name))
            .Select(node => folding._replaced.GetValueOrDefault(node.Name, node));
        return Rebuilding.Of(graph, nodes, folding._constants);
    }

    /// <summary>In inference dropout is its input, and is not to stand between what can be joined.</summary>
    private static Graph WithoutDropout(Graph graph)
    {
        Dictionary<string, string> sources = [];
        List<Node> nodes = [];
        foreach (Node node in graph.Nodes)
        {
            Node wired = node with { Inputs = [.. node.Inputs.Select(input => sources.GetValueOrDefault(input, input))] };
            if (node.Operator is Dropout && !graph.Outputs.Contains(node.Outputs[0])) sources[node.Outputs[0]] = wired.Inputs[0];
            else nodes.Add(wired);
        }
        return sources.Count == 0 ? graph : Rebuilding.Of(graph, nodes, new Dictionary<string, Tensor>());
    }

    private void Fold(Node node)
    {
        Node current = node;
        if (node.Operator is Conv conv && _wiring.Producer(node.Inputs[0]) is { Operator: Pad pad } before
            && _wiring.OnlyReader(node.Inputs[0]) == node && !_replaced.ContainsKey(before.Name) && WithPads(conv, pad) is { } padded)
        {
            _gone.Add(before.Name);
            current = current with { Operator = padded, Inputs = current.Inputs.SetItem(0, before.Inputs[0]) };
        }
        while (_wiring.OnlyReader(current.Outputs[0]) is { } reader && Joined(current, reader) is { } joined)
        {
            _gone.Add(reader.Name);
            current = joined;
        }
        if (current != node) _replaced[node.Name] = current;
    }

    private Node? Joined(Node node, Node reader) => node.Operator switch
    {
        Conv or ConvTranspose => Scaled(node, reader),
        MatMul => Biased(node, reader),
        _ => null,
    };

    private static Conv? WithPads(Conv conv, Pad pad)
    {
        bool spatialZeros = pad.Mode == PadMode.Constant && pad.Value == 0 && pad.Begins.Length == 4
            && pad.Begins.Concat(pad.Ends).All(p => p >= 0) && pad.Begins[0] + pad.Begins[1] + pad.Ends[0] + pad.Ends[1] == 0;
        ImmutableArray<int> pads = conv.Pads;
        return spatialZeros
            ? conv with { Pads = [pads[0] + pad.Begins[2], pads[1] + pad.Begins[3], pads[2] + pad.Ends[2], pads[3] + pad.Ends[3]] }
            : null;
    }

    /// <summary>A convolution with what its only reader does to each of its channels in its weights and bias.</summary>
    private Node? Scaled(Node node, Node reader)
    {
        if (Constant(node.Inputs[1]) is not { Shape.Rank: 4 } w || AffineOf(reader, node.Outputs[0]) is not { } affine) return null;
        bool biased = node.Inputs.Length > 2 && node.Inputs[2].Length > 0;
        float[]? oldBias = biased ? Constant(node.Inputs[2])?.As<float>().ToArray() : new float[affine.Factor.Length];
        if (oldBias is null) return null;
        int groups = ((Convolution)node.Operator).Groups, area = w.Shape[2] * w.Shape[3];
        float[] weights = w.As<float>().ToArray();
        for (int i = 0; i < weights.Length; i++)
        {
            // A transposed convolution has its output channels second, those of a group under that group's input channels.
            int outer = i / area / w.Shape[1], inner = i / area % w.Shape[1];
            int channel = node.Operator is ConvTranspose ? (outer / (w.Shape[0] / groups) * w.Shape[1]) + inner : outer;
            weights[i] = (float)(weights[i] * affine.Factor[channel]);
        }
        float[] bias = [.. oldBias.Select((b, m) => (float)((b * affine.Factor[m]) + affine.Summand[m]))];
        string weightsName = Define($"{node.Name}:folded", Tensor.Of(w.Shape, weights));
        string biasName = Define($"{node.Name}:bias", Tensor.Of(new Shape(bias.Length), bias));
        return node with { Inputs = [node.Inputs[0], weightsName, biasName], Outputs = reader.Outputs };
    }

    private Node? Biased(Node node, Node reader)
    {
        Shape product = _wiring.ShapeOf(node.Outputs[0]);
        if (reader.Operator is not Add || product.Rank != 2 || _wiring.ShapeOf(node.Inputs[0]).Rank != 2) return null;
        string other = reader.Inputs[0] == node.Outputs[0] ? reader.Inputs[1] : reader.Inputs[0];
        if (Constant(node.Inputs[1]) is null || Constant(other) is not { } bias) return null;
        if (bias.Shape.Count != product[1] || bias.Shape[^1] != product[1]) return null;
        string name = Define($"{node.Name}:bias", bias.Reshaped(new Shape(product[1])));
        return new Node(node.Name, new Gemm(1, 1, TransA: false, TransB: false), [node.Inputs[0], node.Inputs[1], name], reader.Outputs);
    }

    private (double[] Factor, double[] Summand)? AffineOf(Node node, string x)
    {
        Shape shape = _wiring.ShapeOf(x);
        int channels = shape[1];
        if (node.Operator is BatchNormalization norm)
        {
            Tensor?[] parts = [.. node.Inputs.Skip(1).Select(Constant)];
            if (node.Inputs[0] != x || parts.Contains(null)) return null;
            double[][] p = [.. parts.Select(part => part!.ToDoubles())];
            double[] factor = [.. p[0].Zip(p[3], (scale, variance) => scale / Math.Sqrt(variance + norm.Epsilon))];
            return (factor, [.. factor.Select((f, i) => p[1][i] - (f * p[2][i]))]);
        }
        if (node.Operator is not (Mul or Div or Add or Sub) || !_wiring.ShapeOf(node.Outputs[0]).Equals(shape)) return null;
        bool first = node.Inputs[0] == x;
        if (Constant(node.Inputs[first ? 1 : 0]) is not { } constant || PerChannel(constant, channels) is not { } c) return null;
        double[] ones = [.. Enumerable.Repeat(1.0, channels)], zeros = new double[channels];
        return node.Operator switch
        {
            Mul => (c, zeros),
            Div when first && !c.Contains(0) => ([.. c.Select(v => 1 / v)], zeros),
            Add => (ones, c),
            Sub when first => (ones, [.. c.Select(v => -v)]),
            Sub => ([.. ones.Select(v => -v)], c),
            _ => null,
        };
    }

    private static double[]? PerChannel(Tensor constant, int channels)
    {
        Shape shape = constant.Shape;
        bool scalar = shape.Count == 1 && shape.Rank <= 4;
        if (!scalar && (shape.Rank is not (3 or 4) || shape[^3] != channels || shape.Count != channels)) return null;
        double[] values = constant.ToDoubles();
        return scalar ? [.. Enumerable.Repeat(values[0], channels)] : values;
    }

    private Tensor? Constant(string name)
    {
        Tensor? constant = _constants.GetValueOrDefault(name) ?? _wiring.Graph.Constants.GetValueOrDefault(name);
        return constant?.Type == ElementType.Float32 ? constant : null;
    }

    private string Define(string name, Tensor constant)
    {
        // A second fold into the same node replaces what the first one made.
        while (_wiring.Graph.Values.ContainsKey(name)) name += "'";
        _constants[name] = constant;
        return name;
    }
}
