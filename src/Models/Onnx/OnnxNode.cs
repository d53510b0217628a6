using System.Collections.Immutable;

namespace EdgeCnn.Models.Onnx;

/// <summary>
/// One node of a file on its way into the graph: its attributes, its inputs as far as they are known, and where its outputs go.
/// </summary>
internal sealed class OnnxNode(NodeProto proto, string name, int opset, ImmutableArray<string> inputs, GraphImport graph)
{
    public string Op => proto.OpType;

    public string Name => name;

    /// <summary>The version of the operator set of this node's domain.</summary>
    public int Opset => opset;

    public int InputCount => inputs.Length;

    public int OutputCount => proto.Output.Count;

    public GraphImport Graph => graph;

    /// <summary>Names of values in the graph; "" for an input that is left out.</summary>
    public ImmutableArray<string> Inputs => inputs;

    public bool Has(int input) => input < inputs.Length && inputs[input].Length > 0;

    public string Output(int output) => proto.Output[output];

    /// <summary>Whether anything reads an output; files name outputs that nothing reads.</summary>
    public bool Wants(int output) => output < proto.Output.Count && graph.Needs(proto.Output[output]);

    public ValueInfo Info(int input) => Has(input)
        ? graph.Builder.Values[inputs[input]]
        : throw new ModelException($"Input {input} is missing.");

    public Shape Shape(int input) => Info(input).Shape;

    /// <summary>The input's value where it is known now; null where it is left out or computed at run time.</summary>
    public Tensor? Constant(int input) => Has(input) ? graph.Builder.Constants.GetValueOrDefault(inputs[input]) : null;

    /// <summary>An input that decides a shape, or that kernels need beforehand.</summary>
    public Tensor Known(int input, string role) => Constant(input) ?? throw new UnsupportedNodeException(
        Has(input) ? $"its {role} is computed at run time" : $"its {role} is missing");

    public long[] KnownLongs(int input, string role)
    {
        Tensor tensor = Known(input, role);
        if (tensor.Type is not (ElementType.Int64 or ElementType.Int32) || tensor.Shape.Rank > 1)
            throw new ModelException($"Its {role} is {tensor.Info}; a list of Int64 is needed.");
        return tensor.Shape.Count <= ShapeArithmetic.MaxCount
            ? tensor.ToLongs()
            : throw new ModelException($"Its {role} has {tensor.Shape.Count} values.");
    }

    public float KnownFloat(int input, string role)
    {
        Tensor tensor = Known(input, role);
        return tensor.Shape.Count == 1
            ? (float)tensor.ToDoubles()[0]
            : throw new ModelException($"Its {role} has the shape {tensor.Shape}; one value is needed.");
    }

    /// <summary>
    /// A list that is an attribute in older operator sets and an input from <paramref name="inputSince"/> on; null where it is left out.
    /// </summary>
    public long[]? Longs(string attribute, int input, int inputSince)
    {
        if (opset < inputSince) return Ints(attribute);
        return Has(input) ? KnownLongs(input, attribute) : null;
    }

    public long Int(string attribute, long missing) => Find(attribute, AttributeProto.Types.AttributeType.Int)?.I ?? missing;

    public int Int32(string attribute, int missing) => Narrow(Int(attribute, missing), attribute);

    public bool Flag(string attribute, bool missing = false) => Int(attribute, missing ? 1 : 0) != 0;

    public float Float(string attribute, float missing) => Find(attribute, AttributeProto.Types.AttributeType.Float)?.F ?? missing;

    public string Text(string attribute, string missing) =>
        Find(attribute, AttributeProto.Types.AttributeType.String)?.S.ToStringUtf8() ?? missing;

    public long[]? Ints(string attribute) => Find(attribute, AttributeProto.Types.AttributeType.Ints)?.Ints.ToArray();

    public float[]? Floats(string attribute) => Find(attribute, AttributeProto.Types.AttributeType.Floats)?.Floats.ToArray();

    public AttributeProto? Attribute(string attribute) => proto.Attribute.FirstOrDefault(a => a.Name == attribute);

    /// <summary>One of some words, as the value that belongs to it.</summary>
    public T Choice<T>(string attribute, string missing, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        string text = Text(attribute, missing);
        foreach ((string word, T value) in choices)
        {
            if (word == text) return value;
        }
        throw new UnsupportedNodeException($"{attribute} = '{text}'");
    }

    /// <summary>An axis as the file gives it, made positive.</summary>
    public int Axis(string attribute, long missing, int input = 0) => Axis(Int(attribute, missing), Shape(input).Rank);

    public static int Axis(long axis, int rank) => axis >= -rank && axis < rank
        ? (int)(axis < 0 ? axis + rank : axis)
        : throw new ModelException($"Axis {axis} lies outside a tensor of {rank} axes.");

    public static int Narrow(long value, string what) => value is >= int.MinValue and <= int.MaxValue
        ? (int)value
        : throw new ModelException($"Its {what} is {value}, which is out of all proportion.");

    public static ImmutableArray<int> Narrow(long[] values, string what) => [.. values.Select(value => Narrow(value, what))];

    /// <summary>Makes the node's outputs by an operator that takes the node's inputs as they are.</summary>
    public void Emit(Operator op) => Emit(op, inputs.AsSpan());

    /// <summary>Makes the node's outputs by an operator.</summary>
    public void Emit(Operator op, params ReadOnlySpan<string> from) => graph.Emit(name, op, TrimEnd(from), TrimEnd(Wanted().AsSpan()));

    /// <summary>Makes all of the node's outputs, those that nobody asks for too, by an operator whose outputs must be complete.</summary>
    public void EmitAll(Operator op, params ReadOnlySpan<string> from) => graph.Emit(name, op, TrimEnd(from), Wanted());

    /// <summary>Makes a value between the node's inputs and outputs.</summary>
    public string Step(Operator op, params ReadOnlySpan<string> from)
    {
        string value = graph.Fresh($"{proto.Output[0]}/{op.Name}");
        return graph.Emit(name, op, TrimEnd(from), [value])[0];
    }

    /// <summary>A constant that the translation needs.</summary>
    public string NewConstant(Tensor tensor) => graph.Builder.Constant(graph.Fresh($"{proto.Output[0]}/constant"), tensor);

    /// <summary>The node's first output is a value that is there already.</summary>
    public void Alias(string value) => graph.Alias(proto.Output[0], value);

    /// <summary>The node's first output is known now.</summary>
    public void Emit(Tensor constant) => graph.Define(proto.Output[0], constant);

    private ImmutableArray<string> Wanted() => [.. Enumerable.Range(0, proto.Output.Count).Select(i => Wants(i) ? proto.Output[i] : "")];

    private static ImmutableArray<string> TrimEnd(ReadOnlySpan<string> from)
    {
        int length = from.Length;
        while (length > 0 && from[length - 1].Length == 0) length--;
        return [.. from[..length]];
    }

    private AttributeProto? Find(string attribute, AttributeProto.Types.AttributeType type)
    {
        AttributeProto? found = Attribute(attribute);
        if (found is null) return null;
        if (found.HasRefAttrName)
            throw new ModelException($"Its attribute '{attribute}' refers to a function's argument outside a function.");
        // Files of old exporters leave the type out.
        return !found.HasType || found.Type == AttributeProto.Types.AttributeType.Undefined || found.Type == type
            ? found
            : throw new ModelException($"Its attribute '{attribute}' is {found.Type}; {type} is needed.");
    }
}

/// <summary>This use of an operator is not supported; the reader collects them all.</summary>
internal sealed class UnsupportedNodeException(string reason) : ModelException(reason);
