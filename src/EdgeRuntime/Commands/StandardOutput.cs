using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>
/// Standard output that notices when its reader has gone. The runtime's console stream swallows that error, so that a program at the head
/// of a pipe would go on computing for nobody.
/// </summary>
internal static partial class StandardOutput
{
    private const int Descriptor = 1;
    private const int GetStatusFlags = 3, AccessMode = 3;

    public static void Open()
    {
        // A file may be shared with stderr, which only the console's stream appends to rightly.
        Stream stream = IsClosed() ? Stream.Null : OpenPipe() ?? Console.OpenStandardOutput();
        Console.SetOut(new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true });
    }

    private static FileStream? OpenPipe()
    {
        if (!Console.IsOutputRedirected) return null;
        try
        {
            FileStream stream = new(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            return stream.CanSeek ? null : stream;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whoever closes stdout wants nothing from it; its number may meanwhile stand for a file of the runtime's that is only read.
    /// </summary>
    private static bool IsClosed()
    {
        if (!OperatingSystem.IsLinux()) return false;
        int flags = ControlFile(Descriptor, GetStatusFlags);
        return flags < 0 || (flags & AccessMode) == 0;
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int ControlFile(int descriptor, int command);
}
