using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>
/// The frames of one camera, used again and again, so that capturing allocates nothing once each has been filled. A disposed pool frees
/// what is there, and the frames still out when they come back.
/// </summary>
internal sealed class FramePool : IDisposable
{
    /// <summary>One being filled, one in the mailbox, one at the pipeline; the rest for those who keep a frame for a while.</summary>
    public const int Capacity = 8;

    private readonly Lock _lock = new();
    private readonly Frame[] _free = new Frame[Capacity];
    private int _count;
    private int _made;
    private bool _disposed;

    /// <summary>
    /// A frame to fill; null when all are out (whoever has them is too slow, and the picture is dropped), or when the pool is disposed.
    /// </summary>
    public Frame? Rent()
    {
        lock (_lock)
        {
            if (_disposed) return null;
            if (_count > 0) return _free[--_count];
            if (_made == Capacity) return null;
            _made++;
        }
        return new Frame(new Mat(), this);
    }

    internal void Return(Frame frame)
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                if (_count == _made || _free.AsSpan(0, _count).Contains(frame))
                    throw new InvalidOperationException("A frame was disposed twice.");
                _free[_count++] = frame;
                return;
            }
        }
        frame.Mat.Dispose();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (Frame frame in _free.AsSpan(0, _count)) frame.Mat.Dispose();
            _count = 0;
        }
    }
}
