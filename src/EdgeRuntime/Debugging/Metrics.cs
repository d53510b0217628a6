using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Publishing;
using Microsoft.AspNetCore.Http;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>The one list of what is measured: Prometheus and OpenTelemetry both read it.</summary>
internal sealed class Metrics
{
    public Metrics(PipelineService service, CameraLoops loops, IReadOnlyList<IPublisher> publishers, Board board)
    {
        (CameraLoop Loop, DetectionCounts Detections)[] cameras = [.. loops.All.Select(static loop => (loop, new DetectionCounts()))];
        foreach ((CameraLoop loop, DetectionCounts detections) in cameras) loop.Seen += (_, report) => detections.Add(report);
        All =
        [
            Cameras("edgecnn_frames", MetricKind.Counter, "{frame}", "Frames that went through the pipeline.",
                static loop => loop.Pipeline.Frames),
            Cameras("edgecnn_camera_frames", MetricKind.Counter, "{frame}", "Frames that came from the camera.",
                static loop => loop.Camera.Status.Captured),
            Cameras(
                "edgecnn_camera_dropped", MetricKind.Counter, "{frame}", "Frames that a newer one replaced before the pipeline took them.",
                static loop => loop.Camera.Status.Dropped),
            Cameras("edgecnn_camera_reopened", MetricKind.Counter, "{time}", "How often the camera was opened again.",
                static loop => loop.Camera.Status.Reopened),
            Cameras("edgecnn_fps", MetricKind.Gauge, "{frame}/s", "Frames per second through the pipeline, over the last second.",
                static loop => loop.Fps),
            new("edgecnn_state", MetricKind.Gauge, "", "1 for the state that a camera and its pipeline are in, 0 for the others.",
                () => loops.All.SelectMany(static loop => Enum.GetValues<SystemState>().Select(
                    state => Sample.Of(state == loop.State ? 1 : 0, Name(loop), Label("state", SnakeCase(state)))))),
            new("edgecnn_model_info", MetricKind.Gauge, "", "1, with the model that runs and who computes it.",
                () => loops.All.Select(static loop => Sample.Of(
                    1, Name(loop), Label("model", Path.GetFileName(loop.Settings.Current.Model.Path)),
                    Label("backend", loop.Pipeline.Vision.Model.Network.Backend)))),
            new("edgecnn_detections", MetricKind.Counter, "{detection}", "Detections by class.",
                () => cameras.SelectMany(static camera => camera.Detections.All.Select(
                    count => Sample.Of(count.Value, Name(camera.Loop), Label("class", count.Key))))),
            new("edgecnn_stage_seconds", MetricKind.Histogram, "s", "How long each stage of the pipeline takes.",
                () => loops.All.SelectMany(static loop => Enum.GetValues<Stage>().Select(
                    stage => Sample.Of(loop.Pipeline.Clock[stage], Name(loop), Label("stage", SnakeCase(stage)))))),
            new("edgecnn_age_seconds", MetricKind.Histogram, "s", "From the capture of a frame to its report's publication.",
                () => loops.All.Select(static loop => Sample.Of(loop.Pipeline.Clock.CaptureToPublish, Name(loop)))),
            Cameras("edgecnn_care_level", MetricKind.Gauge, "{step}", "How many of Care:Steps are in force.",
                static loop => loop.Care.StepsInForce.Count),
            new("edgecnn_wire_age_seconds", MetricKind.Histogram, "s", "From the capture of a frame to the moment its message left.",
                () => publishers.Select(link => Sample.Of(link.CaptureToWire, Label("link", link.Description)))),
            new("edgecnn_link_up", MetricKind.Gauge, "", "1 while the far end answers.",
                () => publishers.Select(link => Sample.Of(link.Status.State == LinkState.Up ? 1 : 0, Label("link", link.Description)))),
            Links("edgecnn_link_sent", "{message}", "Messages that left.", status => status.Sent),
            Links("edgecnn_link_acknowledged", "{message}", "Messages that the far end has seen.", status => status.Acknowledged),
            Links("edgecnn_link_dropped", "{message}", "Messages that newer ones replaced before they could leave.",
                status => status.Dropped),
            Links("edgecnn_link_errors", "{frame}", "Damaged frames, here and at the far end.", status => status.Errors),
            Links("edgecnn_link_reopened", "{time}", "How often the port was opened again.", status => status.Reopened),
            Gauge("edgecnn_temperature_celsius", "Cel", "The processor's temperature; 0 when the board does not tell.",
                () => service.TemperatureC),
            Gauge("edgecnn_throttled", "", "1 while the board holds its clock down.", () => service.IsThrottled ? 1 : 0),
            Gauge("edgecnn_load", "", "Processes that run or wait for a core, averaged over a minute; 0 when the system does not tell.",
                () => board.Load ?? 0),
            Gauge("edgecnn_uptime_seconds", "s", "Since the start.", () => service.Uptime.TotalSeconds),
            Gauge("process_resident_memory_bytes", "By", "Memory that the process has.", () => Environment.WorkingSet),
            Counter(
                "process_cpu_seconds", "s", "Processor time that the process has used.", () => Environment.CpuUsage.TotalTime.TotalSeconds),
            Gauge("edgecnn_managed_memory_bytes", "By", "Of that, the garbage collector's.", () => GC.GetTotalMemory(false)),
            new("edgecnn_collections", MetricKind.Counter, "{collection}", "Garbage collections by generation.",
                () =>
                    Enumerable.Range(0, GC.MaxGeneration + 1).Select(
                        g =>
                            Sample.Of(GC.CollectionCount(g),
                                Label("generation", g.ToString(System.Globalization.CultureInfo.InvariantCulture))))),
            Counter("edgecnn_collection_pause_seconds", "s", "Time that garbage collections stopped the process for.",
                () => GC.GetTotalPauseDuration().TotalSeconds),
        ];

        Metric Cameras(string name, MetricKind kind, string unit, string help, Func<CameraLoop, double> read) =>
            new(name, kind, unit, help, () => loops.All.Select(loop => Sample.Of(read(loop), Name(loop))));

        Metric Links(string name, string unit, string help, Func<LinkStatus, long> read) => new(
            name, MetricKind.Counter, unit, help, () =>
                publishers.Select(link => Sample.Of(read(link.Status), Label("link", link.Description))));
    }

    public IReadOnlyList<Metric> All { get; }

    public Task SendAsync(HttpContext context)
    {
        context.Response.ContentType = PrometheusText.ContentType;
        return context.Response.WriteAsync(PrometheusText.Write(All), context.RequestAborted);
    }

    private static Metric Counter(string name, string unit, string help, Func<double> read) =>
        new(name, MetricKind.Counter, unit, help, () => [Sample.Of(read())]);

    private static Metric Gauge(string name, string unit, string help, Func<double> read) =>
        new(name, MetricKind.Gauge, unit, help, () => [Sample.Of(read())]);

    private static KeyValuePair<string, string> Name(CameraLoop loop) => Label("camera", loop.Name);

    private static KeyValuePair<string, string> Label(string name, string value) => new(name, value);

    private static string SnakeCase<T>(T value) where T : struct, Enum =>
        System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
