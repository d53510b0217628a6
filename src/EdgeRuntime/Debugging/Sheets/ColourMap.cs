using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Debugging.Sheets;

/// <summary>Colours for numbers.</summary>
internal sealed class ColourMap
{
    /// <summary>
    /// From dark blue to yellow, evenly bright steps: matplotlib's viridis (van der Walt and Smith 2015), at nine places.
    /// </summary>
    public static readonly ColourMap Viridis =
        new(0x440154, 0x472D7B, 0x3B528B, 0x2C728E, 0x21918C, 0x28AE80, 0x5EC962, 0xADDC30, 0xFDE725);

    /// <summary>From black through red to pale yellow, as something glows: matplotlib's inferno.</summary>
    public static readonly ColourMap Inferno =
        new(0x000004, 0x1F0C48, 0x550F6D, 0x88226A, 0xBA3655, 0xE35933, 0xF98E09, 0xF9CB35, 0xFCFFA4);

    /// <summary>Blue below zero, white at it, red above: ColorBrewer's RdBu (Brewer 2003).</summary>
    public static readonly ColourMap Diverging =
        new(0x2166AC, 0x4393C3, 0x92C5DE, 0xD1E5F0, 0xF7F7F7, 0xFDDBC7, 0xF4A582, 0xD6604D, 0xB2182B);

    public static readonly ColourMap Grey = new(0x000000, 0xFFFFFF);

    private readonly Vec3b[] _colours = new Vec3b[256];

    private ColourMap(params ReadOnlySpan<int> anchors)
    {
        for (int i = 0; i < _colours.Length; i++)
        {
            double place = i / 255.0 * (anchors.Length - 1);
            int near = Math.Min((int)place, anchors.Length - 2);
            int from = anchors[near], to = anchors[near + 1];
            byte Channel(int shift) =>
                (byte)Math.Round(((from >> shift) & 255) + (((to >> shift) & 255) - ((from >> shift) & 255)) * (place - near));
            _colours[i] = new Vec3b(Channel(0), Channel(8), Channel(16));
        }
    }

    /// <param name="share">0 to 1; what lies outside has the colour of the end.</param>
    public Vec3b Of(double share) => _colours[(int)Math.Round(255 * Math.Clamp(double.IsNaN(share) ? 0 : share, 0, 1))];

    /// <summary>A picture of numbers.</summary>
    /// <param name="values">Rows x columns.</param>
    /// <param name="rows">Of them.</param>
    /// <param name="columns">Of them.</param>
    /// <param name="low">Has the first colour.</param>
    /// <param name="high">Has the last one.</param>
    public Mat Paint(ReadOnlySpan<float> values, int rows, int columns, double low, double high)
    {
        Mat picture = new(rows, columns, MatType.CV_8UC3);
        double range = high > low ? high - low : 1;
        for (int y = 0; y < rows; y++)
        {
            for (int x = 0; x < columns; x++) picture.Set(y, x, Of((values[y * columns + x] - low) / range));
        }
        return picture;
    }
}
