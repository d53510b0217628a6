using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EdgeCnn.EdgeRuntime.Publishing.Ports;

/// <summary>
/// What terminals need of Linux's C library. Numbers are those of asm-generic, which x86-64, ARM, ARM64 and RISC-V share.
/// </summary>
internal static unsafe partial class Libc
{
    public const int ReadWrite = 2, NoControllingTerminal = 0x100, NonBlocking = 0x800, CloseOnExec = 0x80000;
    public const short PollIn = 1, PollOut = 4, PollError = 8, PollHangUp = 16;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenPseudoTerminal(int flags);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFile(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    public static partial int Grant(SafeFileHandle master);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    public static partial int Unlock(SafeFileHandle master);

    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    public static partial int SlaveName(SafeFileHandle master, byte* name, nuint size);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle file, byte* bytes, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle file, byte* bytes, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(Pollable* files, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(SafeFileHandle file, nuint request, void* argument);

    public static SafeFileHandle Open(string path) =>
        new(OpenFile(path, ReadWrite | NoControllingTerminal | NonBlocking | CloseOnExec), ownsHandle: true);

    public static SafeFileHandle OpenMaster() =>
        new(OpenPseudoTerminal(ReadWrite | NoControllingTerminal | NonBlocking | CloseOnExec), ownsHandle: true);

    public static SafeFileHandle NewEvent() => new(EventFile(0, NonBlocking | CloseOnExec), ownsHandle: true);

    [StructLayout(LayoutKind.Sequential)]
    internal struct Pollable
    {
        public int File;
        public short Events;
        public short Returned;
    }
}

/// <summary>The errors of the system that the link tells apart (errno of Linux).</summary>
internal static class Errno
{
    public const int NotPermitted = 1, NoEntry = 2, Interrupted = 4, InputOutput = 5, NoSuchAddress = 6, Again = 11, AccessDenied = 13;
    public const int Busy = 16, NoDevice = 19, IsDirectory = 21, Invalid = 22, NotTerminal = 25;
}
