using EdgeCnn.Engine;
using EdgeCnn.Models;

namespace EdgeCnn.EdgeRuntime.Debugging.Sheets;

/// <summary>A filter that was designed and not learned: the kernel of a network of one layer.</summary>
/// <param name="Name">For people.</param>
/// <param name="Size">Rows and columns of the kernel.</param>
/// <param name="Kernel">Size x size.</param>
/// <param name="Signed">Whether its answers lie around zero.</param>
internal sealed record ClassicFilter(string Name, int Size, float[] Kernel, bool Signed = true)
{
    /// <summary>
    /// Edges, spots, stripes and what smooths; sources: Sobel 1968, Marr and Hildreth 1980, Gabor 1946 as Daugman 1985 has it.
    /// </summary>
    public static IReadOnlyList<ClassicFilter> All { get; } =
    [
        new("Sobel, across", 3, [-1, 0, 1, -2, 0, 2, -1, 0, 1]),
        new("Sobel, down", 3, [-1, -2, -1, 0, 0, 0, 1, 2, 1]),
        new("Laplacian", 3, [0, 1, 0, 1, -4, 1, 0, 1, 0]),
        new("Laplacian of Gaussian", 13, Sampled(13, (x, y) => (1 - (x * x + y * y) / 8) * Math.Exp(-(x * x + y * y) / 8), zeroMean: true)),
        new("Gabor, 0 degrees", 21, Gabor(0)),
        new("Gabor, 45 degrees", 21, Gabor(45)),
        new("Gabor, 90 degrees", 21, Gabor(90)),
        new("Gabor, 135 degrees", 21, Gabor(135)),
        new("emboss", 3, [-2, -1, 0, -1, 0, 1, 0, 1, 2]),
        new("Gaussian blur", 13, Normalised(Sampled(13, (x, y) => Math.Exp(-(x * x + y * y) / 18))), Signed: false),
        new("sharpen", 3, [0, -1, 0, -1, 5, -1, 0, -1, 0], Signed: false),
    ];

    /// <summary>The network: one convolution that keeps the picture's size.</summary>
    public Graph Network(int height, int width)
    {
        GraphBuilder builder = new(Name);
        string image = builder.Input("image", ElementType.Float32, new Shape(1, 1, height, width));
        string kernel = builder.Constant("kernel", Tensor.Of(new Shape(1, 1, Size, Size), Kernel));
        int pad = Size / 2;
        // Zeros around the picture would be its strongest edge.
        string padded = builder.Add("padded", new Pad(PadMode.Edge, [0, 0, pad, pad], [0, 0, pad, pad], 0), image);
        builder.Output(builder.Add("filtered", new Conv([1, 1], [0, 0, 0, 0], [1, 1], 1), padded, kernel));
        return builder.Build();
    }

    /// <summary>
    /// A network that finds a template: the convolution of the picture with it, without its mean, divided by its length and by that of each
    /// window without its mean, so that 1 is the same picture, brighter or darker (normalised cross-correlation; Lewis 1995).
    /// </summary>
    public static Graph Matching(ReadOnlySpan<float> template, int templateHeight, int templateWidth, int height, int width)
    {
        float[] values = template.ToArray();
        float mean = values.Average();
        double length = Math.Sqrt(values.Sum(value => (value - mean) * (double)(value - mean)));
        GraphBuilder builder = new("matching");
        string image = builder.Input("image", ElementType.Float32, new Shape(1, 1, height, width));
        Shape shape = new(1, 1, templateHeight, templateWidth);
        string Convolved(string name, string x, Func<int, float> kernel) => builder.Add(
            name, new Conv([1, 1], [0, 0, 0, 0], [1, 1], 1), x,
            builder.Constant($"{name}/kernel", Tensor.Of(shape, [.. Enumerable.Range(0, values.Length).Select(kernel)])));
        string match = Convolved("match", image, i => (float)((values[i] - mean) / Math.Max(length, 1e-9)));
        string sum = Convolved("sum", image, _ => (float)(1 / Math.Sqrt(values.Length)));
        string squares = Convolved("squares", builder.Add("square", new Mul(), image, image), _ => 1);
        string spread = builder.Add("spread", new Sub(), squares, builder.Add("sum squared", new Mul(), sum, sum));
        // Windows without contrast match nothing, and are not to divide by zero.
        float least = (float)(1e-3 * Math.Max(length * length, 1e-3));
        string contrast = builder.Add("contrast", new Sqrt(), builder.Add("positive", new Clip(least, float.PositiveInfinity), spread));
        builder.Output(builder.Add("correlation", new Div(), match, contrast));
        return builder.Build();
    }

    /// <summary>Runs a network of one input and output by the engine.</summary>
    public static float[] Run(Graph graph, ReadOnlySpan<float> image, int threads)
    {
        using Network network = Engine.Network.Load(graph, new EngineOptions(threads));
        image.CopyTo(network.Input<float>(0));
        network.Run();
        return network.Output<float>(0).ToArray();
    }

    /// <summary>Stripes of eight pixels under a Gaussian.</summary>
    private static float[] Gabor(double degrees)
    {
        (double sin, double cos) = Math.SinCos(degrees * Math.PI / 180);
        return Sampled(
            21,
            (x, y) =>
            {
                (double along, double across) = (x * cos + y * sin, y * cos - x * sin);
                return Math.Exp(-(along * along + 0.25 * across * across) / 18) * Math.Cos(2 * Math.PI * along / 8);
            },
            zeroMean: true);
    }

    private static float[] Sampled(int size, Func<double, double, double> function, bool zeroMean = false)
    {
        double[] values = [.. Enumerable.Range(0, size * size).Select(i => function(i % size - size / 2, i / size - size / 2))];
        double mean = zeroMean ? values.Average() : 0;
        return [.. values.Select(value => (float)(value - mean))];
    }

    private static float[] Normalised(float[] kernel)
    {
        float sum = kernel.Sum();
        return [.. kernel.Select(value => value / sum)];
    }
}
