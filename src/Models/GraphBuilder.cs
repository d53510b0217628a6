using System.Collections.Immutable;
using System.Globalization;

namespace EdgeCnn.Models;

/// <summary>Puts a graph together node by node; shapes are inferred and checked as each node is added.</summary>
public sealed class GraphBuilder(string name)
{
    private readonly List<string> _inputs = [];
    private readonly List<string> _outputs = [];
    private readonly List<Node> _nodes = [];
    private readonly HashSet<string> _nodeNames = [];
    private readonly Dictionary<string, int> _suffixes = [];
    private readonly Dictionary<string, Tensor> _constants = [];
    private readonly Dictionary<string, ValueInfo> _values = [];
    private readonly Dictionary<string, string> _metadata = [];

    public int Opset { get; set; }

    public IDictionary<string, string> Metadata => _metadata;

    /// <summary>Type and shape of what has been added so far.</summary>
    public IReadOnlyDictionary<string, ValueInfo> Values => _values;

    public IReadOnlyDictionary<string, Tensor> Constants => _constants;

    public string Input(string name, ElementType type, Shape shape)
    {
        Define(name, new ValueInfo(type, shape));
        _inputs.Add(name);
        return name;
    }

    public string Constant(string name, Tensor tensor)
    {
        Define(name, tensor.Info);
        _constants.Add(name, tensor);
        return name;
    }

    /// <summary>Adds a node with one output, named after the node.</summary>
    /// <returns>The name of the output.</returns>
    public string Add(string name, Operator op, params ReadOnlySpan<string> inputs)
    {
        name = UniqueNodeName(name);
        Add(new Node(name, op, [.. inputs], [name]));
        return name;
    }

    /// <exception cref="ModelException">An input is unknown, an output is already defined, or the operator does not accept these
    /// shapes.</exception>
    public void Add(Node node)
    {
        ValueInfo?[] inputs = new ValueInfo?[node.Inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (node.Inputs[i].Length == 0) continue;
            if (!_values.TryGetValue(node.Inputs[i], out inputs[i]))
                throw new ModelException(
                    $"{node} reads '{node.Inputs[i]}', which nothing before it makes: the graph is damaged or not in order.");
        }
        ImmutableArray<ValueInfo> outputs;
        try
        {
            outputs = node.Operator.Infer(inputs, node.Outputs.Length);
        }
        catch (ModelException e)
        {
            throw new NodeException($"{node}: {e.Message}", e);
        }
        if (outputs.Length < node.Outputs.Length)
            throw new ModelException($"{node} has {node.Outputs.Length} outputs; it makes {outputs.Length}.");
        for (int i = 0; i < node.Outputs.Length; i++)
        {
            if (node.Outputs[i].Length > 0) Define(node.Outputs[i], outputs[i]);
        }
        _nodeNames.Add(node.Name);
        _nodes.Add(node);
    }

    public void Output(string name)
    {
        if (!_values.ContainsKey(name)) throw new ModelException($"The graph's output '{name}' is made by no node.");
        _outputs.Add(name);
    }

    public string UniqueNodeName(string wanted)
    {
        string unique = wanted;
        // The last suffix is remembered, or a graph of many nodes of one name would take quadratic time.
        int suffix = _suffixes.GetValueOrDefault(wanted);
        while (_nodeNames.Contains(unique) || _values.ContainsKey(unique))
            unique = string.Create(CultureInfo.InvariantCulture, $"{wanted}_{++suffix}");
        if (suffix > 0) _suffixes[wanted] = suffix;
        return unique;
    }

    public Graph Build() => new(name, [.. _inputs], [.. _outputs], [.. _nodes], _constants, _values, _metadata, Opset);

    private void Define(string name, ValueInfo info)
    {
        if (!_values.TryAdd(name, info)) throw new ModelException($"The value '{name}' is defined twice.");
    }
}
