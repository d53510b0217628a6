using EdgeCnn.Models;

namespace EdgeCnn.Quantization.Placement;

/// <summary>
/// Decides where a network is quantised. It starts from what products read and goes backwards: what makes such a value is computed in
/// integers too, if it can be, and wants its own inputs quantised. What no product depends on - what lies behind the heads - is never
/// reached and stays float.
/// </summary>
internal sealed class Placing
{
    private readonly Wiring _wiring;
    private readonly QdqStyle _style;
    private readonly Dictionary<string, Node> _nodes;
    private readonly Dictionary<string, Product> _products = [];
    private readonly List<Product> _kept = [];
    private readonly IReadOnlySet<string> _keep;
    private readonly Dictionary<(string Node, int Input), Reading> _readings = [];
    private readonly HashSet<string> _demanded = [];
    private readonly Queue<string> _open = new();
    private readonly HashSet<string> _integer = [];
    private readonly Dictionary<string, string> _groups = [];

    private Placing(Graph graph, QdqStyle style, IReadOnlySet<string> keep)
    {
        (_wiring, _style, _keep) = (new Wiring(graph), style, keep);
        _nodes = graph.Nodes.ToDictionary(node => node.Name);
        foreach (Node node in graph.Nodes)
        {
            if (Product.Of(node, graph) is not { } product) continue;
            if (keep.Contains(node.Name) || ReadsProbabilities(product.Data)) _kept.Add(product);
            else _products.Add(node.Name, product);
        }
    }

    /// <param name="graph">A graph that was folded (<see cref="Folding"/>).</param>
    /// <param name="style">Lean or full.</param>
    /// <param name="keep">Names of nodes that stay float.</param>
    public static QdqPlacement Of(Graph graph, QdqStyle style, IReadOnlySet<string> keep)
    {
        Placing placing = new(graph, style, keep);
        foreach (Product product in placing._products.Values)
        {
            bool perChannel = product.IsDepthwise && style == QdqStyle.Lean;
            placing.Demand(product.Node, 0, perChannel ? Reading.PerChannel : Reading.PerTensor);
            if (style == QdqStyle.Full && !placing.IsClamped(product.Output)) placing.Demand(product.Output);
        }
        while (placing._open.TryDequeue(out string? value))
        {
            if (placing._wiring.Producer(value) is { } producer) placing.Compute(producer);
        }
        return placing.Result();
    }

    /// <summary>
    /// Box decoding takes the mean of a softmax over bins by a convolution or a product with the bins' numbers: that stays float.
    /// </summary>
    private bool ReadsProbabilities(string value)
    {
        Node? producer = _wiring.Producer(value);
        while (producer is { Operator: Reshape or Transpose or Slice or Split }) producer = _wiring.Producer(producer.Inputs[0]);
        return producer is { Operator: Softmax };
    }

    private bool IsClamped(string value) => _wiring.OnlyReader(value) is { } reader && Roles.IsClamp(reader.Operator);

    private void Demand(Node reader, int input, Reading reading)
    {
        string value = reader.Inputs[input];
        if (_wiring.IsConstant(value)) return;
        _readings[(reader.Name, input)] = reading;
        Demand(value);
    }

    private void Demand(string value)
    {
        if (_demanded.Add(value)) _open.Enqueue(value);
    }

    /// <summary>A node whose output is wanted as integers, or as sums by the node behind it.</summary>
    private void Compute(Node node)
    {
        if (_keep.Contains(node.Name) || !_integer.Add(node.Name)) return;
        if (Product.Of(node, _wiring.Graph) is not null) return;
        if (Roles.Carries(node.Operator))
        {
            string[] values = [.. node.Inputs.Concat(node.Outputs).Where(value => value.Length > 0 && !_wiring.IsConstant(value))];
            foreach (string value in values) Unite(values[0], value);
            for (int i = 0; i < node.Inputs.Length; i++) Demand(node, i, Reading.PerTensor);
        }
        else if (Roles.IsActivation(node.Operator) || node.Operator is BatchNormalization) Take(node, 0);
        else if (Roles.Averages(node.Operator)) Demand(node, 0, Reading.PerTensor);
        else if (node.Operator is Add or Sub or Mul) Combine(node);
    }

    /// <summary>One operand of a sum may be what a product just computed; the others are 8-bit values.</summary>
    private void Combine(Node node)
    {
        bool constant = node.Inputs.Any(_wiring.IsConstant);
        bool adds = node.Operator is Add && _wiring.ShapeOf(node.Inputs[0]).Equals(_wiring.ShapeOf(node.Inputs[1]));
        int raw = -1;
        for (int i = 0; i < 2 && (constant || adds); i++)
        {
            if (_wiring.IsConstant(node.Inputs[i]) || !StaysSums(node, node.Inputs[i])) continue;
            // Of two products the later one adds the other's result.
            if (raw < 0 || Position(node.Inputs[i]) > Position(node.Inputs[raw])) raw = i;
        }
        for (int i = 0; i < 2; i++)
        {
            if (i == raw) Compute(_wiring.Producer(node.Inputs[i])!);
            else Demand(node, i, Reading.PerTensor);
        }
    }

    /// <summary>
    /// An input that stays in 32 bits where the node can be computed together with the one before it, and is 8-bit elsewhere.
    /// </summary>
    private void Take(Node node, int input)
    {
        if (StaysSums(node, node.Inputs[input])) Compute(_wiring.Producer(node.Inputs[input])!);
        else Demand(node, input, Reading.PerTensor);
    }

    private bool StaysSums(Node reader, string value)
    {
        if (_wiring.OnlyReader(value) != reader || _wiring.Producer(value) is not { } producer) return false;
        // What a product that stays float computes is no less exact than sums are.
        bool product = Product.Of(producer, _wiring.Graph) is not null;
        if (_style == QdqStyle.Full) return product && Roles.IsClamp(reader.Operator);
        if (product) return true;
        return reader.Operator switch
        {
            // The residual may be added before the activation or after it.
            Add => Roles.IsActivation(producer.Operator) && StaysSums(producer, producer.Inputs[0])
                && _wiring.Producer(producer.Inputs[0])!.Operator is not Add,
            Unary => producer.Operator is Add or Sub or BatchNormalization,
            _ => false,
        };
    }

    private int Position(string value) => _wiring.Graph.Nodes.IndexOf(_wiring.Producer(value)!);

    private QdqPlacement Result()
    {
        // What stays float beside integers reads what they read, so that a value need not exist twice; what was kept on purpose reads it
        // whole.
        foreach (Node node in _wiring.Graph.Nodes)
        {
            if (_integer.Contains(node.Name) || _products.ContainsKey(node.Name) || _keep.Contains(node.Name)) continue;
            for (int i = 0; i < node.Inputs.Length; i++)
            {
                if (_demanded.Contains(node.Inputs[i])) _readings.TryAdd((node.Name, i), Reading.PerTensor);
            }
        }
        foreach (((string name, int input), Reading reading) in _readings.Where(pair => pair.Value == Reading.PerChannel).ToArray())
        {
            if (!MayHaveChannelScales(_nodes[name].Inputs[input])) _readings[(name, input)] = Reading.PerTensor;
        }
        HashSet<string> perTensor = [], perChannel = [];
        foreach (Node node in _wiring.Graph.Nodes)
        {
            for (int i = 0; i < node.Inputs.Length; i++)
            {
                if (!_readings.TryGetValue((node.Name, i), out Reading reading)) continue;
                (reading == Reading.PerChannel ? perChannel : perTensor).Add(node.Inputs[i]);
            }
        }
        Dictionary<string, QuantizedValue> values = [];
        foreach (string value in _demanded)
        {
            Node? producer = _wiring.Producer(value);
            bool carried = producer is not null && _integer.Contains(producer.Name) && Roles.Carries(producer.Operator);
            // In the full style an output of the graph may be quantised though nobody inside reads it.
            bool read = perTensor.Contains(value) || !perChannel.Contains(value);
            bool ofSilu = producer?.Operator is Silu;
            values.Add(value, new QuantizedValue(value, Root(value), read, perChannel.Contains(value), carried, ofSilu));
        }
        return new QdqPlacement([.. _products.Values], _kept, values, _readings);
    }

    /// <summary>
    /// Whether a value can be quantised per channel in a file that ONNX Runtime loads: what it computes from 8-bit values to 8-bit values
    /// by kernels of its own has to have one scale.
    /// </summary>
    private bool MayHaveChannelScales(string value) =>
        _wiring.Producer(value) is not { } producer || !_integer.Contains(producer.Name) || _products.ContainsKey(producer.Name)
        || producer.Operator is Add || (Roles.Carries(producer.Operator) && producer.Operator is not Concat)
        || (Roles.IsActivation(producer.Operator) && !_readings.ContainsKey((producer.Name, 0)));

    private void Unite(string a, string b)
    {
        (string rootA, string rootB) = (Root(a), Root(b));
        if (rootA != rootB) _groups[rootB] = rootA;
    }

    private string Root(string value)
    {
        while (_groups.TryGetValue(value, out string? parent)) value = parent;
        return value;
    }
}
