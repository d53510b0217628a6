using System.Globalization;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>Sets what a V4L2 camera was asked for, and reads back what it made of it.</summary>
internal static class CameraControls
{
    // The values of V4L2_CID_EXPOSURE_AUTO, which OpenCV hands through.
    private const double ManualExposure = 1, AutomaticExposure = 3;

    /// <summary>Asks for everything that the options name; gives one sentence for each thing that the driver did otherwise.</summary>
    public static IReadOnlyList<string> Apply(VideoCapture capture, CaptureOptions options)
    {
        List<string> refusals = [];
        Negotiate(capture, options, refusals);

        Move(capture, new CaptureOptions(), options, refusals);
        return refusals;
    }

    /// <summary>
    /// Moves the controls in which the settings differ; what is no longer named is automatic again, where the device has an automatic.
    /// </summary>
    public static IReadOnlyList<string> Adjust(VideoCapture capture, CaptureOptions before, CaptureOptions after)
    {
        List<string> refusals = [];
        Move(capture, before, after, refusals);
        return refusals;
    }

    private static void Move(VideoCapture capture, CaptureOptions before, CaptureOptions after, List<string> refusals)
    {
        if (before.Exposure is null != after.Exposure is null)
            capture.Set(VideoCaptureProperties.AutoExposure, after.Exposure is null ? AutomaticExposure : ManualExposure);
        if (before.WhiteBalance is null != after.WhiteBalance is null)
            capture.Set(VideoCaptureProperties.AutoWB, after.WhiteBalance is null ? 1 : 0);
        if (before.Focus is null != after.Focus is null) capture.Set(VideoCaptureProperties.AutoFocus, after.Focus is null ? 1 : 0);
        Change(VideoCaptureProperties.Exposure, nameof(after.Exposure), before.Exposure, after.Exposure);
        Change(VideoCaptureProperties.Gain, nameof(after.Gain), before.Gain, after.Gain);
        Change(VideoCaptureProperties.WBTemperature, nameof(after.WhiteBalance), before.WhiteBalance, after.WhiteBalance);
        Change(VideoCaptureProperties.Focus, nameof(after.Focus), before.Focus, after.Focus);
        Change(VideoCaptureProperties.Brightness, nameof(after.Brightness), before.Brightness, after.Brightness);

        void Change(VideoCaptureProperties property, string name, double? old, double? now)
        {
            if (old != now) Set(capture, property, name, now, refusals);
        }
    }

    /// <summary>The pixel format in use, as its four characters.</summary>
    public static string Format(VideoCapture capture)
    {
        int code = (int)capture.Get(VideoCaptureProperties.FourCC);
        return string.Create(4, code, static (text, code) =>
        {
            for (int i = 0; i < 4; i++) text[i] = (char)((code >> (8 * i)) & 0x7F) is var letter && char.IsControl(letter) ? '?' : letter;
        });
    }

    /// <summary>Format before size before rate: each narrows what the driver offers next.</summary>
    private static void Negotiate(VideoCapture capture, CaptureOptions options, List<string> refusals)
    {
        if (options.Format is { } format)
        {
            capture.Set(VideoCaptureProperties.FourCC, FourCC.FromString(format));
            if (Format(capture) is var got && got != format)
                refusals.Add($"Camera:Format {format} was asked for, the driver delivers {got}.");
        }
        if (options.Width is { } width && options.Height is { } height)
        {
            capture.Set(VideoCaptureProperties.FrameWidth, width);
            capture.Set(VideoCaptureProperties.FrameHeight, height);
            if ((capture.FrameWidth, capture.FrameHeight) is var got && got != (width, height))
                refusals.Add($"{width}x{height} pixels were asked for, the driver delivers {got.FrameWidth}x{got.FrameHeight}.");
        }
        Set(capture, VideoCaptureProperties.Fps, nameof(options.Fps), options.Fps, refusals);
    }

    private static void Set(VideoCapture capture, VideoCaptureProperties property, string name, double? asked, List<string> refusals)
    {
        if (asked is not { } value) return;
        bool accepted = capture.Set(property, value);
        double got = capture.Get(property);
        if (accepted && Math.Abs(got - value) <= 0.01 * Math.Abs(value)) return;
        refusals.Add(accepted
            ? string.Create(CultureInfo.InvariantCulture, $"Camera:{name} {value} was asked for, the driver says {got}.")
            : string.Create(
                CultureInfo.InvariantCulture, $"Camera:{name} {value} was asked for, the driver does not take it (it is {got})."));
    }
}
