using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests;

/// <summary>
/// A number that stands for the bits of many small results; the tests compute it in child processes that may use fewer instructions.
/// </summary>
internal static class Digest
{
    public static int Main()
    {
        Console.WriteLine($"{Cpu.Name} {Compute()}");
        return 0;
    }

    /// <summary>The answer of a child process in which some instructions are switched off.</summary>
    public static (string Cpu, string Digest) InChild(params ReadOnlySpan<string> switches)
    {
        ProcessStartInfo start = new(
            Environment.ProcessPath!.Contains("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath : "dotnet")
        {
            RedirectStandardOutput = true,
            ArgumentList = { typeof(Digest).Assembly.Location },
        };
        foreach (string name in switches) start.Environment[name] = "0";
        using Process child = Process.Start(start)!;
        string[] words = child.StandardOutput.ReadToEnd().Split(' ', StringSplitOptions.TrimEntries);
        child.WaitForExit();
        Assert.True(
            child.ExitCode == 0 && words.Length == 2, $"The child process ended with {child.ExitCode} and said: {string.Join(' ', words)}");
        return (words[0], words[1]);
    }

    public static string Compute()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (float[] values in Results())
        {
            foreach (float value in values)
                hash.AppendData(BitConverter.GetBytes(float.IsNaN(value) ? int.MinValue : BitConverter.SingleToInt32Bits(value)));
        }
        foreach (Tensor sample in Kernels.Samples.All()) hash.AppendData(sample.Bytes);
        foreach (int[] sums in Kernels.Int8.Int8WindowsTests.Samples()) hash.AppendData(MemoryMarshal.AsBytes(sums.AsSpan()));
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static IEnumerable<float[]> Results()
    {
        Random random = new(11);
        foreach (
            (int channels, int outputs, int kernel, int groups) in new[]
            {
                (3, 21, 3, 1),
                (37, 18, 1, 1),
                (9, 33, 3, 1),
                (21, 21, 3, 21),
                (19, 19, 5, 19),
                (12, 10, 3, 2),
            })
        {
            Tensor x = Run.Random(random, new Shape(1, channels, 7, 6)), w = Run.Random(
                random, new Shape(outputs, channels / groups, kernel, kernel));
            Tensor bias = Run.Random(random, new Shape(outputs));
            Conv conv = new([1, 1], [1, 1, 1, 1], [1, 1], groups);
            yield return Run.One(conv, [x, w, bias], [false, true, true]);
            yield return Run.One(new MaxPool([3, 3], [2, 2], [1, 1, 1, 1], [1, 1], false), [x], [false]);
            yield return Run.One(new AveragePool([2, 3], [1, 2], [0, 1, 1, 1], [1, 1], true, false), [x], [false]);
            yield return Run.One(new GlobalAveragePool(), [x], [false]);
        }
        foreach ((int m, int n, int k) in new[] { (1, 9, 40), (7, 17, 300), (13, 5, 3) })
            yield return Run.One(new MatMul(), [Run.Random(random, new Shape(m, k)), Run.Random(random, new Shape(k, n))], [false, false]);
        float[] wide = [.. Enumerable.Range(0, 3001).Select(i => (i - 1500) * 0.07f), 0f, -0f, float.NaN, float.PositiveInfinity,
            float.NegativeInfinity, 1e-41f, -3e38f];
        Operator[] functions = [new Exp(), new Log(), new Sigmoid(), new Tanh(), new Erf(), new Silu(), new Mish(), new Softplus(),
            new HardSwish(), new Gelu(false), new Elu(1)];
        foreach (Operator function in functions) yield return Run.One(function, [Tensor.Of(new Shape(wide.Length), wide)], [false]);
        yield return Run.One(new Softmax(1), [Run.Random(random, new Shape(3, 50), 9)], [false]);
        foreach (string layer in IntegerPlanTests.Names)
        {
            QuantizedLayer quantized = new(layer, 2);
            foreach (Tensor output in Run.Graph(quantized.Graph, quantized.Inputs)) yield return output.As<float>().ToArray();
        }
        foreach (string value in new[] { "1e10", "0.1" }) yield return [float.Parse(value, CultureInfo.InvariantCulture)];
    }
}

public class InstructionSetTests
{
    [Theory]
    [InlineData("DOTNET_EnableAVX512")]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public void Every_instruction_set_gives_the_same_bits(string without)
    {
        (string cpu, string digest) = Digest.InChild(without, without == "DOTNET_EnableAVX512" ? "DOTNET_EnableAVX512F" : without);
        Assert.True(Digest.Compute() == digest, $"{cpu} differs from {Cpu.Name}");
    }
}
