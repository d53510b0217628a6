using System.Globalization;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Debugging;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Publishing.Simulation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EdgeCnn.EdgeRuntime.Demo;

/// <summary>Runs the daemon for some seconds against a virtual robot, shows what happens, and sums it up.</summary>
internal sealed class Demonstration(EdgeOptions options, TimeSpan duration, string? folder)
{
    private static readonly TimeSpan ShowEvery = TimeSpan.FromSeconds(0.5);

    private readonly string _folder = folder ?? Directory.CreateTempSubdirectory("edgecnn-demo-").FullName;
    private long _detections;
    private long _shown;
    private Frame? _best;
    private Report? _bestReport;

    /// <param name="model">The network; null: the one for the arena.</param>
    /// <param name="live">What happens is shown on stdout while it happens.</param>
    /// <param name="stop">Ends the demonstration early.</param>
    public async Task<DemoSummary> RunAsync(string? model, bool live, CancellationToken stop)
    {
        Directory.CreateDirectory(_folder);
        options.Model.Path = model ?? BundledModels.Arena;
        using VirtualRobot robot = new(TimeProvider.System);
        options.Link.Port = robot.PortName;
        using IHost host = Daemon.Build(options, [], quiet: true);
        IServiceProvider parts = host.Services;
        parts.GetRequiredService<CameraLoops>().First.Seen = (frame, report) =>
        {
            Remember(frame, report);
            if (live) Show(report, robot.State);
        };

        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task daemon = Daemon.RunAsync(host, end.Token);
        await Task.WhenAny(daemon, Task.Delay(duration, stop));
        DemoSummary summary = Summarise(parts, robot.State);
        await end.CancelAsync();
        await daemon;
        return summary with { Picture = SavePicture() };
    }

    /// <summary>
    /// Keeps the frame with the most objects for the picture, one with a target if there is. On the pipeline's thread: it copies seldom.
    /// </summary>
    private void Remember(Frame frame, Report report)
    {
        _detections += report.Detections.Count;
        if (Worth(report) <= Worth(_bestReport)) return;
        _best?.Dispose();
        (_best, _bestReport) = (frame.Copy(), report.Copy());
    }

    private static int Worth(Report? report) =>
        report is null ? 0 : (2 * report.Detections.Count) + (report.Target is null ? 0 : 1) + report.Classes.Count;

    private void Show(Report report, RobotState robot)
    {
        if (TimeProvider.System.GetElapsedTime(_shown) < ShowEvery) return;
        _shown = TimeProvider.System.GetTimestamp();
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"frame {report.Frame,5}: {(report.IsClassification ? Likeliest(report) : Target(report))}; ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"the robot looks to {robot.PanDegrees:F1} {robot.TiltDegrees:F1}, heard {robot.Messages} messages"));
    }

    private static string Target(Report report)
    {
        string target = report.Target is { } t
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{report.NameOf(t.Track.ClassId)} #{t.Track.Id} at yaw {t.YawDegrees:F1} pitch {t.PitchDegrees:F1}")
            : "nothing";
        return string.Create(CultureInfo.InvariantCulture, $"{report.Detections.Count} objects, target {target}");
    }

    private static string Likeliest(Report report) => report.Classes is [{ } first, ..]
        ? string.Create(CultureInfo.InvariantCulture, $"most likely {report.NameOf(first.ClassId)} ({first.Confidence:F2})")
        : "no class";

    private DemoSummary Summarise(IServiceProvider parts, RobotState robot)
    {
        CameraLoop loop = parts.GetRequiredService<CameraLoops>().First;
        (Pipeline pipeline, ICamera camera) = (loop.Pipeline, loop.Camera);
        IPublisher link = parts.GetRequiredService<IReadOnlyList<IPublisher>>()[0];
        Dictionary<string, Percentiles> ms = Enum.GetValues<Stage>().ToDictionary(
            stage => stage.ToString().ToLowerInvariant(), stage => Percentiles.Of(pipeline.Clock[stage]));
        ms["capture to publish"] = Percentiles.Of(pipeline.Clock.CaptureToPublish);
        ms["capture to wire"] = Percentiles.Of(link.CaptureToWire);
        return new DemoSummary(
            camera.Description, options.Model.Path, pipeline.Vision.Model.Network.Backend,
            pipeline.Frames, camera.Status.Dropped, Math.Round(loop.AverageFps, 2), _detections,
            Math.Round(loop.FirstFrame.TotalSeconds, 3), ms,
            link.Status.Sent, link.Status.Acknowledged, robot.TargetsObeyed, robot.StopsByTtl, robot.Errors, Picture: null);
    }

    private string? SavePicture()
    {
        if (_best is null || _bestReport is null) return null;
        using Frame picture = _best;
        Overlay.Draw(picture, _bestReport);
        string path = Path.Join(_folder, "demo.jpg");
        ImageFile.Write(path, picture);
        return path;
    }
}
