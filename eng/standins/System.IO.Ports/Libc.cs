using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace System.IO.Ports;

/// <summary>The system calls and constants of Linux's serial terminals (asm-generic: x64 and ARM64 alike).</summary>
internal static unsafe partial class Libc
{
    internal const int O_RDWR = 2;
    internal const int O_NOCTTY = 0x100;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;
    internal const int EFD_NONBLOCK = 0x800;
    internal const int EFD_CLOEXEC = 0x80000;

    internal const int EINTR = 4;
    internal const int EIO = 5;
    internal const int ENXIO = 6;
    internal const int EAGAIN = 11;
    internal const int ENODEV = 19;
    internal const int EINVAL = 22;
    internal const int ENOTTY = 25;

    internal const short POLLIN = 1;
    internal const short POLLOUT = 4;

    internal const uint TCGETS2 = 0x802C542A;
    internal const uint TCSETS2 = 0x402C542B;
    internal const uint TCSBRK = 0x5409;
    internal const uint TCFLSH = 0x540B;
    internal const uint TIOCEXCL = 0x540C;
    internal const uint TIOCNXCL = 0x540D;
    internal const uint TIOCOUTQ = 0x5411;
    internal const uint TIOCMGET = 0x5415;
    internal const uint TIOCMBIS = 0x5416;
    internal const uint TIOCMBIC = 0x5417;
    internal const uint FIONREAD = 0x541B;

    internal const int TCIFLUSH = 0;
    internal const int TCOFLUSH = 1;

    internal const int TIOCM_DTR = 0x002;
    internal const int TIOCM_RTS = 0x004;
    internal const int TIOCM_CTS = 0x020;
    internal const int TIOCM_CAR = 0x040;
    internal const int TIOCM_DSR = 0x100;

    internal const uint IGNPAR = 0x4;
    internal const uint INPCK = 0x10;
    internal const uint IXON = 0x400;
    internal const uint IXOFF = 0x1000;

    internal const uint CS6 = 0x10;
    internal const uint CS7 = 0x20;
    internal const uint CS8 = 0x30;
    internal const uint CSTOPB = 0x40;
    internal const uint CREAD = 0x80;
    internal const uint PARENB = 0x100;
    internal const uint PARODD = 0x200;
    internal const uint HUPCL = 0x400;
    internal const uint CLOCAL = 0x800;
    internal const uint BOTHER = 0x1000;
    internal const uint CMSPAR = 0x40000000;
    internal const uint CRTSCTS = 0x80000000;
    internal const int IBSHIFT = 16;

    internal const int VTIME = 5;
    internal const int VMIN = 6;
    internal const int VSTART = 8;
    internal const int VSTOP = 9;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint read(SafeFileHandle file, byte* buffer, nint count);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint write(SafeFileHandle file, byte* buffer, nint count);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int ioctl(SafeFileHandle file, nuint request, void* argument);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int poll(PollFd* files, nuint count, int timeout);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int eventfd(uint value, int flags);

    internal static string Message(int errno) => Marshal.GetPInvokeErrorMessage(errno);

    /// <summary>struct termios2: the speeds are plain numbers where the control flags say BOTHER.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Termios2
    {
        public uint InputFlags;
        public uint OutputFlags;
        public uint ControlFlags;
        public uint LocalFlags;
        public byte LineDiscipline;
        public fixed byte ControlCharacters[19];
        public uint InputSpeed;
        public uint OutputSpeed;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollFd
    {
        public int File;
        public short Events;
        public short ReturnedEvents;
    }
}
