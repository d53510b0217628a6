using System.Globalization;
using EdgeCnn.Training;
using EdgeCnn.Training.Data;
using EdgeCnn.Training.Scenes;
using Microsoft.Extensions.Logging;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>
/// A camera in a drawn robot's arena, in another one every ten seconds. Scenes are drawn at most 320 pixels wide and enlarged, so that a
/// core has time left; picture n of a seed is always the same at the same size and rate.
/// </summary>
internal sealed unsafe class SyntheticCamera : PlayedCamera
{
    private const double SecondsOfScene = 10;
    private const int MostColumns = 320;

    private readonly ulong _seed;
    private readonly int _width;
    private readonly int _height;
    private readonly double _fps;
    private readonly Picture _drawn;
    private readonly Mat _small = new();
    private Scene? _scene;
    private long _number = -1;
    private long _index;

    /// <param name="source">"synthetic", or "synthetic:SEED".</param>
    /// <param name="options">Width, Height and Fps of the camera; 640x480 at 30 where they are not given.</param>
    /// <param name="time">The clock that it plays by.</param>
    /// <param name="log">Where troubles go.</param>
    public SyntheticCamera(string source, CaptureOptions options, TimeProvider time, ILogger log) : base(options, time, log)
    {
        _seed = source.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0
            ? ulong.Parse(source.AsSpan(colon + 1), CultureInfo.InvariantCulture)
            : 1;
        (_width, _height, _fps) = (options.Width ?? 640, options.Height ?? 480, options.Fps ?? 30);
        int columns = Math.Min(_width, MostColumns);
        _drawn = new Picture(columns, Math.Max(1, (int)Math.Round((double)_height * columns / _width)));
    }

    public override string Description =>
        string.Create(CultureInfo.InvariantCulture, $"synthetic arena {_seed}, {_width}x{_height} at {_fps:0.##} fps");

    protected override void Open()
    {
        OpenCv.Load();
        _small.Create(_drawn.Height, _drawn.Width, MatType.CV_8UC3);
    }

    protected override bool Read(Mat picture, out TimeSpan position)
    {
        double seconds = _index / _fps;
        long number = (long)(seconds / SecondsOfScene);
        if (number != _number)
        {
            ulong seed = Random64.For(_seed, 4, number).Next64();
            (_number, _scene) = (number, new Scene(seed, _drawn.Width, _drawn.Height) { Clears = false });
        }
        _scene!.Draw(_drawn, seconds - (number * SecondsOfScene));
        // A matrix of its own is continuous.
        _drawn.Pixels.CopyTo(new Span<byte>(_small.DataPointer, _drawn.Pixels.Length));
        Cv2.Resize(_small, picture, new Size(_width, _height));
        position = TimeSpan.FromSeconds(seconds);
        _index++;
        return true;
    }

    protected override TimeSpan Rewind() => TimeSpan.Zero;

    protected override void Close() => _small.Dispose();
}
