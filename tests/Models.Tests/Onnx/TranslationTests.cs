using EdgeCnn.Models.Onnx;

namespace EdgeCnn.Models.Tests.Onnx;

/// <summary>What operators of different operator sets become; the expected values are worked out by hand from ONNX's definitions.</summary>
public class TranslationTests
{
    [Theory]
    [InlineData("NOTSET", 7, 3, 2, 1, "0,0,0,0 3")]
    [InlineData("VALID", 7, 3, 2, 1, "0,0,0,0 3")]
    [InlineData("SAME_UPPER", 7, 3, 2, 1, "1,1,1,1 4")]
    [InlineData("SAME_UPPER", 8, 3, 2, 1, "0,0,1,1 4")]
    [InlineData("SAME_LOWER", 8, 3, 2, 1, "1,1,0,0 4")]
    [InlineData("SAME_UPPER", 8, 2, 1, 1, "0,0,1,1 8")]
    [InlineData("SAME_LOWER", 8, 2, 1, 1, "1,1,0,0 8")]
    [InlineData("SAME_UPPER", 9, 1, 3, 1, "0,0,0,0 3")]
    [InlineData("SAME_UPPER", 8, 3, 1, 2, "2,2,2,2 8")]
    public void Auto_pad_becomes_pads(string autoPad, int extent, int kernel, int stride, int dilation, string expected)
    {
        ModelFile file = new ModelFile(11).Input("x", 1, 1, extent, extent)
            .Constant("w", Tensor.Zeros(ElementType.Float32, new Shape(1, 1, kernel, kernel)));
        file.Node(
            "Conv", "x w", "y", Attributes.Text("auto_pad", autoPad), ModelFile.Ints("strides", stride, stride),
            ModelFile.Ints("dilations", dilation, dilation));
        Graph graph = file.Output("y").Read();
        Conv conv = Assert.IsType<Conv>(Assert.Single(graph.Nodes).Operator);
        Assert.Equal(expected, $"{string.Join(',', conv.Pads)} {graph.Values["y"].Shape[2]}");
    }

    [Theory]
    [InlineData("SAME_UPPER", "0,0,1,1 10")]
    [InlineData("SAME_LOWER", "1,1,0,0 10")]
    [InlineData("VALID", "0,0,0,0 11")]
    public void Auto_pad_of_a_transposed_convolution_makes_the_output_a_multiple_of_the_input(string autoPad, string expected)
    {
        Graph graph = Transposed(5, Attributes.Text("auto_pad", autoPad), ModelFile.Ints("strides", 2, 2));
        Assert.Equal(expected, Describe(graph));
    }

    [Theory]
    [InlineData(10, "1,1,0,0 10 0,0")]
    [InlineData(11, "0,0,0,0 11 0,0")]
    [InlineData(12, "0,0,0,0 12 1,1")]
    public void A_wanted_output_shape_becomes_pads_or_output_padding(int wanted, string expected)
    {
        Graph graph = Transposed(5, ModelFile.Ints("output_shape", wanted, wanted), ModelFile.Ints("strides", 2, 2));
        ConvTranspose conv = Assert.IsType<ConvTranspose>(Assert.Single(graph.Nodes).Operator);
        Assert.Equal(expected, $"{Describe(graph)} {string.Join(',', conv.OutputPadding)}");
    }

    [Fact]
    public void Open_extents_of_a_picture_are_those_in_the_exporters_metadata_unless_they_are_given()
    {
        ModelFile file = new ModelFile().Input("images", "batch", 3, "height", "width").Node("Relu", "images", "y").Output("y");
        Assert.Contains("images", file.Refusal(), StringComparison.Ordinal);
        file.Proto.MetadataProps.Add(new StringStringEntryProto { Key = "task", Value = "detect" });
        file.Proto.MetadataProps.Add(new StringStringEntryProto { Key = "imgsz", Value = "[480, 640]" });
        Assert.Equal(new Shape(1, 3, 480, 640), file.Read().Values["y"].Shape);
        Assert.Equal(new Shape(1, 3, 96, 640), file.Read(new OnnxReadOptions { Height = 96 }).Values["y"].Shape);
    }

    [Fact]
    public void A_convolution_over_one_axis_becomes_one_over_images_of_one_line()
    {
        Graph graph = new ModelFile(11).Input("x", 1, 2, 9).Constant("w", Tensor.Zeros(ElementType.Float32, new Shape(4, 2, 3)))
            .Node("Conv", "x w", "y", ModelFile.Ints("pads", 1, 2), ModelFile.Ints("strides", 2)).Output("y").Read();
        Conv conv = Assert.IsType<Conv>(graph.Nodes[1].Operator);
        Assert.Equal([0, 1, 0, 2], conv.Pads.AsEnumerable());
        Assert.Equal([1, 2], conv.Strides.AsEnumerable());
        Assert.Equal(["Reshape", "Conv", "Reshape"], graph.Nodes.Select(node => node.Operator.Name));
        Assert.Equal(new Shape(4, 2, 1, 3), graph.Values[graph.Nodes[1].Inputs[1]].Shape);
        Assert.Equal(new Shape(1, 4, 5), graph.Values["y"].Shape);
    }

    [Fact]
    public void A_convolution_over_three_axes_is_reported_as_unsupported()
    {
        ModelFile file = new ModelFile(11).Input("x", 1, 2, 5, 5, 5)
            .Constant("w", Tensor.Zeros(ElementType.Float32, new Shape(4, 2, 3, 3, 3)));
        OnnxInspection inspection = file.Node("Conv", "x w", "y").Output("y").Inspect();
        Assert.Equal("Conv", Assert.Single(inspection.Unsupported).Op);
    }

    [Theory]
    [InlineData(6, 2, 2, true, 3)]
    [InlineData(7, 2, 2, false, 3)]
    [InlineData(7, 2, 2, true, 4)]
    [InlineData(5, 1, 2, true, 3)]
    [InlineData(4, 1, 3, true, 2)]
    [InlineData(5, 1, 3, true, 2)]
    [InlineData(112, 3, 2, true, 56)]
    public void Ceil_mode_never_starts_a_window_beyond_the_input(int extent, int kernel, int stride, bool ceil, int expected)
    {
        Graph graph = new ModelFile(12).Input("x", 1, 1, extent, extent)
            .Node("MaxPool", "x", "y", ModelFile.Ints("kernel_shape", kernel, kernel), ModelFile.Ints("strides", stride, stride),
                Attributes.Flag("ceil_mode", ceil))
            .Output("y").Read();
        Assert.Equal(new Shape(1, 1, expected, expected), graph.Values["y"].Shape);
    }

    [Fact]
    public void Bounds_of_a_clip_are_attributes_in_old_files_and_inputs_in_new_ones()
    {
        Node old = new ModelFile(7).Input("x", 2).Node("Clip", "x", "y", Attributes.Float("min", 0), Attributes.Float("max", 6)).Output("y")
            .Only();
        Node @new = new ModelFile(13).Input("x", 2).Constant("lo", Tensor.Of(Shape.Scalar, [0f]))
            .Constant("hi", Tensor.Of(Shape.Scalar, [6f]))
            .Node("Clip", "x lo hi", "y").Output("y").Only();
        Node open = new ModelFile(13).Input("x", 2).Constant("hi", Tensor.Of(Shape.Scalar, [6f])).Node("Clip", "x - hi", "y").Output("y")
            .Only();
        Assert.Equal(new Clip(0, 6), old.Operator);
        Assert.Equal(new Clip(0, 6), @new.Operator);
        Assert.Equal(new Clip(float.NegativeInfinity, 6), open.Operator);
        Assert.Equal(["x"], @new.Inputs.AsEnumerable());
    }

    [Fact]
    public void Bounds_that_are_computed_at_run_time_become_max_and_min()
    {
        Graph graph = new ModelFile(13).Input("x", 2).Input("lo").Input("hi").Node("Clip", "x lo hi", "y").Output("y").Read();
        Assert.Equal(["Max", "Min"], graph.Nodes.Select(node => node.Operator.Name));
    }

    [Fact]
    public void The_flattening_softmax_of_old_files_goes_through_a_matrix()
    {
        Graph graph = new ModelFile(11).Input("x", 2, 3, 4).Node("Softmax", "x", "y").Output("y").Read();
        Assert.Equal(["Reshape", "Softmax", "Reshape"], graph.Nodes.Select(node => node.Operator.Name));
        Assert.Equal(new Shape(2, 12), graph.Values[graph.Nodes[1].Inputs[0]].Shape);
        Assert.Equal(new Softmax(1), graph.Nodes[1].Operator);
    }

    [Theory]
    [InlineData(11, 1, 1)]
    [InlineData(11, -1, 3)]
    [InlineData(13, -3, 1)]
    public void A_softmax_over_one_wide_axis_needs_no_matrix(int opset, int axis, int expected)
    {
        int[] extents = expected == 1 ? [2, 10, 1, 1] : [2, 1, 1, 10];
        Node node = new ModelFile(opset).Input("x", [.. extents.Cast<object>()]).Node("Softmax", "x", "y", Attributes.Int("axis", axis))
            .Output("y").Only();
        Assert.Equal(new Softmax(expected), node.Operator);
    }

    [Theory]
    [InlineData("0 -1", "2x12")]
    [InlineData("-1", "24")]
    [InlineData("3 -1 2", "3x4x2")]
    [InlineData("4 6", "4x6")]
    [InlineData("0 0 0", "2x3x4")]
    [InlineData("1 0 -1 2", "1x3x4x2")]
    public void A_reshape_keeps_and_infers_extents(string wanted, string expected)
    {
        Graph graph = new ModelFile(13).Input("x", 2, 3, 4).Longs("shape", [.. wanted.Split(' ').Select(long.Parse)])
            .Node("Reshape", "x shape", "y").Output("y").Read();
        Assert.Equal(expected, graph.Values["y"].Shape.ToString());
    }

    [Theory]
    [InlineData("5 -1", "24 elements")]
    [InlineData("-1 -1", "-1")]
    [InlineData("2 3 4 0", "keeps extent 3")]
    [InlineData("-2 12", "-2")]
    [InlineData("9223372036854775807 9223372036854775807", "9223372036854775807")]
    public void A_reshape_that_does_not_fit_is_refused(string wanted, string expected)
    {
        ModelFile file = new ModelFile(13).Input("x", 2, 3, 4).Longs("shape", [.. wanted.Split(' ').Select(long.Parse)])
            .Node("Reshape", "x shape", "y").Output("y");
        Assert.Contains(expected, file.Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "1x24")]
    [InlineData(1, "2x12")]
    [InlineData(2, "6x4")]
    [InlineData(3, "24x1")]
    [InlineData(-1, "6x4")]
    public void A_flatten_makes_a_matrix_at_any_axis(int axis, string expected)
    {
        Graph graph = new ModelFile(13).Input("x", 2, 3, 4).Node("Flatten", "x", "y", Attributes.Int("axis", axis)).Output("y").Read();
        Assert.Equal(expected, graph.Values["y"].Shape.ToString());
    }

    [Theory]
    [InlineData(11)]
    [InlineData(13)]
    public void Axes_of_squeeze_and_unsqueeze_may_be_attributes_or_inputs_and_negative(int opset)
    {
        ModelFile file = new ModelFile(opset).Input("x", 1, 3, 1, 5).Longs("last", -2).Longs("both", 0, -1);
        if (opset < 13)
            file.Node("Squeeze", "x", "a", ModelFile.Ints("axes", -2)).Node("Unsqueeze", "b", "y", ModelFile.Ints("axes", 0, -1));
        else
            file.Node("Squeeze", "x last", "a").Node("Unsqueeze", "b both", "y");
        Graph graph = file.Node("Relu", "a", "b").Node("Squeeze", "x", "all").Output("y", "all").Read();
        Assert.Equal("1x1x3x5x1", graph.Values["y"].Shape.ToString());
        Assert.Equal("3x5", graph.Values["all"].Shape.ToString());
        Assert.Equal(["Squeeze", "Relu", "Unsqueeze", "Squeeze"], graph.Nodes.Select(node => node.Operator.Name));
    }

    [Theory]
    [InlineData(0, 10, 1, "0 1 10")]
    [InlineData(2, 8, 3, "2 3 2")]
    [InlineData(-3, long.MaxValue, 1, "7 1 3")]
    [InlineData(-100, 100, 1, "0 1 10")]
    [InlineData(8, 2, 1, "8 1 0")]
    [InlineData(9, -11, -1, "9 -1 10")]
    [InlineData(-1, long.MinValue, -1, "9 -1 10")]
    [InlineData(100, 1, -4, "9 -4 2")]
    [InlineData(2, 8, -1, "2 -1 0")]
    [InlineData(0, 10, 1_000_000, "0 11 1")]
    [InlineData(long.MinValue, long.MaxValue, long.MaxValue, "0 11 1")]
    public void A_slice_is_cut_to_its_input(long start, long end, long step, string expected)
    {
        Node node = new ModelFile(13).Input("x", 10).Longs("s", start).Longs("e", end).Longs("a", 0).Longs("t", step)
            .Node("Slice", "x s e a t", "y").Output("y").Only();
        Slice slice = Assert.IsType<Slice>(node.Operator);
        Assert.Equal(expected, $"{slice.Starts[0]} {slice.Steps[0]} {slice.Sizes[0]}");
    }

    [Fact]
    public void A_slice_of_an_old_file_has_its_ends_as_attributes()
    {
        Node node = new ModelFile(9).Input("x", 4, 10)
            .Node("Slice", "x", "y", ModelFile.Ints("starts", 2), ModelFile.Ints("ends", -2), ModelFile.Ints("axes", 1)).Output("y").Only();
        Slice slice = Assert.IsType<Slice>(node.Operator);
        Assert.Equal([4, 6], slice.Sizes.AsEnumerable());
    }

    [Theory]
    [InlineData(11, 12, 3, "4 4 4")]
    [InlineData(18, 10, 3, "4 4 2")]
    [InlineData(18, 9, 4, "3 3 3 0")]
    public void A_split_without_sizes_is_equal_and_since_version_18_the_last_part_may_be_smaller(
        int opset, int extent, int parts, string expected)
    {
        string outputs = string.Join(' ', Enumerable.Range(0, parts).Select(i => $"y{i}"));
        ModelFile file = new ModelFile(opset).Input("x", extent).Node("Split", "x", outputs, Attributes.Int("num_outputs", parts))
            .Output(outputs.Split(' '));
        if (expected.EndsWith(" 0", StringComparison.Ordinal)) Assert.Contains("equal parts", file.Refusal(), StringComparison.Ordinal);
        else Assert.Equal(expected, string.Join(' ', Assert.IsType<Split>(file.Only().Operator).Sizes));
    }

    [Fact]
    public void Outputs_of_a_split_that_nobody_reads_have_no_name()
    {
        Node node = new ModelFile(13).Input("x", 6).Node("Split", "x", "a b c").Output("b").Only();
        Assert.Equal(["", "b", ""], node.Outputs.AsEnumerable());
    }

    [Fact]
    public void A_resize_takes_scales_or_sizes_for_all_axes_or_some()
    {
        ModelFile file = new ModelFile(18).Input("x", 1, 3, 5, 7).Floats("scales", 1, 1, 2.5f, 0.6f).Longs("sizes", 11, 3)
            .Node("Resize", "x - scales", "a").Node("Resize", "x - - sizes", "b", ModelFile.Ints("axes", 3, 2));
        Graph graph = file.Output("a", "b").Read();
        Assert.Equal("1x3x12x4", graph.Values["a"].Shape.ToString());
        Assert.Equal("1x3x3x11", graph.Values["b"].Shape.ToString());
        Assert.Equal([1, 1, 0.6f, 11 / 7f], Assert.IsType<Resize>(graph.Nodes[1].Operator).Scales.AsEnumerable());
    }

    [Theory]
    [InlineData("not_larger", "1x1x6x8")]
    [InlineData("not_smaller", "1x1x9x12")]
    public void A_resize_may_keep_the_aspect_ratio(string policy, string expected)
    {
        Graph graph = new ModelFile(18).Input("x", 1, 1, 3, 4).Longs("sizes", 9, 8)
            .Node("Resize", "x - - sizes", "y", ModelFile.Ints("axes", 2, 3), Attributes.Text("keep_aspect_ratio_policy", policy))
            .Output("y").Read();
        Assert.Equal(expected, graph.Values["y"].Shape.ToString());
    }

    [Theory]
    [InlineData(7, "Upsample", 2f, NearestMode.Floor)]
    [InlineData(9, "Upsample", 2f, NearestMode.Floor)]
    [InlineData(10, "Resize", 2f, NearestMode.Floor)]
    [InlineData(10, "Resize", 0.5f, NearestMode.Ceil)]
    public void Old_resizes_are_asymmetric(int opset, string op, float scale, NearestMode nearest)
    {
        ModelFile file = new ModelFile(opset).Input("x", 1, 1, 4, 4).Floats("scales", 1, 1, scale, scale);
        if (opset < 9) file.Node(op, "x", "y", ModelFile.FloatList("scales", 1, 1, scale, scale));
        else file.Node(op, "x scales", "y");
        Resize resize = Assert.IsType<Resize>(file.Output("y").Only().Operator);
        Assert.Equal((CoordinateMode.Asymmetric, nearest, (int)(4 * scale)), (resize.Coordinates, resize.Nearest, resize.Target[3]));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(13)]
    [InlineData(18)]
    public void Axes_of_reductions_are_resolved_and_sorted(int opset)
    {
        ModelFile file = new ModelFile(opset).Input("x", 2, 3, 4).Longs("axes", -1, 0);
        foreach (string op in new[] { "ReduceMean", "ReduceSum" })
        {
            bool input = opset >= (op == "ReduceSum" ? 13 : 18);
            file.Node(op, input ? "x axes" : "x", op, input ? [] : [ModelFile.Ints("axes", -1, 0)]).Output(op);
        }
        foreach (Node node in file.Read().Nodes)
            Assert.Equal([0, 2], Assert.IsAssignableFrom<Reduction>(node.Operator).Axes.AsEnumerable());
    }

    [Fact]
    public void A_reduction_without_axes_takes_all_or_none()
    {
        Graph graph = new ModelFile(18).Input("x", 2, 3).Node("ReduceMax", "x", "all", Attributes.Flag("keepdims", false))
            .Node("ReduceMax", "x", "none", Attributes.Flag("noop_with_empty_axes", true)).Output("all", "none").Read();
        Assert.Equal(Shape.Scalar, graph.Values["all"].Shape);
        Assert.Equal(new Shape(2, 3), graph.Values["none"].Shape);
    }

    [Fact]
    public void Pads_of_some_axes_are_put_where_they_belong()
    {
        Node node = new ModelFile(18).Input("x", 1, 2, 3, 4).Longs("pads", 1, 2, 3, -1).Longs("axes", -2, 1)
            .Constant("v", Tensor.Of(Shape.Scalar, [7f]))
            .Node("Pad", "x pads v axes", "y").Output("y").Only();
        Pad pad = Assert.IsType<Pad>(node.Operator);
        Assert.Equal([0, 2, 1, 0], pad.Begins.AsEnumerable());
        Assert.Equal([0, -1, 3, 0], pad.Ends.AsEnumerable());
        Assert.Equal(7, pad.Value);
    }

    [Fact]
    public void A_quantisation_takes_its_type_from_the_zero_point()
    {
        ModelFile file = new ModelFile(21).Input("x", 1, 4, 2, 2).Constant("s", Tensor.Of(Shape.Scalar, [0.5f]))
            .Constant("z", Tensor.Of(Shape.Scalar, [(sbyte)3]))
            .Floats("s4", 1, 2, 3, 4).Node("QuantizeLinear", "x s z", "a").Node("QuantizeLinear", "x s", "b")
            .Node("QuantizeLinear", "x s4", "c", Attributes.Int("axis", -3))
            .Node("QuantizeLinear", "x s", "d", Attributes.Int("output_dtype", 5));
        Graph graph = file.Output("a", "b", "c", "d").Read();
        Assert.Equal([ElementType.Int8, ElementType.UInt8, ElementType.UInt8, ElementType.Int16],
            graph.Outputs.Select(output => graph.Values[output].Type));
        Assert.Equal(new QuantizeLinear(1, ElementType.UInt8, true), graph.Nodes[2].Operator);
    }

    [Fact]
    public void Scales_and_biases_per_group_become_ones_per_channel()
    {
        Graph graph = new ModelFile(18).Input("x", 1, 4, 3).Floats("s", 1, 2).Floats("b", 3, 4)
            .Node("GroupNormalization", "x s b", "y", Attributes.Int("num_groups", 2)).Output("y").Read();
        Assert.Equal([1f, 1f, 2f, 2f], graph.Constants[Assert.Single(graph.Nodes).Inputs[1]].As<float>().ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Dropout_of_nothing_and_identity_vanish_and_outputs_keep_their_names(int dropouts)
    {
        ModelFile file = new ModelFile(11).Input("x", 3).Node("Relu", "x", "a0");
        for (int i = 0; i < dropouts; i++)
        {
            if (i % 2 == 0) file.Node("Dropout", $"a{i}", $"a{i + 1} mask{i}", Attributes.Float("ratio", 0));
            else file.Node("Identity", $"a{i}", $"a{i + 1}");
        }
        Node node = file.Output($"a{dropouts}").Only();
        Assert.Equal([$"a{dropouts}"], node.Outputs.AsEnumerable());
    }

    [Theory]
    [InlineData(11)]
    [InlineData(13)]
    public void Dropout_keeps_its_ratio_for_those_who_train_on(int opset)
    {
        ModelFile file = new ModelFile(opset).Input("x", 3);
        if (opset < 12) file.Node("Dropout", "x", "y", Attributes.Float("ratio", 0.25f));
        else file.Constant("ratio", Tensor.Of(Shape.Scalar, [0.25f])).Node("Dropout", "x ratio", "y");
        Assert.Equal(new Dropout(0.25f), file.Output("y").Only().Operator);
    }

    [Fact]
    public void An_input_that_is_an_output_passes_through_an_identity()
    {
        Graph graph = new ModelFile().Input("x", 3).Node("Identity", "x", "y").Node("Identity", "y", "z").Output("y", "z", "x").Read();
        Assert.Equal(["y", "z", "x"], graph.Outputs.AsEnumerable());
        Assert.All(graph.Nodes, node => Assert.IsType<Identity>(node.Operator));
    }

    [Fact]
    public void A_value_that_is_two_outputs_keeps_both_names()
    {
        Graph graph = new ModelFile().Input("x", 3).Node("Relu", "x", "a").Node("Identity", "a", "b").Node("Identity", "a", "c")
            .Output("b", "c").Read();
        Assert.Equal(["b", "c"], graph.Outputs.AsEnumerable());
        Assert.Equal(2, graph.Nodes.Length);
    }

    [Fact]
    public void Nodes_that_no_output_needs_are_dropped_even_unsupported_ones()
    {
        ModelFile file = new ModelFile().Input("x", 3).Node("Relu", "x", "y").Node("Tanh", "x", "dead").Node("Einsum", "dead", "deader");
        Assert.Single(file.Output("y").Read().Nodes);
    }

    [Fact]
    public void Nodes_out_of_order_are_put_in_order()
    {
        Graph graph = new ModelFile().Input("x", 3).Node("Tanh", "b", "c").Node("Sigmoid", "a", "b").Node("Relu", "x", "a").Output("c")
            .Read();
        Assert.Equal(["Relu", "Sigmoid", "Tanh"], graph.Nodes.Select(node => node.Operator.Name));
    }

    [Fact]
    public void All_unsupported_operators_are_listed_at_once_and_the_rest_is_shown()
    {
        ModelFile file = new ModelFile().Input("x", 1, 3).Node("Relu", "x", "a").Node("Einsum", "a", "b").Node("Tanh", "b", "c")
            .Node("Trilu", "c", "d")
            .Node("ai.acme.Magic", "a", "e").Node("Sigmoid", "x", "f").Output("d", "e", "f");
        UnsupportedOperatorsException e = Assert.Throws<UnsupportedOperatorsException>(() => file.Read());
        Assert.Equal(["Einsum", "Trilu", "ai.acme.Magic"], e.Operators.Select(op => op.Op));
        Assert.Equal(["node_b", "node_d", "node_e"], e.Operators.Select(op => op.Node));
        OnnxInspection inspection = file.Inspect();
        Assert.Equal(e.Operators.AsEnumerable(), inspection.Unsupported.AsEnumerable());
        Assert.Equal(["Relu", "Sigmoid"], inspection.Graph.Nodes.Select(node => node.Operator.Name));
        Assert.Equal(["f"], inspection.Graph.Outputs.AsEnumerable());
    }

    [Fact]
    public void An_open_batch_becomes_one_and_other_open_extents_have_to_be_given()
    {
        ModelFile file = new ModelFile().Input("images", "batch", 3, "height", "width").Node("Relu", "images", "y").Output("y");
        string message = file.Refusal();
        Assert.Contains("'images'", message, StringComparison.Ordinal);
        Assert.Contains("batchx3xheightxwidth", message, StringComparison.Ordinal);
        Assert.Contains("1x3x640x640", message, StringComparison.Ordinal);
        Dictionary<string, Shape> shapes = new() { ["images"] = new Shape(2, 3, 32, 48) };
        Assert.Equal(shapes["images"], file.Read(new OnnxReadOptions { InputShapes = shapes }).Values["y"].Shape);
        Assert.Equal(new Shape(4, 3), new ModelFile().Input("x", "n", 3).Node("Relu", "x", "y").Output("y")
            .Read(new OnnxReadOptions { Batch = 4 }).Values["y"].Shape);
    }

    [Fact]
    public void A_shape_for_an_input_that_does_not_exist_or_has_other_axes_is_refused()
    {
        ModelFile file = new ModelFile().Input("x", 1, 3).Node("Relu", "x", "y").Output("y");
        Dictionary<string, Shape> other = new() { ["images"] = new Shape(1, 3) }, longer = new() { ["x"] = new Shape(1, 3, 4) };
        Assert.Contains("the model's inputs are x", file.Refusal(new OnnxReadOptions { InputShapes = other }), StringComparison.Ordinal);
        Assert.Contains("has 2 axes", file.Refusal(new OnnxReadOptions { InputShapes = longer }), StringComparison.Ordinal);
    }

    private static Graph Transposed(int extent, params AttributeProto[] attributes) =>
        new ModelFile(11).Input("x", 1, 1, extent, extent).Constant("w", Tensor.Zeros(ElementType.Float32, new Shape(1, 1, 3, 3)))
            .Node("ConvTranspose", "x w", "y", attributes).Output("y").Read();

    private static string Describe(Graph graph) =>
        $"{string.Join(',', Assert.IsType<ConvTranspose>(Assert.Single(graph.Nodes).Operator).Pads)} {graph.Values["y"].Shape[2]}";
}
