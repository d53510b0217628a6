using EdgeCnn.EdgeRuntime.Operation;

namespace EdgeCnn.EdgeRuntime.Debugging;

internal enum MetricKind
{
    /// <summary>Only rises.</summary>
    Counter,

    /// <summary>Rises and falls.</summary>
    Gauge,

    /// <summary>Durations in seconds, counted by how long they are.</summary>
    Histogram,
}

/// <summary>Something that is measured.</summary>
/// <param name="Name">As Prometheus writes it, with its unit: edgecnn_temperature_celsius; a counter's without its _total.</param>
/// <param name="Kind">How it is to be read.</param>
/// <param name="Unit">As OpenTelemetry writes it (UCUM): "s", "By", "Cel", "{frame}".</param>
/// <param name="Help">One sentence.</param>
/// <param name="Read">Its values now; from any thread.</param>
internal sealed record Metric(string Name, MetricKind Kind, string Unit, string Help, Func<IEnumerable<Sample>> Read)
{
    /// <summary>
    /// The buckets of histograms: from a quarter of a millisecond to ten seconds, about two to a doubling where frames are.
    /// </summary>
    public static readonly TimeSpan[] Edges =
    [
        .. new[] { 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 40, 60, 80, 100, 150, 250, 500, 1000, 2500, 10_000 }.Select(
            TimeSpan.FromMilliseconds),
    ];
}

/// <summary>One value of a metric.</summary>
/// <param name="Labels">Which of the metric's values it is.</param>
/// <param name="Value">Of a counter or gauge.</param>
/// <param name="Durations">Of a histogram.</param>
internal readonly record struct Sample(IReadOnlyList<KeyValuePair<string, string>> Labels, double Value, LatencyHistogram? Durations = null)
{
    public static Sample Of(double value, params KeyValuePair<string, string>[] labels) => new(labels, value);

    public static Sample Of(LatencyHistogram durations, params KeyValuePair<string, string>[] labels) => new(labels, 0, durations);
}
