using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using EdgeCnn.EdgeRuntime.Operation;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>What the OpenCV that this process loaded can do, and how loud it is.</summary>
internal static partial class OpenCv
{
    /// <summary>GStreamer pipelines can be opened; NuGet's own builds of OpenCV cannot, Debian's can.</summary>
    public static bool HasGStreamer { get; }

    /// <summary>Videos and network streams can be decoded.</summary>
    public static bool HasFFmpeg { get; }

    public static string Version => Cv2.GetVersionString();

    static OpenCv()
    {
        // Its own complaints would stand between the program's sentences; who wants them sets these variables himself.
        NativeEnvironment.SetDefault("OPENCV_LOG_LEVEL", "ERROR");
        NativeEnvironment.SetDefault("OPENCV_FFMPEG_LOGLEVEL", "-8");
        // The cores are for the network: capturing keeps to its own thread.
        Cv2.SetNumThreads(1);
        string build = Cv2.GetBuildInformation();
        HasGStreamer = GStreamerYes().IsMatch(build);
        HasFFmpeg = FFmpegYes().IsMatch(build);
    }

    /// <summary>Called before the first use of OpenCV, since it reads its environment when it is loaded.</summary>
    /// <exception cref="EdgeException">Its native library, or one that that needs, is not on this machine.</exception>
    public static void Load()
    {
        try
        {
            RuntimeHelpers.RunClassConstructor(typeof(OpenCv).TypeHandle);
        }
        catch (TypeInitializationException e) when (Missing(e) is { } missing)
        {
            string reason = missing.Message.Split('\n')
                .FirstOrDefault(line => line.Contains("cannot open shared object file", StringComparison.Ordinal)) ?? missing.Message;
            throw new EdgeException(
                $"OpenCV's native library cannot be loaded ({reason.Trim()}); install what is missing, on Debian and Ubuntu: apt-get install libgtk-3-0.", e);
        }
    }

    private static DllNotFoundException? Missing(Exception? e) => e is null ? null : e as DllNotFoundException ?? Missing(e.InnerException);

    [GeneratedRegex(@"GStreamer:\s+YES")]
    private static partial Regex GStreamerYes();

    [GeneratedRegex(@"FFMPEG:\s+YES")]
    private static partial Regex FFmpegYes();
}
