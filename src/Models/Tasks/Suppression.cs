using System.Runtime.InteropServices;

namespace EdgeCnn.Models.Tasks;

/// <summary>
/// Greedy non-maximum suppression within each class: keeps the best box, drops those that overlap it, and so on. The kept boxes of a class
/// are chained, so that a box is only held against its own class. Keeps its arrays: nothing is allocated once they are large enough.
/// </summary>
internal sealed class Suppression
{
    /// <summary>By class: the box that was kept last, counted from 1; 0 for none.</summary>
    private int[] _latest = [];

    /// <summary>By kept box: the one of its class that was kept before it, counted from 1; 0 for none.</summary>
    private int[] _previous = [];

    /// <param name="candidates">Sorted, best first; cut to those kept, in the same order.</param>
    /// <param name="iou">Intersection over union above which two boxes are the same object.</param>
    /// <param name="most">How many are kept at most.</param>
    public void Run(List<Candidate> candidates, float iou, int most)
    {
        Span<Candidate> all = CollectionsMarshal.AsSpan(candidates);
        _latest.AsSpan().Clear();
        int kept = 0;
        for (int i = 0; i < all.Length && kept < most; i++)
        {
            Candidate candidate = all[i];
            if (candidate.ClassId >= _latest.Length) Array.Resize(ref _latest, Math.Max(candidate.ClassId + 1, 2 * _latest.Length));
            int better = _latest[candidate.ClassId];
            while (better > 0 && !candidate.Overlaps(all[better - 1], iou)) better = _previous[better - 1];
            if (better > 0) continue;

            if (kept == _previous.Length) Array.Resize(ref _previous, Math.Max(64, 2 * kept));
            _previous[kept] = _latest[candidate.ClassId];
            all[kept++] = candidate;
            _latest[candidate.ClassId] = kept;
        }
        CollectionsMarshal.SetCount(candidates, kept);
    }
}
