using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace System.IO.Ports;

/// <summary>Speed and framing of a serial line.</summary>
internal readonly record struct LineSettings(int BaudRate, int DataBits, Parity Parity, StopBits StopBits, Handshake Handshake);

/// <summary>
/// An open serial terminal in raw mode. Reads and writes wait in poll, beside an event descriptor that
/// <see cref="Dispose"/> signals: closing ends a wait of another thread at once.
/// </summary>
internal sealed unsafe class Terminal : IDisposable
{
    private readonly string _name;
    private readonly SafeFileHandle _device;
    private readonly SafeFileHandle _closing;
    private volatile bool _isClosed;

    private Terminal(string name, SafeFileHandle device)
    {
        _name = name;
        _device = device;
        int closing = Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        if (closing < 0)
            throw Failure("eventfd");
        _closing = new SafeFileHandle(closing, ownsHandle: true);
    }

    public bool IsOpen => !_isClosed;

    public int BytesToRead => Query(Libc.FIONREAD, "FIONREAD");

    public int BytesToWrite => Query(Libc.TIOCOUTQ, "TIOCOUTQ");

    public int ModemLines => Query(Libc.TIOCMGET, "TIOCMGET");

    /// <exception cref="UnauthorizedAccessException">
    /// Whatever the reason is, as in the real package; the inner <see cref="IOException"/> has the system's word.
    /// </exception>
    public static Terminal Open(string name)
    {
        int file = Libc.open(name, Libc.O_RDWR | Libc.O_NOCTTY | Libc.O_CLOEXEC | Libc.O_NONBLOCK);
        if (file < 0)
            throw Denied(name);
        SafeFileHandle device = new(file, ownsHandle: true);
        try
        {
            if (Libc.ioctl(device, Libc.TIOCEXCL, null) < 0)
                throw Denied(name);
            return new Terminal(name, device);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    public void Configure(LineSettings settings)
    {
        Libc.Termios2 termios;
        Control(Libc.TCGETS2, &termios, "TCGETS2");
        termios.InputFlags = Libc.IGNPAR;
        termios.OutputFlags = 0;
        termios.LocalFlags = 0;
        termios.LineDiscipline = 0;
        termios.ControlFlags = (termios.ControlFlags & Libc.HUPCL) | Libc.CREAD | Libc.CLOCAL | Libc.BOTHER | (Libc.BOTHER << Libc.IBSHIFT)
            | DataFlags(settings.DataBits) | ParityFlags(settings.Parity);
        termios.ControlCharacters[Libc.VMIN] = 1;
        termios.ControlCharacters[Libc.VTIME] = 0;
        termios.InputSpeed = termios.OutputSpeed = (uint)settings.BaudRate;
        if (settings.Parity != Parity.None)
            termios.InputFlags |= Libc.INPCK;
        if (settings.StopBits == StopBits.Two)
            termios.ControlFlags |= Libc.CSTOPB;
        if (settings.Handshake is Handshake.RequestToSend or Handshake.RequestToSendXOnXOff)
            termios.ControlFlags |= Libc.CRTSCTS;
        if (settings.Handshake is Handshake.XOnXOff or Handshake.RequestToSendXOnXOff)
        {
            termios.InputFlags |= Libc.IXON | Libc.IXOFF;
            termios.ControlCharacters[Libc.VSTART] = 0x11;
            termios.ControlCharacters[Libc.VSTOP] = 0x13;
        }
        Control(Libc.TCSETS2, &termios, "TCSETS2");

        // A driver rounds a speed that it cannot make, and says so only when asked again. A UART survives 3 %.
        Control(Libc.TCGETS2, &termios, "TCGETS2");
        if (Math.Abs((double)termios.OutputSpeed - settings.BaudRate) > 0.03 * settings.BaudRate)
            throw new ArgumentException($"{_name} cannot run at {settings.BaudRate} baud; the driver offers {termios.OutputSpeed}.");
    }

    /// <summary>Raises or lowers modem lines; a pseudo-terminal has none and ignores it.</summary>
    public void SetModemLines(int lines, bool on)
    {
        ThrowIfClosed();
        if (Libc.ioctl(_device, on ? Libc.TIOCMBIS : Libc.TIOCMBIC, &lines) < 0
            && Marshal.GetLastPInvokeError() is not (Libc.ENOTTY or Libc.EINVAL))
        {
            throw Failure("TIOCMBIS");
        }
    }

    /// <summary>At least one byte, waiting for it.</summary>
    /// <param name="timeout">Milliseconds; negative waits for ever.</param>
    public int Read(Span<byte> buffer, int timeout)
    {
        ThrowIfClosed();
        if (buffer.IsEmpty)
            return 0;
        Deadline deadline = new(timeout);
        while (true)
        {
            Await(Libc.POLLIN, deadline);
            nint count;
            fixed (byte* bytes = buffer)
                count = Libc.read(_device, bytes, buffer.Length);
            if (count > 0)
                return (int)count;
            if (count == 0)
                throw Gone();
            if (Marshal.GetLastPInvokeError() is not (Libc.EAGAIN or Libc.EINTR))
                throw Failure("read");
        }
    }

    /// <summary>All the bytes.</summary>
    /// <param name="timeout">Milliseconds for all of them together; negative waits for ever.</param>
    public void Write(ReadOnlySpan<byte> buffer, int timeout)
    {
        ThrowIfClosed();
        Deadline deadline = new(timeout);
        while (!buffer.IsEmpty)
        {
            Await(Libc.POLLOUT, deadline);
            nint count;
            fixed (byte* bytes = buffer)
                count = Libc.write(_device, bytes, buffer.Length);
            if (count >= 0)
                buffer = buffer[(int)count..];
            else if (Marshal.GetLastPInvokeError() is not (Libc.EAGAIN or Libc.EINTR))
                throw Failure("write");
        }
    }

    /// <summary>Waits until the driver has sent what was written.</summary>
    public void Drain() => Control(Libc.TCSBRK, (void*)1, "TCSBRK");

    /// <param name="queue"><see cref="Libc.TCIFLUSH"/> or <see cref="Libc.TCOFLUSH"/>.</param>
    public void Discard(int queue) => Control(Libc.TCFLSH, (void*)queue, "TCFLSH");

    public void Dispose()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        ulong one = 1;
        Libc.write(_closing, (byte*)&one, sizeof(ulong));

        // Another process can open the port while a last read still holds this descriptor.
        Libc.ioctl(_device, Libc.TIOCNXCL, null);
        _device.Dispose();
        _closing.Dispose();
    }

    private static uint DataFlags(int dataBits) => dataBits switch
    {
        5 => 0,
        6 => Libc.CS6,
        7 => Libc.CS7,
        _ => Libc.CS8,
    };

    private static uint ParityFlags(Parity parity) => parity switch
    {
        Parity.Odd => Libc.PARENB | Libc.PARODD,
        Parity.Even => Libc.PARENB,
        Parity.Mark => Libc.PARENB | Libc.PARODD | Libc.CMSPAR,
        Parity.Space => Libc.PARENB | Libc.CMSPAR,
        _ => 0,
    };

    private static UnauthorizedAccessException Denied(string name)
    {
        string reason = Libc.Message(Marshal.GetLastPInvokeError());
        return new($"Access to the port '{name}' is denied.", new IOException($"{name}: {reason}"));
    }

    private static InvalidOperationException Closed() => new("The port is closed.");

    private void ThrowIfClosed()
    {
        if (_isClosed)
            throw Closed();
    }

    private IOException Gone() => new($"The device behind {_name} is gone.");

    private IOException Failure(string what)
    {
        int errno = Marshal.GetLastPInvokeError();
        return errno is Libc.EIO or Libc.ENODEV or Libc.ENXIO ? Gone() : new IOException($"{_name}: {what}: {Libc.Message(errno)}");
    }

    private int Query(uint request, string name)
    {
        int value;
        Control(request, &value, name);
        return value;
    }

    private void Control(uint request, void* argument, string name)
    {
        ThrowIfClosed();
        if (Libc.ioctl(_device, request, argument) < 0)
            throw Failure(name);
    }

    /// <summary>Returns when the device is ready; a hang-up of the device ends the wait with an <see cref="IOException"/>.</summary>
    private void Await(short events, Deadline deadline)
    {
        bool holdsDevice = false, holdsClosing = false;
        Libc.PollFd* files = stackalloc Libc.PollFd[2];
        try
        {
            _device.DangerousAddRef(ref holdsDevice);
            _closing.DangerousAddRef(ref holdsClosing);
            files[0] = new() { File = (int)_device.DangerousGetHandle(), Events = events };
            files[1] = new() { File = (int)_closing.DangerousGetHandle(), Events = Libc.POLLIN };
            while (true)
            {
                int ready = Libc.poll(files, 2, deadline.Remaining);
                if (ready < 0 && Marshal.GetLastPInvokeError() != Libc.EINTR)
                    throw Failure("poll");
                ThrowIfClosed();
                if (ready == 0)
                    throw new TimeoutException("The operation has timed out.");
                if (ready > 0 && (files[0].ReturnedEvents & events) != 0)
                    return;
                if (ready > 0 && files[0].ReturnedEvents != 0)
                    throw Gone();
            }
        }
        catch (ObjectDisposedException)
        {
            throw Closed();
        }
        finally
        {
            if (holdsDevice)
                _device.DangerousRelease();
            if (holdsClosing)
                _closing.DangerousRelease();
        }
    }

    /// <summary>The end of an operation that may wait more than once.</summary>
    private readonly struct Deadline(int timeout)
    {
        private readonly long _end = timeout < 0 ? long.MaxValue : Environment.TickCount64 + timeout;

        /// <summary>As poll takes it: -1 is for ever.</summary>
        public int Remaining => _end == long.MaxValue ? -1 : (int)Math.Max(0, _end - Environment.TickCount64);
    }
}
