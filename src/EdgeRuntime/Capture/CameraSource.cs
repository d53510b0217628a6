using System.Globalization;
using System.Text.RegularExpressions;
using EdgeCnn.EdgeRuntime.Recording;

namespace EdgeCnn.EdgeRuntime.Capture;

internal enum SourceKind
{
    /// <summary>A V4L2 device.</summary>
    Device,

    /// <summary>A GStreamer pipeline.</summary>
    Pipeline,

    /// <summary>A network stream.</summary>
    Stream,

    Video,

    /// <summary>A picture, a folder of them, or a glob.</summary>
    Pictures,

    /// <summary>A folder that the recorder wrote.</summary>
    Recording,

    /// <summary>The test pattern.</summary>
    Pattern,

    /// <summary>Drawn scenes of a robot's arena.</summary>
    Synthetic,
}

/// <summary>What the user's "Camera:Source" turned out to be.</summary>
/// <param name="Kind">How it is opened.</param>
/// <param name="Target">What is opened: a device, a pipeline, an address, a path.</param>
/// <param name="Advice">A sentence for the user about a choice that may bite later; empty when there is none.</param>
internal sealed partial record CameraSource(SourceKind Kind, string Target, string Advice = "")
{
    private const string Sink = "appsink drop=true max-buffers=1 sync=false";
    private const string ToBgr = "videoconvert ! video/x-raw,format=BGR";

    private static readonly string[] StreamSchemes =
        ["rtsp://", "rtsps://", "rtmp://", "http://", "https://", "udp://", "rtp://", "tcp://", "srt://"];

    /// <summary>The target as it may be shown and logged: without the password that addresses may hold.</summary>
    public string Name => WithoutPassword(Target);

    /// <summary>"rtsp://user:***@camera/live".</summary>
    public static string WithoutPassword(string source) => Password().Replace(source, "$1***@");

    /// <exception cref="EdgeException">The text names nothing that could be opened: says what forms there are.</exception>
    public static CameraSource Parse(CaptureOptions options)
    {
        string text = options.Source.Trim();
        if (text is "pattern") return new(SourceKind.Pattern, text);
        if (text is "synthetic" || IsSynthetic(text)) return new(SourceKind.Synthetic, text);
        if (Shorthand(text, options) is { } pipeline) return new(SourceKind.Pipeline, pipeline);
        if (text.Contains(" ! ", StringComparison.Ordinal)) return new(SourceKind.Pipeline, WithSink(text));
        if (StreamSchemes.Any(scheme => text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))) return new(SourceKind.Stream, text);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int index)) return Device($"/dev/video{index}");
        if (text.StartsWith("/dev/", StringComparison.Ordinal)) return Device(text);
        if (RecordingStore.IsRecording(text)) return new(SourceKind.Recording, text);
        if (Directory.Exists(text) || text.AsSpan().IndexOfAny('*', '?') >= 0) return new(SourceKind.Pictures, text);
        if (File.Exists(text)) return new(ImageFile.HasPictureExtension(text) ? SourceKind.Pictures : SourceKind.Video, text);
        throw new EdgeException(
            $"Camera:Source \"{text}\" is no file, folder, device or stream that is there: give an index (0), a device (/dev/v4l/by-path/...), "
            + "a GStreamer pipeline (a ! b), csi, argus, rtsp://, http://, udp://, a video, a picture, a folder or a glob of pictures, a recording, pattern, "
            + "or synthetic.");
    }

    /// <summary>The device that a "Camera:Source" names, whose pictures only one can have at a time; null: it names none.</summary>
    public static string? DeviceOf(string source)
    {
        source = source.Trim();
        if (int.TryParse(source, NumberStyles.None, CultureInfo.InvariantCulture, out int index)) source = $"/dev/video{index}";
        if (!source.StartsWith("/dev/", StringComparison.Ordinal)) return null;
        return File.Exists(source) && File.ResolveLinkTarget(source, returnFinalTarget: true) is { } device ? device.FullName : source;
    }

    /// <summary>"synthetic:7": the scenes of a seed.</summary>
    private static bool IsSynthetic(string text) => text.StartsWith("synthetic:", StringComparison.Ordinal)
        && ulong.TryParse(text.AsSpan("synthetic:".Length), NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <summary>"csi" (libcamera), "argus" (Jetson) and "argus:1" (its second sensor) as pipelines; null for anything else.</summary>
    private static string? Shorthand(string text, CaptureOptions options)
    {
        string size = string.Create(
            CultureInfo.InvariantCulture,
            $"width={options.Width ?? 1280},height={options.Height ?? 720},framerate={Math.Round(options.Fps ?? 30)}/1");
        if (text is "csi") return $"libcamerasrc ! video/x-raw,{size} ! {ToBgr} ! {Sink}";
        int sensor = 0;
        bool numbered = text.StartsWith("argus:", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan("argus:".Length), NumberStyles.None, CultureInfo.InvariantCulture, out sensor);
        return numbered || text is "argus"
            ? $"nvarguscamerasrc sensor-id={sensor} ! video/x-raw(memory:NVMM),{size} ! nvvidconv ! video/x-raw,format=BGRx ! {ToBgr} ! {Sink}"
            : null;
    }

    /// <summary>A pipeline needs an end that OpenCV reads from; ours keeps the newest picture only.</summary>
    private static string WithSink(string pipeline) => pipeline.Contains("appsink", StringComparison.Ordinal)
        ? pipeline
        : $"{pipeline.TrimEnd(' ', '!')} ! {ToBgr} ! {Sink}";

    [GeneratedRegex(@"(://[^/@:\s]*:)[^/\s]*@")]
    private static partial Regex Password();

    private static CameraSource Device(string path)
    {
        if (!File.Exists(path))
        {
            string[] devices = VideoDevices.Known();
            throw new EdgeException(devices.Length == 0
                ? $"There is no camera {path}, nor any other: plug one in, or look at what `dmesg` says about it."
                : $"There is no camera {path}: there is {string.Join(", ", devices)}.");
        }
        string? stable = path.StartsWith("/dev/video", StringComparison.Ordinal) ? VideoDevices.StableName(path) : null;
        return new(SourceKind.Device, path, stable is null
            ? ""
            : $"{path} may be another camera after the next start, because numbers follow the order of plugging in: {stable} is this one for good.");
    }
}
