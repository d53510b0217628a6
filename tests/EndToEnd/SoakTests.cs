using EdgeCnn.EdgeRuntime;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Publishing.Ports;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EdgeCnn.EndToEnd;

/// <summary>Tests that measure the whole process, and so run while no other does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}

/// <summary>The whole daemon inside this process, over many frames: memory stays as it is.</summary>
[Collection(Alone.Name)]
public sealed class SoakTests : IDisposable
{
    private const int WarmUp = 2000;
    private const int Frames = 12_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("edgecnn-soak-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("engine", 1)]
    [InlineData("onnxruntime", 1)]
    [InlineData("engine", 2)]
    public async Task Ten_thousand_frames_allocate_nothing_and_leave_the_resident_memory_flat(string backend, int cameras)
    {
        string model = Path.Join(_folder, "soak.onnx");
        OnnxModel.Write(SmallDetector(), model);
        using PseudoTerminal terminal = new();
        using CancellationTokenSource end = new();
        Thread drain = new(() => Drain(terminal)) { IsBackground = true };
        drain.Start();
        EdgeOptions options = new();
        options.Camera.Source = "pattern";
        (options.Camera.Width, options.Camera.Height, options.Camera.Realtime) = (160, 120, false);
        (options.Model.Path, options.Model.Confidence) = (model, 0.01f);
        (options.Inference.Backend, options.Inference.Threads) = (backend, 2);
        (options.Link.Port, options.Link.Required, options.Link.Detections) = (terminal.FarName, false, true);
        options.Output.Json = Path.Join(_folder, "out.jsonl");
        for (int i = 0; cameras > 1 && i < cameras; i++)
            options.Cameras[$"camera{i}"] = new() { Camera = options.Camera, Model = options.Model, Inference = options.Inference };
        using IHost host = Daemon.Build(options, [], quiet: true);
        (long allocated, long resident, long detections, int frames) = (0, 0, 0, 0);
        (long allocatedAtEnd, long residentAtEnd) = (0, 0);
        void Count(Report report)
        {
            Interlocked.Add(ref detections, report.Detections.Count);
            int frame = Interlocked.Increment(ref frames);
            if (frame == WarmUp) (allocated, resident) = (GC.GetTotalAllocatedBytes(precise: true), Resident());
            if (frame != Frames) return;
            (allocatedAtEnd, residentAtEnd) = (GC.GetTotalAllocatedBytes(precise: true), Resident());
            end.Cancel();
        }
        foreach (CameraLoop loop in host.Services.GetRequiredService<CameraLoops>().All) loop.Seen = (_, report) => Count(report);

        await Daemon.RunAsync(host, end.Token);

        Assert.True(detections >= Frames, $"{detections} detections in {frames} frames: the network was to find one in each");
        double perFrame = (allocatedAtEnd - allocated) / (double)(Frames - WarmUp);
        // Tiered compilation and timers of the runtime itself leave some kilobytes in all, nothing per frame.
        Assert.True(perFrame < 8, $"{perFrame:F1} bytes were allocated per frame ({backend}, {cameras} cameras)");
        Assert.True(
            residentAtEnd - resident < 8 << 20,
            $"resident memory grew by {(residentAtEnd - resident) >> 10} KiB ({backend}, {cameras} cameras)");
    }

    /// <summary>Every cell of a 4 x 4 grid is a box whose score is the brightness under it; output as YOLOv8's, 4 + 1 rows.</summary>
    private static Graph SmallDetector()
    {
        const int Size = 64, Cell = 16, Channels = 5;
        GraphBuilder graph = new("soak");
        string image = graph.Input("images", ElementType.Float32, new Shape(1, 3, Size, Size));
        float[] weights = new float[Channels * 3 * Cell * Cell];
        Array.Fill(weights, 1f / (3 * Cell * Cell), weights.Length / Channels * 4, weights.Length / Channels);
        string w = graph.Constant("w", Tensor.Of(new Shape(Channels, 3, Cell, Cell), weights));
        string b = graph.Constant("b", Tensor.Of(new Shape(Channels), [32f, 32f, 20f, 20f, 0f]));
        string cells = graph.Add("cells", new Conv([Cell, Cell], [0, 0, 0, 0], [1, 1], Groups: 1), image, w, b);
        graph.Output(graph.Add("output0", new Reshape(new Shape(1, Channels, 16)), cells));
        graph.Metadata["task"] = "detect";
        graph.Metadata["names"] = "{0: 'thing'}";
        return graph.Build();
    }

    private static void Drain(PseudoTerminal terminal)
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (terminal.Near.Read(buffer) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
        }
    }

    /// <summary>Bytes of this process in memory (proc(5), statm, second number, in pages).</summary>
    private static long Resident()
    {
        Span<byte> text = stackalloc byte[128];
        using FileStream statm = new("/proc/self/statm", FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        ReadOnlySpan<byte> read = text[..statm.Read(text)];
        read = read[(read.IndexOf((byte)' ') + 1)..];
        return System.Buffers.Text.Utf8Parser.TryParse(read, out long pages, out _)
            ? pages * Environment.SystemPageSize
            : throw new InvalidDataException("statm has another form than proc(5) says");
    }
}
