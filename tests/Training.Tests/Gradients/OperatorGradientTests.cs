using EdgeCnn.Models;

namespace EdgeCnn.Training.Tests.Gradients;

public class OperatorGradientTests
{
    private const int Seed = 3;

    private static Tensor Random(params ReadOnlySpan<int> shape) => GradientCheck.Random(new Random(Seed), new Shape(shape));

    private static void Linear(Operator op, Shape x, int batch, params Tensor[] constants) =>
        GradientCheck.Differences(GradientCheck.OfOne(op, x, constants), batch, Seed, $"{op} on {x}");

    private static void Smooth(Operator op, Shape x, int batch, Func<Random, Shape, Tensor>? input = null, params Tensor[] constants) =>
        GradientCheck.Differences(GradientCheck.OfOne(op, x, constants), batch, Seed, $"{op} on {x}", step: 4e-3f, tolerance: 4e-3, input);

    /// <summary>Numbers that are never closer than 0.05, in random order: a small step changes no maximum and no sign.</summary>
    private static Tensor Apart(Random random, Shape shape)
    {
        float[] values = [.. Enumerable.Range(0, (int)shape.Count).Select(i => (i - shape.Count / 2 + 0.5f) * 0.05f)];
        random.Shuffle(values);
        return Tensor.Of(shape, values);
    }

    private static Tensor Positive(Random random, Shape shape) => GradientCheck.Random(random, shape, 0.5f, 1f);

    [Theory]
    [InlineData(false, false, 1)]
    [InlineData(false, true, 1)]
    [InlineData(false, true, 7)]
    [InlineData(false, false, 7)]
    public void The_gradient_of_a_fully_connected_layer_is_that_of_its_differences(bool transA, bool transB, int batch)
    {
        Tensor b = transB ? Random(11, 13) : Random(13, 11);
        Linear(new Gemm(1, 1, transA, transB), new Shape(1, 13), batch, b, Random(11));
        Linear(new Gemm(0.5f, 2, transA, transB), new Shape(1, 13), batch, b, Random(1, 11));
        Linear(new Gemm(1, 1, transA, transB), new Shape(1, 13), batch, b);
    }

    [Fact]
    public void The_gradient_of_a_product_whose_left_matrix_is_transposed_is_that_of_its_differences()
    {
        Linear(new Gemm(1, 1, true, true), new Shape(1, 5), 1, Random(6, 1), Random(6));
        Linear(new Gemm(1, 1, true, false), new Shape(1, 5), 1, Random(1, 6), Random(6));
    }

    [Fact]
    public void The_gradient_of_products_of_matrices_is_that_of_their_differences()
    {
        Linear(new MatMul(), new Shape(1, 7), 3, Random(7, 5));
        Linear(new MatMul(), new Shape(1, 4, 7), 3, Random(7, 5));
        Linear(new MatMul(), new Shape(1, 2, 4, 7), 2, Random(2, 7, 5));
    }

    [Fact]
    public void The_gradients_of_a_product_of_two_values_are_those_of_its_differences()
    {
        GraphBuilder builder = new("attention");
        string x = builder.Input("x", ElementType.Float32, new Shape(1, 5, 4));
        string turned = builder.Add("turned", new Transpose([0, 2, 1]), x);
        builder.Output(builder.Add("y", new MatMul(), x, turned));
        GradientCheck.Differences(builder.Build(), 2, Seed, "x times its transpose", step: 4e-3f, tolerance: 4e-3);
    }

    [Theory]
    [InlineData(1, 3, 8, 9, 2, 2, 0, 1, false)]
    [InlineData(2, 17, 7, 7, 3, 2, 1, 1, false)]
    [InlineData(2, 5, 8, 7, 3, 1, 1, 1, false)]
    [InlineData(2, 33, 6, 6, 5, 1, 2, 1, false)]
    [InlineData(1, 4, 9, 10, 3, 3, 0, 1, true)]
    [InlineData(1, 2, 9, 10, 2, 2, 0, 2, true)]
    public void The_gradients_of_poolings_are_those_of_their_differences(
        int batch, int c, int h, int w, int kernel, int stride, int pad, int dilation, bool ceil)
    {
        Shape x = new(1, c, h, w);
        (int[] k, int[] s, int[] p, int[] d) = ([kernel, kernel], [stride, stride], [pad, pad, pad, pad], [dilation, dilation]);
        Smooth(new MaxPool([.. k], [.. s], [.. p], [.. d], ceil), x, batch, Apart);
        Linear(new AveragePool([.. k], [.. s], [.. p], [.. d], ceil, CountIncludePad: true), x, batch);
        Linear(new AveragePool([.. k], [.. s], [.. p], [.. d], ceil, CountIncludePad: false), x, batch);
        Smooth(new LpPool([.. k], [.. s], [.. p], [.. d], ceil, 1), x, batch, Apart);
        Smooth(new LpPool([.. k], [.. s], [.. p], [.. d], ceil, 2), x, batch, Apart);
        Smooth(new LpPool([.. k], [.. s], [.. p], [.. d], ceil, 3), x, batch, Positive);
    }

    [Fact]
    public void The_gradients_of_global_poolings_are_those_of_their_differences()
    {
        Shape x = new(1, 37, 5, 3);
        Linear(new GlobalAveragePool(), x, 3);
        Smooth(new GlobalMaxPool(), x, 3, Apart);
        Smooth(new GlobalLpPool(2), x, 2, Positive);
    }

    [Fact]
    public void The_largest_value_that_comes_first_takes_the_whole_gradient()
    {
        Graph graph = GradientCheck.OfOne(new MaxPool([2, 2], [2, 2], [0, 0, 0, 0], [1, 1], false), new Shape(1, 1, 2, 4));
        using TrainingNetwork network = TrainingNetwork.Plan(graph, new TrainingOptions(1) { InputGradients = true });
        float[] x = [1, 1, 0, 2, 1, 1, 2, 2];
        x.CopyTo(network.Input(0));
        network.Forward();
        network.OutputGradient(0)[0] = 3;
        network.OutputGradient(0)[1] = 5;
        network.Backward();
        Assert.Equal([3, 0, 0, 5, 0, 0, 0, 0], network.InputGradient(0).ToArray());
    }

    public static TheoryData<Operator> Activations => new(
        new Relu(), new LeakyRelu(0.1f), new LeakyRelu(-0.5f), new LeakyRelu(0f), new Elu(1.3f), new Elu(-1f), new Selu(1.67f, 1.05f),
        new Celu(0.7f), new Clip(-0.4f, 0.9f),
        new Clip(0, 6), new Sigmoid(), new HardSigmoid(0.2f, 0.5f), new HardSwish(), new Silu(), new Tanh(), new Softplus(), new Softsign(),
        new Mish(),
        new Gelu(false), new Gelu(true), new Erf(), new ThresholdedRelu(0.7f), new Shrink(0.5f, 0.2f), new Abs(), new Neg(), new Exp(),
        new Sin(), new Cos());

    [Theory]
    [MemberData(nameof(Activations))]
    public void The_gradients_of_activations_are_those_of_their_differences(Operator op)
    {
        // Kinks lie at multiples of 0.1; these numbers keep their distance.
        Tensor Between(Random random, Shape shape)
        {
            Tensor x = Apart(random, shape);
            foreach (ref float value in x.As<float>()) value = MathF.Round(value * 10) / 10 + 0.043f;
            return x;
        }
        Smooth(op, new Shape(1, 3, 7, 5), 2, Between);
    }

    [Fact]
    public void The_gradients_of_functions_of_positive_numbers_are_those_of_their_differences()
    {
        Shape x = new(1, 5, 7);
        Smooth(new Log(), x, 2, Positive);
        Smooth(new Sqrt(), x, 2, Positive);
        Smooth(new Reciprocal(), x, 2, Positive);
        Smooth(new Pow(), x, 2, Positive, Tensor.Of(Shape.Scalar, [1.7f]));
        Smooth(new Pow(), x, 2, Positive, Tensor.Of(Shape.Scalar, [2f]));
    }

    [Fact]
    public void The_gradient_of_PRelu_is_that_of_its_differences()
    {
        Smooth(new PRelu(), new Shape(1, 6, 4, 5), 2, Apart, Random(6, 1, 1));
        Smooth(new PRelu(), new Shape(1, 6), 3, Apart, Random(1));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(33, 4)]
    public void The_gradients_of_softmax_are_those_of_its_differences(int classes, int batch)
    {
        Smooth(new Softmax(1), new Shape(1, classes), batch);
        Smooth(new LogSoftmax(1), new Shape(1, classes), batch);
        Smooth(new Softmax(1), new Shape(1, classes, 3, 2), batch);
        Smooth(new LogSoftmax(2), new Shape(1, 3, classes), batch);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(4)]
    public void The_gradient_of_local_response_normalisation_is_that_of_its_differences(int size) =>
        Smooth(new Lrn(size, 0.5f, 0.75f, 1f), new Shape(1, 19, 3, 4), 2);

    [Theory]
    [InlineData(1, 1, 5, 6)]
    [InlineData(2, 6, 3, 5)]
    [InlineData(3, 4, 7, 1)]
    public void The_gradients_of_normalisations_within_an_image_are_those_of_their_differences(int batch, int c, int h, int w)
    {
        Shape x = new(1, c, h, w);
        foreach (int groups in new[] { 1, 2, c }.Where(groups => c % groups == 0).Distinct())
            Smooth(new GroupNormalization(1e-3f, groups), x, batch, null, Random(c), Random(c));
        Smooth(new InstanceNormalization(1e-3f), x, batch, null, Random(c), Random(c));
        Smooth(new LayerNormalization(1, 1e-3f), x, batch, null, Random(c, h, w), Random(c, h, w));
        // Scales may be broadcast over what is normalised.
        Smooth(new LayerNormalization(2, 1e-3f), x, batch, null, Random(w), Random(h, w));
        Smooth(new LayerNormalization(1, 1e-3f), new Shape(1, h * w), batch, null, Random(h * w), Random(h * w));
    }

    [Fact]
    public void The_gradients_of_the_largest_and_the_smallest_are_those_of_their_differences()
    {
        foreach (Operator op in new Operator[] { new Max(), new Min() })
        {
            Tensor perChannel = Tensor.Of(new Shape(3, 1, 1), [0.02f, -0.48f, 0.67f]), one = Tensor.Of(Shape.Scalar, [0.12f]);
            Smooth(op, new Shape(1, 3, 7, 5), 2, Apart, perChannel, one);
            Smooth(op, new Shape(1, 13), 3, Apart);
        }
    }

    [Fact]
    public void Equal_values_share_the_gradient_of_the_largest()
    {
        Graph graph = GradientCheck.OfOne(new Max(), new Shape(1, 3), Tensor.Of(new Shape(1, 3), [1f, 1f, 1f]));
        using TrainingNetwork network = TrainingNetwork.Plan(graph, new TrainingOptions(1) { InputGradients = true });
        new[] { 0f, 1f, 2f }.CopyTo(network.Input(0));
        network.Forward();
        network.OutputGradient(0).Fill(4);
        network.Backward();
        Assert.Equal([0, 2, 4], network.InputGradient(0).ToArray());
    }

    [Fact]
    public void The_gradients_of_a_choice_are_those_of_its_differences()
    {
        GraphBuilder builder = new("choice");
        string x = builder.Input("x", ElementType.Float32, new Shape(1, 5, 4, 3));
        string limit = builder.Constant("limit", Tensor.Of(new Shape(4, 1), [0.12f, -0.38f, 0.77f, 0.02f]));
        string above = builder.Add("above", new Greater(), x, limit);
        string squared = builder.Add("squared", new Mul(), x, x);
        builder.Output(builder.Add("y", new Where(), above, squared, limit));
        GradientCheck.Differences(builder.Build(), 2, Seed, "Where", step: 4e-3f, tolerance: 4e-3, Apart);
    }

    [Fact]
    public void The_gradients_of_arithmetic_are_those_of_its_differences_with_broadcasting()
    {
        foreach (Operator op in new Operator[] { new Add(), new Sub(), new Mul(), new Div() })
        {
            GraphBuilder builder = new("broadcast");
            string x = builder.Input("x", ElementType.Float32, new Shape(1, 6, 3, 4));
            string channel = builder.Add("channel", new GlobalAveragePool(), x);
            string sum = builder.Add("left", op, x, channel);
            string rows = builder.Add("rows", new ReduceMean([1, 3], KeepDims: true), x);
            builder.Output(builder.Add("right", op, rows, sum));
            GradientCheck.Differences(builder.Build(), 2, Seed, $"{op} broadcast", step: 4e-3f, tolerance: 4e-3, Positive);
        }
    }

    [Fact]
    public void The_gradients_of_what_moves_elements_are_those_of_their_differences()
    {
        Shape x = new(1, 6, 5, 4);
        Linear(new Reshape(new Shape(1, 3, 2, 20)), x, 2);
        Linear(new Transpose([0, 3, 1, 2]), x, 2);
        Linear(new Slice([0, 1, 4, 0], [1, 2, -1, 3], [1, 2, 4, 2]), x, 3);
        Linear(new Pad(PadMode.Constant, [0, 1, 2, -1], [0, 3, 0, 2], 0.5), x, 2);
        Linear(new DepthToSpace(2, false), new Shape(1, 8, 3, 2), 2);
        Linear(new SpaceToDepth(2), new Shape(1, 3, 4, 6), 2);
        Linear(new ReduceSum([2, 3], KeepDims: false), x, 2);
        Linear(new ReduceMean([1], KeepDims: true), x, 2);
        Linear(new ReduceMean([2, 3], KeepDims: true), x, 2);
        Linear(new Expand(new Shape(1, 6, 5, 4)), new Shape(1, 6, 1, 1), 2);
        Linear(new Dropout(0), x, 2);
    }

    [Theory]
    [InlineData(ResizeMode.Nearest, CoordinateMode.Asymmetric, NearestMode.Floor, 2f, 2f)]
    [InlineData(ResizeMode.Nearest, CoordinateMode.HalfPixel, NearestMode.RoundPreferFloor, 1.5f, 0.7f)]
    [InlineData(ResizeMode.Linear, CoordinateMode.HalfPixel, NearestMode.Floor, 2f, 2f)]
    [InlineData(ResizeMode.Linear, CoordinateMode.AlignCorners, NearestMode.Floor, 2f, 3f)]
    [InlineData(ResizeMode.Linear, CoordinateMode.HalfPixel, NearestMode.Floor, 0.6f, 1.9f)]
    [InlineData(ResizeMode.Cubic, CoordinateMode.HalfPixel, NearestMode.Floor, 2f, 1.6f)]
    [InlineData(ResizeMode.Cubic, CoordinateMode.AlignCorners, NearestMode.Floor, 0.7f, 3f)]
    public void The_gradients_of_resizing_are_those_of_its_differences(
        ResizeMode mode, CoordinateMode coordinates, NearestMode nearest, float scaleY, float scaleX)
    {
        Shape x = new(1, 5, 6, 7);
        Shape target = new(1, 5, (int)(6 * scaleY), (int)(7 * scaleX));
        Linear(new Resize(mode, coordinates, nearest, [1, 1, scaleY, scaleX], target, -0.75f, false, 0, []), x, 2);
        if (mode == ResizeMode.Cubic)
            Linear(new Resize(mode, coordinates, nearest, [1, 1, scaleY, scaleX], target, -0.5f, true, 0, []), x, 2);
    }

    [Fact]
    public void The_gradients_of_joining_and_splitting_are_those_of_their_differences()
    {
        GraphBuilder builder = new("split");
        string x = builder.Input("x", ElementType.Float32, new Shape(1, 7, 4, 3));
        builder.Add(new Node("parts", new Split(1, [2, 4, 1]), [x], ["a", "b", "c"]));
        string squared = builder.Add("squared", new Mul(), "a", "a");
        builder.Output(builder.Add("joined", new Concat(1), "b", squared, "b"));
        GradientCheck.Differences(builder.Build(), 2, Seed, "Split and Concat", step: 4e-3f, tolerance: 4e-3);
    }
}
