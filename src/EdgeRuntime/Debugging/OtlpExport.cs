using System.Diagnostics.Metrics;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Publishing;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>
/// Sends the metrics to an OpenTelemetry collector (OTLP over HTTP), every ten seconds and from a thread of its own: a collector that is
/// slow or away costs the pipeline nothing. Histograms are fed frame by frame, everything else is read when it is sent.
/// </summary>
internal sealed class OtlpExport : IHostedService, IDisposable
{
    public const string MeterName = "EdgeCnn";

    private const int IntervalMs = 10_000, TimeoutMs = 5_000;

    private readonly string _endpoint;
    private readonly CameraLoops _loops;
    private readonly List<(CameraLoop Loop, Action<Frame, Report> Record)> _recording = [];
    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _stages;
    private readonly Histogram<double> _age;
    private MeterProvider? _provider;

    public OtlpExport(DebugOptions options, CameraLoops loops, Metrics metrics)
    {
        (_endpoint, _loops) = (options.OtlpEndpoint!, loops);
        foreach (Metric metric in metrics.All) Observe(metric);
        InstrumentAdvice<double> buckets = new() { HistogramBucketBoundaries = [.. Metric.Edges.Select(static edge => edge.TotalSeconds)] };
        _stages = _meter.CreateHistogram("edgecnn.stage", "s", "How long each stage of the pipeline takes.", tags: null, buckets);
        _age = _meter.CreateHistogram("edgecnn.age", "s", "From the capture of a frame to its report's publication.", tags: null, buckets);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _provider = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(static resource => resource.AddService("edgecnn", serviceInstanceId: Environment.MachineName))
            .AddMeter(MeterName)
            .AddOtlpExporter((otlp, reader) =>
            {
                otlp.Protocol = OtlpExportProtocol.HttpProtobuf;
                otlp.Endpoint = new Uri(_endpoint.TrimEnd('/') + "/v1/metrics");
                otlp.TimeoutMilliseconds = TimeoutMs;
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = IntervalMs;
            })
            .Build();
        foreach (CameraLoop loop in _loops.All)
        {
            Action<Frame, Report> record = Recording(loop);
            loop.Seen += record;
            _recording.Add((loop, record));
        }
        return Task.CompletedTask;
    }

    /// <summary>Sends what there is now; false when the collector does not take it in time.</summary>
    internal bool Flush(TimeSpan patience) => _provider!.ForceFlush((int)patience.TotalMilliseconds);

    /// <summary>Sends what there is, unless the collector is slow.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        foreach ((CameraLoop loop, Action<Frame, Report> record) in _recording) loop.Seen -= record;
        return Task.Run(() => _provider?.Shutdown(timeoutMilliseconds: 500), CancellationToken.None);
    }

    public void Dispose()
    {
        _provider?.Dispose();
        _meter.Dispose();
    }

    /// <summary>What takes down the times of a camera's frames, on its loop's thread; allocates nothing per frame.</summary>
    private Action<Frame, Report> Recording(CameraLoop loop)
    {
        KeyValuePair<string, object?> camera = new("camera", loop.Name);
        KeyValuePair<string, object?>[] stages =
        [
            .. Enum.GetValues<Stage>().Select(
                static stage => new KeyValuePair<string, object?>("stage", stage.ToString().ToLowerInvariant())),
        ];
        return (_, _) =>
        {
            StageClock clock = loop.Pipeline.Clock;
            for (int i = 0; i < stages.Length; i++) _stages.Record(clock.Last((Stage)i).TotalSeconds, camera, stages[i]);
            _age.Record(clock.RecentAge.Last.TotalSeconds, camera);
        };
    }

    private void Observe(Metric metric)
    {
        // edgecnn_link_sent is edgecnn.link_sent there.
        int first = metric.Name.IndexOf('_', StringComparison.Ordinal);
        string name = string.Concat(metric.Name.AsSpan(0, first), ".", metric.Name.AsSpan(first + 1));
        if (metric.Kind == MetricKind.Counter) _meter.CreateObservableCounter(name, () => Measure(metric), metric.Unit, metric.Help);
        if (metric.Kind == MetricKind.Gauge) _meter.CreateObservableGauge(name, () => Measure(metric), metric.Unit, metric.Help);
    }

    private static IEnumerable<Measurement<double>> Measure(Metric metric) => metric.Read().Select(static sample => new Measurement<double>(
        sample.Value, sample.Labels.Select(static label => new KeyValuePair<string, object?>(label.Key, label.Value))));
}
