namespace OpenCvSharp;

public enum InterpolationFlags
{
    Nearest = 0,
    Linear = 1,
    Cubic = 2,
    Area = 3,
    Lanczos4 = 4,
}

public enum ColorConversionCodes
{
    BGR2BGRA = 0,
    BGRA2BGR = 1,
    BGR2RGBA = 2,
    RGBA2BGR = 3,
    BGR2RGB = 4,
    RGB2BGR = 4,
    BGR2GRAY = 6,
    RGB2GRAY = 7,
    GRAY2BGR = 8,
    GRAY2RGB = 8,
    BGRA2GRAY = 10,
    YUV2RGB_NV12 = 90,
    YUV2BGR_NV12 = 91,
    YUV2RGB_YUY2 = 115,
    YUV2BGR_YUY2 = 116,
}

public enum RotateFlags
{
    Rotate90Clockwise = 0,
    Rotate180 = 1,
    Rotate90Counterclockwise = 2,
}

/// <summary>The axis that a picture is turned over: Y swaps left and right.</summary>
public enum FlipMode
{
    XY = -1,
    X = 0,
    Y = 1,
}

public enum BorderTypes
{
    Constant = 0,
    Replicate = 1,
    Reflect = 2,
    Wrap = 3,
    Reflect101 = 4,
    Default = 4,
}

public enum HersheyFonts
{
    HersheySimplex = 0,
    HersheyPlain = 1,
    HersheyDuplex = 2,
    HersheyComplex = 3,
}

public enum LineTypes
{
    Link4 = 4,
    Link8 = 8,
    AntiAlias = 16,
}

[Flags]
public enum ImreadModes
{
    Unchanged = -1,
    Grayscale = 0,
    Color = 1,
    AnyDepth = 2,
    AnyColor = 4,
    IgnoreOrientation = 128,
}

public enum ImwriteFlags
{
    JpegQuality = 1,
    PngCompression = 16,
    WebPQuality = 64,
}

public enum VideoCaptureAPIs
{
    ANY = 0,
    V4L = 200,
    V4L2 = 200,
    GSTREAMER = 1800,
    FFMPEG = 1900,
    IMAGES = 2000,
    OPENCV_MJPEG = 2200,
}

public enum VideoCaptureProperties
{
    PosMsec = 0,
    PosFrames = 1,
    PosAviRatio = 2,
    FrameWidth = 3,
    FrameHeight = 4,
    Fps = 5,
    FourCC = 6,
    FrameCount = 7,
    Format = 8,
    Mode = 9,
    Brightness = 10,
    Contrast = 11,
    Saturation = 12,
    Hue = 13,
    Gain = 14,
    Exposure = 15,
    ConvertRgb = 16,
    WhiteBalanceBlueU = 17,
    Sharpness = 20,
    AutoExposure = 21,
    Gamma = 22,
    WhiteBalanceRedV = 26,
    Zoom = 27,
    Focus = 28,
    IsoSpeed = 30,
    BackLight = 32,
    Pan = 33,
    Tilt = 34,
    BufferSize = 38,
    AutoFocus = 39,
    Backend = 42,
    Channel = 43,
    AutoWB = 44,
    WBTemperature = 45,
    CodecPixelFormat = 46,
    BitRate = 47,
    OrientationMeta = 48,
    OrientationAuto = 49,
    HwAcceleration = 50,
    HwDevice = 51,
}
