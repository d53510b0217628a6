using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels;

public class ReductionTests
{
    [Fact]
    public void Every_reduction_over_any_axes_is_close_to_double_precision()
    {
        for (int seed = 0; seed < 80; seed++)
        {
            Random random = new(seed);
            int rank = random.Next(1, 5);
            Shape shape = new([.. Enumerable.Range(0, rank).Select(_ => random.Next(1, rank < 3 ? 70 : 12))]);
            int[] axes = [.. Enumerable.Range(0, shape.Rank).Where(_ => random.Next(2) == 0)];
            if (axes.Length == 0) axes = [random.Next(shape.Rank)];
            bool keep = random.Next(2) == 0;
            Tensor x = Values.Random(seed, shape);
            (Reduction Op, Func<List<double>, double> Formula)[] cases =
            [
                (new ReduceSum([.. axes], keep), v => v.Sum()), (new ReduceMean([.. axes], keep), v => v.Average()),
                (new ReduceMax([.. axes], keep), v => v.Max()), (new ReduceMin([.. axes], keep), v => v.Min()),
                (new ReduceL1([.. axes], keep), v => v.Sum(Math.Abs)), (new ReduceL2([.. axes], keep), v => Math.Sqrt(v.Sum(e => e * e))),
                (new ReduceSumSquare([.. axes], keep), v => v.Sum(e => e * e)),
                (new ReduceLogSumExp([.. axes], keep), v => Math.Log(v.Sum(Math.Exp))),
            ];
            foreach ((Reduction op, Func<List<double>, double> formula) in cases)
            {
                Tensor y = StepRunner.One(op, x);
                Shape kept = new([.. shape.Select((extent, axis) => axes.Contains(axis) ? 1 : extent)]);
                List<double>[] groups = [.. Enumerable.Range(0, (int)kept.Count).Select(_ => new List<double>())];
                int i = 0;
                foreach (int[] index in Values.Indices(shape)) groups[Values.Flat(kept, index)].Add(x.As<float>()[i++]);
                Tensor expected = Tensor.Of(y.Shape, [.. groups.Select(group => (float)formula(group))]);
                double magnitude = groups.Max(group => group.Sum(Math.Abs));
                Values.Close(expected, y, 1e-5, 1e-6 * magnitude, $"seed {seed}, {op.Name} of {shape} over {string.Join(",", axes)}");
            }
        }
    }

    [Fact]
    public void Integers_are_reduced_exactly()
    {
        Tensor x = Tensor.Of(Values.Shape(2, 3), [1, -2, 3, 4, 5, -6]);
        Assert.Equal([2, 3], StepRunner.One(new ReduceSum([1], false), x).As<int>().ToArray());
        Assert.Equal([-6, -120], StepRunner.One(new ReduceProd([1], false), x).As<int>().ToArray());
        Assert.Equal([3, 5], StepRunner.One(new ReduceMax([1], false), x).As<int>().ToArray());
        Assert.Equal([6, 15], StepRunner.One(new ReduceL1([1], false), x).As<int>().ToArray());
        Assert.Equal([5, 3, -3], StepRunner.One(new ReduceSum([0], false), x).As<int>().ToArray());
    }

    [Fact]
    public void A_nan_is_not_lost_by_a_maximum()
    {
        float[] x = new float[37];
        for (int at = 0; at < x.Length; at++)
        {
            Array.Clear(x);
            x[at] = float.NaN;
            Assert.True(float.IsNaN(StepRunner.One(new ReduceMax([0], true), Values.Vector(x)).As<float>()[0]), $"NaN at {at}");
            Assert.True(float.IsNaN(StepRunner.One(new ReduceMin([0], true), Values.Vector(x)).As<float>()[0]), $"NaN at {at}");
        }
    }

    [Theory]
    [InlineData("3x5", 1)]
    [InlineData("2x16x4x33", 1)]
    [InlineData("4x1x300", 2)]
    [InlineData("3x701x16", 2)]
    [InlineData("129x31", 1)]
    [InlineData("1x7x400", 1)]
    [InlineData("17", 0)]
    [InlineData("2x3x0", 2)]
    [InlineData("2x0x3", 2)]
    public void Softmax_sums_to_one_along_its_axis_and_its_logarithm_agrees(string text, int axis)
    {
        Shape shape = new([.. text.Split('x').Select(int.Parse)]);
        Tensor x = Values.Random(3, shape, 60f);
        Tensor y = StepRunner.One(new Softmax(axis), x);
        Tensor log = StepRunner.One(new LogSoftmax(axis), x);
        if (shape.Count == 0) return;
        Tensor sums = StepRunner.One(new ReduceSum([axis], true), y);
        foreach (float sum in sums.As<float>()) Assert.InRange(sum, 0.99999f, 1.00001f);
        Tensor largest = StepRunner.One(new ReduceMax([axis], true), x);
        int i = 0;
        Tensor expected = Tensor.Zeros(ElementType.Float32, shape);
        double[] totals = new double[largest.Shape.Count];
        foreach (int[] index in Values.Indices(shape))
        {
            int line = Values.Flat(largest.Shape, index);
            totals[line] += Math.Exp(x.As<float>()[i++] - largest.As<float>()[line]);
        }
        i = 0;
        foreach (int[] index in Values.Indices(shape))
        {
            int line = Values.Flat(largest.Shape, index);
            expected.As<float>()[i] = (float)(x.As<float>()[i] - largest.As<float>()[line] - Math.Log(totals[line]));
            Assert.Equal(Math.Exp(expected.As<float>()[i]), y.As<float>()[i], 1e-6);
            i++;
        }
        Values.Close(expected, log, 1e-6, 1e-5, $"{shape} along {axis}");
    }

    [Fact]
    public void The_first_of_equals_is_the_largest_unless_the_last_is_asked_for()
    {
        Tensor x = Tensor.Of(Values.Shape(2, 3), [5f, 5, 1, 2, 7, 7]);
        Assert.Equal([0L, 1L], StepRunner.One(new ArgMax(1, false, false), x).As<long>().ToArray());
        Assert.Equal([1L, 2L], StepRunner.One(new ArgMax(1, false, true), x).As<long>().ToArray());
        Assert.Equal([1L, 0L, 0L], StepRunner.One(new ArgMin(0, true, false), x).As<long>().ToArray());
        Assert.Equal([2L], StepRunner.One(new ArgMax(0, false, false), Values.Vector(1, 9, float.NaN, 10)).As<long>().ToArray());
    }

    [Fact]
    public void The_top_k_are_sorted_and_of_equals_the_lower_index_comes_first()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            Random random = new(seed);
            int rank = random.Next(1, 4);
            Shape shape = new([.. Enumerable.Range(0, rank).Select(_ => random.Next(1, rank < 3 ? 60 : 14))]);
            int axis = random.Next(shape.Rank), k = random.Next(0, shape[axis] + 1);
            bool largest = random.Next(2) == 0;
            Tensor x = Values.Random<int>(seed, shape, 0, 9);
            Tensor[] top = StepRunner.Run(new TopK(k, axis, largest, true), x);
            foreach (int[] line in Values.Indices(shape.With(axis, 1)))
            {
                (int Value, long Index)[] elements = [.. Enumerable.Range(0, shape[axis]).Select(i => (At(x, line, axis, i), (long)i))];
                IOrderedEnumerable<(int Value, long Index)> order = largest
                    ? elements.OrderByDescending(e => e.Value)
                    : elements.OrderBy(e => e.Value);
                (int, long)[] expected = [.. order.ThenBy(e => e.Index).Take(k)];
                (int, long)[] actual = [.. Enumerable.Range(0, k).Select(i => (At(top[0], line, axis, i), At64(top[1], line, axis, i)))];
                Assert.True(expected.SequenceEqual(actual), $"seed {seed}: {k} of {shape} along {axis}, largest {largest}");
            }
        }
    }

    [Fact]
    public void Running_sums_can_be_exclusive_and_reversed()
    {
        Tensor x = Tensor.Of(Values.Shape(2, 3), [1f, 2, 3, 4, 5, 6]);
        Assert.Equal([1, 3, 6, 4, 9, 15], StepRunner.One(new CumSum(1, false, false), x).As<float>().ToArray());
        Assert.Equal([0, 1, 3, 0, 4, 9], StepRunner.One(new CumSum(1, true, false), x).As<float>().ToArray());
        Assert.Equal([5, 3, 0, 11, 6, 0], StepRunner.One(new CumSum(1, true, true), x).As<float>().ToArray());
        Assert.Equal([1, 2, 3, 5, 7, 9], StepRunner.One(new CumSum(0, false, false), x).As<float>().ToArray());
    }

    private static int At(Tensor x, int[] line, int axis, int i) => x.As<int>()[Values.Flat(x.Shape, Index(line, axis, i))];

    private static long At64(Tensor x, int[] line, int axis, int i) => x.As<long>()[Values.Flat(x.Shape, Index(line, axis, i))];

    private static int[] Index(int[] line, int axis, int i)
    {
        int[] index = [.. line];
        index[axis] = i;
        return index;
    }
}
