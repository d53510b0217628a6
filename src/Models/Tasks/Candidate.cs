using System.Runtime.InteropServices;

namespace EdgeCnn.Models.Tasks;

/// <summary>A box that passed the confidence threshold, in pixels of the network's input.</summary>
/// <remarks>Index is its place in the outputs, which decides between equal scores.</remarks>
internal readonly record struct Candidate(float Left, float Top, float Right, float Bottom, float Score, int ClassId, int Index)
{
    private static readonly Comparison<Candidate> BestFirst = static (a, b) =>
        a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Index != b.Index ? a.Index.CompareTo(b.Index) : a.ClassId.CompareTo(b.ClassId);

    /// <summary>Best first; equal scores in the order of the outputs, so that the same outputs always give the same list.</summary>
    public static void Sort(List<Candidate> candidates) => CollectionsMarshal.AsSpan(candidates).Sort(BestFirst);

    /// <summary>
    /// Greedy non-maximum suppression: keeps the best, drops those of its class that overlap it by more than <paramref name="iou"/>, and so on.
    /// The kept ones move to the front, best first.
    /// </summary>
    /// <param name="candidates">Sorted, best first; cut to those kept.</param>
    /// <param name="iou">Intersection over union above which two boxes are the same object.</param>
    /// <param name="most">How many are kept at most.</param>
    public static void Suppress(List<Candidate> candidates, float iou, int most)
    {
        Span<Candidate> all = CollectionsMarshal.AsSpan(candidates);
        int kept = 0;
        for (int i = 0; i < all.Length && kept < most; i++)
        {
            Candidate candidate = all[i];
            bool repeated = false;
            foreach (ref readonly Candidate better in all[..kept])
            {
                if (better.ClassId == candidate.ClassId && candidate.Overlaps(better, iou))
                {
                    repeated = true;
                    break;
                }
            }
            if (!repeated) all[kept++] = candidate;
        }
        CollectionsMarshal.SetCount(candidates, kept);
    }

    private bool Overlaps(in Candidate other, float iou)
    {
        float width = Math.Min(Right, other.Right) - Math.Max(Left, other.Left);
        float height = Math.Min(Bottom, other.Bottom) - Math.Max(Top, other.Top);
        if (width <= 0 || height <= 0) return false;
        float intersection = width * height;
        float union = ((Right - Left) * (Bottom - Top)) + ((other.Right - other.Left) * (other.Bottom - other.Top)) - intersection;
        return intersection > iou * union;
    }
}
