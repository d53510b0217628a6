using System.Diagnostics;
using EdgeCnn.EdgeRuntime.Capture;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Tests.Capture;

/// <summary>Small videos and pictures for tests, and ways to take frames.</summary>
internal static class Films
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static string TemporaryFolder() => Directory.CreateTempSubdirectory("edgecnn").FullName;

    /// <summary>A Motion JPEG video whose picture n has the grey level 8 * n.</summary>
    public static string Video(int pictures, double fps = 25)
    {
        string path = Path.Combine(TemporaryFolder(), "film.avi");
        using var writer = new VideoWriter(path, FourCC.FromString("MJPG"), fps, new Size(64, 48));
        Assert.True(writer.IsOpened());
        using var picture = new Mat(48, 64, MatType.CV_8UC3);
        for (int i = 0; i < pictures; i++)
        {
            picture.SetTo(Scalar.All(8 * i));
            writer.Write(picture);
        }
        return path;
    }

    /// <summary>Writes a picture of one colour.</summary>
    public static string Picture(string folder, string name, int grey, int width = 64, int height = 48)
    {
        string path = Path.Combine(folder, name);
        using var frame = new Frame(new Mat(height, width, MatType.CV_8UC3, Scalar.All(grey)));
        ImageFile.Write(path, frame);
        return path;
    }

    public static int Grey(Frame frame) => frame.View.Pixels[0];

    /// <summary>The next frame; fails when none comes.</summary>
    public static Frame Next(ICamera camera)
    {
        Frame? frame = camera.Take(Patience, CancellationToken.None);
        Assert.True(frame is not null, $"No frame came: {camera.Status}");
        return frame;
    }

    /// <summary>Takes everything up to the end; gives what <paramref name="look"/> made of each frame.</summary>
    public static List<T> TakeAll<T>(ICamera camera, Func<Frame, T> look)
    {
        List<T> seen = [];
        var watch = Stopwatch.StartNew();
        while (camera.Status.State != CameraState.Ended && watch.Elapsed < TimeSpan.FromSeconds(60))
        {
            using Frame? frame = camera.Take(TimeSpan.FromMilliseconds(100), CancellationToken.None);
            if (frame is not null) seen.Add(look(frame));
        }
        return seen;
    }
}
