using System.Globalization;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>
/// What a live camera reads from while it is open; one thread uses it. A read may block for as long as the driver likes: whoever cannot
/// wait lets go of the thread, not of the source.
/// </summary>
internal interface ILiveSource : IDisposable
{
    /// <summary>What it turned out to be: "/dev/video0 1280x720 MJPG at 30 fps (V4L2)".</summary>
    string Description { get; }

    /// <summary>One sentence for every setting that the driver did not take as it was asked.</summary>
    IReadOnlyList<string> Refusals { get; }

    /// <summary>Moves the controls in which the settings differ; gives one sentence for each that the driver did not take.</summary>
    IReadOnlyList<string> Adjust(CaptureOptions before, CaptureOptions after);

    /// <summary>
    /// Waits for the next picture; false when there are no more. <paramref name="capturedAt"/> is a timestamp of the camera's TimeProvider.
    /// </summary>
    bool Grab(out long capturedAt);

    /// <summary>Decodes the grabbed picture into a frame; false when it is damaged.</summary>
    bool Retrieve(Frame frame);
}

/// <summary>A V4L2 device, GStreamer pipeline or network stream that OpenCV opened.</summary>
internal sealed class LiveSource : ILiveSource
{
    /// <summary>OpenCV's CAP_PROP_OPEN_TIMEOUT_MSEC and CAP_PROP_READ_TIMEOUT_MSEC, for which OpenCvSharp has no names.</summary>
    private const int OpenTimeoutMsec = 53, ReadTimeoutMsec = 54;

    private readonly VideoCapture _capture;
    private readonly Orientation _orientation;
    private readonly TimeProvider _time;
    private readonly bool _driverTimes;
    private readonly string _name;

    private LiveSource(VideoCapture capture, CameraSource source, CaptureOptions options, TimeProvider time)
    {
        (_capture, _time) = (capture, time);
        _orientation = new Orientation(options.Rotate, options.Mirror);
        _driverTimes = source.Kind == SourceKind.Device;
        _name = source.Name;
        Refusals = source.Kind == SourceKind.Device ? CameraControls.Apply(capture, options) : [];
        Description = Describe(capture, source);
    }

    public string Description { get; }

    public IReadOnlyList<string> Refusals { get; }

    /// <exception cref="EdgeException">It cannot be opened: says why and what to do.</exception>
    public static LiveSource Open(CameraSource source, CaptureOptions options, TimeProvider time)
    {
        if (source.Kind == SourceKind.Pipeline && !OpenCv.HasGStreamer)
            throw Lacks("a GStreamer pipeline", "GStreamer", "a device or an address");
        if (source.Kind == SourceKind.Stream && !OpenCv.HasFFmpeg) throw Lacks("a network stream", "FFmpeg", "a GStreamer pipeline");
        VideoCapture? capture = null;
        try
        {
            capture = source.Kind switch
            {
                SourceKind.Device => new VideoCapture(source.Target, VideoCaptureAPIs.V4L2),
                SourceKind.Pipeline => new VideoCapture(source.Target, VideoCaptureAPIs.GSTREAMER),
                _ => new VideoCapture(source.Target, VideoCaptureAPIs.FFMPEG,
                [
                    OpenTimeoutMsec, options.OpenTimeoutMs,
                    ReadTimeoutMsec, options.ReadTimeoutMs,
                ]),
            };
            if (!capture.IsOpened()) throw new EdgeException(WhyClosed(source));
            return new LiveSource(capture, source, options, time);
        }
        catch (Exception exception)
        {
            capture?.Dispose();
            if (exception is OpenCVException) throw new EdgeException($"{WhyClosed(source)} OpenCV says: {exception.Message}", exception);
            throw;
        }
    }

    public IReadOnlyList<string> Adjust(CaptureOptions before, CaptureOptions after) => _driverTimes
        ? CameraControls.Adjust(_capture, before, after)
        : [$"{_name} has no exposure, gain, white balance, focus or brightness to set."];

    public bool Grab(out long capturedAt)
    {
        bool grabbed = _capture.Grab();
        capturedAt = _time.GetTimestamp();
        if (grabbed && _driverTimes) capturedAt = DriverTime(_capture.Get(VideoCaptureProperties.PosMsec), capturedAt, _time);
        return grabbed;
    }

    public bool Retrieve(Frame frame)
    {
        if (!_capture.Retrieve(_orientation.Inlet(frame)) || _orientation.Inlet(frame).Empty()) return false;
        _orientation.Finish(frame);
        return true;
    }

    /// <summary>
    /// The driver's time of a picture: V4L2 stamps buffers with the monotonic clock, which is also TimeProvider.System's. A stamp that is
    /// not within the last second is of another clock, and the time at which the picture arrived stands.
    /// </summary>
    internal static long DriverTime(double milliseconds, long arrived, TimeProvider time)
    {
        if (milliseconds is not (> 0 and < 1e13)) return arrived;
        long stamped = (long)(milliseconds * time.TimestampFrequency / 1000);
        TimeSpan age = time.GetElapsedTime(stamped, arrived);
        return age >= TimeSpan.Zero && age < TimeSpan.FromSeconds(1) ? stamped : arrived;
    }

    public void Dispose()
    {
        _capture.Dispose();
        _orientation.Dispose();
    }

    private static EdgeException Lacks(string source, string part, string alternative) =>
        new($"Camera:Source is {source}, but this OpenCV was built without {part}: use the distribution's OpenCV, or {alternative} instead.");

    private static string Describe(VideoCapture capture, CameraSource source)
    {
        double fps = capture.Get(VideoCaptureProperties.Fps);
        string rate = fps is > 0 and <= 1000 ? string.Create(CultureInfo.InvariantCulture, $" at {fps:0.##} fps") : "";
        string format = source.Kind == SourceKind.Device ? $" {CameraControls.Format(capture)}" : "";
        return $"{source.Name} {capture.FrameWidth}x{capture.FrameHeight}{format}{rate} ({capture.GetBackendName()})";
    }

    private static string WhyClosed(CameraSource source) => source.Kind switch
    {
        SourceKind.Device => WhyDeviceClosed(source.Target),
        SourceKind.Pipeline =>
            $"The pipeline \"{source.Name}\" does not start: try it with gst-launch-1.0, with fakesink in place of the appsink.",
        _ => $"{source.Name} does not answer or is no video: check the address, and play it with ffplay from this machine.",
    };

    private static string WhyDeviceClosed(string device)
    {
        if (!File.Exists(device)) return $"{device} is not there: plug the camera in.";
        try
        {
            using FileStream probe = File.Open(device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        }
        catch (UnauthorizedAccessException)
        {
            return $"{device} may not be opened by this user: add it to the group video (sudo usermod -aG video USER) and log in again.";
        }
        catch (IOException exception)
        {
            return $"{device} cannot be opened: {exception.Message}";
        }
        return $"{device} delivers no video: another program may hold it (fuser -v {device}), or it is not a capture device.";
    }
}
