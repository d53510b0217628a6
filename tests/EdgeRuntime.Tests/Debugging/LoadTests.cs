using System.Diagnostics;
using System.Globalization;
using EdgeCnn.EdgeRuntime.Debugging;
using EdgeCnn.EdgeRuntime.Tests.Capture;
using Xunit.Abstractions;

namespace EdgeCnn.EdgeRuntime.Tests.Debugging;

/// <summary>
/// Fifty viewers at the same time, in a process of their own that steps back, as if on other machines. EDGECNN_LOAD_SECONDS lets them watch
/// for longer than a second and holds the pipeline to its word: the 99th percentile of the time from capture to publication within 5 % of
/// what it is with nobody watching (a quiet machine is needed for that).
/// </summary>
public sealed class LoadTests(ITestOutputHelper output)
{
    private const int Viewers = 50;

    /// <summary>For fifty connections to be made, on a machine that has other things to do.</summary>
    private const int SecondsToCome = 5;

    [ToolFact("curl")]
    public async Task Fifty_viewers_cost_the_pipeline_next_to_nothing()
    {
        string? asked = Environment.GetEnvironmentVariable("EDGECNN_LOAD_SECONDS");
        int turns = asked is null ? 1 : 6;
        TimeSpan turn = TimeSpan.FromSeconds(asked is null ? 1 : double.Parse(asked, CultureInfo.InvariantCulture)) / turns;
        await using OpenPage page = await OpenPage.StartAsync(options => options.Debug.Viewers = Viewers);
        Pipeline pipeline = page.Running.Loop.Pipeline;
        await page.Running.NextAsync(report => report.Frame > 60, "frame 60");

        EncodedPicture? first = page.Feed.Drawn.Latest;
        List<Ages> alone = [], watched = [];
        (long bytes, long allocated, TimeSpan paused) = (0, 0, default);
        // In turns, so that whatever else the machine does weighs on both.
        for (int i = 0; i < turns; i++)
        {
            alone.Add(await MeasureAsync(pipeline, turn));
            using Process crowd = Crowd(page.Client.BaseAddress!, turn);
            while (page.Feed.Drawn.Readers < Viewers)
            {
                Assert.False(crowd.HasExited, $"only {page.Feed.Drawn.Readers} viewers came within {SecondsToCome} s");
                await Task.Delay(20);
            }
            (allocated, paused) = (allocated - GC.GetTotalAllocatedBytes(), paused - GC.GetTotalPauseDuration());
            watched.Add(await MeasureAsync(pipeline, turn));
            (allocated, paused) = (allocated + GC.GetTotalAllocatedBytes(), paused + GC.GetTotalPauseDuration());
            long[] received = await ReceivedAsync(crowd);
            Assert.Equal(Viewers, received.Length);
            Assert.All(received, static bytes => Assert.True(bytes > 0, "a viewer got nothing"));
            bytes += received.Sum();
            while (page.Feed.Drawn.Readers > 0) await Task.Delay(20);
        }
        double ratio = Median(watched.Select(static ages => ages.P99)) / Median(alone.Select(static ages => ages.P99));

        output.WriteLine($"capture to publish p50/p99: {Say(alone)} alone, {Say(watched)} with {Viewers} viewers");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"ratio of the p99: {ratio:F3}; {bytes / 1e6:F0} MB sent; meanwhile {allocated / (turns * turn.TotalSeconds) / 1e6:F2} MB/s "
            + $"allocated, {paused.TotalMilliseconds:F1} ms paused for garbage collection"));
        Assert.NotSame(first, page.Feed.Drawn.Latest);
        if (asked is not null) Assert.True(ratio <= 1.05, $"p99 {Say(watched)} watched, {Say(alone)} alone");
    }

    [Fact]
    public async Task The_thread_that_draws_and_sends_steps_back_behind_the_pipelines()
    {
        await using OpenPage page = await OpenPage.StartAsync();
        (await page.Client.GetAsync("/api/picture.jpg")).EnsureSuccessStatusCode();

        int[] feeds = [.. Directory.GetDirectories("/proc/self/task").Where(static task => NameOf(task) == "debugging").Select(NiceOf)];

        Assert.NotEmpty(feeds);
        Assert.All(feeds, static nice => Assert.Equal(Math.Min(19, NiceOf("/proc/self") + 10), nice));
    }

    private static string NameOf(string task) => File.ReadAllText(task + "/comm").Trim();

    /// <summary>Field 19 of proc_pid_stat(5), counted from behind the name, which is field 2 and may have spaces.</summary>
    private static int NiceOf(string task)
    {
        string stat = File.ReadAllText(task + "/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19 - 3], CultureInfo.InvariantCulture);
    }

    /// <summary>Fifty viewers who leave a little after the turn.</summary>
    private static Process Crowd(Uri address, TimeSpan turn) => Process.Start(new ProcessStartInfo(
        "nice",
        [
            "-n", "19", "curl", "--silent", "--no-progress-meter", "--no-buffer", "--parallel", "--parallel-immediate", "--parallel-max", $"{Viewers}",
            "--max-time", (turn.TotalSeconds + SecondsToCome).ToString(CultureInfo.InvariantCulture),
            "--output", "/dev/null", "--write-out", "%{size_download}\n", $"{address}api/stream.mjpg?viewer=[1-{Viewers}]",
        ])
    { RedirectStandardOutput = true })!;

    /// <summary>How many bytes each of the crowd got.</summary>
    private static async Task<long[]> ReceivedAsync(Process crowd) =>
    [
        .. (await crowd.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static bytes => long.Parse(bytes, CultureInfo.InvariantCulture)),
    ];

    private static async Task<Ages> MeasureAsync(Pipeline pipeline, TimeSpan duration)
    {
        List<double> ages = [];
        long frames = pipeline.Frames;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            await Task.Delay(5);
            if (pipeline.Frames == frames) continue;
            frames = pipeline.Frames;
            ages.Add(pipeline.Clock.RecentAge.Last.TotalMilliseconds);
        }
        Assert.NotEmpty(ages);
        ages.Sort();
        return new(ages[ages.Count / 2], ages[(int)(0.99 * (ages.Count - 1))]);
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }

    private static string Say(List<Ages> turns) => string.Create(CultureInfo.InvariantCulture,
        $"{Median(turns.Select(static ages => ages.P50)):F2}/{Median(turns.Select(static ages => ages.P99)):F2} ms");

    /// <summary>Of one turn, in milliseconds.</summary>
    private readonly record struct Ages(double P50, double P99);
}
