using System.Diagnostics;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Tests;
using Google.Protobuf;

namespace EdgeCnn.Models.Tests.Onnx;

/// <summary>Whatever lies in a file, only a ModelException comes out of it, soon, and without much memory.</summary>
public class HostileFileTests
{
    private const int Seed = 20_240_611;

    private static readonly string[] Others =
    [
        "TopK", "Pad", "Tile", "Expand", "Slice", "MaxPool", "ConvTranspose", "Squeeze", "DepthToSpace", "Range", "ReduceMean", "QLinearConv",
        "Transpose", "OneHot", "LRN", "BatchNormalization", "Dropout", "NonZero",
    ];

    /// <summary>A small network with much of what a file can hold.</summary>
    private static ModelFile Small()
    {
        GraphProto taken = new(), other = new();
        taken.Node.Add(ModelFile.MakeNode("Relu", "conv", "taken"));
        taken.Output.Add(new ValueInfoProto { Name = "taken" });
        other.Node.Add(ModelFile.MakeNode("Loop", "conv", "other"));
        other.Output.Add(new ValueInfoProto { Name = "other" });
        return new ModelFile(13)
            .Input("x", "batch", 3, 8, 8)
            .Constant("w", Tensor.Zeros(ElementType.Float32, new Shape(4, 3, 3, 3)))
            .Longs("wide", 1, -1, 1, 1)
            .Longs("axes", 0)
            .Longs("two", 2, 1)
            .Constant("yes", Tensor.Of(Shape.Scalar, [true]))
            .Node("Conv", "x w", "conv", ModelFile.Ints("pads", 1, 1, 1, 1), ModelFile.Ints("kernel_shape", 3, 3))
            .Node("If", "yes", "branch", ModelFile.Branch("then_branch", taken), ModelFile.Branch("else_branch", other))
            .Node("Shape", "branch", "shape")
            .Node("Gather", "shape axes", "batch_")
            .Node("Concat", "batch_ two", "wanted", Attributes.Int("axis", 0))
            .Node("ConstantOfShape", "two", "ones", ModelFile.TensorValue("value", Tensor.Of(new Shape(1), [1f])))
            .Node("Reshape", "branch wide", "long")
            .Node("Resize", "branch - - size", "big", Attributes.Text("mode", "linear"))
            .Longs("size", 1, 4, 5, 7)
            .Node("Split", "long", "left right", Attributes.Int("axis", 1))
            .Node("Mul", "left ones", "scaled")
            .Output("scaled", "right", "big", "wanted");
    }

    [Fact]
    public void The_small_network_itself_is_sound() => Assert.Equal(4, Small().Read().Outputs.Length);

    [Fact]
    public void A_file_that_ends_anywhere_is_refused_or_read()
    {
        byte[] whole = Small().Bytes();
        for (int length = 0; length < whole.Length; length++) Try(whole[..length], $"cut at {length}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public void A_file_with_bytes_changed_at_random_is_refused_or_read(int changes)
    {
        byte[] whole = Small().Bytes();
        Random random = new(Seed + changes);
        for (int round = 0; round < 1500; round++)
        {
            byte[] changed = [.. whole];
            for (int i = 0; i < changes; i++) changed[random.Next(changed.Length)] = (byte)random.Next(256);
            Try(changed, $"seed {Seed + changes}, round {round}");
        }
    }

    [Fact]
    public void A_file_with_single_bits_flipped_is_refused_or_read()
    {
        byte[] whole = Small().Bytes();
        for (int bit = 0; bit < whole.Length * 8; bit += 3)
        {
            byte[] changed = [.. whole];
            changed[bit / 8] ^= (byte)(1 << bit % 8);
            Try(changed, $"bit {bit}");
        }
    }

    [Fact]
    public void A_file_with_pieces_moved_is_refused_or_read()
    {
        byte[] whole = Small().Bytes();
        Random random = new(Seed);
        for (int round = 0; round < 1000; round++)
        {
            int length = random.Next(1, 64), from = random.Next(whole.Length - length), to = random.Next(whole.Length - length);
            byte[] changed = [.. whole];
            whole.AsSpan(from, length).CopyTo(changed.AsSpan(to));
            Try(changed, $"seed {Seed}, round {round}");
        }
    }

    [Fact]
    public void Random_bytes_are_refused()
    {
        Random random = new(Seed);
        for (int round = 0; round < 1000; round++)
        {
            byte[] bytes = new byte[random.Next(1, 2000)];
            random.NextBytes(bytes);
            Try(bytes, $"seed {Seed}, round {round}");
        }
    }

    [Fact]
    public void Attributes_and_constants_changed_at_random_are_refused_or_read()
    {
        long[] odd = [0, 1, -1, 2, 3, 7, -5, 100, 65_536, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue, 1L << 31, 1L << 40];
        Random random = new(Seed);
        for (int round = 0; round < 3000; round++)
        {
            ModelFile file = Small();
            for (int change = 0; change < 2; change++)
            {
                NodeProto node = file.Graph.Node[random.Next(file.Graph.Node.Count)];
                switch (random.Next(6))
                {
                    case 0 when node.Attribute.FirstOrDefault(attribute => attribute.Ints.Count > 0) is { } list:
                        list.Ints[random.Next(list.Ints.Count)] = odd[random.Next(odd.Length)];
                        break;
                    case 1 when node.Attribute.FirstOrDefault(attribute => attribute.HasI) is { } number:
                        number.I = odd[random.Next(odd.Length)];
                        break;
                    case 2:
                        TensorProto tensor = file.Graph.Initializer[random.Next(file.Graph.Initializer.Count)];
                        if (tensor.DataType != (int)ElementType.Int64) goto default;
                        int count = tensor.RawData.Length / sizeof(long);
                        long[] numbers = [.. Enumerable.Range(0, count).Select(_ => odd[random.Next(odd.Length)])];
                        Tensor changed = Tensor.Of(new Shape(count), numbers);
                        tensor.RawData = ByteString.CopyFrom(changed.Bytes);
                        break;
                    case 3 when node.Input.Count > 0:
                        IEnumerable<string> made = file.Graph.Node.SelectMany(other => other.Output);
                        string[] values = [.. made, .. file.Graph.Initializer.Select(other => other.Name), "x", "", "?"];
                        node.Input[random.Next(node.Input.Count)] = values[random.Next(values.Length)];
                        break;
                    case 4:
                        string[] ops = [.. file.Graph.Node.Select(other => other.OpType), .. Others];
                        node.OpType = ops[random.Next(ops.Length)];
                        break;
                    default:
                        TensorProto shaped = file.Graph.Initializer[random.Next(file.Graph.Initializer.Count)];
                        if (shaped.Dims.Count > 0) shaped.Dims[0] = odd[random.Next(odd.Length)];
                        break;
                }
            }
            Try(file.Bytes(), $"seed {Seed}, round {round}");
        }
    }

    [SharedDataFact("models/mnist.onnx")]
    public void A_damaged_real_network_is_refused_or_read()
    {
        byte[] whole = File.ReadAllBytes(Repository.Data("models/mnist.onnx"));
        Random random = new(Seed);
        for (int round = 0; round < 400; round++)
        {
            byte[] changed = [.. whole];
            for (int i = 0; i < 3; i++) changed[random.Next(changed.Length)] = (byte)random.Next(256);
            Try(round % 2 == 0 ? changed : whole[..random.Next(whole.Length)], $"seed {Seed}, round {round}");
        }
    }

    [Theory]
    [InlineData("ConstantOfShape", 16_384, 16_384)]
    [InlineData("ConstantOfShape", 1 << 20, 1 << 20)]
    [InlineData("Expand", 1 << 20, 1 << 20)]
    [InlineData("Tile", 1 << 20, 1 << 20)]
    [InlineData("Reshape", int.MaxValue, 1)]
    [InlineData("Pad", 1 << 30, 1 << 30)]
    public void A_small_file_cannot_ask_for_gigabytes(string op, long rows, long columns)
    {
        ModelFile file = new ModelFile().Input("x", 1, 1).Longs("shape", rows, columns).Longs("pads", rows, columns, 0, 0).Floats("one", 1);
        for (int i = 0; i < 8; i++)
        {
            string input = op switch { "ConstantOfShape" => "shape", "Pad" => "x pads", _ => "x shape" };
            file.Node(op, input, $"y{i}").Output($"y{i}");
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        OnnxReadOptions options = new() { SynthesisedBytes = 64 << 20 };
        file.Refusal(options);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 << 20);
    }

    [Fact]
    public void A_chain_of_small_expansions_cannot_ask_for_gigabytes_either()
    {
        ModelFile file = new ModelFile().Input("x", 1).Longs("wide", 60_000).Floats("one", 1);
        for (int i = 0; i < 2000; i++) file.Node("Expand", "one wide", $"y{i}").Output($"y{i}");
        Assert.Contains("1 MiB", file.Refusal(new OnnxReadOptions { SynthesisedBytes = 1 << 20 }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_claims_more_than_it_has_is_refused_before_it_is_allocated()
    {
        ModelFile file = new ModelFile().Input("x", 1).Node("Add", "x w", "y").Output("y");
        TensorProto claim = new() { Name = "w", DataType = 1, RawData = ByteString.CopyFrom(new byte[8]) };
        claim.Dims.AddRange([1 << 14, 1 << 13]);
        file.Graph.Initializer.Add(claim);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("needs 536870912 bytes and has 8", file.Refusal(), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Nodes_that_wait_for_each_other_are_refused() => Assert.Contains(
        "in a circle",
        new ModelFile().Input("x", 1).Node("Add", "x b", "a").Node("Relu", "a", "b").Output("b").Refusal(),
        StringComparison.Ordinal);

    [Fact]
    public void A_value_that_is_made_twice_is_refused() => Assert.Contains(
        "'a' is defined twice",
        new ModelFile().Input("x", 1).Node("Relu", "x", "a").Node("Tanh", "x", "a").Output("a").Refusal(),
        StringComparison.Ordinal);

    [Fact]
    public void A_value_that_nothing_makes_is_refused() => Assert.Contains(
        "'ghost' is read, but nothing makes it",
        new ModelFile().Input("x", 1).Node("Add", "x ghost", "a").Output("a").Refusal(),
        StringComparison.Ordinal);

    [Fact]
    public void An_output_that_nothing_makes_is_refused() =>
        Assert.Contains("'nowhere' is made by no node", new ModelFile().Input("x", 1)
            .Output("nowhere").Refusal(), StringComparison.Ordinal);

    [Fact]
    public void Branches_nested_beyond_all_measure_are_refused()
    {
        GraphProto inner = new();
        inner.Output.Add(new ValueInfoProto { Name = "x" });
        for (int depth = 0; depth < 500; depth++)
        {
            GraphProto outer = new();
            outer.Node.Add(ModelFile.MakeNode("If", "yes", $"y{depth}", ModelFile.Branch("then_branch", inner)));
            outer.Output.Add(new ValueInfoProto { Name = $"y{depth}" });
            inner = outer;
        }
        ModelFile file = new ModelFile().Input("x", 1).Constant("yes", Tensor.Of(Shape.Scalar, [true]));
        file.Graph.Node.AddRange(inner.Node);
        Assert.Contains("damaged", file.Output("y499").Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Many_nodes_of_one_name_are_read_in_reasonable_time()
    {
        ModelFile file = new ModelFile().Input("x", 1);
        for (int i = 0; i < 20_000; i++)
        {
            file.Node("Tanh", i == 0 ? "x" : $"v{i - 1}", $"v{i}");
            file.Graph.Node[i].Name = "same";
        }
        Graph graph = file.Output("v19999").Read();
        Assert.Equal(20_000, graph.Nodes.Select(node => node.Name).Distinct().Count());
    }

    [Theory]
    [InlineData(2, 13, "IR version 2")]
    [InlineData(8, 6, "operator set 6")]
    [InlineData(8, 0, "operator set 0")]
    public void Versions_too_old_are_refused_with_what_to_do(long ir, int opset, string expected)
    {
        ModelFile file = new ModelFile(opset).Input("x", 1).Node("Relu", "x", "y").Output("y");
        file.Proto.IrVersion = ir;
        string message = file.Refusal();
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains("onnx.version_converter", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_newer_operator_set_is_read_and_the_assumption_is_said()
    {
        OnnxInspection inspection = new ModelFile(23).Input("x", 1).Node("Relu", "x", "y").Output("y").Inspect();
        Assert.Contains("operator set 23", Assert.Single(inspection.Assumptions), StringComparison.Ordinal);
        Assert.Single(inspection.Graph.Nodes);
    }

    [Fact]
    public void A_missing_file_an_empty_file_and_a_folder_are_refused_in_one_sentence()
    {
        string folder = Directory.CreateTempSubdirectory("edgecnn").FullName;
        try
        {
            string empty = Path.Combine(folder, "empty.onnx");
            File.WriteAllBytes(empty, []);
            Assert.Contains("does not exist", Assert.Throws<ModelException>(() => OnnxModel.Read(Path.Combine(folder, "none.onnx")))
                .Message, StringComparison.Ordinal);
            Assert.Contains("is empty", Assert.Throws<ModelException>(() => OnnxModel.Read(empty)).Message, StringComparison.Ordinal);
            Assert.Contains("is a folder", Assert.Throws<ModelException>(() => OnnxModel.Read(folder)).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Try(byte[] file, string what)
    {
        long start = Stopwatch.GetTimestamp(), before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            OnnxModel.Inspect(new MemoryStream(file), null, new OnnxReadOptions { SynthesisedBytes = 16 << 20 });
        }
        catch (ModelException)
        {
        }
        catch (Exception e)
        {
            Assert.Fail($"{what}: {e}");
        }
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(bytes < 200 << 20, $"{what}: {bytes >> 20} MiB were allocated.");
        // Generous, for slow machines: what hangs takes minutes.
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), $"{what}: took {Stopwatch.GetElapsedTime(start)}.");
    }
}
