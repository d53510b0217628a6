using System.ComponentModel.DataAnnotations;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>Settings under "Camera". What is null is left as the device or the source has it.</summary>
public sealed class CaptureOptions : IValidatableObject
{
    /// <summary>
    /// Where frames come from: a camera's index (0), its device (/dev/v4l/by-path/..., /dev/video0), a GStreamer pipeline, csi, argus,
    /// rtsp://, http://, udp://, tcp://, a video file, a folder of pictures, a picture, a glob (shots/*.jpg), a recording's folder, pattern
    /// (moving boxes), or synthetic:1 (drawn scenes of a robot's arena, others for other numbers).
    /// </summary>
    [Required(ErrorMessage = "a camera, a stream, a file, or pattern")]
    public string Source { get; set; } = "0";

    /// <summary>Columns in pixels that the device is asked for; also the size of csi, argus, pattern and synthetic.</summary>
    [Range(1, 16384, ErrorMessage = "1 to 16384 pixels")]
    public int? Width { get; set; }

    /// <summary>Rows in pixels that the device is asked for.</summary>
    [Range(1, 16384, ErrorMessage = "1 to 16384 pixels")]
    public int? Height { get; set; }

    /// <summary>
    /// Frames per second that the device is asked for. Videos are played at it instead of at their own rate; pictures are shown at it, at
    /// 10 without.
    /// </summary>
    [Range(0.01, 1000.0, ErrorMessage = "0.01 to 1000 frames per second")]
    public double? Fps { get; set; }

    /// <summary>Four characters of the pixel format that the device is asked for: MJPG, YUYV, NV12 ...</summary>
    [RegularExpression("^[ -~]{4}$", ErrorMessage = "four characters, such as MJPG or YUYV")]
    public string? Format { get; set; }

    /// <summary>Exposure in the driver's unit (V4L2: 100 microseconds); automatic exposure is switched off.</summary>
    [Range(-1e9, 1e9, ErrorMessage = "a number in the driver's unit")]
    public double? Exposure { get; set; }

    /// <summary>Gain in the driver's unit.</summary>
    [Range(-1e9, 1e9, ErrorMessage = "a number in the driver's unit")]
    public double? Gain { get; set; }

    /// <summary>White balance in kelvin; automatic white balance is switched off.</summary>
    [Range(-1e9, 1e9, ErrorMessage = "a number in the driver's unit")]
    public double? WhiteBalance { get; set; }

    /// <summary>Focus in the driver's unit; automatic focus is switched off.</summary>
    [Range(-1e9, 1e9, ErrorMessage = "a number in the driver's unit")]
    public double? Focus { get; set; }

    /// <summary>Brightness in the driver's unit.</summary>
    [Range(-1e9, 1e9, ErrorMessage = "a number in the driver's unit")]
    public double? Brightness { get; set; }

    /// <summary>Clockwise rotation of every picture in degrees: 0, 90, 180 or 270; 180 for a camera that is mounted upside down.</summary>
    [AllowedValues(0, 90, 180, 270, ErrorMessage = "0, 90, 180 or 270 degrees")]
    public int Rotate { get; set; }

    /// <summary>Swaps left and right, after rotation.</summary>
    public bool Mirror { get; set; }

    /// <summary>
    /// Videos, pictures, pattern and synthetic: true plays in real time, and what is not taken in time is dropped, as with a camera; false
    /// delivers every frame, as fast as it is taken.
    /// </summary>
    public bool Realtime { get; set; } = true;

    /// <summary>Videos and pictures start again at their end.</summary>
    public bool Loop { get; set; }

    /// <summary>Milliseconds without a frame after which a live source counts as lost and is opened again.</summary>
    [Range(100, 60_000, ErrorMessage = "100 to 60000 milliseconds")]
    public int ReadTimeoutMs { get; set; } = 2000;

    /// <summary>Milliseconds that opening a live source may take.</summary>
    [Range(100, 120_000, ErrorMessage = "100 to 120000 milliseconds")]
    public int OpenTimeoutMs { get; set; } = 10000;

    /// <summary>
    /// Milliseconds of pixel-for-pixel equal pictures after which a live source counts as frozen and is opened again; 0: never.
    /// </summary>
    [Range(0, 3_600_000, ErrorMessage = "0 (never) to 3600000 milliseconds")]
    public int FrozenMs { get; set; } = 5000;

    /// <summary>Whether a setting is a control of the device, which can be moved while pictures flow.</summary>
    internal static bool IsControl(string name) =>
        name is nameof(Exposure) or nameof(Gain) or nameof(WhiteBalance) or nameof(Focus) or nameof(Brightness);

    /// <summary>These settings with the controls of others.</summary>
    internal CaptureOptions WithControlsOf(CaptureOptions other)
    {
        CaptureOptions copy = (CaptureOptions)MemberwiseClone();
        (copy.Exposure, copy.Gain, copy.WhiteBalance) = (other.Exposure, other.Gain, other.WhiteBalance);
        (copy.Focus, copy.Brightness) = (other.Focus, other.Brightness);
        return copy;
    }

    /// <summary>Width and height make sense only together.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Width is null != Height is null)
            yield return new(
                "given together with the other of Width and Height, or not at all", [Width is null ? nameof(Width) : nameof(Height)]);
    }
}
