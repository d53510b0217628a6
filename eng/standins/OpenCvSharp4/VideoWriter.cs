namespace OpenCvSharp;

/// <summary>Writes frames into a video file or stream (cv::VideoWriter).</summary>
public class VideoWriter : CvObject
{
    private readonly WriterHandle _handle;

    public VideoWriter()
        : this(Create())
    {
    }

    public VideoWriter(string fileName, FourCC fourcc, double fps, Size frameSize, bool isColor = true)
        : this() => Open(fileName, fourcc, fps, frameSize, isColor);

    public VideoWriter(string fileName, VideoCaptureAPIs apiPreference, FourCC fourcc, double fps, Size frameSize, bool isColor = true)
        : this() => Open(fileName, apiPreference, fourcc, fps, frameSize, isColor);

    private VideoWriter(WriterHandle handle)
        : base(handle) => _handle = handle;

    public string? FileName { get; private set; }

    public double Fps { get; private set; } = -1;

    public Size FrameSize { get; private set; }

    public bool IsColor { get; private set; } = true;

    public static int FourCC(char c1, char c2, char c3, char c4) =>
        (byte)c1 | ((byte)c2 << 8) | ((byte)c3 << 16) | ((byte)c4 << 24);

    public bool Open(string fileName, FourCC fourcc, double fps, Size frameSize, bool isColor = true) =>
        Open(fileName, VideoCaptureAPIs.ANY, fourcc, fps, frameSize, isColor);

    public bool Open(string fileName, VideoCaptureAPIs apiPreference, FourCC fourcc, double fps, Size frameSize, bool isColor = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        (FileName, Fps, FrameSize, IsColor) = (fileName, fps, frameSize, isColor);
        Native.Check(Native.writer_open(
            _handle, fileName, (int)apiPreference, fourcc, fps, frameSize, isColor ? 1 : 0, out int opened));
        return opened != 0;
    }

    public bool IsOpened() => Native.writer_is_opened(_handle) != 0;

    /// <summary>Frames of another size than the video's are ignored, as OpenCV does.</summary>
    public void Write(Mat image)
    {
        ArgumentNullException.ThrowIfNull(image);
        Native.Check(Native.writer_write(_handle, image.Handle));
    }

    public void Release() => Native.Check(Native.writer_release(_handle));

    private static WriterHandle Create()
    {
        Native.Check(Native.writer_create(out WriterHandle handle));
        return handle;
    }
}
