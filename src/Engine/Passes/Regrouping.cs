using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes;

/// <summary>
/// How a Reshape splits and joins axes: groups of neighbouring axes of the input become groups of neighbouring axes of the output, each
/// with as many elements. Whether it needs a copy depends only on whether the axes of each group lie side by side in memory.
/// </summary>
internal sealed class Regrouping
{
    private readonly Shape _from;
    private readonly List<(int[] From, int[] To)> _groups = [];

    public Regrouping(Shape from, Shape to)
    {
        _from = from;
        int i = 0, j = 0;
        while (i < from.Rank || j < to.Rank)
        {
            (int firstFrom, int firstTo) = (i, j);
            long left = i < from.Rank ? from[i++] : 1, right = j < to.Rank ? to[j++] : 1;
            while (left != right)
            {
                if (left < right) left *= from[i++];
                else right *= to[j++];
            }
            _groups.Add(([.. Enumerable.Range(firstFrom, i - firstFrom)], [.. Enumerable.Range(firstTo, j - firstTo)]));
        }
    }

    /// <summary>
    /// The order nearest to <paramref name="order"/> in which every group lies side by side: groups come in the order of their first axes.
    /// </summary>
    public AxisOrder InputOrder(AxisOrder order) => new([.. Sorted(order).SelectMany(group => group.From)]);

    /// <summary>The order of the output when the input lies in <see cref="InputOrder"/> of the same order.</summary>
    public AxisOrder OutputOrder(AxisOrder order) => new([.. Sorted(order).SelectMany(group => group.To)]);

    // Groups of ones have no place in memory; they stay behind the group before them.
    private IEnumerable<(int[] From, int[] To)> Sorted(AxisOrder order)
    {
        int place = -1;
        return _groups
            .Select(group =>
            {
                int[] real = [.. group.From.Where(axis => _from[axis] != 1)];
                if (real.Length > 0) place = order.Place(real[0]);
                return (Place: place, Group: group);
            })
            .OrderBy(entry => entry.Place)
            .Select(entry => entry.Group);
    }
}
