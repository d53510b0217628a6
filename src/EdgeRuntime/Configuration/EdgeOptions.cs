using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Debugging;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Recording;
using EdgeCnn.EdgeRuntime.Tracking;

namespace EdgeCnn.EdgeRuntime.Configuration;

/// <summary>All settings of the daemon, by section.</summary>
public sealed class EdgeOptions
{
    /// <summary>Where frames come from.</summary>
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

    /// <summary>The link to the microcontroller.</summary>
    public LinkOptions Link { get; set; } = new();

    /// <summary>Who else is told what was seen.</summary>
    public OutputOptions Output { get; set; } = new();

    /// <summary>What is kept of what the camera saw.</summary>
    public RecordOptions Record { get; set; } = new();

    /// <summary>What is given up while the board is in trouble.</summary>
    public CareOptions Care { get; set; } = new();

    /// <summary>Looking into the running daemon.</summary>
    public DebugOptions Debug { get; set; } = new();

    /// <summary>What is written to the journal.</summary>
    public LogOptions Log { get; set; } = new();

    /// <summary>
    /// Several cameras in one daemon: a name for each (letters, digits, - and _), and the settings in which it differs from the sections
    /// that all share, for instance { "front": { "Camera": { "Source": "0" } }, "rear": { "Camera": { "Source": "2" } } }. Sections that a
    /// camera can have of its own are Camera, Model, Inference, Tracking, Target, Aim, Record and Care. The robot hears of the targets of
    /// the first one until it asks for another. Empty: there is one camera.
    /// </summary>
    public Dictionary<string, CameraSections> Cameras { get; set; } = [];

    /// <summary>A copy with the same sections, of which some are then exchanged.</summary>
    internal EdgeOptions Copy() => (EdgeOptions)MemberwiseClone();
}
