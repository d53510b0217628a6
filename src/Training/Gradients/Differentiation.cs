using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>
/// Appends to a graph the nodes of its gradient: back-propagation (Rumelhart, Hinton, Williams 1986), which is differentiation in reverse
/// mode. Each node, last first, turns the gradient of its outputs into gradients of its inputs by the <see cref="GradientRules"/> of its
/// operator; what several readers of a value give is added up.
/// </summary>
internal sealed class Differentiation
{
    private readonly GraphBuilder _graph;
    private readonly HashSet<string> _wanted;
    private readonly Dictionary<string, List<string>> _given = [];

    /// <param name="graph">Where nodes are appended.</param>
    /// <param name="nodes">The forward pass, in order.</param>
    /// <param name="sources">Values whose gradients are wanted.</param>
    public Differentiation(GraphBuilder graph, IReadOnlyList<Node> nodes, IEnumerable<string> sources)
    {
        _graph = graph;
        _wanted = [.. sources];
        foreach (Node node in nodes)
        {
            if (!GradientRules.IsCut(node.Operator) && node.Inputs.Any(_wanted.Contains))
                _wanted.UnionWith(node.Outputs.Where(output => output.Length > 0 && graph.Values[output].Type == ElementType.Float32));
        }
    }

    public Shape Shape(string value) => _graph.Values[value].Shape;

    public bool Wants(string value) => _wanted.Contains(value);

    public Tensor? Constant(string value) => _graph.Constants.GetValueOrDefault(value);

    public string AddConstant(string name, Tensor tensor) => _graph.Constant(_graph.UniqueNodeName(name), tensor);

    public string Add(string name, Operator op, params ReadOnlySpan<string> inputs) => _graph.Add(name, op, inputs);

    public string[] AddMany(string name, Operator op, int outputs, params ReadOnlySpan<string> inputs)
    {
        name = _graph.UniqueNodeName(name);
        string[] made = [.. Enumerable.Range(0, outputs).Select(i => _graph.UniqueNodeName($"{name}:{i}"))];
        _graph.Add(new Node(name, op, [.. inputs], [.. made]));
        return made;
    }

    /// <summary>Adds to the gradient of a value.</summary>
    public void Give(string value, string gradient)
    {
        if (!_given.TryGetValue(value, out List<string>? gradients)) _given.Add(value, gradients = []);
        gradients.Add(gradient);
    }

    /// <summary>The gradient of a value, all of whose readers have given theirs; null where there is none.</summary>
    public string? Gradient(string value)
    {
        if (!_given.TryGetValue(value, out List<string>? gradients)) return null;
        while (gradients.Count > 1)
        {
            string sum = _graph.Add($"{value}/gradient", new Add(), gradients[0], gradients[1]);
            gradients.RemoveRange(0, 2);
            gradients.Insert(0, sum);
        }
        return gradients[0];
    }

    /// <summary>Goes back through the nodes.</summary>
    /// <exception cref="ModelException">Operators have no gradient; all of them are named.</exception>
    public void Run(IReadOnlyList<Node> nodes)
    {
        Node[] needed = [.. nodes.Where(node => !GradientRules.IsCut(node.Operator) && node.Inputs.Any(_wanted.Contains))];
        string[] missing = [.. needed.Where(node => GradientRules.Of(node.Operator) is null).Select(node => node.ToString()).Distinct()];
        if (missing.Length > 0)
            throw new ModelException(
                $"Training goes through operators that have no gradient: {string.Join(", ", missing)}; keep what is before them frozen.");
        foreach (Node node in needed.Reverse())
        {
            if (!node.Outputs.Any(output => _given.ContainsKey(output))) continue;
            GradientRules.Of(node.Operator)!(new Backward(this, node));
        }
    }
}
