using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace EdgeCnn.EdgeRuntime.Publishing.Ports;

/// <summary>
/// A pair of terminals without a cable: what is written to one side is read from the other (pty(7)). The far side has a name and is
/// opened like a serial port.
/// </summary>
public sealed unsafe class PseudoTerminal : IDisposable
{
    private readonly SafeFileHandle _far;

    /// <exception cref="LinkException">The system gives no pseudo-terminal.</exception>
    public PseudoTerminal()
    {
        SafeFileHandle master = Libc.OpenMaster();
        Span<byte> name = stackalloc byte[128];
        fixed (byte* bytes = name)
        {
            if (master.IsInvalid || Libc.Grant(master) != 0 || Libc.Unlock(master) != 0
                || Libc.SlaveName(master, bytes, (nuint)name.Length) != 0)
                throw Failure(master);
        }
        FarName = Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]);
        // Held open so that this side does not hang up while nobody else has opened the far side yet, or again.
        _far = Libc.Open(FarName);
        if (_far.IsInvalid || !TerminalSettings.MakeRaw(_far))
            throw Failure(master);
        Near = new TerminalStream(master);
    }

    /// <summary>The near side.</summary>
    public TerminalStream Near { get; }

    /// <summary>What others open: /dev/pts/N.</summary>
    public string FarName { get; }

    /// <summary>Closes the near side; who has the far side open sees it hang up.</summary>
    public void Dispose()
    {
        Near.Dispose();
        _far.Dispose();
    }

    private static LinkException Failure(SafeFileHandle master)
    {
        int error = Marshal.GetLastPInvokeError();
        master.Dispose();
        return new($"No pseudo-terminal can be had: {Marshal.GetPInvokeErrorMessage(error)} (errno {error}); is /dev/pts mounted?");
    }
}
