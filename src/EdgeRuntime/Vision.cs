using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.EdgeRuntime.Tracking;

namespace EdgeCnn.EdgeRuntime;

/// <summary>
/// What makes sense of frames, as the settings ask for it: the model and what follows it. The pipeline exchanges it as a whole, between two
/// frames; parts that the settings leave alone are shared with the one before, so that a new threshold forgets no track.
/// </summary>
public sealed class Vision
{
    private readonly EdgeOptions _options;
    private readonly TimeProvider _time;
    private readonly NetworkLoader _load;

    private Vision(EdgeOptions options, VisionModel model, Tracker tracker, TimeProvider time, NetworkLoader load)
    {
        (_options, Model, Tracker, _time, _load) = (options, model, tracker, time, load);
        Targeting = new Targeting(options.Target, model.Labels);
        Aiming = new Aiming(options.Aim, model.Labels);
    }

    public VisionModel Model { get; }

    public Tracker Tracker { get; }

    public Targeting Targeting { get; }

    public Aiming Aiming { get; }

    /// <param name="options">All settings.</param>
    /// <param name="time">The clock of frames' time stamps.</param>
    /// <param name="load">Where networks come from, also those that other settings ask for; null: each is loaded from its file.</param>
    /// <exception cref="Exception">The model cannot be loaded, or a class is named that it does not know; one sentence.</exception>
    public static Vision Load(EdgeOptions options, TimeProvider time, NetworkLoader? load = null)
    {
        load ??= Networks.Load;
        return Around(VisionModel.Load(options.Model, options.Inference, load), options, time, load);
    }

    /// <summary>
    /// What it becomes with other settings. A model that has to be loaded for it has run once when this returns: the first frame that it is
    /// shown does not wait, and a model that cannot run is refused here.
    /// </summary>
    /// <exception cref="Exception">As <see cref="Load"/>; nothing has changed then.</exception>
    public Vision With(EdgeOptions options, bool reload)
    {
        bool sameModel = !reload && SettingsDifference.Between(_options, options).All(
            static key => !key.StartsWith("Inference:", StringComparison.Ordinal)
                && (!key.StartsWith("Model:", StringComparison.Ordinal) || VisionModel.TakesWhileRunning(key["Model:".Length..])));
        if (sameModel) return new Vision(options, Model, Tracker, _time, _load);
        Vision next = Load(options, _time, _load);
        try
        {
            next.Model.Network.Run();
            return next;
        }
        catch
        {
            next.Model.Dispose();
            throw;
        }
    }

    /// <summary>Called by the pipeline's thread when it takes over: shared parts take its settings from here on.</summary>
    internal void Begin()
    {
        Model.Adjust(_options.Model);
        Tracker.Options = _options.Tracking;
    }

    private static Vision Around(VisionModel model, EdgeOptions options, TimeProvider time, NetworkLoader load)
    {
        try
        {
            if (model.Segmenter is not null)
            {
                throw new EdgeException(
                    $"'{options.Model.Path}' is a segmenter, and a mask is nothing that can be tracked or sent over a link; "
                    + "name a detector or classifier, or run it with 'edgecnn segment'.");
            }
            // Class ids mean something else to another model: its tracks begin anew.
            return new Vision(options, model, new Tracker(options.Tracking, time), time, load);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
