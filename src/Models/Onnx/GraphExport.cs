using System.Collections.Immutable;
using System.Globalization;
using static EdgeCnn.Models.Onnx.Attributes;

namespace EdgeCnn.Models.Onnx;

/// <summary>
/// A graph as an ONNX model: operator set 17, or 21 where an operator needs it. What records resolve (shapes, axes, sizes) is written as
/// constants.
/// </summary>
internal sealed class GraphExport
{
    private const int Opset = 17, NewOpset = 21, IrVersion = 8, NewIrVersion = 10;

    private const string Microsoft = "com.microsoft";

    private readonly Graph _graph;
    private readonly GraphProto _proto;
    private readonly HashSet<string> _names;
    private readonly bool _new;

    private GraphExport(Graph graph)
    {
        _graph = graph;
        _names = [.. graph.Values.Keys];
        _new = graph.Nodes.Any(node => NeedsNew(node.Operator) || NeedsPolicy(node));
        _proto = new GraphProto { Name = graph.Name.Length > 0 ? graph.Name : "graph" };
    }

    public static ModelProto Model(Graph graph)
    {
        GraphExport export = new(graph);
        export.Fill();
        ModelProto model = new() { IrVersion = export._new ? NewIrVersion : IrVersion, ProducerName = "EdgeCnn", Graph = export._proto };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = export._new ? NewOpset : Opset });
        if (export._proto.Node.Any(node => node.Domain == Microsoft))
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = Microsoft, Version = 1 });
        foreach ((string key, string value) in graph.Metadata)
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    private static bool NeedsNew(Operator op) => op switch
    {
        Mish or Gelu or GroupNormalization => true,
        AveragePool pool => IsDilated(pool),
        LpPool pool => pool.CeilMode || IsDilated(pool),
        Pad pad => pad.Mode == PadMode.Wrap,
        Reduction reduction => reduction.Axes.IsEmpty,
        Resize resize => resize.Coordinates == CoordinateMode.HalfPixelSymmetric,
        QuantizeLinear quantize => quantize.To is ElementType.UInt16 or ElementType.Int16,
        _ => false,
    };

    private void Fill()
    {
        foreach (string input in _graph.Inputs) _proto.Input.Add(Describe(input));
        foreach (string output in _graph.Outputs) _proto.Output.Add(Describe(output));
        foreach ((string name, Tensor constant) in _graph.Constants) _proto.Initializer.Add(TensorWriter.Write(name, constant));
        foreach (Node node in _graph.Nodes) Export(node);
    }

    private ValueInfoProto Describe(string value)
    {
        ValueInfo info = _graph.Values[value];
        TensorShapeProto shape = new();
        foreach (int extent in info.Shape) shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = extent });
        return new ValueInfoProto
        {
            Name = value,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)info.Type, Shape = shape } },
        };
    }

    private void Export(Node node)
    {
        ValueInfo x = node.Inputs.Length > 0 && node.Inputs[0].Length > 0
            ? _graph.Values[node.Inputs[0]]
            : new ValueInfo(ElementType.Float32, Shape.Scalar);
        switch (node.Operator)
        {
            case Silu:
                string gate = Fresh(node.Outputs[0] + "/Sigmoid");
                Put(Fresh(node.Name + "/Sigmoid"), "Sigmoid", node.Inputs, [gate]);
                Put(node.Name, "Mul", [node.Inputs[0], gate], node.Outputs);
                break;
            case Reshape reshape:
                bool empty = reshape.Target.Count == 0;
                Put(node, "Reshape", [Longs(node, "shape", reshape.Target)], empty ? [Int("allowzero", 1)] : []);
                break;
            case Expand expand:
                Put(node, "Expand", [Longs(node, "shape", expand.Target)]);
                break;
            case Tile tile:
                Put(node, "Tile", [Longs(node, "repeats", tile.Repeats)]);
                break;
            case Split split:
                Put(node, "Split", [Longs(node, "split", split.Sizes)], Int("axis", split.Axis));
                break;
            case Slice slice:
                Put(node, "Slice", SliceInputs(node, slice, x.Shape));
                break;
            case Pad pad:
                Put(
                    node, "Pad", [Longs(node, "pads", pad.Begins.Concat(pad.Ends)), Scalar(node, "constant_value", x.Type, pad.Value)],
                    Text("mode", pad.Mode.ToString().ToLowerInvariant()));
                break;
            case Dropout dropout:
                Put(node, "Dropout", [Scalar(node, "ratio", ElementType.Float32, dropout.Ratio)]);
                break;
            case Clip clip:
                Put(
                    node, "Clip",
                    [
                        float.IsNegativeInfinity(clip.Min) ? "" : Scalar(node, "min", x.Type, clip.Min),
                        float.IsPositiveInfinity(clip.Max) ? "" : Scalar(node, "max", x.Type, clip.Max),
                    ]);
                break;
            case TopK top:
                Put(
                    node, "TopK", [Longs(node, "k", [top.K])],
                    Int("axis", top.Axis), Flag("largest", top.Largest), Flag("sorted", top.Sorted));
                break;
            case CumSum sum:
                string axis = Constant(node, "axis", Tensor.Of(Shape.Scalar, [(long)sum.Axis]));
                Put(node, "CumSum", [axis], Flag("exclusive", sum.Exclusive), Flag("reverse", sum.Reverse));
                break;
            case Resize resize:
                ExportResize(node, resize, x.Shape);
                break;
            case Reduction reduction:
                // Only ReduceSum had its axes as an input before version 18.
                bool input = (_new || reduction is ReduceSum) && !reduction.Axes.IsEmpty;
                AttributeProto[] attributes = input ? []
                    : reduction.Axes.IsEmpty ? [Int("noop_with_empty_axes", 1)]
                    : [Ints("axes", reduction.Axes)];
                string[] axes = input ? [Longs(node, "axes", reduction.Axes)] : [];
                Put(node, reduction.Name, axes, [Flag("keepdims", reduction.KeepDims), .. attributes]);
                break;
            case QuantizeLinear quantize:
                // Without a zero point the result would be UInt8.
                Tensor zero = Tensor.Zeros(quantize.To, _graph.Values[node.Inputs[1]].Shape);
                bool given = node.Inputs.Length > 2 && node.Inputs[2].Length > 0;
                Put(
                    node.Name, quantize.Name, given ? node.Inputs : [.. node.Inputs[..2], Constant(node, "zero_point", zero)], node.Outputs,
                    Int("axis", quantize.Axis));
                break;
            default:
                Put(node, node.Operator.Name, [], Attributes.Of(node.Operator));
                break;
        }
    }

    private string[] SliceInputs(Node node, Slice slice, Shape x)
    {
        int[] axes = [.. Enumerable.Range(0, x.Rank)];
        // Going down to the first element ends before it, which only a number beyond the whole axis can say.
        IEnumerable<long> ends = axes.Select(axis =>
        {
            long end = slice.Starts[axis] + (long)slice.Sizes[axis] * slice.Steps[axis];
            return end < 0 ? -int.MaxValue : end;
        });
        return
        [
            Longs(node, "starts", slice.Starts),
            Constant(node, "ends", Tensor.Of(new Shape(x.Rank), ends.ToArray())),
            Longs(node, "axes", axes),
            Longs(node, "steps", slice.Steps),
        ];
    }

    /// <summary>Scales where they say it all, else sizes, else sizes with a policy that leads to these scales.</summary>
    private void ExportResize(Node node, Resize resize, Shape x)
    {
        string roi = resize.Roi.IsEmpty ? "" : Constant(node, "roi", Tensor.Of(new Shape(resize.Roi.Length), resize.Roi.ToArray()));
        AttributeProto[] attributes = Attributes.Of(resize);
        if (ScalesSuffice(resize, x))
        {
            string scales = Constant(node, "scales", Tensor.Of(new Shape(x.Rank), resize.Scales.ToArray()));
            Put(node, "Resize", [roi, scales], attributes);
            return;
        }
        string policy = Policy(resize, x);
        int[] axes = policy == "stretch" ? [] : ScaledAxes(resize);
        string sizes = Longs(node, "sizes", axes.Length == 0 ? resize.Target : axes.Select(axis => resize.Target[axis]));
        if (axes.Length > 0) attributes = [.. attributes, Ints("axes", axes), Text("keep_aspect_ratio_policy", policy)];
        Put(node, "Resize", [roi, "", sizes], attributes);
    }

    /// <summary>
    /// Whether whoever reads the scales finds the target, in 32 bits or in 64: parts of ONNX Runtime disagree about floor(5 * 6.6f).
    /// </summary>
    private static bool ScalesSuffice(Resize resize, Shape x) =>
        Translation.Scaled(x, resize.Scales).Equals(resize.Target)
        && Enumerable.Range(0, x.Rank).All(axis => (int)Math.Floor((double)x[axis] * resize.Scales[axis]) == resize.Target[axis]);

    private static string Policy(Resize resize, Shape x)
    {
        int[] axes = ScaledAxes(resize);
        foreach (string policy in axes.Length == 0 ? [] : new[] { "stretch", "not_larger", "not_smaller" })
        {
            int[] sizes = [.. axes.Select(axis => resize.Target[axis])];
            (ImmutableArray<float> scales, Shape target) = Translation.Fitted(x, axes, sizes, policy);
            if (scales.SequenceEqual(resize.Scales) && target.Equals(resize.Target)) return policy;
        }
        return "stretch";
    }

    private static int[] ScaledAxes(Resize resize) =>
        [.. Enumerable.Range(0, resize.Scales.Length).Where(axis => resize.Scales[axis] != 1)];

    private bool NeedsPolicy(Node node) =>
        node.Operator is Resize resize && _graph.Values[node.Inputs[0]].Shape is { } x
        && !ScalesSuffice(resize, x) && Policy(resize, x) != "stretch";

    private void Put(Node node, string op, string[] more, params AttributeProto[] attributes) =>
        Put(node.Name, op, more.Length == 0 ? node.Inputs : [node.Inputs[0], .. more], node.Outputs, attributes);

    private void Put(
        string name, string op, ImmutableArray<string> inputs, ImmutableArray<string> outputs, params AttributeProto[] attributes)
    {
        // ONNX itself has only two operators of this family; the others are ONNX Runtime's.
        bool own = op.StartsWith("QLinear", StringComparison.Ordinal) && op is not ("QLinearConv" or "QLinearMatMul");
        NodeProto proto = new() { Name = name, OpType = op, Domain = own ? Microsoft : "" };
        int count = inputs.Length;
        while (count > 0 && inputs[count - 1].Length == 0) count--;
        proto.Input.AddRange(inputs[..count]);
        proto.Output.AddRange(outputs);
        proto.Attribute.AddRange(attributes);
        _proto.Node.Add(proto);
    }

    private string Longs(Node node, string role, IEnumerable<int> values)
    {
        long[] longs = [.. values.Select(value => (long)value)];
        return Constant(node, role, Tensor.Of(new Shape(longs.Length), longs));
    }

    private string Scalar(Node node, string role, ElementType type, double value) => Constant(node, role, type switch
    {
        ElementType.Float32 => Tensor.Of(Shape.Scalar, [(float)value]),
        ElementType.Float16 => Tensor.Of(Shape.Scalar, [(Half)value]),
        ElementType.Float64 => Tensor.Of(Shape.Scalar, [value]),
        ElementType.Int64 => Tensor.Of(Shape.Scalar, [(long)value]),
        ElementType.Int32 => Tensor.Of(Shape.Scalar, [(int)value]),
        ElementType.Int16 => Tensor.Of(Shape.Scalar, [(short)value]),
        ElementType.Int8 => Tensor.Of(Shape.Scalar, [(sbyte)value]),
        ElementType.UInt64 => Tensor.Of(Shape.Scalar, [(ulong)value]),
        ElementType.UInt32 => Tensor.Of(Shape.Scalar, [(uint)value]),
        ElementType.UInt16 => Tensor.Of(Shape.Scalar, [(ushort)value]),
        ElementType.UInt8 => Tensor.Of(Shape.Scalar, [(byte)value]),
        _ => Tensor.Of(Shape.Scalar, [value != 0]),
    });

    private string Constant(Node node, string role, Tensor tensor)
    {
        string name = Fresh($"{node.Outputs[0]}/{role}");
        _proto.Initializer.Add(TensorWriter.Write(name, tensor));
        return name;
    }

    private string Fresh(string wanted)
    {
        string name = wanted;
        for (int i = 1; !_names.Add(name); i++) name = string.Create(CultureInfo.InvariantCulture, $"{wanted}_{i}");
        return name;
    }
}
