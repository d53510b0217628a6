using EdgeCnn.Models;

namespace EdgeCnn.Quantization.Tests;

/// <summary>Puts small networks together for tests; weights are random, from a seed.</summary>
internal sealed class SmallNetwork(int seed = 1)
{
    private readonly Random _random = new(seed);

    public GraphBuilder Builder { get; } = new("small");

    public string Input(int channels = 3, int side = 8) =>
        Builder.Input("picture", ElementType.Float32, new Shape(1, channels, side, side));

    public string Conv(string name, string x, int channels, int kernel = 1, int groups = 1)
    {
        int depth = Builder.Values[x].Shape[1] / groups, pad = kernel / 2;
        Shape weights = new(channels, depth, kernel, kernel);
        string w = Builder.Constant($"{name}.w", Random(weights, 1f / MathF.Sqrt(depth * kernel * kernel)));
        string b = Builder.Constant($"{name}.b", Random(new Shape(channels), 0.2f));
        return Builder.Add(name, new Conv([1, 1], [pad, pad, pad, pad], [1, 1], groups), x, w, b);
    }

    public string Depthwise(string name, string x) => Conv(name, x, Builder.Values[x].Shape[1], 3, Builder.Values[x].Shape[1]);

    public string Normalize(string name, string x)
    {
        Shape channels = new(Builder.Values[x].Shape[1]);
        string[] parts = [.. new[] { "scale", "b", "mean" }.Select(part => Builder.Constant($"{name}.{part}", Random(channels, 1)))];
        float[] variance = [.. Enumerable.Range(0, channels[0]).Select(_ => _random.NextSingle() + 0.5f)];
        string spread = Builder.Constant($"{name}.var", Tensor.Of(channels, variance));
        return Builder.Add(name, new BatchNormalization(1e-5f), x, parts[0], parts[1], parts[2], spread);
    }

    public string Add(string name, Operator op, params string[] inputs) => Builder.Add(name, op, inputs);

    public Graph Build(params string[] outputs)
    {
        foreach (string output in outputs) Builder.Output(output);
        return Builder.Build();
    }

    public Tensor Random(Shape shape, float deviation)
    {
        float[] values = new float[shape.Count];
        for (int i = 0; i < values.Length; i++) values[i] = deviation * Normal(_random);
        return Tensor.Of(shape, values);
    }

    /// <summary>Pictures of noise, the same for the same index.</summary>
    public static CalibrationSet Noise(int count) => new(count, (index, input) =>
    {
        Random random = new(index);
        foreach (ref float value in input) value = Normal(random);
    });

    public static float Normal(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
