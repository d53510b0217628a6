using System.Collections.Immutable;

namespace EdgeCnn.Models;

/// <summary>A graph while passes change it: nodes can be replaced, and who makes and who reads a value can be asked.</summary>
internal sealed class GraphEditor
{
    private readonly Graph _source;
    private readonly Node?[] _nodes;
    private readonly Dictionary<string, int> _producers = [];
    private readonly Dictionary<string, int> _uses = [];
    private readonly Dictionary<string, string> _forwards = [];
    private readonly Dictionary<string, Tensor> _constants;
    private readonly IReadOnlyList<(string Name, string Value)> _outputs;

    public GraphEditor(Graph source, IReadOnlyList<(string Name, string Value)> outputs, IReadOnlySet<string> kept)
    {
        (_source, _outputs) = (source, outputs);
        _nodes = [.. source.Nodes];
        _constants = new Dictionary<string, Tensor>(source.Constants);
        for (int i = 0; i < _nodes.Length; i++)
        {
            foreach (string output in _nodes[i]!.Outputs.Where(output => output.Length > 0)) _producers[output] = i;
        }
        foreach (string value in outputs.Select(output => output.Value).Concat(kept)) Use(value, 1);
        for (int i = _nodes.Length - 1; i >= 0; i--)
        {
            // From the end, so that what only dead nodes read is dead too.
            if (_nodes[i]!.Outputs.Any(output => _uses.GetValueOrDefault(output) > 0)) CountInputs(_nodes[i]!, 1);
            else _nodes[i] = null;
        }
    }

    public int Count => _nodes.Length;

    /// <summary>The node at a place in the order; null where it was removed.</summary>
    public Node? this[int index] => _nodes[index];

    public ValueInfo Info(string value) => _source.Values[value];

    public Tensor? Constant(string value) => _constants.GetValueOrDefault(Source(value));

    /// <summary>The node that makes a value; null for inputs and constants.</summary>
    public Node? Producer(string value) => _producers.TryGetValue(Source(value), out int index) ? _nodes[index] : null;

    /// <summary>How many inputs and graph outputs read a value.</summary>
    public int Uses(string value) => _uses.GetValueOrDefault(Source(value));

    /// <summary>Puts another operator in the place of a node; the outputs stay, and what nobody reads any more goes.</summary>
    public void Replace(int index, Operator op, params ReadOnlySpan<string> inputs)
    {
        Node old = _nodes[index]!;
        _nodes[index] = old with { Operator = op, Inputs = [.. inputs] };
        CountInputs(_nodes[index]!, 1);
        Release(old);
    }

    /// <summary>Removes a node of one output whose result is a value that is there already.</summary>
    public void Forward(int index, string value)
    {
        Node old = _nodes[index]!;
        string output = old.Outputs[0];
        if (_outputs.Any(result => result.Value == output))
        {
            Replace(index, new Identity(), value);
            return;
        }
        Use(value, Uses(output));
        _forwards[output] = value;
        _nodes[index] = null;
        Release(old);
    }

    /// <summary>
    /// The graph without what no output needs; its outputs have their names, and of a node's several outputs those that nobody reads have
    /// none.
    /// </summary>
    public Graph Build()
    {
        Dictionary<string, string> names = OutputNames();
        string Named(string value) => names.GetValueOrDefault(Source(value), Source(value));
        GraphBuilder builder = new(_source.Name) { Opset = _source.Opset };
        foreach ((string key, string text) in _source.Metadata) builder.Metadata[key] = text;
        foreach (string input in _source.Inputs) builder.Input(input, Info(input).Type, Info(input).Shape);
        foreach ((string name, Tensor constant) in _constants.Where(constant => Uses(constant.Key) > 0))
            builder.Constant(Named(name), constant);
        foreach (Node node in _nodes.OfType<Node>())
        {
            IEnumerable<string> outputs = node.Outputs.Select(output => Uses(output) > 0 || node.Outputs.Length == 1 ? Named(output) : "");
            builder.Add(node with { Inputs = [.. node.Inputs.Select(Named)], Outputs = [.. outputs] });
        }
        foreach ((string name, string value) in _outputs)
        {
            if (Named(value) != name) builder.Add(new Node(builder.UniqueNodeName(name), new Identity(), [Named(value)], [name]));
            builder.Output(name);
        }
        return builder.Build();
    }

    /// <summary>
    /// Values that are renamed because the file calls them otherwise as outputs: the first name of those that are not the caller's own
    /// inputs.
    /// </summary>
    private Dictionary<string, string> OutputNames()
    {
        Dictionary<string, string> names = [];
        HashSet<string> own = [.. _outputs.Where(output => output.Name == output.Value).Select(output => output.Value), .. _source.Inputs];
        foreach ((string name, string value) in _outputs.Where(output => !own.Contains(output.Value))) names.TryAdd(value, name);
        return names;
    }

    private void Release(Node node)
    {
        Stack<Node> open = new([node]);
        while (open.TryPop(out Node? freed))
        {
            CountInputs(freed, -1);
            foreach (string input in freed.Inputs)
            {
                if (!_producers.TryGetValue(Source(input), out int index) || _nodes[index] is not { } producer) continue;
                if (producer.Outputs.Any(output => Uses(output) > 0)) continue;
                _nodes[index] = null;
                open.Push(producer);
            }
        }
    }

    private void CountInputs(Node node, int change)
    {
        foreach (string input in node.Inputs.Where(input => input.Length > 0)) Use(input, change);
    }

    private void Use(string value, int change) => _uses[Source(value)] = Uses(value) + change;

    /// <summary>The value itself, or the one that took its place.</summary>
    private string Source(string value)
    {
        while (_forwards.TryGetValue(value, out string? source)) value = source;
        return value;
    }
}
