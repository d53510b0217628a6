using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>
/// Turns what a source delivers into what the pipeline reads: three interleaved 8-bit channels, upright however the camera is mounted.
/// </summary>
/// <param name="rotate">Clockwise, in degrees: 0, 90, 180 or 270.</param>
/// <param name="mirror">Swaps left and right, after rotation.</param>
internal sealed class Orientation(int rotate, bool mirror) : IDisposable
{
    private readonly Mat _raw = new();
    private readonly Mat _colour = new();
    private readonly Mat _rotated = new();
    private readonly bool _turns = rotate != 0 || mirror;
    private bool _converts;

    /// <summary>Where a source writes: straight into the frame when nothing is left to do afterwards.</summary>
    public Mat Inlet(Frame frame) => _turns || _converts ? _raw : frame.Mat;

    /// <summary>Brings into the frame what the source wrote into <see cref="Inlet"/>.</summary>
    /// <exception cref="EdgeException">The source's pixels are of a type that holds no 8-bit colours.</exception>
    public void Finish(Frame frame)
    {
        Mat picture = Inlet(frame);
        if (picture.Type() != MatType.CV_8UC3)
        {
            if (!_turns && !_converts) picture.CopyTo(_raw);
            _converts = true;
            picture = _turns ? _colour : frame.Mat;
            Cv2.CvtColor(_raw, picture, Conversion(_raw.Type()));
        }
        else if (_converts && !_turns)
        {
            picture.CopyTo(frame.Mat);
        }
        if (_turns) Turn(picture, frame.Mat);
    }

    private void Turn(Mat picture, Mat upright)
    {
        if (rotate == 0)
        {
            Cv2.Flip(picture, upright, FlipMode.Y);
            return;
        }
        Cv2.Rotate(picture, mirror ? _rotated : upright, rotate switch
        {
            90 => RotateFlags.Rotate90Clockwise,
            180 => RotateFlags.Rotate180,
            _ => RotateFlags.Rotate90Counterclockwise,
        });
        if (mirror) Cv2.Flip(_rotated, upright, FlipMode.Y);
    }

    private static ColorConversionCodes Conversion(MatType type) =>
        type == MatType.CV_8UC1 ? ColorConversionCodes.GRAY2BGR
        : type == MatType.CV_8UC4 ? ColorConversionCodes.BGRA2BGR
        : throw new EdgeException($"The source delivers pixels of type {type}, which are no 8-bit colours: ask it for another format.");

    public void Dispose()
    {
        _raw.Dispose();
        _colour.Dispose();
        _rotated.Dispose();
    }
}
