using System.Globalization;
using Microsoft.Extensions.Logging;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>
/// The test pattern: coloured boxes that move over a gradient. Picture n is always the same at the same size; nothing is allocated per
/// picture.
/// </summary>
internal sealed unsafe class PatternCamera(CaptureOptions options, TimeProvider time, ILogger log) : PlayedCamera(options, time, log)
{
    /// <summary>The boxes' colours, and what they are called.</summary>
    internal static readonly (string Name, (byte Blue, byte Green, byte Red) Bgr)[] Colours =
    [
        ("green", (0, 255, 0)),
        ("amber", (63, 205, 255)),
        ("teal", (126, 155, 0)),
        ("pink", (189, 105, 255)),
        ("blue", (252, 55, 0)),
    ];

    private readonly int _width = options.Width ?? 640;
    private readonly int _height = options.Height ?? 480;
    private readonly double _fps = options.Fps ?? 30;
    private readonly Mat _background = new();
    private long _index;

    public override string Description =>
        string.Create(CultureInfo.InvariantCulture, $"test pattern {_width}x{_height} at {_fps:0.##} fps");

    protected override void Open()
    {
        OpenCv.Load();
        _background.Create(_height, _width, MatType.CV_8UC3);
        for (int y = 0; y < _height; y++)
        {
            Span<byte> row = Row(_background, y);
            for (int x = 0; x < _width; x++)
            {
                row[3 * x] = (byte)(64 + (64 * x / _width));
                row[(3 * x) + 1] = (byte)(64 + (64 * y / _height));
                row[(3 * x) + 2] = 64;
            }
        }
    }

    protected override bool Read(Mat picture, out TimeSpan position)
    {
        _background.CopyTo(picture);
        int side = Math.Max(1, Math.Min(_width, _height) / 6);
        for (int box = 0; box < Colours.Length; box++)
        {
            int x = Bounce(_index * (box + 2) + (box * 97), _width - side);
            int y = Bounce(_index * (Colours.Length - box) + (box * 61), _height - side);
            (byte blue, byte green, byte red) = Colours[box].Bgr;
            for (int dy = 0; dy < side; dy++)
            {
                Span<byte> row = Row(picture, y + dy).Slice(3 * x, 3 * side);
                for (int i = 0; i < row.Length; i += 3) (row[i], row[i + 1], row[i + 2]) = (blue, green, red);
            }
        }
        position = TimeSpan.FromSeconds(_index++ / _fps);
        return true;
    }

    protected override TimeSpan Rewind() => TimeSpan.Zero;

    protected override void Close() => _background.Dispose();

    /// <summary>To and fro between 0 and <paramref name="end"/>.</summary>
    private static int Bounce(long way, int end)
    {
        if (end <= 0) return 0;
        int at = (int)(way % (2L * end));
        return at < end ? at : (2 * end) - at;
    }

    private static Span<byte> Row(Mat mat, int y) => new((byte*)mat.Ptr(y), 3 * mat.Cols);
}
