using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Inference;
using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime;

/// <summary>
/// The settings as they are in force, and the way to change them while frames flow: thresholds, filters, target, aim, model, back end and
/// the camera's controls. What takes time (loading a model) happens on the caller's side; the pipeline takes the result over between two
/// frames. What cannot be changed so is said, and waits for the next start. Any thread.
/// </summary>
public sealed class LiveSettings(EdgeOptions options, Pipeline pipeline, ICamera camera, ILogger log) : IDisposable
{
    /// <summary>Sections that change as a whole.</summary>
    private static readonly string[] LiveSections = ["Model:", "Inference:", "Tracking:", "Target:", "Aim:"];

    /// <summary>A pipeline that takes nothing over for so long hangs.</summary>
    private static readonly TimeSpan TakeOverTimeout = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _oneAtATime = new(1);
    private EdgeOptions _current = options;
    private int _revision;

    /// <summary>What is in force. Never changed in place: whoever wants other settings hands over others.</summary>
    public EdgeOptions Current => Volatile.Read(ref _current);

    /// <summary>How often something has changed.</summary>
    public int Revision => Volatile.Read(ref _revision);

    /// <summary>Told of every change, after it has come into force.</summary>
    public event Action<EdgeOptions>? Changed;

    /// <summary>Whether a setting ("Model:Confidence") can change while frames flow.</summary>
    public static bool IsLive(string key) =>
        LiveSections.Any(section => key.StartsWith(section, StringComparison.Ordinal))
        || (key.StartsWith("Camera:", StringComparison.Ordinal) && CaptureOptions.IsControl(key["Camera:".Length..]));

    /// <summary>Brings settings into force; either all that can be, or none.</summary>
    /// <param name="wanted">All settings, checked; not to be changed afterwards.</param>
    /// <param name="reloadModel">Loads the model again even if its settings are the same: its file may have changed.</param>
    /// <param name="stop">Gives up waiting for other changes.</param>
    /// <exception cref="EdgeException">They cannot be had: says why, and what is in force stays.</exception>
    /// <exception cref="Models.ModelException">The model cannot be had: likewise.</exception>
    public Task<SettingsChange> ApplyAsync(EdgeOptions wanted, bool reloadModel = false, CancellationToken stop = default) =>
        ApplyAsync(_ => wanted, reloadModel, stop);

    /// <summary>
    /// Brings into force what is made of the settings that are in force when it is this change's turn: two changes at once, of different
    /// settings, both last.
    /// </summary>
    /// <param name="change">Gives all settings, checked; not to be changed afterwards.</param>
    /// <param name="reloadModel">As above.</param>
    /// <param name="stop">As above.</param>
    /// <exception cref="EdgeException">As above.</exception>
    /// <exception cref="Models.ModelException">As above.</exception>
    public async Task<SettingsChange> ApplyAsync(
        Func<EdgeOptions, EdgeOptions> change, bool reloadModel = false, CancellationToken stop = default)
    {
        await _oneAtATime.WaitAsync(stop);
        try
        {
            return await ChangeAsync(change(Current), reloadModel);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private async Task<SettingsChange> ChangeAsync(EdgeOptions wanted, bool reloadModel)
    {
        IReadOnlyList<string> differences = SettingsDifference.Between(Current, wanted);
        string[] changed = [.. differences.Where(IsLive)];
        string[] waiting = [.. differences.Where(key => !IsLive(key))];
        if (changed.Length == 0 && !reloadModel) return new SettingsChange(changed, waiting, []);

        EdgeOptions next = Merge(Current, wanted);
        List<string> remarks = [];
        if (reloadModel || changed.Any(key => !key.StartsWith("Camera:", StringComparison.Ordinal)))
            remarks.AddRange(await ExchangeAsync(next, reloadModel));
        if (changed.Any(key => key.StartsWith("Camera:", StringComparison.Ordinal)))
            remarks.AddRange(await camera.AdjustAsync(next.Camera));
        Volatile.Write(ref _current, next);
        Interlocked.Increment(ref _revision);
        log.LogInformation("Settings changed: {Keys}.", changed.Length > 0 ? string.Join(", ", changed) : "the model was loaded again");
        foreach (string remark in remarks) log.LogInformation("{Remark}", remark);
        Changed?.Invoke(next);
        return new SettingsChange(changed, waiting, remarks);
    }

    /// <summary>
    /// Hands the pipeline what the settings make, and frees what it used before; gives what there is to say of a new model.
    /// </summary>
    private async Task<IEnumerable<string>> ExchangeAsync(EdgeOptions next, bool reloadModel)
    {
        Vision after = await Task.Run(() => pipeline.Vision.With(next, reloadModel));
        VisionModel before = pipeline.Vision.Model;
        if (!await pipeline.ExchangeAsync(after, TakeOverTimeout))
        {
            if (after.Model != before) after.Model.Dispose();
            throw new EdgeException("The pipeline does not take the settings over: it hangs or has ended; its log says why.");
        }
        if (after.Model == before) return [];
        before.Dispose();
        return after.Model.Assumptions;
    }

    /// <summary>What is in force when everything that can change while frames flow has changed.</summary>
    private static EdgeOptions Merge(EdgeOptions current, EdgeOptions wanted)
    {
        EdgeOptions merged = current.Copy();
        (merged.Model, merged.Inference, merged.Tracking) = (wanted.Model, wanted.Inference, wanted.Tracking);
        (merged.Target, merged.Aim) = (wanted.Target, wanted.Aim);
        merged.Camera = current.Camera.WithControlsOf(wanted.Camera);
        return merged;
    }
}

/// <summary>What became of a change of settings.</summary>
/// <param name="Applied">Keys that have changed.</param>
/// <param name="NeedRestart">Keys that differ and can only change at the next start.</param>
/// <param name="Remarks">What a camera's driver did otherwise, what was assumed of a new model: a sentence each.</param>
public sealed record SettingsChange(IReadOnlyList<string> Applied, IReadOnlyList<string> NeedRestart, IReadOnlyList<string> Remarks);
