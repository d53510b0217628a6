using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>A video that is being written (MPEG-4 in an .mp4): it carries its name only once it is whole.</summary>
internal sealed class VideoFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly VideoWriter _writer;

    private VideoFile(string path, string temporary, VideoWriter writer) => (_path, _temporary, _writer) = (path, temporary, writer);

    /// <summary>Begins a video with the rate of another one.</summary>
    /// <param name="path">The file to be; its ending is .mp4.</param>
    /// <param name="source">The video whose frames these are.</param>
    /// <param name="width">Columns of the frames.</param>
    /// <param name="height">Rows of the frames.</param>
    /// <exception cref="EdgeException">It cannot be written.</exception>
    public static VideoFile Create(string path, string source, int width, int height)
    {
        OpenCv.Load();
        return Create(path, RateOf(source), width, height);
    }

    /// <summary>Begins a video.</summary>
    /// <param name="path">The file to be; its ending is .mp4.</param>
    /// <param name="fps">Frames per second.</param>
    /// <param name="width">Columns of the frames.</param>
    /// <param name="height">Rows of the frames.</param>
    /// <exception cref="EdgeException">It cannot be written.</exception>
    public static VideoFile Create(string path, double fps, int width, int height)
    {
        OpenCv.Load();
        // FFmpeg chooses the container by the ending, so the temporary name has it too.
        string temporary = Path.Combine(Path.GetDirectoryName(path) ?? "", $".{Environment.ProcessId}.{Path.GetFileName(path)}");
        VideoWriter? writer = null;
        try
        {
            writer = new VideoWriter(temporary, VideoWriter.FourCC('m', 'p', '4', 'v'), fps, new Size(width, height));
            if (writer.IsOpened()) return new VideoFile(path, temporary, writer);
        }
        catch (OpenCVException)
        {
            // Said below.
        }
        writer?.Dispose();
        File.Delete(temporary);
        throw new EdgeException(
            $"{path} cannot be written as a video: check the folder's permissions and free space, and that this OpenCV has FFmpeg.");
    }

    public void Add(Frame frame) => _writer.Write(frame.Mat);

    public void Dispose()
    {
        _writer.Release();
        _writer.Dispose();
        File.Move(_temporary, _path, overwrite: true);
    }

    private static double RateOf(string source)
    {
        using VideoCapture capture = new(source);
        double fps = capture.Get(VideoCaptureProperties.Fps);
        return fps is >= 0.1 and <= 1000 ? fps : 25;
    }
}
