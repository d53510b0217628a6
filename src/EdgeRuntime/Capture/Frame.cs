using EdgeCnn.Models.Tasks;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>
/// One picture: 8-bit, interleaved blue, green, red. It belongs to whoever took it, and to those who keep it, until each has disposed it,
/// which gives its memory back to the camera that lent it; afterwards neither it nor its <see cref="View"/> may be touched. Who draws upon
/// it draws upon a copy.
/// </summary>
public sealed unsafe class Frame : IDisposable
{
    private readonly FramePool? _pool;
    private byte* _pixels;
    private int _stride;
    private int _keepers;

    /// <param name="mat">Becomes the frame's own.</param>
    /// <param name="pool">Where the frame returns to when it is disposed; null: its memory is freed.</param>
    internal Frame(Mat mat, FramePool? pool = null)
    {
        (Mat, _pool) = (mat, pool);
        if (!mat.Empty()) Filled(0, 0);
    }

    /// <summary>Number of the frame, counted by its camera from 0; gaps are frames that nobody took in time.</summary>
    public long Sequence { get; private set; }

    /// <summary>When the picture was taken, in ticks of the camera's TimeProvider (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    public long CapturedAt { get; private set; }

    /// <summary>Columns in pixels.</summary>
    public int Width { get; private set; }

    /// <summary>Rows in pixels.</summary>
    public int Height { get; private set; }

    /// <summary>The pixels; valid until the frame is disposed.</summary>
    public ImageView View => new(new ReadOnlySpan<byte>(_pixels, ((Height - 1) * _stride) + (3 * Width)), Width, Height, _stride);

    /// <summary>Bytes from the start of one row to the start of the next.</summary>
    internal int Stride => _stride;

    /// <summary>The pixels of <see cref="View"/>, to be drawn upon.</summary>
    internal Span<byte> Pixels => new(_pixels, ((Height - 1) * _stride) + (3 * Width));

    /// <summary>The same pixels for OpenCV.</summary>
    internal Mat Mat { get; }

    /// <summary>Takes note of what has been written into <see cref="Mat"/>, which must hold a picture of type CV_8UC3.</summary>
    internal void Filled(long sequence, long capturedAt)
    {
        if (Mat.Type() != MatType.CV_8UC3 || Mat.Empty())
            throw new ArgumentException($"A frame holds a CV_8UC3 picture, not {Mat.Type()}.");
        (Sequence, CapturedAt) = (sequence, capturedAt);
        (Width, Height, _stride) = (Mat.Cols, Mat.Rows, checked((int)Mat.Step()));
        _pixels = Mat.DataPointer;
    }

    /// <summary>
    /// The same frame for one more owner, who disposes it as the first does. A camera has few frames: keep one for a fraction of a second,
    /// copy it for longer.
    /// </summary>
    public Frame Keep()
    {
        Interlocked.Increment(ref _keepers);
        return this;
    }

    /// <summary>A picture of somebody else, copied.</summary>
    public static Frame Of(ImageView picture)
    {
        Mat mat = new(picture.Height, picture.Width, MatType.CV_8UC3);
        for (int y = 0; y < picture.Height; y++) picture.Row(y).CopyTo(new Span<byte>((byte*)mat.Ptr(y), 3 * picture.Width));
        return new Frame(mat);
    }

    /// <summary>A copy with memory of its own, for whoever wants to draw upon it or keep it for long.</summary>
    public Frame Copy()
    {
        var copy = new Frame(Mat.Clone());
        copy.Filled(Sequence, CapturedAt);
        return copy;
    }

    public void Dispose()
    {
        if (Interlocked.Decrement(ref _keepers) >= 0) return;
        Interlocked.Increment(ref _keepers);
        if (_pool is null) Mat.Dispose();
        else _pool.Return(this);
    }
}
