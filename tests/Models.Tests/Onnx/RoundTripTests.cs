using System.Collections.Immutable;
using EdgeCnn.Models.Onnx;

namespace EdgeCnn.Models.Tests.Onnx;

/// <summary>Every operator that can stand in a graph can be written, and is read as the same.</summary>
public class RoundTripTests
{
    private static readonly ImmutableArray<int> One = [1, 1], None = [0, 0, 0, 0];

    /// <summary>Operators with the shapes of what they read; "i" in front: Int64, "b": Bool, "u": UInt8, "s": Int8, "n": Int32.</summary>
    public static TheoryData<Operator, string> Operators() => new()
    {
        { new Conv([2, 1], [1, 2, 0, 1], [1, 2], 2), "1x4x9x9 6x2x3x2 6" },
        { new ConvTranspose([2, 2], [1, 0, 1, 1], One, [1, 0], 2), "1x4x5x5 4x3x3x3 6" },
        { new ConvInteger(One, None, One, 1), "u1x2x5x5 s3x2x3x3 uscalar s3" },
        { new QLinearConv(One, None, One, 1), "u1x2x5x5 scalar uscalar s3x2x3x3 3 s3 scalar uscalar n3" },
        { new Gemm(0.5f, 2, true, true), "3x2 4x3 4" },
        { new MatMul(), "2x1x3x4 5x4x2" },
        { new MatMulInteger(), "u2x3 u3x4 uscalar" },
        { new QLinearMatMul(), "u2x3 scalar uscalar s3x4 scalar sscalar scalar uscalar" },
        { new MaxPool([3, 2], [2, 1], [1, 0, 1, 1], [1, 2], true), "1x2x9x9" },
        { new AveragePool([3, 2], [2, 1], [1, 0, 1, 1], One, true, true), "1x2x9x9" },
        { new AveragePool([3, 2], [2, 1], None, [2, 1], false, false), "1x2x9x9" },
        { new LpPool([3, 2], [2, 1], [1, 0, 1, 1], One, false, 3), "1x2x9x9" },
        { new GlobalAveragePool(), "1x2x3x4" },
        { new GlobalMaxPool(), "1x2x3x4" },
        { new GlobalLpPool(1), "1x2x3x4" },
        { new QLinearGlobalAveragePool(), "u1x2x3x4 scalar uscalar scalar uscalar" },
        { new QLinearAveragePool([3, 2], [2, 1], [1, 0, 1, 1], One, true, true), "u1x2x9x9 scalar uscalar scalar uscalar" },
        { new QLinearAdd(), "u2x3 scalar uscalar u3 scalar uscalar scalar uscalar" },
        { new QLinearMul(), "s2x3 scalar sscalar s3 scalar sscalar scalar sscalar" },
        { new QLinearSigmoid(), "u2x3 scalar uscalar scalar uscalar" },
        { new QLinearLeakyRelu(0.2f), "u2x3 scalar uscalar scalar uscalar" },
        { new QLinearConcat(1), "scalar uscalar u2x3 scalar uscalar u2x1 scalar uscalar" },
        { new QuantizeLinear(1, ElementType.Int8, true), "2x3 3 s3" },
        { new QuantizeLinear(0, ElementType.UInt16, true), "2x3 scalar qscalar" },
        { new DequantizeLinear(1), "s2x3 3 s3" },
        { new DynamicQuantizeLinear(), "2x3" },
        { new LeakyRelu(0.3f), "2x3" },
        { new PRelu(), "1x4x2x2 4x1x1" },
        { new Elu(0.7f), "2x3" },
        { new Selu(1.5f, 2), "2x3" },
        { new Celu(2), "2x3" },
        { new Clip(-1, float.PositiveInfinity), "2x3" },
        { new Clip(float.NegativeInfinity, 6), "2x3" },
        { new Clip(0, 200), "u2x3" },
        { new HardSigmoid(0.3f, 0.4f), "2x3" },
        { new HardSwish(), "2x3" },
        { new Silu(), "2x3" },
        { new Mish(), "2x3" },
        { new Gelu(true), "2x3" },
        { new Gelu(false), "2x3" },
        { new ThresholdedRelu(0.5f), "2x3" },
        { new Shrink(0.4f, 0.1f), "2x3" },
        { new Softmax(0), "2x3" },
        { new LogSoftmax(1), "2x3" },
        { new Mod(true), "2x3 3" },
        { new Pow(), "2x3 i3" },
        { new Min(), "2x3 3 2x1" },
        { new Where(), "b2x1 2x3 3" },
        { new And(), "b2x1 b3" },
        { new Not(), "b2x1" },
        { new Equal(), "b2x1 b3" },
        { new IsNaN(), "2x3" },
        { new BatchNormalization(1e-3f), "1x4x2 4 4 4 4" },
        { new InstanceNormalization(1e-3f), "1x4x2 4 4" },
        { new LayerNormalization(1, 1e-3f), "2x3x4 3x4 3x4" },
        { new GroupNormalization(1e-3f, 2), "1x4x3 4 4" },
        { new Lrn(3, 0.1f, 0.5f, 2), "1x4x2x2" },
        { new LpNormalization(1, 1), "2x3" },
        { new ReduceMean([0, 2], false), "2x3x4" },
        { new ReduceSum([1], true), "2x3x4" },
        { new ReduceL2([], true), "2x3x4" },
        { new ReduceMax([], true), "2x3x4" },
        { new ReduceLogSumExp([1], true), "2x3x4" },
        { new ArgMax(1, false, true), "2x3x4" },
        { new TopK(2, 1, false, true), "2x3x4" },
        { new CumSum(1, true, true), "2x3x4" },
        { new Reshape(new Shape(3, 2)), "2x3" },
        { new Transpose([2, 0, 1]), "2x3x4" },
        { new Concat(1), "2x3 2x1 2x2" },
        { new Split(1, [1, 2]), "2x3" },
        { new Slice([4, 1], [-2, 1], [3, 2]), "5x3" },
        { new Slice([0, 2], [1, 1], [5, 0]), "5x3" },
        { new Gather(1), "2x3x4 i2x2" },
        { new GatherElements(1), "2x3 i2x2" },
        { new Pad(PadMode.Constant, [0, 1], [2, -1], 1.5), "2x3" },
        { new Pad(PadMode.Reflect, [0, 1], [1, 2], 0), "2x3" },
        { new Pad(PadMode.Wrap, [0, 1], [1, 2], 0), "2x3" },
        { new Expand(new Shape(4, 2, 3)), "2x1" },
        { new Tile([2, 1]), "2x3" },
        { new DepthToSpace(2, true), "1x8x2x3" },
        { new SpaceToDepth(2), "1x2x4x6" },
        { new Cast(ElementType.Int32), "2x3" },
        { Resized(ResizeMode.Linear, CoordinateMode.HalfPixel, [1, 1, 2.5f, 0.6f], new Shape(1, 1, 12, 4)), "1x1x5x7" },
        { Resized(ResizeMode.Cubic, CoordinateMode.AlignCorners, [1, 1, 11 / 5f, 3 / 7f], new Shape(1, 1, 11, 3), exclude: true),
            "1x1x5x7" },
        { Resized(ResizeMode.Nearest, CoordinateMode.HalfPixelSymmetric, [1, 1, 2, 2], new Shape(1, 1, 10, 14)), "1x1x5x7" },
        { Resized(ResizeMode.Linear, CoordinateMode.HalfPixel, [1, 1, 1.125f, 1.125f], new Shape(1, 1, 7, 9)), "1x1x6x8" },
        {
            Resized(ResizeMode.Linear, CoordinateMode.TfCropAndResize, [1, 1, 2, 2], new Shape(1, 1, 10, 14)) with
            {
                Extrapolation = 9,
                Roi = [0, 0, 0.1f, 0.25f, 1, 1, 0.5f, 0.75f],
            },
            "1x1x5x7"
        },
    };

    [Theory]
    [MemberData(nameof(Operators))]
    public void An_operator_that_is_written_is_read_as_the_same(Operator op, string inputs)
    {
        GraphBuilder builder = new("round");
        string[] names = [.. inputs.Split(' ').Select((input, i) => Input(builder, $"in{i}", input))];
        string[] outputs = op switch { Split or TopK => ["y", "z"], DynamicQuantizeLinear => ["y", "z", "zero"], _ => ["y"] };
        builder.Add(new Node("n", op, [.. names], [.. outputs]));
        foreach (string output in outputs) builder.Output(output);
        builder.Metadata["key"] = "value: {0: 'person'}";
        Graph graph = builder.Build();
        GraphEquality.Same(graph, WrittenAndRead(graph));
    }

    [Fact]
    public void Every_operator_without_attributes_is_written_and_read()
    {
        foreach (
            Type type in typeof(Operator).Assembly.GetTypes()
                .Where(type => type.IsSubclassOf(typeof(Operator)) && !type.IsAbstract && type.GetConstructor([]) is not null))
        {
            Operator op = (Operator)Activator.CreateInstance(type)!;
            int count = op is Unary or GlobalPooling or Identity or IsNaN ? 1 : op is Binary or MatMul ? 2 : op is Variadic ? 3 : 0;
            if (count == 0 || op is Identity) continue;
            GraphBuilder builder = new("all");
            ElementType element = op is Logical or Not ? ElementType.Bool : ElementType.Float32;
            string[] inputs = [.. Enumerable.Range(0, count).Select(i => builder.Input($"x{i}", element, new Shape(1, 2, 2, 2)))];
            builder.Add(new Node("n", op, [.. inputs], ["y"]));
            builder.Output("y");
            Graph graph = builder.Build();
            GraphEquality.Same(graph, WrittenAndRead(graph));
        }
    }

    [Fact]
    public void A_file_appears_whole_or_not_at_all()
    {
        string folder = Directory.CreateTempSubdirectory("edgecnn").FullName;
        try
        {
            Graph graph = new ModelFile().Input("x", 3).Node("Relu", "x", "y").Output("y").Read();
            string path = Path.Combine(folder, "model.onnx");
            OnnxModel.Write(graph, path);
            OnnxModel.Write(graph, path);
            Assert.Equal([path], Directory.GetFileSystemEntries(folder));
            string nowhere = Path.Combine(folder, "none", "model.onnx");
            Assert.Contains(nowhere, Assert.Throws<ModelException>(() => OnnxModel.Write(graph, nowhere))
                .Message, StringComparison.Ordinal);
            Assert.Throws<ModelException>(() => OnnxModel.Write(graph, folder));
            Assert.Equal([path], Directory.GetFileSystemEntries(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Resize Resized(
        ResizeMode mode, CoordinateMode coordinates, ImmutableArray<float> scales, Shape target, bool exclude = false) =>
        new(mode, coordinates, NearestMode.Ceil, scales, target, -0.75f, exclude, 0, []);

    private static Graph WrittenAndRead(Graph graph)
    {
        MemoryStream file = new();
        OnnxModel.Write(graph, file);
        file.Position = 0;
        return OnnxModel.Read(file);
    }

    private static string Input(GraphBuilder builder, string name, string text)
    {
        ElementType type = text[0] switch
        {
            'i' => ElementType.Int64,
            'b' => ElementType.Bool,
            'u' => ElementType.UInt8,
            's' when text != "scalar" => ElementType.Int8,
            'n' => ElementType.Int32,
            'q' => ElementType.UInt16,
            _ => ElementType.Float32,
        };
        string extents = type == ElementType.Float32 ? text : text[1..];
        return builder.Input(name, type, extents == "scalar" ? Shape.Scalar : new Shape([.. extents.Split('x').Select(int.Parse)]));
    }
}
