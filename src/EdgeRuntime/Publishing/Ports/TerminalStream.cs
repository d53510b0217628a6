using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EdgeCnn.EdgeRuntime.Publishing.Ports;

/// <summary>
/// A terminal as a stream of bytes in raw mode. One thread may read while another writes; disposing ends a wait of either at once.
/// A read of zero bytes says that the other side has hung up.
/// </summary>
public sealed unsafe class TerminalStream : Stream
{
    private readonly SafeFileHandle _terminal;
    private readonly SafeFileHandle _closing = Libc.NewEvent();
    private volatile bool _isClosed;

    internal TerminalStream(SafeFileHandle terminal) => _terminal = terminal;

    public override bool CanRead => !_isClosed;

    public override bool CanWrite => !_isClosed;

    public override bool CanSeek => false;

    public override bool CanTimeout => true;

    /// <summary>Milliseconds that one read waits for its first byte; infinite at first.</summary>
    public override int ReadTimeout { get; set; } = Timeout.Infinite;

    /// <summary>Milliseconds that one write may take in all; infinite at first.</summary>
    public override int WriteTimeout { get; set; } = Timeout.Infinite;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="TimeoutException">Nothing came within <see cref="ReadTimeout"/>.</exception>
    /// <exception cref="ObjectDisposedException">The stream is or was closed meanwhile.</exception>
    public override int Read(Span<byte> buffer)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            Await(Libc.PollIn, ReadTimeout, start);
            nint count;
            fixed (byte* bytes = buffer)
                count = Libc.Read(_terminal, bytes, (nuint)buffer.Length);
            if (count >= 0)
                return (int)count;
            int error = Marshal.GetLastPInvokeError();
            if (error == Errno.InputOutput)
                return 0; // what Linux says to the reader of a terminal whose other side is gone
            ThrowUnlessTransient(error, "read");
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <exception cref="TimeoutException">Not all bytes were taken within <see cref="WriteTimeout"/>; some may have been.</exception>
    /// <exception cref="ObjectDisposedException">The stream is or was closed meanwhile.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        long start = Stopwatch.GetTimestamp();
        while (!buffer.IsEmpty)
        {
            Await(Libc.PollOut, WriteTimeout, start);
            nint count;
            fixed (byte* bytes = buffer)
                count = Libc.Write(_terminal, bytes, (nuint)buffer.Length);
            if (count >= 0)
                buffer = buffer[(int)count..];
            else
                ThrowUnlessTransient(Marshal.GetLastPInvokeError(), "written");
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isClosed)
        {
            _isClosed = true;
            long one = 1;
            _ = Libc.Write(_closing, (byte*)&one, sizeof(long));
            _terminal.Dispose();
            _closing.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Await(short events, int timeout, long start)
    {
        bool holdsTerminal = false, holdsClosing = false;
        try
        {
            _terminal.DangerousAddRef(ref holdsTerminal);
            _closing.DangerousAddRef(ref holdsClosing);
            Libc.Pollable* files = stackalloc Libc.Pollable[2];
            files[0] = new() { File = (int)_terminal.DangerousGetHandle(), Events = events };
            files[1] = new() { File = (int)_closing.DangerousGetHandle(), Events = Libc.PollIn };
            while (!_isClosed)
            {
                int left = timeout < 0 ? -1 : (int)Math.Max(0, timeout - Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                int ready = Libc.Poll(files, 2, left);
                if (ready == 0)
                    throw new TimeoutException();
                if (ready > 0 && files[1].Returned == 0)
                    return;
                if (ready < 0)
                    ThrowUnlessTransient(Marshal.GetLastPInvokeError(), "awaited");
            }
            throw new ObjectDisposedException(nameof(TerminalStream));
        }
        finally
        {
            if (holdsTerminal)
                _terminal.DangerousRelease();
            if (holdsClosing)
                _closing.DangerousRelease();
        }
    }

    private static void ThrowUnlessTransient(int error, string what)
    {
        if (error is not (Errno.Again or Errno.Interrupted))
            throw new IOException($"The terminal cannot be {what}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error}).");
    }
}
