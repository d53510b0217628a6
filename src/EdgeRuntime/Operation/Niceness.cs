using System.Runtime.InteropServices;

namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>How far a thread steps back behind others that want the processor; .NET's own thread priorities do nothing on Linux.</summary>
internal static partial class Niceness
{
    /// <summary>
    /// The calling thread steps back, for the rest of its life: on Linux, nice values are of threads (setpriority(2), "C library/kernel
    /// differences"). By 10, it claims about a tenth of what it did.
    /// </summary>
    /// <param name="by">0 to 19. No privilege is needed; where it is refused, all stays as it is.</param>
    public static void StepBack(int by)
    {
        if (OperatingSystem.IsLinux()) _ = Nice(by);
    }

    [LibraryImport("libc", EntryPoint = "nice")]
    private static partial int Nice(int by);
}
