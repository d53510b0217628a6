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

    /// <summary>Whether the intersection over union exceeds <paramref name="iou"/>.</summary>
    public bool Overlaps(in Candidate other, float iou)
    {
        float width = Math.Min(Right, other.Right) - Math.Max(Left, other.Left);
        float height = Math.Min(Bottom, other.Bottom) - Math.Max(Top, other.Top);
        if (width <= 0 || height <= 0) return false;
        float intersection = width * height;
        float union = ((Right - Left) * (Bottom - Top)) + ((other.Right - other.Left) * (other.Bottom - other.Top)) - intersection;
        return intersection > iou * union;
    }
}
