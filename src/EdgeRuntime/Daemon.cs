using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Debugging;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Recording;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace EdgeCnn.EdgeRuntime;

/// <summary>Puts the daemon together as the settings say, and runs it to its end.</summary>
internal static class Daemon
{
    /// <summary>SIGTERM to exit has to take less than two seconds; what has not stopped by then is left behind.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(1.5);

    /// <param name="options">The settings, checked.</param>
    /// <param name="publishers">Whom to tell, beside those that the settings name; the host's own from here on.</param>
    /// <param name="quiet">Only warnings are logged.</param>
    /// <param name="source">Where the settings came from, so that changes there are followed; null: they are not.</param>
    /// <returns>The host, with everything loaded and nothing started.</returns>
    /// <exception cref="Exception">The model, the camera or a publisher cannot be had as configured; one sentence.</exception>
    public static IHost Build(EdgeOptions options, IReadOnlyList<IPublisher> publishers, bool quiet, SettingsSource? source = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(quiet ? LogLevel.Warning : options.Log.Level).AddFilter("Microsoft", LogLevel.Warning)
            // Of every connection that is one too many it would make a line: a crowd is not to fill the journal.
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error)
            .AddConsole(console =>
            {
                console.FormatterName = LogFormatter.FormatterName;
                // stdout belongs to JSON lines.
                console.LogToStandardErrorThreshold = LogLevel.Trace;
            })
            .AddConsoleFormatter<LogFormatter, ConsoleFormatterOptions>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(_ => ServiceNotifier.FromEnvironment());
        builder.Services.AddSingleton(_ => new Board());
        builder.Services.AddSingleton(provider => new CameraLoops(OpenCameras(provider)));
        builder.Services.AddSingleton(provider => Publishers.Open(
            options.Link, options.Output, publishers, TimeProvider.System, provider.GetRequiredService<ILogger<IPublisher>>()));
        builder.Services.AddSingleton<PipelineService>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<PipelineService>());
        if (options.Debug.Url is { Length: > 0 }) AddPage(builder.Services, options);
        if (options.Debug.OtlpEndpoint is { Length: > 0 }) AddExport(builder.Services, options.Debug);
        builder.Services.AddHostedService<CareService>();
        if (source is not null)
        {
            builder.Services.AddSingleton(source).AddSingleton<SettingsReload>();
            builder.Services.AddHostedService(provider => provider.GetRequiredService<SettingsReload>());
        }

        IHost host = builder.Build();
        try
        {
            // Everything that can be wrong with the settings shows here, before anything runs.
            CameraLoops loops = host.Services.GetRequiredService<CameraLoops>();
            host.Services.GetRequiredService<PipelineService>();
            foreach (CameraLoop loop in loops.All.Where(static loop => loop.Settings.Current.Record.Enabled)) loop.Recorder.Start();
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>Runs until a file ends, something is wrong, or <paramref name="stop"/>.</summary>
    /// <exception cref="Exception">What ended it, when it was neither of the first and the last.</exception>
    public static async Task RunAsync(IHost host, CancellationToken stop)
    {
        await host.StartAsync(stop);
        await host.WaitForShutdownAsync(stop);
        if (host.Services.GetRequiredService<PipelineService>().Failure is { } failure)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>The page and all that belongs to it; without an address none of it is even loaded.</summary>
    private static void AddPage(IServiceCollection services, EdgeOptions options)
    {
        services.AddSingleton<DaemonObserver>();
        services.TryAddSingleton<Metrics>();
        services.AddSingleton(provider => new CameraPages(
            [.. provider.GetRequiredService<CameraLoops>().All.Select(loop => CameraPage.Of(
                loop, options, provider.GetRequiredService<DaemonObserver>(), provider.GetRequiredService<ILogger<LiveFeed>>()))]));
        services.AddSingleton<DebugApi>();
        services.AddSingleton(provider => new DebugServer(
            options.Debug, provider.GetRequiredService<CameraPages>(), provider.GetRequiredService<DebugApi>(),
            provider.GetRequiredService<ILoggerFactory>()));
        services.AddHostedService(provider => provider.GetRequiredService<DebugServer>());
    }

    private static void AddExport(IServiceCollection services, DebugOptions options)
    {
        services.TryAddSingleton<Metrics>();
        services.AddSingleton<IHostedService>(provider => new OtlpExport(
            options, provider.GetRequiredService<CameraLoops>(), provider.GetRequiredService<Metrics>()));
    }

    private static List<CameraLoop> OpenCameras(IServiceProvider provider)
    {
        EdgeOptions options = provider.GetRequiredService<EdgeOptions>();
        IReadOnlyList<IPublisher> publishers = provider.GetRequiredService<IReadOnlyList<IPublisher>>();
        bool named = options.Cameras.Count > 0;
        SharedNetworks networks = new();
        List<CameraLoop> loops = [];
        try
        {
            foreach (CameraSettings camera in CameraSettings.Of(options))
            {
                ILogger log = provider.GetRequiredService<ILogger<CameraLoop>>();
                if (named) log = new CameraLog(log, camera.Name);
                loops.Add(Open(camera, publishers, provider.GetRequiredService<Board>(), named ? networks.Load : null, log));
                if (named) loops[^1].Pipeline.Report.Camera = camera.Name;
            }
            return loops;
        }
        catch
        {
            foreach (CameraLoop loop in loops) loop.Dispose();
            throw;
        }
    }

    /// <summary>The model first, since without one no camera is of use.</summary>
    private static CameraLoop Open(
        CameraSettings settings, IReadOnlyList<IPublisher> publishers, Board board, NetworkLoader? load, ILogger log)
    {
        TimeProvider time = TimeProvider.System;
        EdgeOptions options = settings.Options;
        Vision vision = Vision.Load(options, time, load);
        log.LogInformation("{Model} runs on {Backend}.", options.Model.Path, vision.Model.Network.Backend);
        foreach (string assumption in vision.Model.Assumptions) log.LogInformation("Assumed: {Assumption}", assumption);
        Pipeline pipeline = new(vision, publishers, time);
        try
        {
            ICamera camera = Cameras.Open(options.Camera, time, log);
            LiveSettings live = new(options, pipeline, camera, log);
            Recorder recorder = new(options.Record, () => camera.Description, () => live.Current, time, log);
            Snapshots snapshots = new(options.Record, time, log);
            FrameLimit limit = new(time);
            BoardCare care = new(options.Care, board, live, limit, recorder, time, log);
            TimeSpan staleAfter = TimeSpan.FromMilliseconds(options.Link.StaleMs);
            return new CameraLoop(settings.Name, camera, pipeline, live, recorder, snapshots, limit, care, staleAfter, time, log);
        }
        catch
        {
            pipeline.Dispose();
            throw;
        }
    }
}
