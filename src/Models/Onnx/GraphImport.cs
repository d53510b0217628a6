using System.Collections.Immutable;

namespace EdgeCnn.Models.Onnx;

/// <summary>
/// Walks the nodes of a file in an order in which they can run, and puts each into a <see cref="GraphBuilder"/>: translated, or computed
/// now where its inputs are small constants.
/// </summary>
internal sealed class GraphImport(ModelProto model, OnnxReadOptions options, TensorReader tensors)
{
    /// <summary>
    /// So many elements are computed while a file is read; what is left after them stays a node, or a hostile file could take hours.
    /// </summary>
    private const long MaxComputed = 1 << 26;

    private readonly Dictionary<string, string> _values = [];
    private readonly HashSet<string> _nodeNames = [];
    private readonly Dictionary<string, int> _suffixes = [];
    /// <summary>Values that unsupported nodes would have made, and all that depends on them.</summary>
    private readonly HashSet<string> _lost = [];
    private readonly List<UnsupportedOperator> _unsupported = [];
    private readonly Dictionary<string, int> _opsets = Opsets(model);
    private readonly HashSet<string> _fileNames = [];
    private readonly HashSet<string> _needed = [];
    private long _synthesised;
    private long _computed;

    public GraphBuilder Builder { get; } = new(model.Graph.Name);

    public IReadOnlyList<UnsupportedOperator> Unsupported => _unsupported;

    /// <summary>Names of the graph's outputs in the file, and of the values that they are.</summary>
    public List<(string Name, string Value)> Outputs { get; } = [];

    /// <summary>Values that only unsupported nodes read.</summary>
    public HashSet<string> Dangling { get; } = [];

    public int Opset => _opsets[""];

    public void Run()
    {
        GraphProto graph = model.Graph;
        HashSet<string> initialised = [.. NodeOrder.Initialised(graph)];
        foreach (ValueInfoProto input in graph.Input.Where(input => !initialised.Contains(input.Name)))
            Bind(input.Name, Builder.Input(input.Name, InputShape.Type(input), InputShape.Of(input, options)));
        foreach (string name in options.InputShapes.Keys.Where(name => !Builder.Values.ContainsKey(name)))
        {
            throw new ModelException(
                $"A shape is given for the input '{name}'; the model's inputs are {string.Join(", ", Builder.Values.Keys)}.");
        }
        if (graph.Output.Count == 0) throw new ModelException("The model has no outputs.");
        string[] outputs = [.. graph.Output.Select(output => output.Name)];
        _fileNames.UnionWith(graph.Node.SelectMany(node => node.Output).Concat(graph.Initializer.Select(tensor => tensor.Name)));
        Walk(graph, outputs);
        foreach (string output in outputs)
        {
            if (!_lost.Contains(output)) Outputs.Add((output, Value(output)));
        }
    }

    /// <summary>Puts the needed part of a graph, or of a branch that is always taken, into the builder.</summary>
    public void Walk(GraphProto graph, IReadOnlyCollection<string> outputs)
    {
        NodeOrder order = NodeOrder.Of(graph, outputs, name => _values.ContainsKey(name) || _lost.Contains(name));
        _needed.UnionWith(order.Needed);
        foreach (TensorProto initialiser in graph.Initializer)
        {
            if (order.Needed.Contains(initialiser.Name))
                Bind(initialiser.Name, Builder.Constant(initialiser.Name, tensors.Read(initialiser)));
        }
        foreach (SparseTensorProto initialiser in graph.SparseInitializer)
        {
            if (order.Needed.Contains(initialiser.Values?.Name ?? ""))
                Define(initialiser.Values!.Name, tensors.Read(initialiser, Synthesise));
        }
        foreach (NodeProto node in order.Nodes) Import(node);
    }

    /// <summary>Adds a node, or its results where they can be computed now.</summary>
    /// <returns>The values that the outputs are.</returns>
    public ImmutableArray<string> Emit(string name, Operator op, ImmutableArray<string> inputs, ImmutableArray<string> outputs)
    {
        if (inputs.All(Builder.Constants.ContainsKey) && inputs.Length > 0 && Computed(op, inputs, outputs) is { } results)
        {
            for (int i = 0; i < outputs.Length; i++)
            {
                if (outputs[i].Length > 0) Define(outputs[i], results[i]);
            }
            return outputs;
        }
        if (op is Identity)
        {
            Alias(outputs[0], inputs[0]);
            return inputs;
        }
        Builder.Add(new Node(Unique(name), op, inputs, outputs));
        foreach (string output in outputs.Where(output => output.Length > 0)) Bind(output, output);
        return outputs;
    }

    /// <summary>Puts a branch in the place of the node that it belongs to.</summary>
    public void Inline(GraphProto branch, OnnxNode node)
    {
        string[] results = [.. branch.Output.Take(node.OutputCount).Select(output => output.Name)];
        Walk(branch, results);
        for (int i = 0; i < results.Length; i++)
        {
            string output = node.Output(i);
            if (_lost.Contains(results[i])) _lost.Add(output);
            else if (output.Length > 0) Bind(output, Value(results[i]));
        }
    }

    public void Alias(string output, string value) => Bind(output, value);

    public void Define(string output, Tensor constant) => Bind(output, Builder.Constant(output, constant));

    /// <summary>Zeros that the file does not hold; refused when they grow beyond what the options allow.</summary>
    public Tensor Synthesise(ElementType type, Shape shape)
    {
        Count(shape.Count * type.Size());
        return Tensor.Zeros(type, shape);
    }

    public bool Needs(string value) => _needed.Contains(value);

    /// <summary>A name for a value that the file does not name.</summary>
    public string Fresh(string wanted)
    {
        string fresh;
        do fresh = Builder.UniqueNodeName(wanted);
        while (_fileNames.Contains(fresh) && (wanted += "'").Length > 0);
        return fresh;
    }

    public Tensor Read(TensorProto tensor) => tensors.Read(tensor);

    public Tensor Read(SparseTensorProto tensor) => tensors.Read(tensor, Synthesise);

    private Tensor[]? Computed(Operator op, ImmutableArray<string> inputs, ImmutableArray<string> outputs)
    {
        Tensor[] constants = [.. inputs.Select(input => Builder.Constants[input])];
        if (op is Reshape reshape)
        {
            // Costs nothing, so it is done for weights too.
            op.Infer([constants[0].Info], 1);
            return [constants[0].Reshaped(reshape.Target)];
        }
        ImmutableArray<ValueInfo> infos = op.Infer([.. constants.Select(constant => constant.Info)], outputs.Length);
        if (infos.Length < outputs.Length) return null;
        _computed += constants.Sum(constant => constant.Shape.Count) + infos.Sum(info => info.Shape.Count);
        if (_computed > MaxComputed) return null;
        Tensor[]? results = ShapeArithmetic.Evaluate(op, constants, infos);
        if (results is not null) Count(results.Sum(result => result.Shape.Count * result.Type.Size()));
        return results;
    }

    private void Count(long bytes)
    {
        _synthesised += bytes;
        if (_synthesised > options.SynthesisedBytes)
        {
            throw new ModelException(
                $"The model asks for more than {options.SynthesisedBytes >> 20} MiB of constants that its file does not hold.");
        }
    }

    private void Import(NodeProto proto)
    {
        string label = Label(proto);
        if (Translation.Find(proto) is not { } translate)
        {
            bool function = model.Functions.Any(function => function.Name == proto.OpType && function.Domain == proto.Domain);
            string? reason = function ? "a function of the model; export it inlined" : null;
            _unsupported.Add(new UnsupportedOperator(Operation(proto), label, reason));
            Lose(proto);
            return;
        }
        if (proto.Input.FirstOrDefault(_lost.Contains) is not null)
        {
            Lose(proto);
            return;
        }
        try
        {
            if (proto.Output.Count == 0) throw new ModelException("It has no outputs.");
            if (!_opsets.TryGetValue(Domain(proto), out int opset))
                throw new ModelException($"The model does not say which version of '{proto.Domain}' it uses.");
            ImmutableArray<string> inputs = [.. proto.Input.Select(Value)];
            translate(new OnnxNode(proto, label, opset, inputs, this));
        }
        catch (UnsupportedNodeException e)
        {
            _unsupported.Add(new UnsupportedOperator(Operation(proto), label, e.Message));
            Lose(proto);
        }
        catch (ModelException e) when (e is not NodeException)
        {
            throw new NodeException($"{proto.OpType} '{label}': {e.Message}", e);
        }
    }

    private void Lose(NodeProto node)
    {
        _lost.UnionWith(node.Output);
        Dangling.UnionWith(node.Input.Where(_values.ContainsKey).Select(input => _values[input]));
    }

    /// <summary>The value in the graph that a name of the file stands for.</summary>
    private string Value(string name)
    {
        if (name.Length == 0) return "";
        return _values.TryGetValue(name, out string? value)
            ? value
            : throw new ModelException($"The value '{name}' is read, but nothing makes it.");
    }

    private void Bind(string name, string value)
    {
        if (!_values.TryAdd(name, value)) throw new ModelException($"The value '{name}' is defined twice.");
    }

    private string Unique(string wanted)
    {
        string unique = wanted;
        int suffix = _suffixes.GetValueOrDefault(wanted);
        while (!_nodeNames.Add(unique)) unique = $"{wanted}_{++suffix}";
        if (suffix > 0) _suffixes[wanted] = suffix;
        return unique;
    }

    private static string Label(NodeProto node) => node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault() ?? node.OpType;

    private static string Operation(NodeProto node) => Domain(node).Length > 0 ? $"{node.Domain}.{node.OpType}" : node.OpType;

    internal static string Domain(NodeProto node) => node.Domain == "ai.onnx" ? "" : node.Domain;

    private static Dictionary<string, int> Opsets(ModelProto model)
    {
        Dictionary<string, int> opsets = [];
        foreach (OperatorSetIdProto set in model.OpsetImport)
            opsets[set.Domain == "ai.onnx" ? "" : set.Domain] = (int)Math.Clamp(set.Version, 0, 1000);
        return opsets;
    }
}
