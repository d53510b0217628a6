using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Tests.Gradients;

/// <summary>A test that needs PyTorch for the system's Python; skipped where it is absent.</summary>
public sealed class TorchFactAttribute : FactAttribute
{
    private static readonly bool IsThere = Directory.Exists("/usr/lib/python3/dist-packages/torch") && File.Exists("/usr/bin/python3");

    public TorchFactAttribute()
    {
        if (!IsThere) Skip = "PyTorch is not installed for /usr/bin/python3 (Debian: python3-torch).";
    }
}

public class TorchTests
{
    private const int Batch = 3;
    private const int Seed = 21;

    private sealed record Case(string Name, JsonObject Attributes, Operator Operator, Shape X, Tensor[] Constants);

    [TorchFact]
    public void Outputs_and_gradients_are_those_of_PyTorch()
    {
        Random random = new(Seed);
        Case[] cases = [.. Windows(random), .. Normalizations(random), .. Elements(random)];
        List<(float[] Output, float[][] Gradients)> ours = [];
        JsonArray asked = [];
        foreach (Case test in cases)
        {
            using TrainingNetwork network = TrainingNetwork.Plan(
                GradientCheck.OfOne(test.Operator, test.X, test.Constants), new TrainingOptions(Batch) { InputGradients = true });
            Tensor x = GradientCheck.Random(random, network.Inputs[0].Shape, 2f);
            Tensor dy = GradientCheck.Random(random, network.Outputs[0].Shape);
            x.As<float>().CopyTo(network.Input(0));
            network.Forward();
            dy.As<float>().CopyTo(network.OutputGradient(0));
            network.Backward();
            float[][] states = [.. network.States.Select(state => state.Values.ToArray())];
            ours.Add(
                (network.Output(0).ToArray(),
                    [network.InputGradient(0).ToArray(), .. network.Parameters.Select(p => p.Gradient.ToArray()), .. states]));
            JsonObject request = test.Attributes;
            request["op"] = test.Name;
            request["gradient"] = Json(dy);
            request["inputs"] = new JsonArray([.. new[] { x }.Concat(test.Constants).Select(tensor => new JsonObject
            {
                ["shape"] = new JsonArray([.. tensor.Shape.Select(extent => JsonValue.Create(extent))]),
                ["data"] = Json(tensor),
            })]);
            asked.Add(request);
        }

        JsonArray answers = Ask(asked);
        for (int i = 0; i < cases.Length; i++)
        {
            string what = $"{cases[i].Operator} on {cases[i].X}, batch {Batch}, seed {Seed}";
            AssertClose(answers[i]!["output"]!, ours[i].Output, $"{what}: output");
            JsonArray gradients = answers[i]!["gradients"]!.AsArray();
            Assert.Equal(gradients.Count, ours[i].Gradients.Length);
            for (int g = 0; g < gradients.Count; g++) AssertClose(gradients[g]!, ours[i].Gradients[g], $"{what}: gradient {g}");
        }
    }

    private static IEnumerable<Case> Windows(Random random)
    {
        foreach (
            int[] s in new int[][]
            {
                [5, 9, 11, 7, 3, 3, 2, 1, 1, 1],
                [6, 8, 7, 9, 3, 5, 1, 2, 2, 3],
                [8, 10, 9, 8, 3, 3, 2, 1, 1, 8],
                [16, 6, 5, 33, 1, 1, 1, 0, 1, 1],
            })
        {
            JsonObject attributes = Attributes(("strides", [s[6], s[6]]), ("pads", [s[7], s[7], s[7], s[7]]), ("dilations", [s[8], s[8]]));
            attributes["groups"] = s[9];
            yield return new Case(
                "Conv", attributes, new Conv([s[6], s[6]], [s[7], s[7], s[7], s[7]], [s[8], s[8]], s[9]), new Shape(1, s[0], s[1], s[2]),
                [GradientCheck.Random(random, new Shape(s[3], s[0] / s[9], s[4], s[5])), GradientCheck.Random(random, new Shape(s[3]))]);
        }
        JsonObject transposed = Attributes(("strides", [2, 2]), ("pads", [1, 1, 1, 1]), ("dilations", [1, 1]), ("output_padding", [1, 1]));
        transposed["groups"] = 2;
        yield return new Case(
            "ConvTranspose", transposed, new ConvTranspose([2, 2], [1, 1, 1, 1], [1, 1], [1, 1], 2), new Shape(1, 6, 5, 4),
            [GradientCheck.Random(random, new Shape(6, 5, 3, 3)), GradientCheck.Random(random, new Shape(10))]);
        yield return new Case(
            "MaxPool", Attributes(("kernel", [3, 3]), ("strides", [2, 2]), ("pads", [1, 1, 1, 1])),
            new MaxPool([3, 3], [2, 2], [1, 1, 1, 1], [1, 1], false),
            new Shape(1, 7, 9, 8), []);
        foreach (bool counts in new[] { true, false })
        {
            JsonObject average = Attributes(("kernel", [3, 2]), ("strides", [2, 1]), ("pads", [1, 1, 1, 1]));
            average["count_include_pad"] = counts;
            yield return new Case(
                "AveragePool", average, new AveragePool([3, 2], [2, 1], [1, 1, 1, 1], [1, 1], false, counts), new Shape(1, 5, 9, 8), []);
        }
        foreach ((string name, ResizeMode mode) in
            new[] { ("bilinear", ResizeMode.Linear), ("nearest", ResizeMode.Nearest), ("bicubic", ResizeMode.Cubic) })
        {
            JsonObject resize = Attributes(("target", [14, 9]));
            resize["mode"] = name;
            CoordinateMode coordinates = mode == ResizeMode.Nearest ? CoordinateMode.Asymmetric : CoordinateMode.HalfPixel;
            Resize op = new(mode, coordinates, NearestMode.Floor, [1, 1, 2, 1.5f], new Shape(1, 4, 14, 9), -0.75f, false, 0, []);
            yield return new Case("Resize", resize, op, new Shape(1, 4, 7, 6), []);
        }
    }

    private static IEnumerable<Case> Normalizations(Random random)
    {
        JsonObject norm = [];
        norm["epsilon"] = 1e-3f;
        Tensor[] perChannel = [.. Enumerable.Range(0, 4).Select(_ => GradientCheck.Random(random, new Shape(19), 0.5f, 1f))];
        yield return new Case("BatchNormalization", norm, new BatchNormalization(1e-3f), new Shape(1, 19, 5, 7), perChannel);
        JsonObject layer = new() { ["epsilon"] = 1e-3f, ["shape"] = new JsonArray(6, 5, 7) };
        yield return new Case(
            "LayerNormalization", layer, new LayerNormalization(1, 1e-3f), new Shape(1, 6, 5, 7),
            [GradientCheck.Random(random, new Shape(6, 5, 7)), GradientCheck.Random(random, new Shape(6, 5, 7))]);
        foreach (int groups in new[] { 1, 3, 6 })
        {
            Tensor scale = GradientCheck.Random(random, new Shape(6)), bias = GradientCheck.Random(random, new Shape(6));
            JsonObject group = new() { ["epsilon"] = 1e-3f, ["groups"] = groups };
            Operator op = groups == 6 ? new InstanceNormalization(1e-3f) : new GroupNormalization(1e-3f, groups);
            yield return new Case("GroupNormalization", group, op, new Shape(1, 6, 5, 7), [scale, bias]);
        }
        JsonObject local = [];
        (local["size"], local["alpha"], local["beta"], local["bias"]) = (5, 0.3f, 0.75f, 1.5f);
        yield return new Case("LRN", local, new Lrn(5, 0.3f, 0.75f, 1.5f), new Shape(1, 13, 4, 3), []);
        yield return new Case(
            "Linear", [], new Gemm(1, 1, false, true), new Shape(1, 37),
            [GradientCheck.Random(random, new Shape(21, 37)), GradientCheck.Random(random, new Shape(21))]);
        yield return new Case("Softmax", [], new Softmax(1), new Shape(1, 11), []);
        yield return new Case("LogSoftmax", [], new LogSoftmax(1), new Shape(1, 11), []);
    }

    private static IEnumerable<Case> Elements(Random random)
    {
        Operator[] activations =
        [
            new Silu(), new HardSwish(), new Mish(), new Gelu(false), new Softplus(), new Elu(1), new Selu(
                1.67326324f, 1.05070099f), new Tanh(), new Sigmoid(), new Relu(),
            new HardSigmoid(1f / 6, 0.5f),
        ];
        return activations.Select(op => new Case(op.Name, [], op, new Shape(1, random.Next(1, 9), 5, 7), []));
    }

    private static JsonObject Attributes(params ReadOnlySpan<(string Name, int[] Values)> attributes)
    {
        JsonObject all = [];
        foreach ((string name, int[] values) in attributes) all[name] = new JsonArray([.. values.Select(value => JsonValue.Create(value))]);
        return all;
    }

    private static JsonArray Json(Tensor tensor) => [.. tensor.As<float>().ToArray().Select(value => JsonValue.Create(value))];

    private static JsonArray Ask(JsonArray cases)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "Gradients", "torch_gradients.py");
        using Process python = Process.Start(new ProcessStartInfo("/usr/bin/python3", [script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = python.StandardError.ReadToEndAsync(), answer = python.StandardOutput.ReadToEndAsync();
        python.StandardInput.Write(cases.ToJsonString());
        python.StandardInput.Close();
        python.WaitForExit();
        Assert.True(python.ExitCode == 0, errors.Result);
        return JsonNode.Parse(answer.Result)!.AsArray();
    }

    private static void AssertClose(JsonNode expected, float[] actual, string what)
    {
        float[] values = expected.Deserialize<float[]>()!;
        Assert.True(values.Length == actual.Length, $"{what}: {actual.Length} values instead of {values.Length}");
        float largest = Math.Max(values.Max(Math.Abs), 1e-3f);
        for (int i = 0; i < values.Length; i++)
            Assert.True(Math.Abs(values[i] - actual[i]) <= 2e-5f * largest,
                $"{what}: element {i} is {actual[i]:R} instead of {values[i]:R}, the largest is {largest:R}");
    }
}
