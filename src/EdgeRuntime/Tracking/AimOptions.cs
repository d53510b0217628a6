using System.ComponentModel.DataAnnotations;

namespace EdgeCnn.EdgeRuntime.Tracking;

/// <summary>Settings "Aim:*".</summary>
public sealed class AimOptions
{
    /// <summary>
    /// How many degrees the picture is wide; used unless <see cref="Lens"/> is calibrated. A Raspberry Pi camera 3 has 66, most webcams 55
    /// to 75.
    /// </summary>
    [Range(1.0, 179.0, ErrorMessage = "1 to 179 degrees")]
    public float FieldOfView { get; set; } = 60;

    /// <summary>The lens as a calibration found it, for angles that are exact up to the picture's corners.</summary>
    public LensOptions Lens { get; set; } = new();

    /// <summary>Heights of objects in millimetres by class name ("person": 1700): they give the distance.</summary>
    public Dictionary<string, float> HeightsMm { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Added to every yaw: how many degrees the camera looks to the right of where the robot points.</summary>
    [Range(-180.0, 180.0, ErrorMessage = "-180 to 180 degrees")]
    public float YawOffset { get; set; }

    /// <summary>Added to every pitch: how many degrees the camera looks above where the robot points.</summary>
    [Range(-90.0, 90.0, ErrorMessage = "-90 to 90 degrees")]
    public float PitchOffset { get; set; }
}

/// <summary>
/// Settings "Aim:Lens:*": OpenCV's pinhole camera with radial and tangential distortion, as calibrateCamera gives it. Fx of 0: not
/// calibrated.
/// </summary>
public sealed class LensOptions
{
    /// <summary>Width in pixels of the pictures that were used to calibrate; other sizes of the same camera are scaled.</summary>
    [Range(0, 65_535, ErrorMessage = "0 to 65535 pixels")]
    public int Width { get; set; }

    /// <summary>Height in pixels of the pictures that were used to calibrate.</summary>
    [Range(0, 65_535, ErrorMessage = "0 to 65535 pixels")]
    public int Height { get; set; }

    /// <summary>Focal length in pixels along x; 0 when the lens is not calibrated.</summary>
    public double Fx { get; set; }

    /// <summary>Focal length in pixels along y.</summary>
    public double Fy { get; set; }

    /// <summary>Where the optical axis meets the picture, in pixels from the left.</summary>
    public double Cx { get; set; }

    /// <summary>Where the optical axis meets the picture, in pixels from the top.</summary>
    public double Cy { get; set; }

    /// <summary>Radial distortion, of the square of the radius.</summary>
    public double K1 { get; set; }

    /// <summary>Radial distortion, of the fourth power.</summary>
    public double K2 { get; set; }

    /// <summary>Tangential distortion.</summary>
    public double P1 { get; set; }

    /// <summary>Tangential distortion.</summary>
    public double P2 { get; set; }

    /// <summary>Radial distortion, of the sixth power.</summary>
    public double K3 { get; set; }
}
