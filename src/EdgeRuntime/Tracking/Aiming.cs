using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Tracking;

/// <summary>Turns a place in the picture into angles from the camera's axis and, where the object's height is known, a distance.</summary>
public sealed class Aiming
{
    /// <summary>
    /// A box that comes so close to the picture's upper or lower edge, as a share of its height, is taken to be cut off by it.
    /// </summary>
    private const float EdgeMargin = 0.01f;

    private readonly AimOptions _options;
    private readonly Lens _lens;
    private readonly float[] _heights;

    /// <param name="options">Checked by the settings' loader.</param>
    /// <param name="labels">The model's class names.</param>
    /// <exception cref="EdgeException">The lens is incomplete, a height is not above 0, or it is of a class that the model does not
    /// know.</exception>
    public Aiming(AimOptions options, IReadOnlyList<string> labels)
    {
        _options = options;
        _lens = new Lens(options.Lens, options.FieldOfView);
        _heights = new float[labels.Count];
        foreach ((string name, float height) in options.HeightsMm)
        {
            if (!(height > 0) || !float.IsFinite(height))
                throw new EdgeException(
                    FormattableString.Invariant($"Aim:HeightsMm:{name} is {height}; it needs a height in millimetres above 0."));
            _heights[ClassNames.Find(labels, name, "Aim:HeightsMm")] = height;
        }
    }

    /// <summary>Where to turn to: first by yaw, then by pitch, as a pan and tilt head does.</summary>
    /// <param name="track">The target.</param>
    /// <param name="width">Of the picture.</param>
    /// <param name="height">Of the picture.</param>
    public Target Aim(Track track, int width, int height)
    {
        (double x, double y) = _lens.Direction(track.Box.CentreX, track.Box.CentreY, width, height);
        return new Target(
            track,
            (float)Degrees(Math.Atan(x)) + _options.YawOffset,
            (float)Degrees(Math.Atan2(-y, Math.Sqrt(1 + (x * x)))) + _options.PitchOffset,
            Distance(track, x, y, width, height),
            _lens.Calibrated);
    }

    /// <summary>
    /// Millimetres in a straight line: an upright object of height h that spans y1 to y2 at depth 1 stands at the depth h / (y2 - y1).
    /// </summary>
    private float Distance(in Track track, double x, double y, int width, int height)
    {
        Box box = track.Box;
        float known = (uint)track.ClassId < (uint)_heights.Length ? _heights[track.ClassId] : 0;
        if (known == 0 || box.Y < EdgeMargin * height || box.Bottom > (1 - EdgeMargin) * height) return 0;
        double span = _lens.Direction(box.CentreX, box.Bottom, width, height).Y - _lens.Direction(box.CentreX, box.Y, width, height).Y;
        return span > 0 ? (float)(known / span * Math.Sqrt(1 + (x * x) + (y * y))) : 0;
    }

    private static double Degrees(double radians) => radians * (180 / Math.PI);
}
