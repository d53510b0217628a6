namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>Settings under "Camera". What is null is left as the device or the source has it.</summary>
public sealed class CaptureOptions
{
    public const string Section = "Camera";

    /// <summary>
    /// Where frames come from: a camera's index (0), its device (/dev/v4l/by-path/..., /dev/video0), a GStreamer pipeline, csi, argus, rtsp://,
    /// http://, udp://, tcp://, a video file, a folder of pictures, a picture, a glob (shots/*.jpg), or pattern (moving boxes).
    /// </summary>
    public string Source { get; set; } = "0";

    /// <summary>Columns in pixels that the device is asked for; also the size of csi, argus and pattern.</summary>
    public int? Width { get; set; }

    /// <summary>Rows in pixels that the device is asked for.</summary>
    public int? Height { get; set; }

    /// <summary>
    /// Frames per second that the device is asked for. Videos are played at it instead of at their own rate; pictures are shown at it, at 10 without.
    /// </summary>
    public double? Fps { get; set; }

    /// <summary>Four characters of the pixel format that the device is asked for: MJPG, YUYV, NV12 ...</summary>
    public string? Format { get; set; }

    /// <summary>Exposure in the driver's unit (V4L2: 100 microseconds); automatic exposure is switched off.</summary>
    public double? Exposure { get; set; }

    /// <summary>Gain in the driver's unit.</summary>
    public double? Gain { get; set; }

    /// <summary>White balance in kelvin; automatic white balance is switched off.</summary>
    public double? WhiteBalance { get; set; }

    /// <summary>Focus in the driver's unit; automatic focus is switched off.</summary>
    public double? Focus { get; set; }

    /// <summary>Brightness in the driver's unit.</summary>
    public double? Brightness { get; set; }

    /// <summary>Clockwise rotation of every picture in degrees: 0, 90, 180 or 270; 180 for a camera that is mounted upside down.</summary>
    public int Rotate { get; set; }

    /// <summary>Swaps left and right, after rotation.</summary>
    public bool Mirror { get; set; }

    /// <summary>
    /// Videos, pictures and the pattern: true plays in real time, and what is not taken in time is dropped, as with a camera; false delivers every frame,
    /// as fast as it is taken.
    /// </summary>
    public bool Realtime { get; set; } = true;

    /// <summary>Videos and pictures start again at their end.</summary>
    public bool Loop { get; set; }

    /// <summary>Milliseconds without a frame after which a live source counts as lost and is opened again.</summary>
    public int ReadTimeoutMs { get; set; } = 2000;

    /// <summary>Milliseconds that opening a live source may take.</summary>
    public int OpenTimeoutMs { get; set; } = 10000;

    /// <summary>Milliseconds of pixel-for-pixel equal pictures after which a live source counts as frozen and is opened again; 0: never.</summary>
    public int FrozenMs { get; set; } = 5000;

    /// <exception cref="EdgeException">A setting is out of range: names it.</exception>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(Source)) throw Wrong(nameof(Source), "is empty", "name a camera, a stream, a file, or pattern");
        if (Width is < 1 or > 16384) throw Wrong(nameof(Width), $"is {Width}", "give 1 to 16384 pixels");
        if (Height is < 1 or > 16384) throw Wrong(nameof(Height), $"is {Height}", "give 1 to 16384 pixels");
        if (Width is null != Height is null) throw Wrong(Width is null ? nameof(Width) : nameof(Height), "is missing", "give both or neither");
        if (Fps is not null and not (> 0 and <= 1000)) throw Wrong(nameof(Fps), $"is {Fps}", "give more than 0 and at most 1000 frames per second");
        if (Format is not null && (Format.Length != 4 || !Format.All(char.IsAscii)))
            throw Wrong(nameof(Format), $"is \"{Format}\"", "give four characters, such as MJPG or YUYV");
        if (Rotate is not (0 or 90 or 180 or 270)) throw Wrong(nameof(Rotate), $"is {Rotate}", "give 0, 90, 180 or 270 degrees");
        if (ReadTimeoutMs is < 100 or > 60_000) throw Wrong(nameof(ReadTimeoutMs), $"is {ReadTimeoutMs}", "give 100 to 60000 milliseconds");
        if (OpenTimeoutMs is < 100 or > 120_000) throw Wrong(nameof(OpenTimeoutMs), $"is {OpenTimeoutMs}", "give 100 to 120000 milliseconds");
        if (FrozenMs is < 0 or > 3_600_000) throw Wrong(nameof(FrozenMs), $"is {FrozenMs}", "give 0 (never) to 3600000 milliseconds");
        CheckFinite(nameof(Exposure), Exposure);
        CheckFinite(nameof(Gain), Gain);
        CheckFinite(nameof(WhiteBalance), WhiteBalance);
        CheckFinite(nameof(Focus), Focus);
        CheckFinite(nameof(Brightness), Brightness);
    }

    private static void CheckFinite(string name, double? value)
    {
        if (value is { } number && !double.IsFinite(number)) throw Wrong(name, "is not a number", "give the driver's value or leave it out");
    }

    private static EdgeException Wrong(string name, string what, string remedy) => new($"{Section}:{name} {what}: {remedy}.");
}
