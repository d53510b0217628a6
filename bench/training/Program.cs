using System.Diagnostics;
using System.Globalization;
using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Training;
using EdgeCnn.TrainingBench;

// Forward and backward, without loss and optimiser: milliseconds of a step and examples per second, as bench/training/torch_rates.py
// measures PyTorch's.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
int threads = Environment.GetEnvironmentVariable("THREADS") is { } text ? int.Parse(text) : 2;
bool profiles = args.Contains("--profile");
foreach ((string name, int batch) in Cases.All.Where(entry => args.All(arg => arg.StartsWith('-')) || args.Contains(entry.Name)))
{
    using TrainingNetwork network = TrainingNetwork.Plan(Cases.Graph(name), new TrainingOptions(batch, threads) { Profile = profiles });
    Random random = new(1);
    foreach (ref float value in network.Input(0)) value = random.NextSingle();
    double forward = 0, total = 0;
    List<double> steps = [], processor = [];
    for (Stopwatch all = Stopwatch.StartNew(); all.Elapsed < TimeSpan.FromSeconds(8) || steps.Count < 8;)
    {
        TimeSpan used = Environment.CpuUsage.TotalTime;
        Stopwatch watch = Stopwatch.StartNew();
        network.Forward();
        forward = watch.Elapsed.TotalMilliseconds;
        for (int i = 0; i < network.Outputs.Count; i++) network.OutputGradient(i).Fill(1e-4f);
        network.Backward();
        steps.Add(watch.Elapsed.TotalMilliseconds);
        processor.Add((Environment.CpuUsage.TotalTime - used).TotalMilliseconds);
    }
    // The first steps are those in which the runtime compiles.
    total = steps.Skip(steps.Count / 3).Order().ElementAt(steps.Count / 3);
    double spent = processor.Skip(steps.Count / 3).Order().ElementAt(steps.Count / 3);
    string times = $"{total,8:F2} ms (forward {forward:F2}), of processors {spent:F2} ms";
    Console.WriteLine($"{name,-10} batch {batch}: {times}, {batch * 1000 / total,8:F1} examples/s, {network.MemoryBytes >> 20} MiB");
    foreach (StepProfile step in network.Profile().OrderByDescending(step => step.Milliseconds).Take(profiles ? 30 : 0))
    {
        string rate = step.MultiplyAdds > 0 ? $"{step.MultiplyAdds / step.Milliseconds / 1e6,7:F1} GMAC/s" : "";
        Console.WriteLine($"  {step.Milliseconds,8:F3} ms  {step.Name,-44} {step.Kernel,-44} {rate}");
    }
    if (!profiles) continue;
    var kernels = network.Profile().GroupBy(step => step.Kernel)
        .Select(group => (Kernel: group.Key, Count: group.Count(), Sum: group.Sum(step => step.Milliseconds)));
    foreach ((string kernel, int count, double sum) in kernels.OrderByDescending(kernel => kernel.Sum).Take(20))
        Console.WriteLine($"  {sum,8:F3} ms  {count,3} x {kernel}");
}
