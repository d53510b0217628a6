using System.Collections.Immutable;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels;

/// <summary>Images here have channels last; weights are in ONNX's order.</summary>
public class IntegerProductTests
{
    private static readonly (int C, int M, int Groups, int Kernel, int Size, int Stride, int Pad, int Dilation)[] Convolutions =
    [
        (1, 1, 1, 1, 1, 1, 0, 1), (3, 17, 1, 3, 9, 2, 1, 1), (8, 8, 8, 3, 7, 1, 1, 1), (12, 6, 3, 3, 6, 1, 2, 2), (5, 33, 1, 1, 5, 1, 0, 1),
        (300, 5, 1, 1, 3, 1, 0, 1), (257, 5, 1, 3, 2, 1, 1, 1), (600, 3, 1, 1, 2, 1, 0, 1), (4, 4, 2, 5, 3, 1, 4, 1),
        (40, 33, 1, 3, 3, 1, 1, 1),
    ];

    [Fact]
    public void A_convolution_of_bytes_is_the_exact_sum_of_products()
    {
        for (int i = 0; i < Convolutions.Length; i++)
        {
            (int c, int m, int groups, int k, int size, int stride, int pad, int dilation) = Convolutions[i];
            int output = (size + 2 * pad - dilation * (k - 1) - 1) / stride + 1;
            Shape w = Values.Shape(m, c / groups, k, k);
            ConvInteger op = new([stride, stride], [pad, pad, pad, pad], [dilation, dilation], groups);
            ImmutableArray<ValueInfo> y = [new(ElementType.Int32, Values.Shape(2, output, output, m))];
            Tensor x = Values.Random<byte>(i, Values.Shape(2, size, size, c), 0, 256);
            Tensor xZero = Values.Scalar((byte)(i * 25));
            Tensor signed = Values.Random<sbyte>(i + 1, w, -128, 128), unsigned = Values.Random<byte>(i + 2, w, 0, 256);
            Tensor zeroPerChannel = Values.Random<byte>(i + 3, Values.Shape(m), 0, 256);
            foreach (
                (Tensor weights, Tensor? wZero) in ((Tensor, Tensor?)[])[(signed, null), (unsigned, Values.Scalar((byte)128)),
                    (unsigned, zeroPerChannel)])
            {
                Tensor sums = StepRunner.Run(op, y, x, weights, xZero, wZero)[0];
                int at = 0;
                foreach (int[] index in Values.Indices(y[0].Shape))
                {
                    int expected = Sum(x, xZero, weights, wZero, index, op, k);
                    Assert.True(expected == sums.As<int>()[at],
                        $"{op} of {x.Shape} by {weights.Info}: element {at} is {sums.As<int>()[at]}, not {expected}");
                    at++;
                }
            }
        }
    }

    [Fact]
    public void The_largest_possible_sums_are_exact()
    {
        // 4000 products of 255 * 255, and of 255 * -255: 260 100 000.
        Tensor ones = Tensor.Of(Values.Shape(1, 4000), [.. Enumerable.Repeat((byte)255, 4000)]);
        Tensor column = ones.Reshaped(Values.Shape(4000, 1));
        Assert.Equal([260_100_000], StepRunner.One(new MatMulInteger(), ones, column).As<int>().ToArray());
        Tensor zeros = Tensor.Zeros(ElementType.UInt8, column.Shape);
        Assert.Equal([-260_100_000], StepRunner.One(new MatMulInteger(), ones, zeros, null, Values.Scalar((byte)255)).As<int>().ToArray());
    }

    [Theory]
    [InlineData("5", "5")]
    [InlineData("3x5", "5")]
    [InlineData("5", "5x7")]
    [InlineData("7x300", "300x33")]
    [InlineData("2x3x4", "4x6")]
    [InlineData("2x1x3x4", "5x4x6")]
    [InlineData("3x4", "2x4x6")]
    public void A_product_of_byte_matrices_is_broadcast_over_its_batches(string left, string right)
    {
        Tensor a = Values.Random<byte>(1, Parse(left), 0, 256), b = Values.Random<sbyte>(2, Parse(right), -128, 128);
        int rows = a.Shape.Rank > 1 ? a.Shape[^2] : 1, columns = b.Shape.Rank > 1 ? b.Shape[^1] : 1, length = a.Shape[^1];
        Tensor aZero = a.Shape.Rank > 1 ? Values.Random<byte>(3, Values.Shape(rows), 0, 256) : Values.Scalar((byte)7);
        Tensor bZero = b.Shape.Rank > 1 ? Values.Random<sbyte>(4, Values.Shape(columns), -9, 9) : Values.Scalar((sbyte)-3);
        Tensor y = StepRunner.One(new MatMulInteger(), a, b, aZero, bZero);
        Shape batches = Shape.Broadcast(
            new Shape([.. a.Shape.Take(Math.Max(0, a.Shape.Rank - 2)), 1, 1]),
            new Shape([.. b.Shape.Take(Math.Max(0, b.Shape.Rank - 2)), 1, 1]));
        Shape aMatrices = new([.. a.Shape.Take(Math.Max(0, a.Shape.Rank - 2)), 1, 1]), bMatrices = new(
            [.. b.Shape.Take(Math.Max(0, b.Shape.Rank - 2)), 1, 1]);
        int at = 0;
        foreach (int[] batch in Values.Indices(batches))
        {
            int aStart = Values.Flat(aMatrices, batch) * rows * length, bStart = Values.Flat(bMatrices, batch) * length * columns;
            for (int element = 0; element < rows * columns; element++)
            {
                (int row, int column) = (element / columns, element % columns);
                int expected = 0;
                for (int k = 0; k < length; k++)
                {
                    int p = a.As<byte>()[aStart + row * length + k] - aZero.As<byte>()[aZero.Shape.Count > 1 ? row : 0];
                    int q = b.As<sbyte>()[bStart + k * columns + column] - bZero.As<sbyte>()[bZero.Shape.Count > 1 ? column : 0];
                    expected += p * q;
                }
                Assert.True(expected == y.As<int>()[at], $"{left} by {right}: element {at}");
                at++;
            }
        }
        Assert.Equal(y.Shape.Count, at);
    }

    [Fact]
    public void A_quantised_convolution_rounds_its_sums_half_to_even_and_saturates()
    {
        // One channel in, four out, 1 x 1: the sum is (x - 1) * w + bias, times 0.5 * w scale / 1.
        Tensor x = Tensor.Of(Values.Shape(1, 1, 3, 1), new byte[] { 1, 4, 255 });
        Tensor w = Tensor.Of(Values.Shape(4, 1, 1, 1), new sbyte[] { 1, -1, 3, 127 });
        Tensor scales = Values.Vector(1f, 1f, 0.5f, 2f), zeros = Tensor.Of(Values.Shape(4), new sbyte[4]);
        Tensor bias = Tensor.Of(Values.Shape(4), [0, 1, -2, 5]);
        QLinearConv op = new([1, 1], [0, 0, 0, 0], [1, 1], 1);
        ImmutableArray<ValueInfo> y = [new(ElementType.UInt8, Values.Shape(1, 1, 3, 4))];
        Tensor?[] inputs =
            [x, Values.Scalar(0.5f), Values.Scalar((byte)1), w, scales, zeros, Values.Scalar(1f), Values.Scalar((byte)10), bias];
        // Sums 0 1 -2 5; 3 -2 7 386; 254 -253 760 32263. Factors 0.5 0.5 0.25 1.
        Assert.Equal<byte>([10, 10, 10, 15, 12, 9, 12, 255, 137, 0, 200, 255], StepRunner.Run(op, y, inputs)[0].As<byte>().ToArray());
    }

    [Fact]
    public void A_dynamic_range_always_holds_zero()
    {
        (float[], float, byte)[] cases =
            [([1f, 2.55f], 0.01f, 0), ([-5.1f, 0f], 0.02f, 255), ([-1f, 1.55f], 0.01f, 100), ([0f, 0f], 1f, 0)];
        foreach ((float[] x, float scale, byte zero) in cases)
        {
            Tensor[] results = StepRunner.Run(new DynamicQuantizeLinear(), Values.Vector(x));
            Assert.Equal(scale, results[1].As<float>()[0], 1e-7f);
            Assert.Equal(zero, results[2].As<byte>()[0]);
            for (int i = 0; i < x.Length; i++)
                Assert.Equal((byte)Math.Round(x[i] / results[1].As<float>()[0] + zero), results[0].As<byte>()[i]);
        }
        foreach (float broken in (float[])[float.NaN, float.PositiveInfinity])
            Assert.Throws<ModelException>(() => StepRunner.Run(new DynamicQuantizeLinear(), Values.Vector(1, broken, 2)));
    }

    private static int Sum(Tensor x, Tensor xZero, Tensor w, Tensor? wZero, int[] index, ConvInteger op, int kernel)
    {
        (int n, int h, int v, int m) = (index[0], index[1], index[2], index[3]);
        int depth = w.Shape[1], first = m / (w.Shape[0] / op.Groups) * depth, sum = 0;
        int zero = wZero is null ? 0 : (int)Values.At(wZero, wZero.Shape.Count > 1 ? m : 0);
        for (int tap = 0; tap < kernel * kernel * depth; tap++)
        {
            (int c, int row, int column) = (tap / (kernel * kernel), tap / kernel % kernel, tap % kernel);
            int top = h * op.Strides[0] - op.Pads[0] + row * op.Dilations[0], left = v * op.Strides[1] - op.Pads[1]
                + column * op.Dilations[1];
            if (top < 0 || left < 0 || top >= x.Shape[1] || left >= x.Shape[2]) continue;
            int stored = x.As<byte>()[Values.Flat(x.Shape, [n, top, left, first + c])];
            sum += (stored - xZero.As<byte>()[0]) * ((int)Values.At(w, Values.Flat(w.Shape, [m, c, row, column])) - zero);
        }
        return sum;
    }

    private static Shape Parse(string text) => new([.. text.Split('x').Select(int.Parse)]);
}
