using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Tracking;

/// <summary>An object followed over time.</summary>
/// <param name="Id">1 to 255, as the link carries it; reused only long after its last owner is gone.</param>
/// <param name="Box">Where it is now, in pixels of the original image: measured, or predicted while it is out of sight.</param>
/// <param name="ClassId">Index into the model's labels.</param>
/// <param name="Confidence">Of the last detection, 0 to 1.</param>
/// <param name="Predicted">It was not seen in this frame.</param>
/// <param name="VelocityX">Pixels per second, right positive.</param>
/// <param name="VelocityY">Pixels per second, down positive.</param>
/// <param name="Age">Since it was first seen.</param>
public readonly record struct Track(
    byte Id, Box Box, int ClassId, float Confidence, bool Predicted, float VelocityX, float VelocityY, TimeSpan Age);

/// <summary>The track to act upon, and where to turn to.</summary>
/// <param name="Track">The chosen track.</param>
/// <param name="YawDegrees">Angle from the optical axis to the box's centre, positive to the right.</param>
/// <param name="PitchDegrees">Likewise, positive upwards.</param>
/// <param name="DistanceMillimetres">From the known height of such an object; 0 when unknown.</param>
/// <param name="LensCalibrated">Angles come from lens intrinsics, not just from the field of view.</param>
public readonly record struct Target(Track Track, float YawDegrees, float PitchDegrees, float DistanceMillimetres, bool LensCalibrated);
