using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using EdgeCnn.EdgeRuntime.Debugging;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Publishing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime.Tests.Debugging;

/// <summary>What monitoring reads: Prometheus' text, OpenTelemetry's messages, health.</summary>
public sealed partial class MetricsTests
{
    [Fact]
    public async Task Every_line_of_the_metrics_is_as_Prometheus_reads_it_and_says_what_runs()
    {
        await using OpenPage page = await OpenPage.StartAsync(options => options.Link.Port = "virtual");
        using HttpResponseMessage answer = await page.Client.GetAsync("/metrics");
        string text = await answer.Content.ReadAsStringAsync();

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        HashSet<string> typed = [];
        HashSet<string> seen = [];
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Comment().Match(line) is { Success: true } comment)
            {
                if (comment.Groups["kind"].Value == "TYPE") Assert.True(typed.Add(comment.Groups["name"].Value), $"{line}: given twice");
                continue;
            }
            Match sample = SampleLine().Match(line);
            Assert.True(sample.Success, line);
            string name = sample.Groups["name"].Value;
            Assert.True(typed.Contains(name) || typed.Contains(Suffix().Replace(name, "")), $"{line}: of no type");
            Assert.True(seen.Add(line[..line.LastIndexOf(' ')]), $"{line}: given twice");
        }
        Assert.Matches(@"(?m)^edgecnn_frames_total\{camera=""camera""\} [1-9]\d*$", text);
        Assert.Contains("edgecnn_state{camera=\"camera\",state=\"running\"}", text, StringComparison.Ordinal);
        Assert.Contains("""edgecnn_model_info{camera="camera",model="pattern.onnx",backend="engine"} 1""", text, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^edgecnn_detections_total\{camera=""camera"",class=""teal""\} [1-9]\d*$", text);
        Assert.Matches(@"(?m)^edgecnn_link_sent_total\{link=""EdgeLink [^""]+""\} \d+$", text);
    }

    [Fact]
    public void Buckets_of_a_histogram_rise_to_its_count()
    {
        LatencyHistogram durations = new();
        foreach (double ms in (double[])[0.1, 0.9, 4, 4, 55, 20_000]) durations.Add(TimeSpan.FromMilliseconds(ms));
        string[] lines = PrometheusText.Write([new("edgecnn_x_seconds", MetricKind.Histogram, "s", "x", () => [Sample.Of(durations)])])
            .Split('\n');

        Assert.Contains("edgecnn_x_seconds_bucket{le=\"0.00025\"} 1", lines);
        Assert.Contains("edgecnn_x_seconds_bucket{le=\"0.001\"} 2", lines);
        Assert.Contains("edgecnn_x_seconds_bucket{le=\"0.005\"} 4", lines);
        Assert.Contains("edgecnn_x_seconds_bucket{le=\"0.06\"} 5", lines);
        Assert.Contains("edgecnn_x_seconds_bucket{le=\"10\"} 5", lines);
        Assert.Contains("edgecnn_x_seconds_bucket{le=\"+Inf\"} 6", lines);
        Assert.Contains("edgecnn_x_seconds_count 6", lines);
        Assert.Contains("edgecnn_x_seconds_sum 20.064", lines);
    }

    [Fact]
    public void Labels_and_help_that_would_break_a_line_are_escaped()
    {
        Metric metric = new("edgecnn_x", MetricKind.Gauge, "", "a \\ b\nc",
            () => [Sample.Of(double.NaN, KeyValuePair.Create("class", "say \"hi\"\\\n{},="))]);

        Assert.Equal("# HELP edgecnn_x a \\\\ b\\nc\n# TYPE edgecnn_x gauge\nedgecnn_x{class=\"say \\\"hi\\\"\\\\\\n{},=\"} NaN\n",
            PrometheusText.Write([metric]));
    }

    [Fact]
    public void Detections_are_counted_by_class_through_changes_of_the_model_and_without_allocating()
    {
        DetectionCounts counts = new();
        Report first = new() { Labels = ["cat", "dog"] }, second = new() { Labels = ["dog"] };
        first.Detections.AddRange([new(default, 0, 1), new(default, 1, 1), new(default, 7, 1), new(default, -1, 1)]);
        second.Detections.Add(new(default, 0, 1));
        counts.Add(first);
        counts.Add(second);
        counts.Add(first);
        long before = GC.GetAllocatedBytesForCurrentThread();
        counts.Add(first);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal([("cat", 3L), ("dog", 4L)], counts.All.Select(count => (count.Key, count.Value)).Order());
    }

    [Fact]
    public async Task Readiness_says_what_is_missing_and_health_that_the_loop_comes_round()
    {
        await using OpenPage page = await OpenPage.StartAsync();
        await page.Running.NextAsync(_ => page.Running.Part<PipelineService>().State == SystemState.Running, "the state running");
        Assert.Equal("ready\n", await page.Client.GetStringAsync("/readyz"));
        Assert.Equal("alive\n", await page.Client.GetStringAsync("/healthz"));

        page.Running.Loop.Camera.Dispose();
        HttpResponseMessage answer = await page.Client.GetAsync("/readyz");
        for (int i = 0; i < 200 && answer.IsSuccessStatusCode; i++)
        {
            await Task.Delay(50);
            answer = await page.Client.GetAsync("/readyz");
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        // First the camera is missed, then the loop ends for want of it.
        Assert.Matches("^The (system is|pipeline's loop) ", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Metrics_are_sent_to_a_collector()
    {
        TaskCompletionSource<byte[]> received = new(TaskCreationOptions.RunContinuationsAsynchronously);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        await using WebApplication collector = builder.Build();
        collector.MapPost("/v1/metrics", async (HttpRequest request) =>
        {
            using MemoryStream body = new();
            await request.Body.CopyToAsync(body);
            received.TrySetResult(body.ToArray());
        });
        await collector.StartAsync();

        await using (
            RunningPipeline running = await new RunningPipeline(options => options.Debug.OtlpEndpoint = collector.Urls.First())
                .StartAsync())
        {
            await running.NextAsync(report => report.Frame > 5, "frame 5");
            Assert.True(running.Part<IEnumerable<IHostedService>>().OfType<OtlpExport>().Single().Flush(TimeSpan.FromSeconds(20)),
                "the collector took nothing");
        }
        string message = Encoding.Latin1.GetString(await received.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        foreach (
            string name in (string[])["EdgeCnn", "edgecnn.frames", "edgecnn.stage", "letterbox", "edgecnn.age", "edgecnn.detections",
                "teal"])
            Assert.Contains(name, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collector_that_is_away_disturbs_nothing()
    {
        await using RunningPipeline running = await new RunningPipeline(options => options.Debug.OtlpEndpoint = "http://127.0.0.1:9")
            .StartAsync();
        await running.NextAsync(report => report.Frame > 20, "frame 20");
    }

    [GeneratedRegex("^# (?<kind>HELP|TYPE) (?<name>[a-z_:][a-z0-9_:]*) .+$")]
    private static partial Regex Comment();

    [GeneratedRegex("""^(?<name>[a-z_:][a-z0-9_:]*)(\{[a-z_]+="([^"\\\n]|\\["\\n])*"(,[a-z_]+="([^"\\\n]|\\["\\n])*")*\})? (NaN|[+-]Inf|[-+0-9.eE]+)$""")]
    private static partial Regex SampleLine();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();
}
