using EdgeCnn.Models.Onnx;
using Google.Protobuf;
using AttributeType = EdgeCnn.Models.Onnx.AttributeProto.Types.AttributeType;

namespace EdgeCnn.Models.Tests.Onnx;

/// <summary>Puts ONNX files together as exporters do, in any operator set, right or wrong.</summary>
internal sealed class ModelFile
{
    public ModelFile(int opset = 17)
    {
        Proto.OpsetImport.Add(new OperatorSetIdProto { Version = opset });
        Proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });
    }

    public ModelProto Proto { get; } = new() { IrVersion = 8, Graph = new GraphProto { Name = "test" } };

    public GraphProto Graph => Proto.Graph;

    public static ValueInfoProto Value(string name, ElementType type, params object[] extents)
    {
        TensorShapeProto shape = new();
        foreach (object extent in extents)
        {
            shape.Dim.Add(extent is string symbol
                ? new TensorShapeProto.Types.Dimension { DimParam = symbol }
                : new TensorShapeProto.Types.Dimension { DimValue = (int)extent });
        }
        TypeProto.Types.Tensor tensor = new() { ElemType = (int)type, Shape = shape };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    public ModelFile Input(string name, params object[] extents) => Input(name, ElementType.Float32, extents);

    public ModelFile Input(string name, ElementType type, params object[] extents)
    {
        Graph.Input.Add(Value(name, type, extents));
        return this;
    }

    public ModelFile Output(params string[] names)
    {
        foreach (string name in names) Graph.Output.Add(new ValueInfoProto { Name = name });
        return this;
    }

    public ModelFile Constant(string name, Tensor tensor)
    {
        Graph.Initializer.Add(TensorWriter.Write(name, tensor));
        return this;
    }

    public ModelFile Longs(string name, params long[] values) => Constant(name, Tensor.Of(new Shape(values.Length), values));

    public ModelFile Floats(string name, params float[] values) => Constant(name, Tensor.Of(new Shape(values.Length), values));

    public ModelFile Node(string op, string inputs, string outputs, params AttributeProto[] attributes)
    {
        Graph.Node.Add(MakeNode(op, inputs, outputs, attributes));
        return this;
    }

    /// <param name="op">The operator, with "domain." in front where that is not ONNX's own.</param>
    /// <param name="inputs">Names, separated by spaces; "-" for one that is left out.</param>
    /// <param name="outputs">Names, as the inputs.</param>
    /// <param name="attributes">The node's attributes.</param>
    public static NodeProto MakeNode(string op, string inputs, string outputs, params AttributeProto[] attributes)
    {
        int dot = op.LastIndexOf('.');
        NodeProto node = new() { OpType = op[(dot + 1)..], Domain = dot < 0 ? "" : op[..dot], Name = "node_" + outputs.Split(' ')[0] };
        node.Input.AddRange(Names(inputs));
        node.Output.AddRange(Names(outputs));
        node.Attribute.AddRange(attributes);
        return node;
    }

    public static AttributeProto Ints(string name, params int[] values) => Attributes.Ints(name, values);

    public static AttributeProto FloatList(string name, params float[] values)
    {
        AttributeProto proto = new() { Name = name, Type = AttributeType.Floats };
        proto.Floats.AddRange(values);
        return proto;
    }

    public static AttributeProto TensorValue(string name, Tensor tensor) =>
        new() { Name = name, Type = AttributeType.Tensor, T = TensorWriter.Write("", tensor) };

    public static AttributeProto Branch(string name, GraphProto graph) => new() { Name = name, Type = AttributeType.Graph, G = graph };

    public byte[] Bytes() => Proto.ToByteArray();

    public Graph Read(OnnxReadOptions? options = null) => OnnxModel.Read(new MemoryStream(Bytes()), null, options);

    public OnnxInspection Inspect() => OnnxModel.Inspect(new MemoryStream(Bytes()));

    /// <summary>The one operator that a file of one node becomes.</summary>
    public Node Only() => Assert.Single(Read().Nodes);

    public string Refusal(OnnxReadOptions? options = null) => Assert.ThrowsAny<ModelException>(() => Read(options)).Message;

    private static IEnumerable<string> Names(string list) =>
        list.Length == 0 ? [] : list.Split(' ').Select(name => name == "-" ? "" : name);
}
