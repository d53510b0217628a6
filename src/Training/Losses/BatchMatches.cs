using System.Runtime.InteropServices;

namespace EdgeCnn.Training.Losses;

/// <summary>Which cells learn which objects, picture after picture of a batch. Its memory is kept for the next batch.</summary>
internal sealed class BatchMatches
{
    private readonly List<int> _ends = [];

    /// <summary>Those of all pictures so far; what a picture adds comes at the end.</summary>
    public List<Match> All { get; } = [];

    public void Clear()
    {
        All.Clear();
        _ends.Clear();
    }

    /// <summary>What is added from now on belongs to the next picture.</summary>
    public void EndPicture() => _ends.Add(All.Count);

    public ReadOnlySpan<Match> Of(int picture) => CollectionsMarshal.AsSpan(All)[(picture == 0 ? 0 : _ends[picture - 1]).._ends[picture]];
}
