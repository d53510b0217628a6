using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels;

public class ElementwiseTests
{
    private static readonly int[] Lengths = [0, 1, 7, 8, 9, 15, 16, 17, 31, 33, 1000, 40_000];

    private static readonly float[] Special =
    [
        float.NaN, 0f, -0f, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, -float.Epsilon, 1.17549435e-38f, -1e-40f,
        float.MaxValue, float.MinValue, 1f, -1f, 0.5f, -0.5f, 2.5f, 88.8f, -88f, -104f, 1e-8f,
    ];

    private static readonly Operator[] Unary =
    [
        new Relu(), new LeakyRelu(0.1f), new Elu(1f), new Selu(1.67326f, 1.0507f), new Celu(1.5f), new Clip(
            -1f, 2f), new Sigmoid(), new HardSigmoid(0.2f, 0.5f),
        new HardSwish(), new Silu(), new Tanh(), new Softplus(), new Softsign(), new Mish(), new Gelu(false), new Gelu(true), new Erf(),
        new ThresholdedRelu(1f), new Shrink(0.5f, 0.25f), new Neg(), new Abs(), new Sign(), new Sqrt(), new Exp(), new Log(), new Floor(),
        new Ceil(),
        new Round(), new Reciprocal(), new Sin(), new Cos(), new Tan(), new Asin(), new Acos(), new Atan(),
    ];

    [Fact]
    public void Every_function_of_one_float_gives_the_bits_of_its_scalar_form_at_every_length()
    {
        foreach (Operator op in Unary)
        {
            foreach (int length in Lengths)
            {
                float[] x = [.. Values.Random(length, Values.Shape(length)).As<float>()];
                for (int i = 0; i < length; i += 3) x[i] = Special[i / 3 % Special.Length];
                float[] whole = [.. StepRunner.One(op, Tensor.Of(Values.Shape(length), x)).As<float>()];
                for (int i = Math.Max(0, length - 70); i < length; i++)
                {
                    float alone = StepRunner.One(op, Tensor.Of(Values.Shape(1), [x[i]])).As<float>()[0];
                    Assert.True(
                        whole[i].Equals(alone) && float.IsNegative(whole[i]) == float.IsNegative(alone) || float.IsNaN(alone)
                            && float.IsNaN(whole[i]),
                        $"{op}, length {length}, element {i}: f({x[i]:R}) is {whole[i]:R} in a row and {alone:R} alone");
                }
            }
        }
    }

    [Fact]
    public void Every_function_of_one_float_is_close_to_double_precision()
    {
        foreach (Operator op in Unary)
        {
            if (Activations.InDouble(op) is not { } reference) continue;
            float[] x = [.. Values.Random(7, Values.Shape(5000), 30f).As<float>(), .. Special];
            ReadOnlySpan<float> y = StepRunner.One(op, Values.Vector(x)).As<float>();
            for (int i = 0; i < x.Length; i++)
            {
                if (float.IsSubnormal(x[i])) continue;
                double expected = reference(x[i]);
                // exp(x) - 1 loses digits near 0, as the definition says; infinity times zero in x * sigmoid(x) is NaN.
                double tolerance = 1e-6 * Math.Abs(expected) + 2.5e-7;
                bool close = double.IsNaN(expected) ? float.IsNaN(y[i]) : y[i] == (float)expected || Math.Abs(y[i] - expected) <= tolerance;
                Assert.True(close, $"{op}: f({x[i]:R}) is {y[i]:R}, in double precision {expected:R}");
            }
        }
    }

    [Theory]
    [InlineData("2x3x4", "2x3x4")]
    [InlineData("2x3x4", "1")]
    [InlineData("1", "2x3x4")]
    [InlineData("2x3x4", "4")]
    [InlineData("2x3x4", "3x1")]
    [InlineData("2x1x4", "3x1")]
    [InlineData("5x1x7x1", "3x1x9")]
    [InlineData("1x17x1", "4x1x19")]
    [InlineData("2x0x4", "1x4")]
    [InlineData("3x67x33", "67x33")]
    [InlineData("2x40000", "40000")]
    public void Two_operands_are_broadcast_as_numpy_does(string left, string right)
    {
        (Shape a, Shape b) = (Parse(left), Parse(right));
        (Tensor x, Tensor y) = (Values.Random(1, a), Values.Random(2, b));
        (Operator Op, Func<float, float, float> Formula)[] cases =
        [
            (new Add(), (p, q) => p + q), (new Sub(), (p, q) => p - q), (new Mul(), (p, q) => p * q), (new Div(), (p, q) => p / q),
            (new Max(), MathF.Max), (new Min(), MathF.Min), (new Sum(), (p, q) => p + q), (new Mean(), (p, q) => (p + q) / 2),
            (new Mod(true), (p, q) => p % q),
        ];
        foreach ((Operator op, Func<float, float, float> formula) in cases)
        {
            Tensor z = StepRunner.One(op, x, y);
            int i = 0;
            foreach (int[] index in Values.Indices(z.Shape))
            {
                float expected = formula(x.As<float>()[Values.Flat(a, index)], y.As<float>()[Values.Flat(b, index)]);
                Assert.True(expected.Equals(z.As<float>()[i]), $"{op} of {a} and {b}: element {i} is {z.As<float>()[i]}, not {expected}");
                i++;
            }
        }
    }

    [Fact]
    public void Comparisons_and_where_choose_by_every_element()
    {
        Tensor a = Values.Vector(1, 2, float.NaN, 4), b = Values.Vector(1, 3, float.NaN, 0);
        Assert.Equal([true, false, false, false], StepRunner.One(new Equal(), a, b).As<bool>().ToArray());
        Assert.Equal([false, true, false, false], StepRunner.One(new Less(), a, b).As<bool>().ToArray());
        Assert.Equal([true, false, false, true], StepRunner.One(new GreaterOrEqual(), a, b).As<bool>().ToArray());
        Tensor mask = Tensor.Of(Values.Shape(2, 1), [true, false]);
        Assert.Equal([1f, 2f, -1f, -1f], StepRunner.One(new Where(), mask, Values.Vector(1, 2), Values.Scalar(-1f)).As<float>().ToArray());
        Assert.Equal([false, true], StepRunner.One(new Not(), Tensor.Of(Values.Shape(2), [true, false])).As<bool>().ToArray());
    }

    [Fact]
    public void Integer_division_never_ends_the_process()
    {
        Tensor a = Tensor.Of(Values.Shape(4), [7, -7, int.MinValue, 5]), b = Tensor.Of(Values.Shape(4), [2, 2, -1, 0]);
        Assert.Equal([3, -3, int.MinValue, 0], StepRunner.One(new Div(), a, b).As<int>().ToArray());
        Assert.Equal([1, 1, 0, 0], StepRunner.One(new Mod(false), a, b).As<int>().ToArray());
        Assert.Equal([1, -1, 0, 0], StepRunner.One(new Mod(true), a, b).As<int>().ToArray());
    }

    [Fact]
    public void Casts_truncate_towards_zero_saturate_and_wrap_as_stated()
    {
        Tensor x = Values.Vector(2.9f, -2.9f, 300f, -300f, float.NaN, float.PositiveInfinity);
        Assert.Equal([2, -2, 300, -300, 0, int.MaxValue], StepRunner.One(new Cast(ElementType.Int32), x).As<int>().ToArray());
        Assert.Equal([2, 0, 255, 0, 0, 255], StepRunner.One(new Cast(ElementType.UInt8), x).As<byte>().ToArray());
        Assert.Equal([true, true, true, true, true, true], StepRunner.One(new Cast(ElementType.Bool), x).As<bool>().ToArray());
        Tensor integers = Tensor.Of(Values.Shape(3), [257L, -1L, 128L]);
        Assert.Equal<sbyte>([1, -1, -128], StepRunner.One(new Cast(ElementType.Int8), integers).As<sbyte>().ToArray());
        Assert.Equal(
            [1f, 0f], StepRunner.One(new Cast(ElementType.Float32), Tensor.Of(Values.Shape(2), [true, false])).As<float>().ToArray());
    }

    [Fact]
    public void Powers_of_mixed_types_keep_the_type_of_the_base()
    {
        Assert.Equal([1f, 4f, 9f], StepRunner.One(new Pow(), Values.Vector(1, 2, 3), Values.Scalar(2L)).As<float>().ToArray());
        Tensor big = Tensor.Of(Values.Shape(2), [3_037_000_499L, 3L]);
        Assert.Equal([9_223_372_030_926_249_001L, 9L], StepRunner.One(new Pow(), big, Values.Scalar(2L)).As<long>().ToArray());
        Assert.Equal([27L], StepRunner.One(new Pow(), Tensor.Of(Values.Shape(1), [3L]), Values.Scalar(3)).As<long>().ToArray());
    }

    private static Shape Parse(string text) => new([.. text.Split('x').Select(int.Parse)]);
}
