using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>
/// Notices a camera that delivers pictures, but black ones: a lens cap, a sensor without light or power, an exposure of nothing. A dark
/// room still has noise and its brightest spots; black is where nearly no pixel of any row is brighter than a sixteenth.
/// </summary>
internal sealed class DarkPicture(TimeProvider time)
{
    private const byte Dark = 16;

    /// <summary>Shorter darkness is a hand before the lens.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private const int SampledRows = 48, SampledColumns = 64;

    private long? _since;

    /// <summary>The pictures have been black for a while.</summary>
    public bool IsDark { get; private set; }

    /// <summary>Looks at one picture now and then; allocates nothing.</summary>
    public void Look(ImageView picture)
    {
        if (!IsBlack(picture))
        {
            (_since, IsDark) = (null, false);
            return;
        }
        _since ??= time.GetTimestamp();
        IsDark = time.GetElapsedTime(_since.Value) >= Patience;
    }

    private static bool IsBlack(ImageView picture)
    {
        int down = Math.Max(1, picture.Height / SampledRows), across = Math.Max(1, picture.Width / SampledColumns);
        int seen = 0, bright = 0;
        for (int y = down / 2; y < picture.Height; y += down)
        {
            ReadOnlySpan<byte> row = picture.Row(y);
            for (int x = across / 2; x < picture.Width; x += across)
            {
                seen++;
                if (row[3 * x] > Dark || row[(3 * x) + 1] > Dark || row[(3 * x) + 2] > Dark) bright++;
            }
        }
        // A hot pixel or a logo in the corner makes no picture.
        return bright * 500 < seen;
    }
}
