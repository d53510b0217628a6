using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Recording;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>How the daemon is, as the API tells it.</summary>
internal sealed record DaemonState(
    SystemState State,
    double UptimeS,
    long Frames,
    double Fps,
    int SettingsRevision,
    string Name,
    IReadOnlyList<CameraSummary> Cameras,
    CameraReport Camera,
    ModelReport Model,
    IReadOnlyList<StageReport> Stages,
    StageReport Age,
    IReadOnlyList<LinkReport> Links,
    BoardReport Board,
    CareReport Care,
    RecordingReport Recording,
    WatchingReport Watching)
{
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, DaemonStateJson.Default.DaemonState);
}

/// <summary>A camera among the others.</summary>
internal sealed record CameraSummary(string Name, SystemState State, double Fps, bool ForRobot);

internal sealed record CameraReport(
    CameraState State, string Description, string Detail, long Captured, long Dropped, long Reopened, double Fps, int Width, int Height);

internal sealed record ModelReport(
    string Path, string Backend, string Task, int InputWidth, int InputHeight, int Classes, float Confidence, float? Iou,
    IReadOnlyList<string> Remarks);

/// <summary>Milliseconds: of the latest frame, and percentiles of the latest 256.</summary>
internal sealed record StageReport(string Name, double LastMs, double P50Ms, double P99Ms);

internal sealed record LinkReport(
    string Description, LinkState State, string Detail, long Sent, long Acknowledged, long Dropped, long Errors, long Reopened,
    double RoundTripMs);

/// <summary>Memory and disk in bytes; processor time in seconds since the start; null what the system does not tell.</summary>
internal sealed record BoardReport(
    int TemperatureC, bool Throttled, double? Load, long? FreeMemory, long FreeDisk, long Memory, long ManagedMemory, int Collections,
    double CpuS, int Cores);

/// <summary>What is given up while the board is in trouble: all steps, the first so many that are in force, and why.</summary>
internal sealed record CareReport(IReadOnlyList<string> Steps, int Level, string Trouble);

internal sealed record WatchingReport(int Pictures, int Events);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(SnakeCase<SystemState>), typeof(SnakeCase<CameraState>), typeof(SnakeCase<LinkState>)])]
[JsonSerializable(typeof(DaemonState))]
[JsonSerializable(typeof(SettingsChange))]
internal sealed partial class DaemonStateJson : JsonSerializerContext;

/// <summary>Names of choices as in JSON lines: camera_lost.</summary>
internal sealed class SnakeCase<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>Looks at the parts of the daemon; from any thread.</summary>
internal sealed class DaemonObserver(PipelineService service, CameraLoops loops, IReadOnlyList<IPublisher> publishers, Board board)
{
    /// <summary>A loop that takes longer than this for a round is of no use to a robot.</summary>
    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(2);

    /// <param name="loop">The camera that is looked at.</param>
    /// <param name="pictures">How many watch its pictures.</param>
    /// <param name="events">How many listen to its events.</param>
    public DaemonState Look(CameraLoop loop, int pictures, int events)
    {
        CameraStatus status = loop.Camera.Status;
        Pipeline pipeline = loop.Pipeline;
        EdgeOptions settings = loop.Settings.Current;
        return new DaemonState(
            loop.State, Rounded(service.Uptime.TotalSeconds), pipeline.Frames, Rounded(loop.Fps), loop.Settings.Revision, loop.Name,
            [.. loops.All.Select(static camera => new CameraSummary(camera.Name, camera.State, Rounded(camera.Fps), camera.IsForRobot))],
            new(status.State, loop.Camera.Description, status.Detail, status.Captured, status.Dropped, status.Reopened, Rounded(status.Fps),
                pipeline.Report.Width, pipeline.Report.Height),
            Describe(pipeline.Vision.Model, settings.Model.Path),
            [.. Enum.GetValues<Stage>().Select(stage => Measure(stage.ToString().ToLowerInvariant(), pipeline.Clock.Recent(stage)))],
            Measure("capture to publish", pipeline.Clock.RecentAge),
            [.. publishers.Select(Describe)],
            Describe(settings.Record),
            new(loop.Care.Steps, loop.Care.StepsInForce.Count, loop.Care.Trouble),
            RecordingReport.Of(loop.Recorder.State),
            new(pictures, events));
    }

    /// <summary>
    /// What keeps the daemon from being of use: a sentence each, none when the frames of every camera flow and every link is answered.
    /// </summary>
    public IEnumerable<string> WhyNotReady()
    {
        foreach (CameraLoop loop in loops.All)
        {
            bool several = loops.All.Count > 1;
            if (loop.State is SystemState.Running or SystemState.Degraded && !(several && loop.HasEnded)) continue;
            string which = several ? $"The camera {loop.Name}" : "The system", what = several
                && loop.HasEnded ? "has ended" : $"is {loop.State}";
            yield return $"{which} {what}. {loop.Camera.Status.Detail}".TrimEnd();
        }
        if (service.SinceLastRound > LongestRound) yield return "The pipeline's loop hangs or has ended.";
        foreach (IPublisher publisher in publishers)
        {
            LinkStatus status = publisher.Status;
            if (status.State != LinkState.Up) yield return $"{publisher.Description} is {status.State}. {status.Detail}".TrimEnd();
        }
    }

    private BoardReport Describe(RecordOptions record) => new(
        service.TemperatureC, service.IsThrottled, board.Load, 1_000_000L * board.FreeMemoryMegabytes,
        Retention.FreeAround(record.FolderInUse),
        Environment.WorkingSet, GC.GetTotalMemory(false), GC.CollectionCount(0), Rounded(Environment.CpuUsage.TotalTime.TotalSeconds),
        Environment.ProcessorCount);

    private static ModelReport Describe(VisionModel model, string path)
    {
        (_, int height, int width, _) = Models.Tasks.Preprocessor.PictureShape(model.Network.Inputs[0]);
        return new(
            path, model.Network.Backend, model.Task.Kind.ToString().ToLowerInvariant(), width, height, model.Labels.Count,
            model.Detector?.Confidence ?? model.Classifier!.Confidence, model.Detector?.Iou, [.. model.Assumptions]);
    }

    private static LinkReport Describe(IPublisher publisher)
    {
        LinkStatus status = publisher.Status;
        return new(
            publisher.Description, status.State, status.Detail, status.Sent, status.Acknowledged, status.Dropped, status.Errors,
            status.Reopened,
            Rounded(status.RoundTrip.TotalMilliseconds));
    }

    private static StageReport Measure(string name, RecentDurations durations)
    {
        Span<TimeSpan> percentiles = stackalloc TimeSpan[2];
        durations.Percentiles([0.5, 0.99], percentiles);
        return new(name, Rounded(durations.Last.TotalMilliseconds), Rounded(percentiles[0].TotalMilliseconds),
            Rounded(percentiles[1].TotalMilliseconds));
    }

    private static double Rounded(double value) => Math.Round(value, 3);
}
