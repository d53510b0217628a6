using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EdgeCnn.EdgeRuntime.Publishing.Ports;

/// <summary>The settings of a terminal that decide whether bytes pass unchanged and what closing does (ioctl_tty(2), termios(3)).</summary>
internal static unsafe class TerminalSettings
{
    private const nuint GetSettings = 0x5401, SetSettings = 0x5402, GetModemLines = 0x5415, Flush = 0x540B;
    private const uint HangUpOnClose = 0x400, EightBits = 0x30, Receiver = 0x80, IgnoreModemLines = 0x800, SpeedMask = 0x100F;

    /// <summary>Every byte passes as it is, none is echoed or acted upon. False, with errno, where the file is no terminal.</summary>
    public static bool MakeRaw(SafeFileHandle terminal)
    {
        Settings settings;
        if (Libc.Control(terminal, GetSettings, &settings) < 0)
            return false;
        settings.InputFlags = settings.OutputFlags = settings.LocalFlags = 0;
        settings.ControlFlags = (settings.ControlFlags & SpeedMask) | EightBits | Receiver | IgnoreModemLines;
        settings.MinimumRead = 1;
        settings.ReadTime = 0;
        return Libc.Control(terminal, SetSettings, &settings) == 0;
    }

    /// <summary>
    /// Closing the last handle shall not drop DTR: many boards take that for a reset button. False, with errno, where it cannot be set.
    /// </summary>
    public static bool ClearHangUpOnClose(SafeFileHandle terminal)
    {
        Settings settings;
        if (Libc.Control(terminal, GetSettings, &settings) < 0)
            return false;
        settings.ControlFlags &= ~HangUpOnClose;
        return Libc.Control(terminal, SetSettings, &settings) == 0;
    }

    /// <summary>Forgets what came in and was not read: it belongs to an earlier connection.</summary>
    public static void DiscardInput(SafeFileHandle terminal) => _ = Libc.Control(terminal, Flush, null);

    /// <summary>Whether closing drops DTR.</summary>
    public static bool HangsUpOnClose(SafeFileHandle terminal)
    {
        Settings settings;
        return Libc.Control(terminal, GetSettings, &settings) == 0 && (settings.ControlFlags & HangUpOnClose) != 0;
    }

    /// <summary>Whether there are modem lines: serial ports have them, pseudo-terminals do not.</summary>
    public static bool HasModemLines(SafeFileHandle terminal)
    {
        int lines;
        return Libc.Control(terminal, GetModemLines, &lines) == 0;
    }

    // struct termios of asm-generic/termbits.h: without the speeds, which the system leaves as they are
    [StructLayout(LayoutKind.Sequential)]
    private struct Settings
    {
        public uint InputFlags, OutputFlags, ControlFlags, LocalFlags;
        public byte Discipline;
        public fixed byte First[5];
        public byte ReadTime, MinimumRead;
        public fixed byte Last[12];
    }
}
