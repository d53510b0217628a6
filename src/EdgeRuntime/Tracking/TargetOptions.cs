using System.ComponentModel.DataAnnotations;

namespace EdgeCnn.EdgeRuntime.Tracking;

/// <summary>What makes one track a better target than another.</summary>
public enum TargetChoice
{
    /// <summary>The largest box: mostly the nearest object.</summary>
    Largest,

    /// <summary>The box whose centre is closest to the picture's centre.</summary>
    Central,

    /// <summary>The highest confidence.</summary>
    Confident,
}

/// <summary>Settings "Target:*".</summary>
public sealed class TargetOptions
{
    /// <summary>What makes one track a better target than another: largest, central or confident.</summary>
    public TargetChoice Choose { get; set; } = TargetChoice.Largest;

    /// <summary>Names of the classes that may become the target; empty: all.</summary>
    public List<string> Classes { get; set; } = [];

    /// <summary>Tracks less confident than this do not become the target, 0 to 1.</summary>
    [Range(0.0, 1.0, ErrorMessage = "a number from 0 to 1")]
    public float MinConfidence { get; set; }

    /// <summary>
    /// The current target is left only for one that is better by this share (0.25: a quarter larger, closer or more confident), so that aim
    /// does not flicker between equals.
    /// </summary>
    [Range(0.0, 100.0, ErrorMessage = "a number from 0 to 100")]
    public float Stickiness { get; set; } = 0.25f;
}
