using System.ComponentModel.DataAnnotations;

namespace EdgeCnn.EdgeRuntime.Tracking;

/// <summary>
/// Settings "Tracking:*". Times are milliseconds, never frames: a tracker tuned at 30 frames per second behaves the same at 5 and at 60.
/// </summary>
public sealed class TrackingOptions
{
    /// <summary>
    /// Detections at least this confident are associated first and may begin a track; weaker ones only continue one. 0 to 1.
    /// </summary>
    [Range(0.0, 1.0, ErrorMessage = "a number from 0 to 1")]
    public float Confident { get; set; } = 0.5f;

    /// <summary>
    /// A new track is reported once it has been seen at least twice over this many milliseconds: single false detections stay unheard.
    /// </summary>
    [Range(0, 10_000, ErrorMessage = "0 to 10000 milliseconds")]
    public int ConfirmMs { get; set; } = 80;

    /// <summary>A track out of sight is still reported, at its predicted place, for this many milliseconds.</summary>
    [Range(0, 60_000, ErrorMessage = "0 to 60000 milliseconds")]
    public int PredictMs { get; set; } = 400;

    /// <summary>A track that comes back within this many milliseconds keeps its id.</summary>
    [Range(0, 600_000, ErrorMessage = "0 to 600000 milliseconds")]
    public int ForgetMs { get; set; } = 2000;

    /// <summary>
    /// A detection continues a track only if both boxes, grown by the doubt about where the object is, overlap at least this much
    /// (intersection over union, 0 to 1).
    /// </summary>
    [Range(0.01, 1.0, ErrorMessage = "a number from 0.01 to 1")]
    public float MinOverlap { get; set; } = 0.2f;

    /// <summary>
    /// How fast objects, and the camera, change their speed: the standard deviation of the change in one second, in heights of the object.
    /// </summary>
    [Range(0.01, 100.0, ErrorMessage = "a number from 0.01 to 100")]
    public float Agility { get; set; } = 2;

    /// <summary>A detection continues only tracks of its own class. False for models that waver between classes (car, truck).</summary>
    public bool ClassAware { get; set; } = true;
}
