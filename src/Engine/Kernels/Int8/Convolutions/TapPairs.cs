using EdgeCnn.Engine.Kernels.Products;

namespace EdgeCnn.Engine.Kernels.Int8.Convolutions;

/// <summary>
/// The taps of a depthwise window two by two. Rows of the image are taken in pairs, 2p and 2p + 1, each pair widened and interleaved
/// once for all windows over it; a window that starts at an odd row sees its taps in other halves of the pairs than one at an even row,
/// so there is a set of weights for each parity.
/// </summary>
internal sealed class TapPairs
{
    private readonly (int Pair, int Column)[] _places;
    private readonly (int First, int Second)[] _taps;

    /// <param name="geometry">Where the taps lie.</param>
    /// <param name="parity">0 for windows whose first tap lies in an even row of the image, 1 for the others.</param>
    public TapPairs(WindowGeometry geometry, int parity)
    {
        int left = geometry.ColumnOf.Min();
        var pairs = Enumerable.Range(0, geometry.RowOf.Length)
            .GroupBy(tap => (Pair: Line(tap) >> 1, Column: geometry.ColumnOf[tap] - left), tap => (Tap: tap, Half: Line(tap) & 1))
            .ToArray();
        _places = [.. pairs.Select(pair => pair.Key)];
        _taps = [.. pairs.Select(pair => (Tap(pair, 0), Tap(pair, 1)))];

        int Line(int tap) => parity + geometry.RowOf[tap] - geometry.RowOf[0];

        static int Tap(IEnumerable<(int Tap, int Half)> taps, int half) =>
            taps.Where(tap => tap.Half == half).Select(tap => tap.Tap).FirstOrDefault(-1);
    }

    public int Count => _places.Length;

    /// <summary>Whether these are three adjacent columns of one pair of rows, then of the next.</summary>
    public bool Are3x3 => Count == 6 && !_places.Where((place, i) => place != (i / 3, i % 3)).Any();

    /// <summary>How many pairs of rows a window sees.</summary>
    public int Rows => _places.Max(place => place.Pair) + 1;

    /// <summary>
    /// For each pair of taps the pair of rows, counted from the window's first, and the column, counted from the window's leftmost.
    /// </summary>
    public ReadOnlySpan<(int Pair, int Column)> Places => _places;

    /// <summary>The weights of one channel, taps in ONNX order, as pairs with zeros for taps that are not there.</summary>
    public (short First, short Second) Weights(int pair, ReadOnlySpan<sbyte> channel)
    {
        (int first, int second) = _taps[pair];
        return (first < 0 ? (short)0 : channel[first], second < 0 ? (short)0 : channel[second]);
    }
}
