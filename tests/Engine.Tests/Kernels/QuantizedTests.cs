using System.Collections.Immutable;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels;

public class QuantizedTests
{
    [Fact]
    public void Quantizing_rounds_halves_to_even_and_saturates()
    {
        Tensor x = Values.Vector(0, 1, 2, 3, 5, 7, -1, -3, 1000, -254, -1000, float.NaN, float.PositiveInfinity);
        QuantizeLinear toByte = new(0, ElementType.UInt8, true), toSByte = new(0, ElementType.Int8, true);
        Assert.Equal<byte>([128, 128, 129, 130, 130, 132, 128, 126, 255, 1, 0, 128, 255],
            StepRunner.One(toByte, x, Values.Scalar(2f), Values.Scalar((byte)128)).As<byte>().ToArray());
        Assert.Equal<sbyte>(
            [0, 0, 1, 2, 2, 4, 0, -2, 127, -127, -128, 0, 127], StepRunner.One(toSByte, x, Values.Scalar(2f)).As<sbyte>().ToArray());
        Tensor wide = StepRunner.One(new QuantizeLinear(0, ElementType.UInt16, true), Values.Vector(-1e9f, 0, 1e9f), Values.Scalar(1f),
            Values.Scalar((ushort)32767));
        Assert.Equal<ushort>([0, 32767, 65535], wide.As<ushort>().ToArray());
        Assert.Equal<sbyte>([3, -3],
            StepRunner.One(toSByte, Tensor.Of(Values.Shape(2), [5, -7]), Values.Scalar(2f), Values.Scalar((sbyte)1)).As<sbyte>().ToArray());
    }

    [Theory]
    [InlineData(1, 7, 5)]
    [InlineData(3, 4, 40)]
    [InlineData(2, 600, 1)]
    public void A_scale_for_each_index_of_an_axis_is_used_along_that_axis(int outer, int count, int inner)
    {
        Tensor x = Values.Random(1, Values.Shape(outer, count, inner), 90f);
        float[] scale = [.. Enumerable.Range(0, count).Select(i => 0.25f + i % 13)];
        byte[] zero = [.. Enumerable.Range(0, count).Select(i => (byte)(i * 37))];
        Tensor scales = Values.Vector(scale), zeros = Tensor.Of(Values.Shape(count), zero);
        Tensor stored = StepRunner.One(new QuantizeLinear(1, ElementType.UInt8, true), x, scales, zeros);
        Tensor real = StepRunner.One(new DequantizeLinear(1), stored, scales, zeros);
        for (int i = 0; i < x.Shape.Count; i++)
        {
            int at = i / inner % count;
            byte expected = (byte)Math.Clamp(MathF.Round(x.As<float>()[i] / scale[at]) + zero[at], 0, 255);
            Assert.True(expected == stored.As<byte>()[i], $"{x.Shape}, element {i}");
            Assert.Equal((expected - zero[at]) * scale[at], real.As<float>()[i]);
        }
    }

    [Fact]
    public void A_constant_scale_that_is_no_positive_number_is_refused_by_name()
    {
        foreach (float scale in (float[])[0f, -1f, float.NaN, float.PositiveInfinity])
        {
            using Weights weights = new();
            Buffer x = new("x", ElementType.Float32, Values.Shape(4)), y = new("y", ElementType.UInt8, Values.Shape(4));
            Buffer constant = new("the scale", ElementType.Float32, Shape.Scalar, Values.Scalar(scale));
            Operation operation = new("node", new QuantizeLinear(0, ElementType.UInt8, true), [x, constant], [y]);
            ModelException error = Assert.Throws<ModelException>(() => EdgeCnn.Engine.Kernels.Lowering.Lower(operation, weights));
            Assert.Contains("the scale", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Adding_and_multiplying_quantised_tensors_matches_hand_computed_values()
    {
        // a stands for 0.5 * (a - 10), b for 0.25 * (b - 4), c for 1 * (c - 3).
        Tensor a = Tensor.Of(Values.Shape(3), new byte[] { 10, 14, 255 }), b = Tensor.Of(Values.Shape(3), new byte[] { 4, 10, 0 });
        Tensor?[] inputs = [a, Values.Scalar(0.5f), Values.Scalar((byte)10), b, Values.Scalar(0.25f), Values.Scalar((byte)4),
            Values.Scalar(1f), Values.Scalar((byte)3)];
        // 0 + 0; 2 + 1.5 = 3.5, to even 4; 122.5 - 1 = 121.5, to even 122.
        Assert.Equal<byte>([3, 7, 125], StepRunner.One(new QLinearAdd(), inputs).As<byte>().ToArray());
        // 0; 3; -122.5, saturated.
        Assert.Equal<byte>([3, 6, 0], StepRunner.One(new QLinearMul(), inputs).As<byte>().ToArray());
    }

    [Fact]
    public void Tables_and_joins_rescale_every_code()
    {
        Tensor codes = Tensor.Of(Values.Shape(256), [.. Enumerable.Range(0, 256).Select(i => (sbyte)(i - 128))]);
        Tensor y = StepRunner.One(new QLinearLeakyRelu(0.5f), codes, Values.Scalar(0.5f), Values.Scalar((sbyte)0), Values.Scalar(0.5f),
            Values.Scalar((sbyte)-10));
        for (int i = 0; i < 256; i++)
        {
            double real = (i - 128) * (i < 128 ? 0.5 : 1);
            Assert.Equal((sbyte)Math.Clamp(Math.Round(real) - 10, -128, 127), y.As<sbyte>()[i]);
        }
        Tensor sigmoid = StepRunner.One(new QLinearSigmoid(), codes, Values.Scalar(0.0625f), Values.Scalar((sbyte)0),
            Values.Scalar(1 / 256f), Values.Scalar((sbyte)-128));
        for (int i = 0; i < 256; i++)
            Assert.Equal((sbyte)Math.Clamp(Math.Round(256 / (1 + Math.Exp(-(i - 128) / 16.0))) - 128, -128, 127), sigmoid.As<sbyte>()[i]);
        Tensor joined = StepRunner.One(
            new QLinearConcat(0), Values.Scalar(1f), Values.Scalar((byte)0),
            Tensor.Of(Values.Shape(2), new byte[] { 4, 7 }), Values.Scalar(0.5f), Values.Scalar((byte)1),
            Tensor.Of(Values.Shape(1), new byte[] { 200 }), Values.Scalar(1f), Values.Scalar((byte)0));
        // 0.5 * 3 = 1.5, to even 2; 0.5 * 6 = 3; unchanged.
        Assert.Equal<byte>([2, 3, 200], joined.As<byte>().ToArray());
    }

    [Fact]
    public void Averages_of_quantised_pixels_are_exact()
    {
        Tensor x = Tensor.Of(Values.Shape(1, 2, 2, 2), new byte[] { 1, 10, 2, 20, 3, 30, 5, 41 });
        Tensor?[] inputs = [x, Values.Scalar(2f), Values.Scalar((byte)1), Values.Scalar(1f), Values.Scalar((byte)0)];
        ImmutableArray<ValueInfo> one = [new(ElementType.UInt8, Values.Shape(1, 1, 1, 2))];
        // (0 + 1 + 2 + 4) / 4 * 2 = 3.5, to even 4; (9 + 19 + 29 + 40) / 4 * 2 = 48.5, to even 48.
        Assert.Equal<byte>([4, 48], StepRunner.Run(new QLinearGlobalAveragePool(), one, inputs)[0].As<byte>().ToArray());
        QLinearAveragePool padded = new([2, 2], [2, 2], [1, 1, 1, 1], [1, 1], false, CountIncludePad: true);
        ImmutableArray<ValueInfo> four = [new(ElementType.UInt8, Values.Shape(1, 2, 2, 2))];
        // Each window holds one pixel and three of padding.
        Assert.Equal<byte>([0, 4, 0, 10, 1, 14, 2, 20], StepRunner.Run(padded, four, inputs)[0].As<byte>().ToArray());
        Assert.Equal<byte>(
            [0, 18, 2, 38, 4, 58, 8, 80], StepRunner.Run(padded with { CountIncludePad = false }, four, inputs)[0].As<byte>().ToArray());
    }
}
