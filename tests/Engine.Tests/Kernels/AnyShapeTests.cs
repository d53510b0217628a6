using System.Collections.Immutable;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels;

/// <summary>Every operator takes every shape, empty ones and scalars too, or refuses it in a sentence; nothing else may happen.</summary>
public class AnyShapeTests
{
    private static readonly int[] Extents = [0, 1, 1, 2, 3, 5, 8, 17];

    private static readonly ElementType[] Types =
    [
        ElementType.Float32, ElementType.Float32, ElementType.Float64, ElementType.Float16, ElementType.Int8, ElementType.UInt8, ElementType.Int16,
        ElementType.UInt16, ElementType.Int32, ElementType.UInt32, ElementType.Int64, ElementType.UInt64, ElementType.Bool,
    ];

    [Fact]
    public void An_operator_runs_or_refuses()
    {
        int ran = 0;
        for (int seed = 0; seed < 6000; seed++)
        {
            Random random = new(seed);
            Shape shape = new([.. Enumerable.Range(0, random.Next(0, 5)).Select(_ => Extents[random.Next(Extents.Length)])]);
            ElementType type = Types[random.Next(Types.Length)];
            Operator? op = null;
            try
            {
                op = Make(random, shape);
                Tensor x = Fill(random, type, shape);
                if (op is InstanceNormalization or GroupNormalization or BatchNormalization or Lrn) RunChannelsLast(op, random, x);
                else StepRunner.Run(op, [x, .. Others(op, random, x)]);
                ran++;
            }
            catch (ModelException)
            {
                // Refused: the shape or the type does not suit the operator.
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}: {op} of {type} {shape}: {e}");
            }
        }
        Assert.True(ran > 2000, $"Only {ran} of the operators ran.");
    }

    private static void RunChannelsLast(Operator op, Random random, Tensor x)
    {
        if (x.Type != ElementType.Float32 || x.Shape.Rank < 3) return;
        int channels = x.Shape[^1];
        if (op is GroupNormalization group && channels % group.Groups != 0) return;
        Tensor PerChannel() => Fill(random, x.Type, Values.Shape(channels));
        Tensor?[] inputs = op switch
        {
            Lrn => [x],
            BatchNormalization => [x, PerChannel(), PerChannel(), PerChannel(), PerChannel()],
            _ => [x, PerChannel(), PerChannel()],
        };
        StepRunner.Run(op, [x.Info], inputs);
    }

    private static Operator Make(Random random, Shape shape)
    {
        int axis = random.Next(Math.Max(1, shape.Rank));
        ImmutableArray<int> axes = [.. Enumerable.Range(0, shape.Rank).Where(_ => random.Next(2) == 0)];
        bool flag = random.Next(2) == 0;
        int[] some = [.. shape.Select(_ => random.Next(0, 3))];
        float[] scales = [.. shape.Select(_ => (random.Next(1, 5)) / 2f)];
        Operator[] all =
        [
            new Relu(), new Sigmoid(), new Neg(), new Abs(), new Sign(), new Clip(-1,
                2), new Sin(), new IsNaN(), new Not(), new Round(), new Mish(),
            new Add(), new Div(), new Mod(flag), new Pow(), new Max(), new Mean(), new Equal(), new Less(), new And(), new PRelu(),
            new Where(),
            new Cast(Types[random.Next(Types.Length)]), new Softmax(axis), new LogSoftmax(axis), new LpNormalization(axis, flag ? 1 : 2),
            new ReduceSum(axes, flag), new ReduceMean(axes, flag), new ReduceMax(axes, flag), new ReduceProd(axes, flag),
            new ReduceL2(axes, flag),
            new ReduceLogSumExp(axes, flag), new ArgMax(axis, flag, false), new TopK(random.Next(0, 6), axis, flag, true),
            new CumSum(axis, flag, !flag),
            new Transpose([.. Enumerable.Range(0, shape.Rank).OrderBy(_ => random.Next())]), new Concat(axis), new Tile([.. some]),
            new Pad((PadMode)random.Next(4), [.. some], [.. some.Reverse()], 1), new Expand(new Shape([2, .. shape.Extents])),
            new Gather(axis), new GatherElements(axis),
            new Split(axis, shape.Rank == 0 ? [0] : [shape[axis] / 2, shape[axis] - shape[axis] / 2]),
            new Resize((ResizeMode)random.Next(3), (CoordinateMode)random.Next(5), (NearestMode)random.Next(4), [.. scales],
                new Shape([.. shape.Select((extent, i) => (int)(extent * scales[i]))]), -0.5f, flag, 0, []),
            new LayerNormalization(axis, 1e-5f), new InstanceNormalization(1e-5f), new GroupNormalization(1e-5f, random.Next(1, 4)),
            new BatchNormalization(1e-5f),
            new Lrn(random.Next(1, 6), 1e-3f, 0.75f, 1), new QuantizeLinear(axis, flag ? ElementType.UInt8 : ElementType.Int16, true),
            new DequantizeLinear(axis), new DynamicQuantizeLinear(), new MatMulInteger(), new QLinearAdd(), new QLinearSigmoid(),
        ];
        return all[random.Next(all.Length)];
    }

    private static Tensor?[] Others(Operator op, Random random, Tensor x)
    {
        // A partner that is broadcast: some axes are 1, some outer ones are missing.
        Shape partner = new([.. x.Shape.Skip(random.Next(x.Shape.Rank + 1)).Select(extent => random.Next(2) == 0 ? 1 : extent)]);
        int axis = random.Next(Math.Max(1, x.Shape.Rank));
        Tensor zero = Fill(random, x.Type, Shape.Scalar);
        return op switch
        {
            Where => [Fill(random, x.Type, partner), Fill(random, x.Type, x.Shape)],
            Binary or Variadic or PRelu => [Fill(random, x.Type, partner)],
            Concat => [x, x],
            Gather or GatherElements => [Values.Random<long>(1, random.Next(2) == 0 ? x.Shape : partner, -1, 1)],
            LayerNormalization layer => [Fill(random, x.Type, new Shape(x.Shape.Extents[Math.Min(layer.Axis, x.Shape.Rank)..])), null],
            QuantizeLinear or DequantizeLinear => random.Next(2) == 0 || x.Shape.Rank == 0
                ? [Values.Scalar(0.5f)]
                : [Fill(random, ElementType.Float32, Values.Shape(x.Shape[axis]))],
            MatMulInteger => [Fill(random, ElementType.Int8, partner)],
            QLinearAdd => [Values.Scalar(1f), zero, x, Values.Scalar(1f), zero, Values.Scalar(2f), zero],
            QLinearSigmoid => [Values.Scalar(1f), zero, Values.Scalar(1f), zero],
            _ => [],
        };
    }

    /// <summary>Random bits, but whole numbers from -4 to 4 as floats and 0 or 1 as Bool.</summary>
    private static Tensor Fill(Random random, ElementType type, Shape shape)
    {
        Tensor tensor = Tensor.Zeros(type, shape);
        random.NextBytes(tensor.Bytes);
        for (int i = 0; i < shape.Count; i++)
        {
            if (type == ElementType.Float32) tensor.As<float>()[i] = random.Next(-4, 5);
            else if (type == ElementType.Float64) tensor.As<double>()[i] = random.Next(-4, 5);
            else if (type == ElementType.Float16) tensor.As<Half>()[i] = (Half)random.Next(-4, 5);
            else if (type == ElementType.Bool) tensor.Bytes[i] &= 1;
        }
        return tensor;
    }
}
