using Microsoft.Win32.SafeHandles;

namespace OpenCvSharp;

/// <summary>A managed object that owns one of OpenCV's; a use after its disposal throws <see cref="ObjectDisposedException"/>.</summary>
public abstract class CvObject : IDisposable
{
    private readonly SafeHandleZeroOrMinusOneIsInvalid _handle;

    private protected CvObject(SafeHandleZeroOrMinusOneIsInvalid handle) => _handle = handle;

    /// <summary>Whether <see cref="Dispose()"/> was called.</summary>
    public bool IsDisposed => _handle.IsClosed;

    /// <summary>The native object's address.</summary>
    public nint CvPtr
    {
        get
        {
            ThrowIfDisposed();
            return _handle.DangerousGetHandle();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _handle.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Throws <see cref="ObjectDisposedException"/> after the disposal.</summary>
    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(IsDisposed, this);
}

internal sealed class MatHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        Native.mat_delete(handle);
        return true;
    }
}

internal sealed class BytesHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        Native.bytes_delete(handle);
        return true;
    }
}

internal sealed class CaptureHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        Native.capture_delete(handle);
        return true;
    }
}

internal sealed class WriterHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        Native.writer_delete(handle);
        return true;
    }
}
