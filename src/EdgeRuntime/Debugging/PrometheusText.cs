using System.Globalization;
using System.Text;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>Writes metrics in Prometheus' text format 0.0.4 (prometheus.io, "Exposition formats").</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<Metric> metrics)
    {
        StringBuilder text = new();
        foreach (Metric metric in metrics)
        {
            string name = metric.Kind == MetricKind.Counter ? metric.Name + "_total" : metric.Name;
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {EscapeHelp(metric.Help)}\n");
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {metric.Kind.ToString().ToLowerInvariant()}\n");
            foreach (Sample sample in metric.Read())
            {
                if (sample.Durations is not null) Histogram(text, name, sample);
                else Line(text, name, sample.Labels, sample.Value);
            }
        }
        return text.ToString();
    }

    private static void Histogram(StringBuilder text, string name, Sample sample)
    {
        Span<long> counts = stackalloc long[Metric.Edges.Length];
        // The sum first: it may then lack what the counts have, but never the other way round.
        double sum = sample.Durations!.Sum.TotalSeconds;
        long total = sample.Durations.CountUpTo(Metric.Edges, counts);
        for (int i = 0; i < counts.Length; i++) Bucket(Number(Metric.Edges[i].TotalSeconds), counts[i]);
        Bucket("+Inf", total);
        Line(text, name + "_sum", sample.Labels, sum);
        Line(text, name + "_count", sample.Labels, total);

        void Bucket(string edge, long count) => Line(text, name + "_bucket", [.. sample.Labels, new("le", edge)], count);
    }

    private static void Line(StringBuilder text, string name, IReadOnlyList<KeyValuePair<string, string>> labels, double value)
    {
        text.Append(name);
        for (int i = 0; i < labels.Count; i++)
            text.Append(i == 0 ? '{' : ',').Append(labels[i].Key).Append("=\"").Append(EscapeLabel(labels[i].Value)).Append('"');
        if (labels.Count > 0) text.Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string EscapeHelp(string text) =>
        text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);

    private static string EscapeLabel(string text) => EscapeHelp(text).Replace("\"", "\\\"", StringComparison.Ordinal);
}
