namespace OpenCvSharp;

/// <summary>A matrix of pixels: rows x columns of elements with one or more channels (cv::Mat).</summary>
public unsafe class Mat : CvObject
{
    internal Mat(MatHandle handle)
        : base(handle) => Handle = handle;

    public Mat()
        : this(CreateEmpty())
    {
    }

    public Mat(int rows, int cols, MatType type)
        : this(Create(rows, cols, type))
    {
    }

    public Mat(Size size, MatType type)
        : this(Create(size.Height, size.Width, type))
    {
    }

    public Mat(int rows, int cols, MatType type, Scalar s)
        : this(Create(rows, cols, type)) => SetTo(s);

    public Mat(Size size, MatType type, Scalar s)
        : this(Create(size.Height, size.Width, type)) => SetTo(s);

    /// <summary>A view of a part of <paramref name="m"/>; no pixel is copied.</summary>
    public Mat(Mat m, Rect roi)
        : this(CreateRegion(m, roi))
    {
    }

    /// <summary>An image file; an empty matrix where it cannot be read.</summary>
    public Mat(string fileName, ImreadModes flags = ImreadModes.Color)
        : this(Cv2.ReadImage(fileName, flags))
    {
    }

    internal MatHandle Handle { get; }

    public int Rows => Native.mat_rows(Handle);

    public int Cols => Native.mat_cols(Handle);

    public int Width => Cols;

    public int Height => Rows;

    public int Dims => Native.mat_dims(Handle);

    public nint Data => Native.mat_data(Handle);

    public byte* DataPointer => (byte*)Data;

    /// <summary>A view of a part of this matrix.</summary>
    public Mat this[Rect roi] => new(this, roi);

    /// <summary>
    /// A matrix over memory of the caller, who keeps it alive; a <paramref name="step"/> of 0 means rows without padding.
    /// </summary>
    public static Mat FromPixelData(int rows, int cols, MatType type, nint data, long step = 0)
    {
        Native.Check(Native.mat_create_over(rows, cols, type, data, (nint)step, out MatHandle handle));
        return new(handle);
    }

    public MatType Type() => Native.mat_type(Handle);

    public int Depth() => Type().Depth;

    public int Channels() => Type().Channels;

    public Size Size() => new(Cols, Rows);

    /// <summary>Bytes from one row to the next.</summary>
    public long Step() => Native.mat_step(Handle);

    /// <summary>Bytes of an element with all its channels.</summary>
    public int ElemSize() => (int)Native.mat_elem_size(Handle);

    public long Total() => (long)Rows * Cols;

    public bool IsContinuous() => Native.mat_is_continuous(Handle) != 0;

    public bool Empty() => Native.mat_is_empty(Handle) != 0;

    /// <summary>The address of a row's first byte; not checked.</summary>
    public nint Ptr(int i0) => Data + (nint)(i0 * Step());

    /// <summary>The address of an element's first byte; not checked.</summary>
    public nint Ptr(int i0, int i1) => Ptr(i0) + (i1 * ElemSize());

    /// <summary>The element itself, at row <paramref name="i0"/> and column <paramref name="i1"/>; not checked.</summary>
    public ref T At<T>(int i0, int i1)
        where T : unmanaged => ref *(T*)Ptr(i0, i1);

    public T Get<T>(int i0, int i1)
        where T : unmanaged => At<T>(i0, i1);

    public void Set<T>(int i0, int i1, T value)
        where T : unmanaged => At<T>(i0, i1) = value;

    /// <summary>Makes this a matrix of that size and type; the memory is kept where it fits already.</summary>
    public void Create(int rows, int cols, MatType type) => Native.Check(Native.mat_reallocate(Handle, rows, cols, type));

    public void Create(Size size, MatType type) => Create(size.Height, size.Width, type);

    public Mat Clone()
    {
        Native.Check(Native.mat_clone(Handle, out MatHandle clone));
        return new(clone);
    }

    public void CopyTo(Mat m)
    {
        ArgumentNullException.ThrowIfNull(m);
        Native.Check(Native.mat_copy_to(Handle, m.Handle));
    }

    /// <summary>Each element x becomes saturate(x * alpha + beta) of the type <paramref name="rtype"/>.</summary>
    public void ConvertTo(Mat m, MatType rtype, double alpha = 1, double beta = 0)
    {
        ArgumentNullException.ThrowIfNull(m);
        Native.Check(Native.mat_convert_to(Handle, m.Handle, rtype, alpha, beta));
    }

    public Mat SetTo(Scalar value)
    {
        Native.Check(Native.mat_set_to(Handle, value));
        return this;
    }

    public Mat Resize(Size dsize, double fx = 0, double fy = 0, InterpolationFlags interpolation = InterpolationFlags.Linear)
    {
        Mat result = new();
        Cv2.Resize(this, result, dsize, fx, fy, interpolation);
        return result;
    }

    public Mat CvtColor(ColorConversionCodes code, int dstCn = 0)
    {
        Mat result = new();
        Cv2.CvtColor(this, result, code, dstCn);
        return result;
    }

    public bool SaveImage(string fileName, params ImageEncodingParam[] prms) => Cv2.ImWrite(fileName, this, prms);

    public byte[] ToBytes(string ext = ".png", params ImageEncodingParam[] prms)
    {
        Cv2.ImEncode(ext, this, out byte[] bytes, prms);
        return bytes;
    }

    private static MatHandle CreateEmpty()
    {
        Native.Check(Native.mat_create_empty(out MatHandle handle));
        return handle;
    }

    private static MatHandle Create(int rows, int cols, int type)
    {
        Native.Check(Native.mat_create(rows, cols, type, out MatHandle handle));
        return handle;
    }

    private static MatHandle CreateRegion(Mat mat, Rect region)
    {
        ArgumentNullException.ThrowIfNull(mat);
        Native.Check(Native.mat_create_region(mat.Handle, region, out MatHandle handle));
        return handle;
    }
}
