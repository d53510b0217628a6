using EdgeCnn.Models.Onnx;

namespace EdgeCnn.Models.Tests.Onnx;

/// <summary>What exporters write around shapes is computed when a file is read.</summary>
public class FoldingTests
{
    [Fact]
    public void A_flatten_that_pytorch_wrote_as_shape_arithmetic_becomes_one_reshape()
    {
        Graph graph = new ModelFile(13).Input("x", 2, 3, 4, 5).Constant("zero", Tensor.Of(Shape.Scalar, [0L])).Longs("first", 0)
            .Longs("minus", -1)
            .Node("Shape", "x", "shape").Node("Gather", "shape zero", "batch").Node("Unsqueeze", "batch first", "batches")
            .Node("Concat", "batches minus", "wanted", Attributes.Int("axis", 0)).Node("Reshape", "x wanted", "y").Output("y").Read();
        Assert.Equal(new Shape(2, 60), Assert.IsType<Reshape>(Assert.Single(graph.Nodes).Operator).Target);
        Assert.Empty(graph.Constants);
    }

    [Fact]
    public void A_resize_whose_sizes_are_computed_from_the_input_is_resolved()
    {
        // sizes = concat(shape[:2], cast(floor(cast(shape[2:]) * 1.5)))
        Graph graph = new ModelFile(13).Input("x", 1, 3, 5, 7).Longs("a", 0).Longs("b", 2).Longs("c", 4)
            .Constant("k", Tensor.Of(Shape.Scalar, [1.5f]))
            .Node("Shape", "x", "shape").Node("Slice", "shape a b", "head").Node("Slice", "shape b c", "tail")
            .Node("Cast", "tail", "real", Attributes.Int("to", 1)).Node("Mul", "real k", "scaled").Node("Floor", "scaled", "floor")
            .Node("Cast", "floor", "whole", Attributes.Int("to", 7)).Node("Concat", "head whole", "sizes", Attributes.Int("axis", 0))
            .Node("Resize", "x - - sizes", "y").Output("y").Read();
        Assert.Equal(new Shape(1, 3, 7, 10), graph.Values["y"].Shape);
        Assert.Single(graph.Nodes);
    }

    [Fact]
    public void An_expansion_through_where_and_equal_is_resolved()
    {
        // PyTorch's expand(-1, 6): where(shape == -1, ones, shape).
        Graph graph = new ModelFile(13).Input("x", 3, 1).Longs("wanted", -1, 6).Longs("minus", -1).Longs("two", 2)
            .Node("ConstantOfShape", "two", "ones", ModelFile.TensorValue("value", Tensor.Of(new Shape(1), [1L])))
            .Node("Equal", "wanted minus", "open").Node("Where", "open ones wanted", "shape").Node("Expand", "x shape", "y").Output("y")
            .Read();
        Assert.Equal(new Shape(3, 6), graph.Values["y"].Shape);
    }

    [Fact]
    public void A_grid_of_anchors_is_computed()
    {
        Graph graph = new ModelFile(13).Input("x", 1, 2, 6).Constant("o", Tensor.Of(Shape.Scalar, [0f]))
            .Constant("n", Tensor.Of(Shape.Scalar, [3f]))
            .Constant("d", Tensor.Of(Shape.Scalar, [1f])).Constant("half", Tensor.Of(Shape.Scalar, [0.5f])).Longs("row", 1, 1, 3)
            .Longs("grid", 1, 2, 3).Longs("flat", 1, 1, 6)
            .Node("Range", "o n d", "range").Node("Add", "range half", "centre").Node("Reshape", "centre row", "r")
            .Node("Expand", "r grid", "g")
            .Node("Reshape", "g flat", "f").Node("Concat", "f f", "anchors", Attributes.Int("axis", 1)).Node("Add", "x anchors", "y")
            .Output("y").Read();
        Node node = Assert.Single(graph.Nodes);
        Assert.Equal([0.5f, 1.5f, 2.5f, 0.5f, 1.5f, 2.5f, 0.5f, 1.5f, 2.5f, 0.5f, 1.5f, 2.5f],
            graph.Constants[node.Inputs[1]].As<float>().ToArray());
    }

    [Theory]
    [InlineData("Div", "7 -7 6", "2 2 -4", "3 -3 -1")]
    [InlineData("Mod", "7 -7 6", "2 2 -4", "1 1 -2")]
    [InlineData("Sub", "7 -7 6", "2", "5 -9 4")]
    [InlineData("Max", "7 -7 6", "2", "7 2 6")]
    [InlineData("Min", "7 -7 6", "2", "2 -7 2")]
    [InlineData("Mul", "9223372036854775807", "2", "-2")]
    public void Integer_arithmetic_is_onnxs(string op, string a, string b, string expected) =>
        Assert.Equal(Parse(expected), Folded(op, Parse(a), Parse(b)).ToLongs());

    [Fact]
    public void Floating_remainders_have_the_sign_of_the_dividend_with_fmod()
    {
        ModelFile file = new ModelFile().Input("x").Floats("a", -4.3f, 4.3f).Floats("b", 2.1f, -2.1f)
            .Node("Mod", "a b", "y", Attributes.Int("fmod", 1)).Output("y");
        float[] result = file.Read().Constants["y"].As<float>().ToArray();
        Assert.Equal(-0.1f, result[0], 1e-5f);
        Assert.Equal(0.1f, result[1], 1e-5f);
    }

    [Theory]
    [InlineData("Div", "1", "0")]
    [InlineData("Mod", "1", "0")]
    [InlineData("Div", "-9223372036854775808", "-1")]
    public void Arithmetic_without_a_result_is_refused(string op, string a, string b)
    {
        ModelFile file = new ModelFile().Input("x").Longs("a", Parse(a)).Longs("b", Parse(b)).Node(op, "a b", "y").Output("y");
        Assert.Contains("division by zero or an overflow", file.Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-6)]
    public void A_gather_outside_is_refused(long index)
    {
        ModelFile file = new ModelFile().Input("x").Longs("a", 1, 2, 3, 4, 5).Longs("i", index).Node("Gather", "a i", "y").Output("y");
        Assert.Contains($"index {index} of 5", file.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Constants_are_moved_about_as_numpy_does()
    {
        Graph graph = new ModelFile(13).Input("x").Constant("m", Tensor.Of(new Shape(2, 3), [1L, 2, 3, 4, 5, 6])).Longs("i", 2, 0)
            .Longs("r", 2, 1)
            .Longs("s", -1).Longs("e", -4).Longs("a", 1).Longs("t", -2).Longs("sizes", 1, 2)
            .Node("Transpose", "m", "transposed").Node("Gather", "m i", "gathered", Attributes.Int("axis", 1)).Node("Tile", "m r", "tiled")
            .Node("Slice", "m s e a t", "sliced").Node("Split", "m sizes", "left right", Attributes.Int("axis", 1))
            .Node("ReduceProd", "m", "product", ModelFile.Ints("axes", 1), Attributes.Int("keepdims", 0)).Node("NonZero", "m", "places")
            .Node("Concat", "left m", "joined", Attributes.Int("axis", 1))
            .Output("transposed", "gathered", "tiled", "sliced", "left", "right", "product", "places", "joined").Read();
        Assert.Empty(graph.Nodes);
        Assert.Equal([1, 4, 2, 5, 3, 6], graph.Constants["transposed"].ToLongs());
        Assert.Equal([3, 1, 6, 4], graph.Constants["gathered"].ToLongs());
        Assert.Equal([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6], graph.Constants["tiled"].ToLongs());
        Assert.Equal([3, 1, 6, 4], graph.Constants["sliced"].ToLongs());
        Assert.Equal([1, 4], graph.Constants["left"].ToLongs());
        Assert.Equal([2, 3, 5, 6], graph.Constants["right"].ToLongs());
        Assert.Equal([6, 120], graph.Constants["product"].ToLongs());
        Assert.Equal([0, 0, 0, 1, 1, 1, 0, 1, 2, 0, 1, 2], graph.Constants["places"].ToLongs());
        Assert.Equal([1, 1, 2, 3, 4, 4, 5, 6], graph.Constants["joined"].ToLongs());
    }

    [Fact]
    public void Every_kind_of_constant_is_read()
    {
        SparseTensorProto sparse = new()
        {
            Values = TensorWriter.Write("v", Tensor.Of(new Shape(2), [5f, 6f])),
            Indices = TensorWriter.Write("i", Tensor.Of(new Shape(2, 2), [0L, 1, 1, 0])),
        };
        sparse.Dims.AddRange([2, 2]);
        Graph graph = new ModelFile(13).Input("x")
            .Node("Constant", "", "a", ModelFile.TensorValue("value", Tensor.Of(new Shape(2), [(byte)1, (byte)2])))
            .Node("Constant", "", "b", Attributes.Float("value_float", 2.5f)).Node("Constant", "", "c", Attributes.Int("value_int", -3))
            .Node("Constant", "", "d", ModelFile.FloatList("value_floats", 1, 2))
            .Node("Constant", "", "e", ModelFile.Ints("value_ints", 3, 4))
            .Node("Constant", "", "f", new AttributeProto { Name = "sparse_value", SparseTensor = sparse })
            .Output("a", "b", "c", "d", "e", "f").Read();
        Assert.Equal(["UInt8 2", "Float32 scalar", "Int64 scalar", "Float32 2", "Int64 2", "Float32 2x2"],
            graph.Outputs.Select(output => graph.Values[output].ToString()));
        Assert.Equal([0, 5, 6, 0], graph.Constants["f"].As<float>().ToArray());
    }

    [Fact]
    public void Every_element_type_is_read_from_its_own_field()
    {
        ModelFile file = new ModelFile().Input("x");
        foreach (ElementType type in Enum.GetValues<ElementType>())
        {
            TensorProto tensor = new() { Name = type.ToString(), DataType = (int)type };
            tensor.Dims.Add(2);
            switch (type)
            {
                case ElementType.Float32: tensor.FloatData.AddRange([0, 1]); break;
                case ElementType.Float64: tensor.DoubleData.AddRange([0, 1]); break;
                case ElementType.Int64: tensor.Int64Data.AddRange([0, 1]); break;
                case ElementType.UInt64 or ElementType.UInt32: tensor.Uint64Data.AddRange([0, 1]); break;
                case ElementType.Float16: tensor.Int32Data.AddRange([0, BitConverter.HalfToUInt16Bits((Half)1)]); break;
                default: tensor.Int32Data.AddRange([0, 1]); break;
            }
            file.Graph.Initializer.Add(tensor);
            file.Output(type.ToString());
        }
        Graph graph = file.Read();
        foreach (ElementType type in Enum.GetValues<ElementType>())
        {
            Assert.Equal(type, graph.Values[type.ToString()].Type);
            Assert.Equal([0, 1], graph.Constants[type.ToString()].ToDoubles());
        }
    }

    [Fact]
    public void Elements_that_no_kernel_knows_are_refused_by_name()
    {
        ModelFile file = new ModelFile().Input("x").Output("w");
        file.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = 16, RawData = Google.Protobuf.ByteString.CopyFrom(0, 0) });
        Assert.Contains("bfloat16", file.Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "Relu")]
    [InlineData(false, "Tanh")]
    public void Of_an_if_whose_condition_is_known_the_taken_branch_remains(bool condition, string expected)
    {
        GraphProto then = new(), @else = new();
        then.Node.Add(ModelFile.MakeNode("Relu", "x", "a"));
        then.Output.Add(new ValueInfoProto { Name = "a" });
        @else.Node.Add(ModelFile.MakeNode("Tanh", "before", "b"));
        @else.Output.Add(new ValueInfoProto { Name = "b" });
        // The condition asks for the rank of the input, as PyTorch's squeeze does.
        Graph graph = new ModelFile(13).Input("x", 1, condition ? 1 : 2, 3).Longs("one", 1).Constant("i", Tensor.Of(Shape.Scalar, [1L]))
            .Node("Sigmoid", "x", "before")
            .Node("Shape", "x", "shape").Node("Gather", "shape i", "extent").Node("Equal", "extent one", "flag")
            .Node("If", "flag", "y", ModelFile.Branch("then_branch", then), ModelFile.Branch("else_branch", @else)).Output("y").Read();
        Assert.Equal(expected, graph.Nodes[^1].Operator.Name);
        Assert.Equal(["y"], graph.Nodes[^1].Outputs.AsEnumerable());
    }

    [Fact]
    public void An_if_whose_condition_is_computed_at_run_time_is_reported()
    {
        GraphProto branch = new();
        branch.Output.Add(new ValueInfoProto { Name = "x" });
        ModelFile file = new ModelFile(13).Input("x", 3).Input("flag", ElementType.Bool)
            .Node("If", "flag", "y", ModelFile.Branch("then_branch", branch), ModelFile.Branch("else_branch", branch)).Output("y");
        UnsupportedOperator op = Assert.Single(file.Inspect().Unsupported);
        Assert.Equal(("If", "its condition is computed at run time"), (op.Op, op.Reason));
    }

    [Fact]
    public void Weights_that_are_large_stay_nodes_for_the_engine_but_reshape_at_once()
    {
        Graph graph = new ModelFile(13).Input("x", 1, 512).Constant("w", Tensor.Zeros(ElementType.Float32, new Shape(512, 512)))
            .Longs("flat", 1, 512, 512).Longs("axis", 0)
            .Node("Transpose", "w", "wt", ModelFile.Ints("perm", 1, 0)).Node("Reshape", "w flat", "w3").Node("Squeeze", "w3 axis", "w2")
            .Node("MatMul", "x wt", "a").Node("MatMul", "a w2", "y").Output("y").Read();
        Assert.Equal(["Transpose", "MatMul", "MatMul"], graph.Nodes.Select(node => node.Operator.Name));
    }

    private static long[] Parse(string list) =>
        [.. list.Split(' ').Select(text => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture))];

    private static Tensor Folded(string op, long[] a, long[] b)
    {
        Graph graph = new ModelFile().Input("x").Longs("a", a).Longs("b", b).Node(op, "a b", "y").Output("y").Read();
        Assert.Empty(graph.Nodes);
        return graph.Constants["y"];
    }
}
