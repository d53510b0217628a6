using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>Where the settings came from, so that they can be read again.</summary>
/// <param name="File">The configuration file; null: there is none.</param>
/// <param name="Overrides">The command line's.</param>
public sealed record SettingsSource(string? File, IReadOnlyList<string> Overrides);

/// <summary>
/// Follows the configuration file: what has changed in it comes into force within two seconds. An edit that cannot be used is refused with
/// its line and reason, and the settings in force stay. What can only change at the next start is said.
/// </summary>
public sealed class SettingsReload(
    SettingsSource source, CameraLoops loops, TimeProvider time, ILogger<SettingsReload> log) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly string? _file = source.File ?? SettingsLoader.FileInUse(null);
    private volatile bool _asked;
    private Stamp _read, _seen;

    /// <summary>Reads the file again even if it looks the same, and loads the model again, whose file may have changed.</summary>
    public void Ask() => _asked = true;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _read = _seen = Stamp.Of(_file);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Tick, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await LookAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Looks whether the file has changed, and has stayed as it is since the last look: editors write in several steps.</summary>
    internal async Task LookAsync(CancellationToken stop)
    {
        Stamp now = Stamp.Of(_file);
        bool settled = now == _seen;
        _seen = now;
        if (!_asked && (!settled || now == _read)) return;
        bool reloadModel = _asked;
        (_asked, _read) = (false, now);
        if (_file is not null && !now.Exists)
        {
            log.LogWarning("The configuration {File} is gone; the settings in force stay.", _file);
            return;
        }
        try
        {
            await ApplyAsync(_file is null ? null : SettingsFile.Read(_file), reloadModel, stop);
        }
        catch (Exception e) when (e is EdgeException or ModelException or IOException or UnauthorizedAccessException)
        {
            log.LogWarning("The changed configuration is refused, the settings in force stay: {Why}", e.Message);
        }
    }

    /// <summary>
    /// Gives each camera its settings: all of them, or none where one cannot have them. Which cameras there are can only change at the next
    /// start.
    /// </summary>
    private async Task ApplyAsync(SettingsFile? file, bool reloadModel, CancellationToken stop)
    {
        IReadOnlyList<CameraSettings> wanted = CameraSettings.Of(SettingsLoader.LoadFrom(file, source.Overrides));
        List<string> waiting = [];
        bool same = wanted.Select(static camera => camera.Name).SequenceEqual(loops.All.Select(static loop => loop.Name));
        if (!same) waiting.Add(nameof(EdgeOptions.Cameras));
        List<LiveSettings.Prepared> all = [];
        try
        {
            foreach (CameraSettings camera in wanted)
            {
                // What has come to its end takes nothing over any more.
                if (loops.Find(camera.Name) is not { HasEnded: false } loop) continue;
                try
                {
                    all.Add(await loop.Settings.PrepareAsync(_ => camera.Options, reloadModel, stop));
                }
                catch (Exception e) when (e is EdgeException or ModelException)
                {
                    throw new SettingsException(e.Message + WhereIsIt(file, camera, loop.Settings.Current));
                }
            }
            foreach (LiveSettings.Prepared prepared in all) waiting.AddRange((await prepared.BringIntoForceAsync()).NeedRestart);
        }
        finally
        {
            foreach (LiveSettings.Prepared prepared in all) prepared.Dispose();
        }
        if (waiting.Count > 0)
        {
            log.LogWarning(
                "{Settings} can only change at the next start: restart the daemon for it.", string.Join(", ", waiting.Distinct()));
        }
    }

    /// <summary>On which lines of the file those settings of a camera stand that are not in force.</summary>
    private static string WhereIsIt(SettingsFile? file, CameraSettings camera, EdgeOptions inForce)
    {
        if (file is null) return "";
        string[] places =
        [
            .. SettingsDifference.Between(inForce, camera.Options).Where(LiveSettings.IsLive)
                .Select(key => $"Cameras:{camera.Name}:{key}" is var own && file.LineOf(own) is not null ? own : key)
                .Where(key => file.LineOf(key) is not null).Select(key => $"{key} ({file.Locate(key)})"),
        ];
        return places.Length == 0 ? "" : $" It was changed by {string.Join(", ", places)}.";
    }

    /// <summary>What tells whether a file is still the same.</summary>
    private readonly record struct Stamp(bool Exists, DateTime Written, long Length)
    {
        public static Stamp Of(string? path)
        {
            if (path is null) return default;
            FileInfo file = new(path);
            try
            {
                // Of what a link leads to: mounted configurations are exchanged that way.
                if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) file = target;
                return file.Exists ? new(true, file.LastWriteTimeUtc, file.Length) : default;
            }
            catch (IOException)
            {
                return default;
            }
        }
    }
}
