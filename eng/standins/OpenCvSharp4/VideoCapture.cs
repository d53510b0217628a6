namespace OpenCvSharp;

/// <summary>Frames of a camera, a file or a stream (cv::VideoCapture).</summary>
public unsafe class VideoCapture : CvObject
{
    private readonly CaptureHandle _handle;
    private CaptureType _type;

    public VideoCapture()
        : this(Create())
    {
    }

    public VideoCapture(int index, VideoCaptureAPIs apiPreference = VideoCaptureAPIs.ANY)
        : this() => Open(index, apiPreference, []);

    /// <param name="prms">Properties to open with, as pairs of <see cref="VideoCaptureProperties"/> and value.</param>
    public VideoCapture(int index, VideoCaptureAPIs apiPreference, int[] prms)
        : this() => Open(index, apiPreference, prms);

    public VideoCapture(string fileName, VideoCaptureAPIs apiPreference = VideoCaptureAPIs.ANY)
        : this() => Open(fileName, apiPreference, []);

    /// <param name="prms">Properties to open with, as pairs of <see cref="VideoCaptureProperties"/> and value.</param>
    public VideoCapture(string fileName, VideoCaptureAPIs apiPreference, int[] prms)
        : this() => Open(fileName, apiPreference, prms);

    private VideoCapture(CaptureHandle handle)
        : base(handle) => _handle = handle;

    private enum CaptureType
    {
        NotSpecified,
        File,
        Camera,
    }

    public int PosMsec
    {
        get => (int)Get(VideoCaptureProperties.PosMsec);
        set => Set(VideoCaptureProperties.PosMsec, value);
    }

    public int PosFrames
    {
        get => (int)Get(VideoCaptureProperties.PosFrames);
        set => Set(VideoCaptureProperties.PosFrames, value);
    }

    public int FrameCount => (int)Get(VideoCaptureProperties.FrameCount);

    public int FrameWidth
    {
        get => (int)Get(VideoCaptureProperties.FrameWidth);
        set => SetOfCamera(VideoCaptureProperties.FrameWidth, value);
    }

    public int FrameHeight
    {
        get => (int)Get(VideoCaptureProperties.FrameHeight);
        set => SetOfCamera(VideoCaptureProperties.FrameHeight, value);
    }

    public double Fps
    {
        get => Get(VideoCaptureProperties.Fps);
        set => SetOfCamera(VideoCaptureProperties.Fps, value);
    }

    public static VideoCapture FromCamera(int index, VideoCaptureAPIs apiPreference = VideoCaptureAPIs.ANY) => new(index, apiPreference);

    public static VideoCapture FromFile(string fileName, VideoCaptureAPIs apiPreference = VideoCaptureAPIs.ANY) =>
        new(fileName, apiPreference);

    public bool Open(string fileName, VideoCaptureAPIs apiPreference = VideoCaptureAPIs.ANY) => Open(fileName, apiPreference, []);

    public bool Open(int index, VideoCaptureAPIs apiPreference = VideoCaptureAPIs.ANY) => Open(index, apiPreference, []);

    public bool IsOpened() => Native.capture_is_opened(_handle) != 0;

    public void Release() => Native.Check(Native.capture_release(_handle));

    /// <summary>Takes the next frame without decoding it; false where there is none.</summary>
    public bool Grab()
    {
        Native.Check(Native.capture_grab(_handle, out int grabbed));
        return grabbed != 0;
    }

    /// <summary>Decodes the frame that was grabbed.</summary>
    public bool Retrieve(Mat image, int flag = 0)
    {
        ArgumentNullException.ThrowIfNull(image);
        Native.Check(Native.capture_retrieve(_handle, image.Handle, flag, out int retrieved));
        return retrieved != 0;
    }

    /// <summary>Grabs and retrieves.</summary>
    public bool Read(Mat image)
    {
        ArgumentNullException.ThrowIfNull(image);
        Native.Check(Native.capture_read(_handle, image.Handle, out int read));
        return read != 0;
    }

    public double Get(VideoCaptureProperties propertyId) => Get((int)propertyId);

    public double Get(int propertyId)
    {
        Native.Check(Native.capture_get(_handle, propertyId, out double value));
        return value;
    }

    /// <summary>False where the back end refuses the property or its value.</summary>
    public bool Set(VideoCaptureProperties propertyId, double value) => Set((int)propertyId, value);

    /// <inheritdoc cref="Set(VideoCaptureProperties, double)"/>
    public bool Set(int propertyId, double value)
    {
        Native.Check(Native.capture_set(_handle, propertyId, value, out int accepted));
        return accepted != 0;
    }

    /// <summary>The back end's name; throws where nothing is open.</summary>
    public string GetBackendName()
    {
        Native.Check(Native.capture_backend_name(_handle, out byte* name));
        return Native.Text(name);
    }

    private static CaptureHandle Create()
    {
        Native.Check(Native.capture_create(out CaptureHandle handle));
        return handle;
    }

    private bool Open(string fileName, VideoCaptureAPIs apiPreference, int[] prms)
    {
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        ArgumentNullException.ThrowIfNull(prms);
        Native.Check(Native.capture_open_file(_handle, fileName, (int)apiPreference, prms, prms.Length, out int opened));
        _type = CaptureType.File;
        return opened != 0;
    }

    private bool Open(int index, VideoCaptureAPIs apiPreference, int[] prms)
    {
        ArgumentNullException.ThrowIfNull(prms);
        Native.Check(Native.capture_open_index(_handle, index, (int)apiPreference, prms, prms.Length, out int opened));
        _type = CaptureType.Camera;
        return opened != 0;
    }

    private void SetOfCamera(VideoCaptureProperties property, double value)
    {
        if (_type == CaptureType.File)
            throw new NotSupportedException("Only a camera's properties can be set.");
        Set(property, value);
    }
}
