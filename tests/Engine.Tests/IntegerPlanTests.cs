using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests;

/// <summary>
/// Quantised networks on integers, against the same networks computed as their files say, with floats between the integers.
/// </summary>
public class IntegerPlanTests
{
    internal static readonly string[] Names =
    [
        "conv", "conv relu", "conv silu", "conv clip", "conv per channel out", "depthwise", "depthwise per channel", "grouped", "strided", "dilated", "uneven padding",
        "residual", "residual relu", "relu residual", "silu residual", "float out", "transposed", "matmul", "matmul relu", "gemm",
        "int8 data", "uint8 weights",
        "sigmoid", "silu in pieces", "leaky", "relu6 alone", "tanh times two", "add", "add relu", "sub", "mul", "mul broadcast", "concat",
        "concat of other scales",
        "concat with float", "maxpool", "average", "average with padding", "global average", "mean", "resize", "split", "slice",
        "transpose", "reshape", "pad", "requantise",
        "softmax", "conv read twice", "conv after softmax", "conv of a part", "conv into a part", "dynamic conv", "dynamic conv silu",
        "dynamic matmul", "dynamic twice",
        "uint16 conv", "int16 conv", "int16 conv silu", "uint16 residual relu", "uint16 silu residual", "int16 depthwise per channel",
        "uint16 grouped", "int16 strided",
        "uint16 matmul relu", "int16 gemm", "uint16 transposed", "uint16 conv read twice", "int16 conv after softmax",
    ];

    public static TheoryData<string> Layers => [.. Names];

    [Theory]
    [MemberData(nameof(Layers))]
    public void A_quantised_layer_gives_what_its_file_says_within_one_unit(string layer)
    {
        for (int seed = 0; seed < 6; seed++)
        {
            QuantizedLayer made = new(layer, seed);
            Dictionary<string, Tensor> inputs = made.Inputs;
            Tensor[] expected = Run.Graph(made.Graph, inputs, new EngineOptions(1, Integers: false)), actual = Run.Graph(
                made.Graph, inputs, new EngineOptions(1));
            for (int output = 0; output < expected.Length; output++)
            {
                ReadOnlySpan<float> e = expected[output].As<float>(), a = actual[output].As<float>();
                int off = 0;
                for (int i = 0; i < e.Length; i++)
                {
                    float difference = Math.Abs(e[i] - a[i]);
                    Assert.True(difference <= made.Unit * 1.01f, $"{layer}, seed {seed}, {made}: element {i} is {a[i]} instead of {e[i]}");
                    if (difference > made.Unit * 0.01f) off++;
                }
                // Units of 16 bits are so small that sums of floats in another order often end in another one; SiLU in fixed point is off by
                // up to an eighth of a unit where scales are as small as here.
                bool silu = layer.Contains("silu", StringComparison.Ordinal);
                int mostOff = layer.Contains("int16", StringComparison.Ordinal) ? e.Length : Math.Max(silu ? 4 : 2, e.Length / (silu ? 20 : 50));
                Assert.True(off <= mostOff, $"{layer}, seed {seed}, {made}: {off} of {e.Length} values are one unit off");
            }
            Tensor[] threads = Run.Graph(made.Graph, inputs, new EngineOptions(3));
            for (int output = 0; output < expected.Length; output++)
                Run.AssertSameBits(actual[output].As<float>(), threads[output].As<float>(), $"{layer}, seed {seed}, three threads");
        }
    }

    [Theory]
    [InlineData("conv", "int8 Conv")]
    [InlineData("conv silu", "int8 Conv")]
    [InlineData("residual relu", "int8 Conv")]
    [InlineData("depthwise per channel", "int8 Conv")]
    [InlineData("matmul relu", "int8 MatMul")]
    [InlineData("gemm", "int8 MatMul")]
    [InlineData("transposed", "int8 ConvTranspose")]
    public void A_quantised_product_runs_on_integers_alone(string layer, string product)
    {
        Plans.Names names = Plans.OperatorsOf(new QuantizedLayer(layer, 1).Graph);
        Assert.Contains(product, names.All);
        // One border at each end, one for each operand.
        Assert.True(names.Count("int8 QuantizeLinear") <= 2, names.ToString());
        Assert.Equal(1, names.Count("DequantizeLinear"));
        Assert.DoesNotContain(
            names.All, name => name.StartsWith("Conv", StringComparison.Ordinal) || name.StartsWith("MatMul", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("uint16 conv silu", "int8 Conv")]
    [InlineData("int16 residual relu", "int8 Conv")]
    [InlineData("uint16 depthwise per channel", "int8 Conv")]
    [InlineData("int16 gemm", "int8 MatMul")]
    public void Data_of_16_bits_are_multiplied_as_two_bytes(string layer, string product)
    {
        Plans.Names names = Plans.OperatorsOf(new QuantizedLayer(layer, 1).Graph);
        Assert.Equal((2, 1, 1), (names.Count(product), names.Count("upper byte"), names.Count("lower byte")));
        Assert.Equal(0, names.Count("Conv") + names.Count("MatMul"));
    }

    [Fact]
    public void Tables_behind_each_other_that_meet_again_are_one_table()
    {
        Plans.Names names = Plans.OperatorsOf(new QuantizedLayer("silu in pieces", 1).Graph);
        Assert.Equal(["int8 QuantizeLinear", "int8 table", "DequantizeLinear"], names.All);
    }

    [Theory]
    [InlineData("dynamic conv silu", "dynamic int8 Conv")]
    [InlineData("dynamic matmul", "dynamic int8 MatMul")]
    public void A_dynamically_quantised_product_takes_in_what_makes_floats_of_its_sums(string layer, string product)
    {
        Plans.Names names = Plans.OperatorsOf(new QuantizedLayer(layer, 1).Graph);
        Assert.Equal(1, names.Count(product));
        Assert.Equal(0, names.Count("Cast") + names.Count("Add") + names.Count("Silu"));
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_scale_that_is_no_positive_number_is_refused_by_name(float scale)
    {
        ModelException e = Assert.Throws<ModelException>(() => Network.Load(new QuantizedLayer("conv", 1, scale).Graph));
        Assert.Contains("scale", e.Message, StringComparison.Ordinal);
        Assert.Contains("quantise the model again", e.Message, StringComparison.Ordinal);
    }
}
