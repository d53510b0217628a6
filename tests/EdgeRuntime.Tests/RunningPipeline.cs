using System.Collections.Concurrent;
using System.Diagnostics;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EdgeCnn.EdgeRuntime.Tests;

/// <summary>The whole daemon in this process, over the test pattern and the network that is made for it.</summary>
internal sealed class RunningPipeline : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgecnn-running-").FullName;
    private readonly ConcurrentQueue<Report> _reports = new();
    private readonly IHost _host;

    /// <param name="change">What differs from the defaults.</param>
    /// <param name="publishers">Whom to tell, beside those that the options name.</param>
    public RunningPipeline(Action<EdgeOptions>? change = null, IReadOnlyList<IPublisher>? publishers = null)
    {
        Model = Path.Join(_folder, "pattern.onnx");
        OnnxModel.Write(PatternNetwork.Build(), Model);
        Options = new EdgeOptions();
        (Options.Camera.Source, Options.Model.Path) = ("pattern", Model);
        change?.Invoke(Options);
        _host = Daemon.Build(Options, publishers ?? [], quiet: true);
        Loop.Seen = (_, report) => _reports.Enqueue(report.Copy());
    }

    public EdgeOptions Options { get; }

    /// <summary>The file of the pattern's network.</summary>
    public string Model { get; }

    public string this[string name] => Path.Join(_folder, name);

    /// <summary>The first camera, of mostly one.</summary>
    public CameraLoop Loop => Part<CameraLoops>().First;

    public T Part<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    public async Task<RunningPipeline> StartAsync()
    {
        await _host.StartAsync();
        return this;
    }

    /// <summary>Waits for a report that fits, among those that come from now on.</summary>
    public async Task<Report> NextAsync(Func<Report, bool> fits, string what)
    {
        _reports.Clear();
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < 20)
        {
            while (_reports.TryDequeue(out Report? report))
            {
                if (fits(report)) return report;
            }
            await Task.Delay(10);
        }
        throw new TimeoutException($"No frame with {what} within 20 s.");
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
