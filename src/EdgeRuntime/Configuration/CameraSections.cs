using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Recording;
using EdgeCnn.EdgeRuntime.Tracking;

namespace EdgeCnn.EdgeRuntime.Configuration;

/// <summary>
/// The sections of which one of several cameras may have settings of its own; what it leaves out is as in the sections of the same names
/// that all share.
/// </summary>
public sealed class CameraSections
{
    /// <summary>Where this camera's frames come from.</summary>
    public CaptureOptions Camera { get; set; } = new();

    /// <summary>Which network looks at them.</summary>
    public ModelOptions Model { get; set; } = new();

    /// <summary>What computes the network.</summary>
    public InferenceOptions Inference { get; set; } = new();

    /// <summary>How objects are followed from frame to frame.</summary>
    public TrackingOptions Tracking { get; set; } = new();

    /// <summary>Which object is the target.</summary>
    public TargetOptions Target { get; set; } = new();

    /// <summary>How a place in the picture becomes angles and a distance.</summary>
    public AimOptions Aim { get; set; } = new();

    /// <summary>What is kept of what this camera saw.</summary>
    public RecordOptions Record { get; set; } = new();

    /// <summary>What is given up while the board is in trouble.</summary>
    public CareOptions Care { get; set; } = new();
}
