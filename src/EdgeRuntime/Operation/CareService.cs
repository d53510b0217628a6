using Microsoft.Extensions.Hosting;

namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>Lets every camera look at the board once a second, and give up what its settings name.</summary>
internal sealed class CareService(CameraLoops loops, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(1), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await Task.WhenAll(loops.All.Select(loop => loop.Care.LookAsync(stoppingToken)));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }
}
