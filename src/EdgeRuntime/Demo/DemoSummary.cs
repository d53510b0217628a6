using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeCnn.EdgeRuntime.Operation;

namespace EdgeCnn.EdgeRuntime.Demo;

/// <summary>A few percentiles of how long something took, in milliseconds.</summary>
internal sealed record Percentiles(double P50, double P90, double P99, double Max)
{
    public static Percentiles Of(LatencyHistogram histogram) => new(
        Milliseconds(histogram.Percentile(0.5)),
        Milliseconds(histogram.Percentile(0.9)),
        Milliseconds(histogram.Percentile(0.99)),
        Milliseconds(histogram.Maximum));

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);
}

/// <summary>What happened in a demonstration.</summary>
/// <param name="Camera">What it looked at.</param>
/// <param name="Model">The network's file.</param>
/// <param name="Backend">Who computed it.</param>
/// <param name="Frames">That went through the pipeline.</param>
/// <param name="Dropped">Replaced by a newer one before the pipeline was free.</param>
/// <param name="Fps">Frames per second from the first frame on.</param>
/// <param name="Detections">In all frames together.</param>
/// <param name="FirstFrameSeconds">From the start of the daemon to the first report.</param>
/// <param name="Ms">By stage, and from capture to publish and to the wire.</param>
/// <param name="Sent">Messages that left for the robot.</param>
/// <param name="Acknowledged">Messages that the robot said it has seen.</param>
/// <param name="RobotTargets">Targets that the robot turned to.</param>
/// <param name="RobotStops">How often the robot stopped itself because a target had grown too old.</param>
/// <param name="RobotErrors">Damaged messages that the robot received.</param>
/// <param name="Picture">The annotated picture; null when nothing was ever detected.</param>
internal sealed record DemoSummary(
    string Camera,
    string Model,
    string Backend,
    long Frames,
    long Dropped,
    double Fps,
    long Detections,
    double FirstFrameSeconds,
    IReadOnlyDictionary<string, Percentiles> Ms,
    long Sent,
    long Acknowledged,
    long RobotTargets,
    long RobotStops,
    long RobotErrors,
    string? Picture)
{
    public void Print(bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(this, DemoJson.Default.DemoSummary));
            return;
        }
        Line($"camera    {Camera}");
        Line($"network   {Model} on {Backend}");
        Line($"frames    {Frames} seen, {Dropped} dropped, {Fps:F1} per second, {Detections} objects, the first after {FirstFrameSeconds:F2} s");
        Line($"robot     {Sent} messages sent, {Acknowledged} acknowledged, {RobotErrors} damaged; it turned to {RobotTargets} targets and stopped itself {RobotStops} times");
        Line($"{"ms",-20}{"p50",9}{"p90",9}{"p99",9}{"max",9}");
        foreach ((string stage, Percentiles ms) in Ms) Line($"  {stage,-18}{ms.P50,9:F2}{ms.P90,9:F2}{ms.P99,9:F2}{ms.Max,9:F2}");
        Line($"picture   {Picture ?? "none: nothing was detected"}");
    }

    private static void Line(FormattableString line) => Console.Out.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DemoSummary))]
internal sealed partial class DemoJson : JsonSerializerContext;
