using EdgeCnn.EdgeRuntime.Tracking;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Publishing;

/// <summary>What the whole system is doing, as it is published (numbers: the link's HEARTBEAT).</summary>
public enum SystemState : byte
{
    Starting = 0,
    WarmingUp = 1,
    Running = 2,
    Paused = 3,

    /// <summary>No fresh frame for longer than the link's stale time.</summary>
    Stale = 4,
    CameraLost = 5,

    /// <summary>Works, but slower than asked (thermal, overload).</summary>
    Degraded = 6,
    Fault = 7,
}

/// <summary>
/// What one frame meant. The pipeline owns one and fills it anew for each frame: whoever wants to keep something copies it before Publish
/// returns.
/// </summary>
public sealed class Report
{
    /// <summary>The name of the camera; null where there is none that could have one.</summary>
    public string? Camera { get; set; }

    /// <summary>Whether a robot, which hears of one camera at a time, is to hear of this one.</summary>
    public bool IsForRobot { get; set; } = true;

    /// <summary>Number of the frame, counted by the camera from 0.</summary>
    public long Frame { get; set; }

    /// <summary>When the frame was captured, in ticks of the pipeline's TimeProvider (GetTimestamp).</summary>
    public long CapturedAt { get; set; }

    /// <summary>Size of the original image in pixels.</summary>
    public int Width { get; set; }

    public int Height { get; set; }

    /// <summary>Class names by class id; empty when the model has none.</summary>
    public IReadOnlyList<string> Labels { get; set; } = [];

    public List<Detection> Detections { get; } = [];

    public List<Track> Tracks { get; } = [];

    /// <summary>What to aim at; null: looked, saw nothing.</summary>
    public Target? Target { get; set; }

    /// <summary>Classifier's answers, best first; empty for detectors.</summary>
    public List<ClassScore> Classes { get; } = [];

    /// <summary>Whether the network is a classifier (then <see cref="Classes"/> holds the answer).</summary>
    public bool IsClassification { get; set; }

    /// <summary>The class's name, or its number where the model has no names.</summary>
    public string NameOf(int classId) => classId < Labels.Count ? Labels[classId] : $"class_{classId}";

    /// <summary>A copy for whoever keeps it.</summary>
    public Report Copy()
    {
        Report copy = new();
        CopyTo(copy);
        return copy;
    }

    /// <summary>Makes another report equal to this one; once its lists have grown, nothing is allocated.</summary>
    public void CopyTo(Report other)
    {
        (other.Camera, other.IsForRobot) = (Camera, IsForRobot);
        (other.Frame, other.CapturedAt, other.Width, other.Height) = (Frame, CapturedAt, Width, Height);
        (other.Labels, other.Target, other.IsClassification) = (Labels, Target, IsClassification);
        Refill(other.Detections, Detections);
        Refill(other.Tracks, Tracks);
        Refill(other.Classes, Classes);
    }

    private static void Refill<T>(List<T> list, List<T> items)
    {
        list.Clear();
        list.AddRange(items);
    }
}

/// <summary>How the host is, for HEARTBEAT.</summary>
/// <param name="State">What it is doing.</param>
/// <param name="Uptime">Since the process started.</param>
/// <param name="Fps">Frames per second that went through the pipeline.</param>
/// <param name="TemperatureC">Of the processor; 0 when unknown.</param>
/// <param name="Throttled">The board reduces its clock because of heat or supply.</param>
/// <param name="Recording">A recording is being written.</param>
/// <param name="Fallback">Another back end computes than the configured one.</param>
public readonly record struct Health(
    SystemState State, TimeSpan Uptime, double Fps, int TemperatureC, bool Throttled, bool Recording, bool Fallback);
