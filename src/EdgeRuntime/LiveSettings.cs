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
public sealed class LiveSettings : IDisposable
{
    /// <summary>Sections that change as a whole.</summary>
    private static readonly string[] LiveSections = ["Model:", "Inference:", "Tracking:", "Target:", "Aim:"];

    /// <summary>A pipeline that takes nothing over for so long hangs.</summary>
    private static readonly TimeSpan TakeOverTimeout = TimeSpan.FromSeconds(10);

    private readonly Pipeline _pipeline;
    private readonly ICamera _camera;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private EdgeOptions _current;
    private int _revision;

    /// <param name="options">The settings at the start.</param>
    /// <param name="pipeline">Takes over what makes sense of frames.</param>
    /// <param name="camera">Its controls are settings too.</param>
    /// <param name="log">Is told of every change.</param>
    public LiveSettings(EdgeOptions options, Pipeline pipeline, ICamera camera, ILogger log) =>
        (_current, _pipeline, _camera, _log) = (options, pipeline, camera, log);

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
        using Prepared prepared = await PrepareAsync(change, reloadModel, stop);
        return await prepared.BringIntoForceAsync();
    }

    /// <summary>
    /// Makes everything that a change needs, and tries it; nothing is in force yet, and no other change comes before this one is disposed
    /// of. Several cameras change together by preparing each before the first comes into force.
    /// </summary>
    /// <param name="change">As above.</param>
    /// <param name="reloadModel">As above.</param>
    /// <param name="stop">As above.</param>
    /// <exception cref="EdgeException">As above.</exception>
    /// <exception cref="Models.ModelException">As above.</exception>
    internal async Task<Prepared> PrepareAsync(Func<EdgeOptions, EdgeOptions> change, bool reloadModel, CancellationToken stop)
    {
        await _oneAtATime.WaitAsync(stop);
        try
        {
            EdgeOptions wanted = change(Current), next = Merge(Current, wanted);
            string[] differences = [.. SettingsDifference.Between(Current, wanted)], changed = [.. differences.Where(IsLive)];
            Vision? vision = reloadModel || !changed.All(IsOfCamera)
                ? await Task.Run(() => _pipeline.Vision.With(next, reloadModel), CancellationToken.None)
                : null;
            return new Prepared(this, next, vision, changed, [.. differences.Except(changed)]);
        }
        catch
        {
            _oneAtATime.Release();
            throw;
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private static bool IsOfCamera(string key) => key.StartsWith("Camera:", StringComparison.Ordinal);

    /// <summary>
    /// Hands the pipeline what the settings make, and frees what it used before; gives what there is to say of a new model.
    /// </summary>
    private async Task<IEnumerable<string>> ExchangeAsync(Vision after)
    {
        VisionModel before = _pipeline.Vision.Model;
        if (!await _pipeline.ExchangeAsync(after, TakeOverTimeout))
            throw new EdgeException("The pipeline does not take the settings over: it hangs or has ended; its log says why.");
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

    /// <summary>A change that is ready to come into force, and has its turn until it is disposed of.</summary>
    /// <param name="owner">Whose turn it is.</param>
    /// <param name="next">The settings.</param>
    /// <param name="vision">What they make of frames; null: what is in force.</param>
    /// <param name="changed">Keys that change.</param>
    /// <param name="waiting">Keys that can only change at the next start.</param>
    internal sealed class Prepared(LiveSettings owner, EdgeOptions next, Vision? vision, string[] changed, string[] waiting) : IDisposable
    {
        public async Task<SettingsChange> BringIntoForceAsync()
        {
            if (changed.Length == 0 && vision is null) return new SettingsChange(changed, waiting, []);
            List<string> remarks = [];
            if (vision is not null) remarks.AddRange(await owner.ExchangeAsync(vision));
            if (changed.Any(IsOfCamera)) remarks.AddRange(await owner._camera.AdjustAsync(next.Camera));
            Volatile.Write(ref owner._current, next);
            Interlocked.Increment(ref owner._revision);
            string keys = changed.Length > 0 ? string.Join(", ", changed) : "the model was loaded again";
            owner._log.LogInformation("Settings changed: {Keys}.", keys);
            foreach (string remark in remarks) owner._log.LogInformation("{Remark}", remark);
            owner.Changed?.Invoke(next);
            return new SettingsChange(changed, waiting, remarks);
        }

        /// <summary>Lets the next one have its turn. A model that was loaded for nothing is freed.</summary>
        public void Dispose()
        {
            if (vision is not null && vision.Model != owner._pipeline.Vision.Model) vision.Model.Dispose();
            owner._oneAtATime.Release();
        }
    }
}

/// <summary>What became of a change of settings.</summary>
/// <param name="Applied">Keys that have changed.</param>
/// <param name="NeedRestart">Keys that differ and can only change at the next start.</param>
/// <param name="Remarks">What a camera's driver did otherwise, what was assumed of a new model: a sentence each.</param>
public sealed record SettingsChange(IReadOnlyList<string> Applied, IReadOnlyList<string> NeedRestart, IReadOnlyList<string> Remarks);
