using System.Diagnostics;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Recording;
using EdgeCnn.EdgeRuntime.Tests.Capture;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Tests;

namespace EdgeCnn.EdgeRuntime.Tests.Recording;

/// <summary>A folder for recordings, and ways to fill it.</summary>
internal sealed class Recorded : IDisposable
{
    public Recorded()
    {
        Options.Record.Folder = Path.Join(Root, "recordings");
        (Options.Record.Fps, Options.Record.MinFreeMegabytes) = (0, 0);
        Options.Camera = new() { Source = "pattern", Width = 320, Height = 240, Realtime = false };
        Options.Model.Path = Path.Join(Root, "pattern.onnx");
        OnnxModel.Write(PatternNetwork.Build(), Options.Model.Path);
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("edgecnn-recorded-").FullName;

    public EdgeOptions Options { get; } = new();

    public ListLog<Recorder> Log { get; } = new();

    public Recorder Recorder(TimeProvider? time = null) =>
        new(Options.Record, () => "pattern", () => Options, time ?? TimeProvider.System, Log);

    /// <summary>Records the pattern's first pictures as the pipeline sees them, 40 ms apart, and gives the recording's folder.</summary>
    public string Record(int pictures = 6, int every = 1)
    {
        using Recorder recorder = Recorder();
        recorder.Start();
        Show(recorder, pictures, every);
        recorder.Stop();
        Ended(recorder);
        return recorder.State.Folder!;
    }

    /// <summary>Shows pictures, and waits after each that it is to take until it is recorded.</summary>
    public void Show(Recorder recorder, int pictures, int every = 1)
    {
        using ICamera camera = Cameras.Open(Options.Camera, TimeProvider.System, new ListLog());
        using Pipeline pipeline = new(Vision.Load(Options, TimeProvider.System), [], TimeProvider.System);
        camera.Start();
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < pictures; i++)
        {
            using Frame frame = Films.Next(camera);
            frame.Filled(i, began + (i * Stopwatch.Frequency / 25));
            pipeline.Process(frame);
            long before = recorder.State.Frames;
            recorder.Offer(frame, pipeline.Report);
            if (i % every == 0) Until(() => recorder.State.Frames > before || !recorder.State.IsRecording, "a picture on the disk");
        }
    }

    public static void Ended(Recorder recorder) => Until(() => !recorder.State.IsRecording, "the recording's end");

    public static void Until(Func<bool> happened, string what) =>
        Assert.True(SpinWait.SpinUntil(happened, 20_000), $"There was not {what} within 20 s.");

    /// <summary>The numbers of the whole frames.</summary>
    public static long[] Frames(string folder) => Frames(folder, out _);

    public static long[] Frames(string folder, out int damaged)
    {
        using RecordingReader reader = RecordingReader.Open(folder);
        List<long> frames = [];
        while (reader.Next() is var (frame, picture))
        {
            ImageFile.Decode(picture, frame.File!).Dispose();
            frames.Add(frame.Frame);
        }
        damaged = reader.Damaged;
        return [.. frames];
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
