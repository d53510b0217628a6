using EdgeCnn.Quantization.Placement;

namespace EdgeCnn.Quantization.Weights;

/// <summary>
/// Which weights of an output channel are multiplied and summed in 16 bits before they reach 32, so that their sum has to fit. With data
/// from 0 to 255, every partial sum of a group lies between -32767 and 32767 if 255 * max(sum of its positive weights, sum of its negative
/// magnitudes) does: if neither sum exceeds <see cref="Bound"/>.
/// </summary>
internal static class OverflowGroups
{
    /// <summary>32767 / 255, rounded down.</summary>
    public const int Bound = 128;

    /// <summary>
    /// Indices k of the weights of one output channel, group by group. Weights of one tap are multiplied in fours; a pair is two
    /// neighbours of such a four, a chain is the same pair of two or four successive fours.
    /// </summary>
    public static int[][] Of(Product product, WeightRange range)
    {
        // A depthwise product sums taps, each in a lane of its own: nothing is summed in 16 bits.
        if (range == WeightRange.Full || product.IsDepthwise) return [];
        List<int[]> groups = [];
        for (int tap = 0; tap < product.Taps; tap++) AddTap(groups, tap * product.Depth, product.Depth, range);
        // With an odd number of channels, taps that lie side by side in memory pair the last of one with the first of the next.
        if (product.Depth % 2 != 0)
        {
            for (int k = 0; k + 1 < product.Depth * product.Taps; k++) groups.Add([k, k + 1]);
        }
        return [.. groups];
    }

    private static void AddTap(List<int[]> groups, int start, int depth, WeightRange range)
    {
        int chain = range switch { WeightRange.Chain4 => 4, WeightRange.Chain2 => 2, _ => 1 };
        for (int k = 0; k < depth; k += 4 * chain)
        {
            for (int pair = k; pair < k + 4; pair += 2)
            {
                int[] group = [
                    .. Enumerable.Range(0, chain).SelectMany(four => new[] { pair + 4 * four, pair + 4 * four + 1 }).Where(i => i < depth)];
                if (group.Length > 1) groups.Add([.. group.Select(i => start + i)]);
            }
        }
    }
}
