using System.Globalization;
using System.Runtime.InteropServices;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Recording;
using EdgeCnn.Engine;

namespace EdgeCnn.EdgeRuntime.Doctor;

/// <summary>The machine itself: native libraries, processor, heat, memory, disk, clock.</summary>
internal static class MachineChecks
{
    private const long Megabyte = 1_000_000;

    public static IEnumerable<Finding> Libraries()
    {
        yield return Finding.Ok("runtime",
            $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription} ({RuntimeInformation.RuntimeIdentifier}).");
        yield return Try("opencv", "Build or install the program again.", () =>
        {
            OpenCv.Load();
            string what = $"OpenCV {OpenCv.Version}, GStreamer {Yes(OpenCv.HasGStreamer)}, FFmpeg {Yes(OpenCv.HasFFmpeg)}.";
            return OpenCv.HasGStreamer && OpenCv.HasFFmpeg
                ? Finding.Ok("opencv", what)
                : Finding.Note("opencv", what, "Without GStreamer there are no CSI cameras and pipelines, without FFmpeg no streams and videos: the distribution's OpenCV has both.");
        });
        yield return Try("onnxruntime", "Only Inference:Backend=onnxruntime needs it; install the program again.",
            () => Finding.Ok("onnxruntime", OnnxRuntimeProviders.Describe()));
    }

    public static IEnumerable<Finding> Processor()
    {
        string features = Features();
        string what = string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} processors; the engine's kernels are those for {Network.InstructionSet}{features}.");
        yield return Network.InstructionSet.StartsWith("scalar", StringComparison.Ordinal)
            || Network.InstructionSet.StartsWith("vector128", StringComparison.Ordinal)
            ? Finding.Note("processor", what, "Networks run many times slower without AVX2 or NEON: look whether DOTNET_EnableAVX2 or the like is set, or a virtual machine hides them.")
            : Finding.Ok("processor", what);
    }

    /// <param name="root">Where /sys and /proc are found.</param>
    /// <param name="care">From which temperature on it is hot.</param>
    public static IEnumerable<Finding> Board(string root, CareOptions care)
    {
        using Board board = new(root);
        if (board.TemperatureC == 0)
            yield return Finding.Note(
                "heat", "The board does not tell its temperature.", "Care:Steps acts upon throttling and memory alone.");
        else if (board.TemperatureC >= care.HotC)
            yield return Finding.Problem("heat", FormattableString.Invariant($"The board is at {board.TemperatureC} degrees."),
                "Give it a heat sink or a fan; Care:Steps lists what is given up meanwhile.");
        else yield return Finding.Ok("heat", FormattableString.Invariant($"The board is at {board.TemperatureC} degrees."));
        if (board.IsThrottled)
            yield return Finding.Problem("heat", "The board holds its clock down now.",
                "Cool it, and on a Raspberry Pi use its own power supply and a short thick cable (vcgencmd get_throttled tells which).");

        if (board.FreeMemoryMegabytes is not { } free) yield break;
        yield return free < care.MinFreeMemoryMegabytes
            ? Finding.Problem(
                "memory", FormattableString.Invariant($"Only {free} MB of memory are free."), "End other programs, or use a smaller model.")
            : Finding.Ok("memory", FormattableString.Invariant($"{free} MB of memory are free, the load is {board.Load ?? 0:0.0}."));
    }

    public static IEnumerable<Finding> Disk(RecordOptions options)
    {
        string folder = Path.GetFullPath(options.FolderInUse);
        string there = Retention.NearestFolder(folder);
        long free = Retention.Free(there) / Megabyte;
        yield return free < options.MinFreeMegabytes
            ? Finding.Problem("disk", FormattableString.Invariant($"Only {free} MB are free where recordings go ({folder})."),
                "Nothing will be recorded: delete something, or lower Record:MinFreeMegabytes.")
            : Finding.Ok("disk", FormattableString.Invariant($"{free} MB are free where recordings go ({folder})."));
        if (!DeviceAccess.IsAllowed(there))
            yield return Finding.Problem(
                "disk", $"{there} may not be written by the user {Environment.UserName}.", "Set Record:Folder to a folder of this user.");
    }

    public static IEnumerable<Finding> Clock(TimeProvider time)
    {
        DateTimeOffset now = time.GetUtcNow();
        // A board without a battery begins at 1970, or at the date of its image, until the network tells it the time.
        if (now.Year < 2025)
            yield return Finding.Note(
                "clock", $"It is {now:u} by the clock.", "Connect to a network once (timedatectl): recordings are named by the time.");
        else yield return Finding.Ok("clock", $"It is {now:u}.");
    }

    private static Finding Try(string area, string advice, Func<Finding> look)
    {
        try
        {
            return look();
        }
        catch (Exception e) when (e is EdgeException or DllNotFoundException or TypeInitializationException or EntryPointNotFoundException)
        {
            return Finding.Problem(
                area, (e is TypeInitializationException { InnerException: { } inner } ? inner : e).Message.Split('\n')[0], advice);
        }
    }

    /// <summary>What the processor could do for networks, as the kernel names it.</summary>
    private static string Features()
    {
        string[] known = ["avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimd", "asimddp", "i8mm", "sve"];
        try
        {
            string? line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(
                line => line.StartsWith("flags", StringComparison.Ordinal) || line.StartsWith("Features", StringComparison.Ordinal));
            string[] there = [.. (line ?? "").Split(' ').Intersect(known)];
            return there.Length > 0 ? $" (the processor has {string.Join(", ", there)})" : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string Yes(bool has) => has ? "yes" : "no";
}
