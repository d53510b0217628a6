using System.Globalization;
using Microsoft.Extensions.Logging;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>A video file, paced by its own timestamps or by "Camera:Fps".</summary>
internal sealed class VideoCamera(string path, CaptureOptions options, TimeProvider time, ILogger log) : PlayedCamera(options, time, log)
{
    private readonly double? _fps = options.Fps;
    private VideoCapture? _capture;
    private string _description = $"video {Path.GetFileName(path)}";
    private TimeSpan _frameTime;
    private TimeSpan _position;
    private long _read;
    private long _expected;

    public override string Description => _description;

    protected override void Open()
    {
        _capture = OpenFile();
        double fps = _capture.Get(VideoCaptureProperties.Fps);
        if (fps is not (>= 0.1 and <= 1000)) fps = 25;
        _frameTime = TimeSpan.FromSeconds(1 / (_fps ?? fps));
        _expected = _capture.FrameCount;
        _description = string.Create(CultureInfo.InvariantCulture,
            $"video {Path.GetFileName(path)} {_capture.FrameWidth}x{_capture.FrameHeight} at {_fps ?? fps:0.##} fps ({_capture.GetBackendName()})");
    }

    protected override bool Read(Mat picture, out TimeSpan position)
    {
        position = default;
        if (!_capture!.Grab()) return false;
        var stamped = TimeSpan.FromMilliseconds(Math.Clamp(_capture.Get(VideoCaptureProperties.PosMsec), 0, 1e12));
        // Containers without timestamps, and broken ones, are played at their nominal rate.
        TimeSpan next = _position + _frameTime;
        if (_read == 0) _position = TimeSpan.Zero;
        else _position = _fps is null && stamped > _position && stamped < _position + TimeSpan.FromSeconds(10) ? stamped : next;
        position = _position;
        _read++;
        return _capture.Retrieve(picture);
    }

    protected override TimeSpan Rewind()
    {
        TimeSpan round = _position + _frameTime;
        (_position, _read) = (TimeSpan.Zero, 0);
        // Seeking to the first frame is refused by some containers and inexact in others; opening anew is neither.
        if (!_capture!.Set(VideoCaptureProperties.PosFrames, 0) || _capture.Get(VideoCaptureProperties.PosFrames) != 0)
        {
            _capture.Dispose();
            _capture = OpenFile();
        }
        return round;
    }

    protected override string End(long delivered) => _expected > 0 && _read < 0.9 * _expected
        ? $"{path} ended after {_read} of {_expected} pictures: the file may be damaged or cut off."
        : base.End(delivered);

    protected override void Close() => _capture?.Dispose();

    private VideoCapture OpenFile()
    {
        OpenCv.Load();
        if (new FileInfo(path).Length == 0) throw new EdgeException($"{path} is empty: copy it again.");
        VideoCapture? capture = null;
        try
        {
            capture = new VideoCapture(path, OpenCv.HasFFmpeg ? VideoCaptureAPIs.FFMPEG : VideoCaptureAPIs.ANY);
            if (capture.IsOpened()) return capture;
        }
        catch (OpenCVException)
        {
            // Said below: what OpenCV throws here says no more than that it cannot read the file.
        }
        catch (IOException exception)
        {
            throw new EdgeException(exception.Message, exception);
        }
        capture?.Dispose();
        throw new EdgeException(
            $"{path} is no video that OpenCV can read: play it with ffplay, or convert it with ffmpeg -i {Path.GetFileName(path)} -c:v libx264 out.mp4.");
    }
}
