namespace EdgeCnn.EdgeRuntime.Tracking;

/// <summary>Chooses the track to act upon, and stays with it until another one is clearly better.</summary>
public sealed class Targeting
{
    private readonly TargetOptions _options;
    private readonly bool[]? _wanted;
    private byte _current;

    /// <param name="options">Checked by the settings' loader.</param>
    /// <param name="labels">The model's class names.</param>
    /// <exception cref="EdgeException">A class is wanted that the model does not know.</exception>
    public Targeting(TargetOptions options, IReadOnlyList<string> labels)
    {
        _options = options;
        if (options.Classes.Count == 0) return;
        _wanted = new bool[labels.Count];
        foreach (string name in options.Classes) _wanted[ClassNames.Find(labels, name, "Target:Classes")] = true;
    }

    /// <param name="tracks">What the tracker reported.</param>
    /// <param name="width">Of the picture.</param>
    /// <param name="height">Of the picture.</param>
    /// <returns>The target; null when no track may be one.</returns>
    public Track? Choose(IReadOnlyList<Track> tracks, int width, int height)
    {
        Track? best = null;
        double bestWorth = 0;
        for (int i = 0; i < tracks.Count; i++)
        {
            Track track = tracks[i];
            bool current = track.Id == _current;
            if (!MayBeTarget(track) || (track.Predicted && !current)) continue;
            double worth = Worth(track, width, height) * (current ? 1 + _options.Stickiness : 1);
            if (best is null || worth > bestWorth) (best, bestWorth) = (track, worth);
        }
        _current = best?.Id ?? 0;
        return best;
    }

    private bool MayBeTarget(in Track track) =>
        track.Confidence >= _options.MinConfidence && (_wanted is null || (track.ClassId < _wanted.Length && _wanted[track.ClassId]));

    /// <summary>Above 0; a share more is a share better, whatever is compared.</summary>
    private double Worth(in Track track, int width, int height) => _options.Choose switch
    {
        TargetChoice.Largest => track.Box.Area,
        TargetChoice.Confident => track.Confidence,
        // A hundredth of the picture's width is as good as the very centre.
        _ => 1 / ((0.01 * width) + Math.Sqrt(Square(track.Box.CentreX - (width / 2.0)) + Square(track.Box.CentreY - (height / 2.0)))),
    };

    private static double Square(double value) => value * value;
}
