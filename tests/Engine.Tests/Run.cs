using System.Runtime.InteropServices;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests;

/// <summary>Small graphs, random values, and the engine's answer to them.</summary>
internal static class Run
{
    public static Tensor Random(Random random, Shape shape, float scale = 1)
    {
        float[] values = new float[shape.Count];
        foreach (ref float value in values.AsSpan()) value = (random.NextSingle() * 2 - 1) * scale;
        return Tensor.Of(shape, values);
    }

    public static Graph OfOne(Operator op, IReadOnlyList<Tensor?> inputs, IReadOnlyList<bool> constant, int outputs = 1)
    {
        GraphBuilder builder = new("test");
        string[] names = new string[inputs.Count];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = inputs[i] is not { } tensor ? "" : constant[i] ? builder.Constant($"c{i}", tensor) : builder.Input(
                $"x{i}", tensor.Type, tensor.Shape);
        }
        string[] results = [.. Enumerable.Range(0, outputs).Select(i => $"y{i}")];
        builder.Add(new Node("node", op, [.. names], [.. results]));
        foreach (string result in results) builder.Output(result);
        return builder.Build();
    }

    /// <summary>The outputs of a graph for inputs given by name.</summary>
    public static Tensor[] Graph(Graph graph, IReadOnlyDictionary<string, Tensor> inputs, EngineOptions? options = null)
    {
        using Network network = Network.Load(graph, options ?? new EngineOptions(1));
        Feed(network, inputs);
        network.Run();
        return Outputs(network);
    }

    public static void Feed(Network network, IReadOnlyDictionary<string, Tensor> inputs)
    {
        for (int i = 0; i < network.Inputs.Count; i++)
        {
            Tensor tensor = inputs[network.Inputs[i].Name];
            switch (tensor.Type)
            {
                case ElementType.Float32: tensor.As<float>().CopyTo(network.Input<float>(i)); break;
                case ElementType.Int64: tensor.As<long>().CopyTo(network.Input<long>(i)); break;
                default: throw new ArgumentException($"The tests feed no {tensor.Type}.");
            }
        }
    }

    public static Tensor[] Outputs(Network network) => [.. network.Outputs.Select((output, i) => output.Type switch
    {
        ElementType.Float32 => Tensor.Of(output.Shape, network.Output<float>(i)),
        ElementType.Int64 => Tensor.Of(output.Shape, network.Output<long>(i)),
        _ => throw new ArgumentException($"The tests read no {output.Type}."),
    })];

    /// <summary>Runs one operator; inputs that are not constant are fed.</summary>
    public static float[] One(Operator op, IReadOnlyList<Tensor?> inputs, IReadOnlyList<bool> constant, int threads = 1)
    {
        Dictionary<string, Tensor> fed = [];
        for (int i = 0; i < inputs.Count; i++)
        {
            if (inputs[i] is { } tensor && !constant[i]) fed.Add($"x{i}", tensor);
        }
        return Graph(OfOne(op, inputs, constant), fed, new EngineOptions(threads))[0].As<float>().ToArray();
    }

    /// <summary>Equal bit for bit, but for which NaN a NaN is.</summary>
    public static void AssertSameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: {actual.Length} values instead of {expected.Length}");
        ReadOnlySpan<int> e = MemoryMarshal.Cast<float, int>(expected), a = MemoryMarshal.Cast<float, int>(actual);
        for (int i = 0; i < e.Length; i++)
        {
            if (e[i] != a[i] && !(float.IsNaN(expected[i]) && float.IsNaN(actual[i])))
                Assert.Fail($"{what}: element {i} is {actual[i]:R} instead of {expected[i]:R}");
        }
    }
}
