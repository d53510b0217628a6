using System.Collections.Immutable;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels;

public class ShapingTests
{
    public static TheoryData<string> Shapes =>
        ["1", "7", "2x3", "8x8", "9x17", "1x1x1", "2x3x5", "3x16x33", "2x3x4x5", "1x64x13x13", "2x1x3x1x2", "2x0x3", "2x2x2x3x2x2"];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_transpose_moves_every_element_whatever_the_permutation_and_the_element_size(string text)
    {
        Shape shape = Parse(text);
        for (int seed = 0; seed < 12; seed++)
        {
            int[] permutation = [.. Enumerable.Range(0, shape.Rank)];
            new Random(seed).Shuffle(permutation);
            Transpose op = new([.. permutation]);
            Check(op, Values.Counting(shape.Extents), permutation, seed);
            Check(op, Values.Random<byte>(seed, shape, 0, 256), permutation, seed);
            Check(op, Values.Random<short>(seed, shape, -999, 999), permutation, seed);
            Check(op, Values.Random<long>(seed, shape, -999, 999), permutation, seed);
        }

        static void Check(Transpose op, Tensor x, int[] permutation, int seed)
        {
            Tensor y = StepRunner.One(op, x);
            int i = 0;
            foreach (int[] index in Values.Indices(y.Shape))
            {
                int[] source = new int[index.Length];
                for (int axis = 0; axis < index.Length; axis++) source[permutation[axis]] = index[axis];
                double expected = Values.At(x, Values.Flat(x.Shape, source));
                Assert.True(
                    expected == Values.At(y, i), $"seed {seed}, {x.Info}, permutation {string.Join(",", permutation)}: element {i}");
                i++;
            }
        }
    }

    [Fact]
    public void A_slice_takes_the_elements_that_its_starts_steps_and_sizes_name()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            Random random = new(seed);
            int[] extents = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(1, 9))];
            int[] starts = new int[extents.Length], steps = new int[extents.Length], sizes = new int[extents.Length];
            for (int axis = 0; axis < extents.Length; axis++)
            {
                starts[axis] = random.Next(extents[axis]);
                steps[axis] = random.Next(1, 4) * (random.Next(2) * 2 - 1);
                int room = steps[axis] > 0 ? extents[axis] - 1 - starts[axis] : starts[axis];
                sizes[axis] = random.Next(room / Math.Abs(steps[axis]) + 2);
            }
            Tensor x = Values.Counting(extents);
            Tensor y = StepRunner.One(new Slice([.. starts], [.. steps], [.. sizes]), x);
            int i = 0;
            foreach (int[] index in Values.Indices(y.Shape))
            {
                int flat = Values.Flat(x.Shape, [.. index.Select((at, axis) => starts[axis] + at * steps[axis])]);
                Assert.True(x.As<float>()[flat] == y.As<float>()[i], $"seed {seed}, {x.Shape}, element {i}");
                i++;
            }
        }
    }

    [Fact]
    public void Concat_undoes_split_on_every_axis()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            Random random = new(seed);
            Shape shape = new([.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(1, 20))]);
            int axis = random.Next(shape.Rank);
            int first = random.Next(shape[axis] + 1), second = random.Next(shape[axis] - first + 1);
            Tensor x = Values.Counting(shape.Extents);
            Tensor[] parts = StepRunner.Run(new Split(axis, [first, second, shape[axis] - first - second]), x);
            Tensor joined = StepRunner.One(new Concat(axis), parts);
            Assert.True(x.Bytes.SequenceEqual(joined.Bytes), $"seed {seed}: {shape} split along {axis} at {first} and {first + second}");
        }
    }

    [Fact]
    public void Expand_and_tile_repeat()
    {
        Tensor x = Tensor.Of(Values.Shape(2, 1), [1f, 2f]);
        Assert.Equal([1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2], StepRunner.One(new Expand(Values.Shape(2, 2, 3)), x).As<float>().ToArray());
        Tensor grid = Values.Counting(2, 2);
        Assert.Equal([0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 0, 1, 2, 3, 2, 3], StepRunner.One(new Tile([2, 2]), grid).As<float>().ToArray());
        Assert.Equal(0, StepRunner.One(new Tile([0, 2]), grid).Shape.Count);
    }

    [Fact]
    public void Pads_are_filled_by_their_mode()
    {
        Tensor x = Values.Vector(1, 2, 3);
        Assert.Equal([9, 9, 1, 2, 3, 9], StepRunner.One(new Pad(PadMode.Constant, [2], [1], 9), x).As<float>().ToArray());
        Assert.Equal([3, 2, 1, 2, 3, 2, 1], StepRunner.One(new Pad(PadMode.Reflect, [2], [2], 0), x).As<float>().ToArray());
        Assert.Equal([1, 1, 1, 2, 3, 3], StepRunner.One(new Pad(PadMode.Edge, [2], [1], 0), x).As<float>().ToArray());
        Assert.Equal([2, 3, 1, 2, 3, 1, 2, 3, 1], StepRunner.One(new Pad(PadMode.Wrap, [2], [4], 0), x).As<float>().ToArray());
        Assert.Equal([2, 3, 7], StepRunner.One(new Pad(PadMode.Constant, [-1], [1], 7), x).As<float>().ToArray());
        Tensor bytes = Tensor.Of(Values.Shape(1, 2), new byte[] { 1, 2 });
        Assert.Equal<byte>(
            [128, 128, 128, 1, 2, 128], StepRunner.One(new Pad(PadMode.Constant, [1, 0], [0, 1], 128), bytes).As<byte>().ToArray());
    }

    [Fact]
    public void Gather_counts_negative_indices_from_the_end_and_refuses_those_outside()
    {
        Tensor x = Values.Counting(3, 2);
        Tensor indices = Tensor.Of(Values.Shape(2, 1), [-1L, 0L]);
        Tensor rows = StepRunner.One(new Gather(0), x, indices);
        Assert.Equal(Values.Shape(2, 1, 2), rows.Shape);
        Assert.Equal([4, 5, 0, 1], rows.As<float>().ToArray());
        Assert.Equal([1, 0, 3, 2, 5, 4], StepRunner.One(new Gather(1), x, Tensor.Of(Values.Shape(2), [1, 0])).As<float>().ToArray());
        foreach (long outside in (long[])[3, -4, long.MinValue, long.MaxValue])
        {
            ModelException error = Assert.Throws<ModelException>(
                () => StepRunner.One(new Gather(0), x, Tensor.Of(Values.Shape(1), [outside])));
            Assert.Contains("node", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Gather_elements_follows_its_axis()
    {
        Tensor x = Tensor.Of(Values.Shape(3, 3), [1f, 2, 3, 4, 5, 6, 7, 8, 9]);
        Tensor indices = Tensor.Of(Values.Shape(2, 3), [1L, 2, 0, 2, 0, -3]);
        Assert.Equal([4, 8, 3, 7, 2, 3], StepRunner.One(new GatherElements(0), x, indices).As<float>().ToArray());
        Assert.Equal([2, 3, 1, 6, 4, 4], StepRunner.One(new GatherElements(1), x, indices).As<float>().ToArray());
    }

    [Theory]
    [InlineData(1, 12, 3, 5, 2, true)]
    [InlineData(2, 12, 3, 5, 2, false)]
    [InlineData(1, 9, 1, 1, 3, true)]
    [InlineData(1, 18, 4, 2, 3, false)]
    public void Depth_to_space_follows_the_reshape_and_transpose_that_define_it(int n, int c, int h, int w, int b, bool columnRowDepth)
    {
        int depth = c / (b * b);
        Tensor x = Values.Counting(n, h, w, c);
        ImmutableArray<ValueInfo> output = [new(ElementType.Float32, Values.Shape(n, h * b, w * b, depth))];
        Tensor y = StepRunner.Run(new DepthToSpace(b, columnRowDepth), output, x)[0];
        int i = 0;
        foreach (int[] at in Values.Indices(y.Shape))
        {
            (int row, int column) = (at[1] % b, at[2] % b);
            int channel = columnRowDepth ? (at[3] * b + row) * b + column : (row * b + column) * depth + at[3];
            Assert.Equal(x.As<float>()[Values.Flat(x.Shape, [at[0], at[1] / b, at[2] / b, channel])], y.As<float>()[i++]);
        }
        if (columnRowDepth) return;
        Tensor back = StepRunner.Run(new SpaceToDepth(b), [x.Info], y)[0];
        Assert.True(x.Bytes.SequenceEqual(back.Bytes));
    }

    private static Shape Parse(string text) => new([.. text.Split('x').Select(int.Parse)]);
}
