using System.Collections.Immutable;

namespace EdgeCnn.Models;

/// <summary>What is known of a value before anything runs: its element type and its shape (ONNX order, images N x C x H x W).</summary>
public sealed record ValueInfo(ElementType Type, Shape Shape)
{
    public override string ToString() => $"{Type} {Shape}";
}

/// <summary>One operation of a graph.</summary>
/// <param name="Name">Unique in the graph; the exporter's name where it gave one.</param>
/// <param name="Operator">What is computed, with every attribute resolved.</param>
/// <param name="Inputs">Names of values; "" stands for an optional input that is left out. Only data: whatever decides a shape sits in the
/// operator.</param>
/// <param name="Outputs">Names of the values it makes; "" for an optional output that nobody wants.</param>
public sealed record Node(string Name, Operator Operator, ImmutableArray<string> Inputs, ImmutableArray<string> Outputs)
{
    public override string ToString() => $"{Operator.Name} '{Name}'";
}

/// <summary>
/// A network: nodes in an order in which they can be run, constants, and the type and shape of every value. Immutable and complete: all
/// shapes are known, all shape arithmetic is gone. Made by <see cref="GraphBuilder"/> (the zoo, the ONNX reader, graph passes).
/// </summary>
public sealed class Graph
{
    internal Graph(
        string name,
        ImmutableArray<string> inputs,
        ImmutableArray<string> outputs,
        ImmutableArray<Node> nodes,
        IReadOnlyDictionary<string, Tensor> constants,
        IReadOnlyDictionary<string, ValueInfo> values,
        IReadOnlyDictionary<string, string> metadata,
        int opset)
    {
        (Name, Inputs, Outputs, Nodes) = (name, inputs, outputs, nodes);
        (Constants, Values, Metadata, Opset) = (constants, values, metadata, opset);
    }

    public string Name { get; }

    /// <summary>Names of the values that the caller provides.</summary>
    public ImmutableArray<string> Inputs { get; }

    /// <summary>Names of the values that the caller reads; each is made by a node, or is an input or a constant.</summary>
    public ImmutableArray<string> Outputs { get; }

    public ImmutableArray<Node> Nodes { get; }

    public IReadOnlyDictionary<string, Tensor> Constants { get; }

    /// <summary>Type and shape of every input, constant and node output.</summary>
    public IReadOnlyDictionary<string, ValueInfo> Values { get; }

    /// <summary>
    /// Key and value pairs that the model file carries (ONNX metadata_props), for instance Ultralytics' names, stride, task, imgsz.
    /// </summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The version of the ONNX operator set that the file was written for; 0 when the graph was not read from a file.</summary>
    public int Opset { get; }

    /// <summary>The same graph with one more entry in its metadata, or with that entry replaced.</summary>
    public Graph WithMetadata(string key, string value) => new(
        Name, Inputs, Outputs, Nodes, Constants, Values, new Dictionary<string, string>(Metadata) { [key] = value }, Opset);
}
