using System.Runtime.InteropServices;

namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>The environment that native libraries see: on Linux, Environment.SetEnvironmentVariable does not reach them.</summary>
internal static partial class NativeEnvironment
{
    /// <summary>
    /// Sets a variable, unless the user has. Libraries read theirs when they are loaded or first used: this has to come before.
    /// </summary>
    public static void SetDefault(string name, string value)
    {
        if (OperatingSystem.IsLinux()) _ = SetEnvironment(name, value, overwrite: 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
