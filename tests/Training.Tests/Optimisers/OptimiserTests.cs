using System.Diagnostics;
using System.Globalization;
using EdgeCnn.Training.Optimisers;

namespace EdgeCnn.Training.Tests.Optimisers;

public class OptimiserTests
{
    /// <summary>Values and gradients of some steps; 19 values are two vectors and three more.</summary>
    private const int Count = 19, Steps = 6;

    public static TheoryData<string, OptimiserOptions> AllKinds => new()
    {
        { "torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.02)",
            new() { Kind = OptimiserKind.Sgd, WeightDecay = 0.02 } },
        { "torch.optim.SGD(p, lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.02)",
            new() { Kind = OptimiserKind.Sgd, Momentum = 0.8, Nesterov = true, WeightDecay = 0.02 } },
        { "torch.optim.AdamW(p, lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1)",
            new() { Kind = OptimiserKind.AdamW, Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-6, WeightDecay = 0.1 } },
    };

    [Fact]
    public void AdamW_takes_the_steps_that_its_formulas_give_by_hand()
    {
        // t = 1: m = 0.1 * 2, v = 0.001 * 4; corrected 2 and 4; the step is 0.1 * 2 / 2, the decay 0.1 * 0.5 * 1.
        float[] value = [1];
        Optimiser adam = Optimiser.Create(new() { Kind = OptimiserKind.AdamW, WeightDecay = 0.5, Epsilon = 0 }, [1]);
        adam.Advance();
        adam.Update(0, value, [2f], new StepSize(0.1), decays: true);
        Assert.Equal(1 - 0.05 - 0.1, value[0], 6);

        // t = 2 with gradient -1: m = 0.18 - 0.1 = 0.08, v = 0.003996 + 0.001 = 0.004996; corrected by 0.19 and 0.001999.
        adam.Advance();
        adam.Update(0, value, [-1f], new StepSize(0.1), decays: true);
        Assert.Equal((0.85 * 0.95) - (0.1 * (0.08 / 0.19) / Math.Sqrt(0.004996 / 0.001999)), value[0], 6);
    }

    [TorchTheory]
    [MemberData(nameof(AllKinds))]
    public void Each_optimiser_moves_as_that_of_PyTorch(string torch, OptimiserOptions options)
    {
        (float[] values, float[][] gradients) = Numbers();
        string script = string.Create(CultureInfo.InvariantCulture, $"""
            import torch
            x = torch.nn.Parameter(torch.tensor([{List(values)}]))
            p = [x]
            o = {torch}
            for g in [{string.Join(", ", gradients.Select(gradient => $"[{List(gradient)}]"))}]:
                x.grad = torch.tensor(g)
                o.step()
            print(*[repr(float(v)) for v in x])
            """);
        double[] expected = [.. Torch.Run(script).Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture))];

        Optimiser optimiser = Optimiser.Create(options, [Count]);
        foreach (float[] gradient in gradients)
        {
            optimiser.Advance();
            optimiser.Update(0, values, gradient, new StepSize(0.05), decays: true);
        }
        for (int i = 0; i < Count; i++)
            Assert.True(Math.Abs(values[i] - expected[i]) < 2e-6, $"{torch}, value {i}: {values[i]:R}, PyTorch {expected[i]:R}");
    }

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void Vectors_and_single_values_are_moved_to_the_same_bits(string torch, OptimiserOptions options)
    {
        (float[] values, float[][] gradients) = Numbers();
        Optimiser whole = Optimiser.Create(options, [Count]), single = Optimiser.Create(options, [.. Enumerable.Repeat(1, Count)]);
        float[] apart = [.. values];
        foreach (float[] gradient in gradients)
        {
            StepSize size = new(0.05, 0.7);
            whole.Advance();
            single.Advance();
            whole.Update(0, values, gradient, size, decays: true);
            for (int i = 0; i < Count; i++) single.Update(i, apart.AsSpan(i, 1), gradient.AsSpan(i, 1), size, decays: true);
        }
        Assert.True(values.AsSpan().SequenceEqual(apart), torch);
    }

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void What_does_not_decay_rests_where_its_gradient_is_zero(string torch, OptimiserOptions options)
    {
        float[] still = [1, -2], decayed = [1, -2];
        Optimiser optimiser = Optimiser.Create(options, [2, 2]);
        optimiser.Advance();
        optimiser.Update(0, still, [0f, 0f], new StepSize(0.1), decays: false);
        optimiser.Update(1, decayed, [0f, 0f], new StepSize(0.1), decays: true);
        Assert.True(still is [1, -2], torch);
        Assert.True(decayed[0] < 1 && decayed[1] > -2, torch);
    }

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void A_run_goes_on_from_what_the_optimiser_remembers(string torch, OptimiserOptions options)
    {
        (float[] values, float[][] gradients) = Numbers();
        Optimiser first = Optimiser.Create(options, [Count]);
        Step(first, values, gradients[..3]);

        float[] resumed = [.. values];
        Optimiser second = Optimiser.Create(options, [Count]);
        second.Steps = first.Steps;
        foreach ((float[] from, float[] to) in first.Memory.Zip(second.Memory)) from.CopyTo(to, 0);
        Step(first, values, gradients[3..]);
        Step(second, resumed, gradients[3..]);
        Assert.True(values.AsSpan().SequenceEqual(resumed), torch);

        static void Step(Optimiser optimiser, float[] values, float[][] gradients)
        {
            foreach (float[] gradient in gradients)
            {
                optimiser.Advance();
                optimiser.Update(0, values, gradient, new StepSize(0.05), decays: true);
            }
        }
    }

    [Fact]
    public void The_norm_is_the_root_of_the_squares_and_tells_what_is_not_a_number()
    {
        float[] values = [.. Enumerable.Range(1, Count).Select(i => (float)i)];
        Assert.Equal(Count * (Count + 1) * ((2 * Count) + 1) / 6.0, Norm.SquaredSum(values));
        Assert.Equal(0, Norm.SquaredSum([]));
        for (int i = 0; i < Count; i++)
        {
            float before = values[i];
            values[i] = float.NaN;
            Assert.True(double.IsNaN(Norm.SquaredSum(values)), $"NaN at {i}");
            values[i] = float.NegativeInfinity;
            Assert.True(double.IsPositiveInfinity(Norm.SquaredSum(values)), $"infinity at {i}");
            values[i] = before;
        }
    }

    [Fact]
    public void Gradients_are_clipped_to_a_norm_and_never_stretched()
    {
        Assert.Equal(0.25, Norm.ClippingFactor(norm: 8, most: 2));
        Assert.Equal(1, Norm.ClippingFactor(norm: 1, most: 2));
        Assert.Equal(1, Norm.ClippingFactor(norm: 8, most: 0));
    }

    [Fact]
    public void The_average_forgets_its_first_values_and_settles_on_what_stays()
    {
        MovingAverage average = new(0.9, [9]);
        float[] values = new float[9];
        values.AsSpan().Fill(100);
        average.Add(0, values, step: 0);
        Assert.Equal(100, average.Averages[0][8]);
        values.AsSpan().Fill(1);
        // n = 1: d is 2 / 11.
        average.Add(0, values, step: 1);
        Assert.Equal(1 + (99 * 2 / 11.0), average.Averages[0][0], 4);
        Assert.Equal(average.Averages[0][0], average.Averages[0][8]);
        for (int step = 2; step < 300; step++) average.Add(0, values, step);
        Assert.Equal(1, average.Averages[0][4], 4);
    }

    [Fact]
    public void The_average_is_swapped_in_and_out_again()
    {
        MovingAverage average = new(0.9, [2]);
        average.Add(0, [1f, 2f], step: 0);
        float[] values = [3, 4];
        average.Swap(0, values);
        Assert.Equal([1f, 2f], values);
        average.Swap(0, values);
        Assert.Equal([3f, 4f], values);
    }

    private static (float[] Values, float[][] Gradients) Numbers()
    {
        Random random = new(7);
        return (Draw(), [.. Enumerable.Range(0, Steps).Select(_ => Draw())]);

        float[] Draw() => [.. Enumerable.Range(0, Count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    private static string List(float[] values) =>
        string.Join(", ", values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
}

/// <summary>Debian's python3-torch, where it is installed.</summary>
internal static class Torch
{
    private const string Python = "/usr/bin/python3";

    public static string? WhyAbsent { get; } = Find();

    /// <summary>Runs a script and gives what it printed.</summary>
    public static string Run(string script)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(Python, ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return output;
    }

    private static string? Find() => File.Exists(Python) && Directory.Exists("/usr/lib/python3/dist-packages/torch")
        ? null
        : "needs Debian's python3-torch, which is not installed";
}

/// <summary>A theory that is skipped where PyTorch is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TorchTheoryAttribute : TheoryAttribute
{
    public TorchTheoryAttribute() => Skip = Torch.WhyAbsent;
}
