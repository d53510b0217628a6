using System.Runtime.InteropServices;

namespace EdgeCnn.Engine;

/// <summary>When a block of memory is in use: from the step that writes it first to the one that reads it last.</summary>
internal readonly record struct Lifetime(long Bytes, int First, int Last)
{
    public bool Overlaps(Lifetime other) => First <= other.Last && other.First <= Last;
}

/// <summary>One native allocation that holds all values of a run; values that are not alive at the same time share addresses.</summary>
internal sealed unsafe class Arena : IDisposable
{
    /// <summary>Blocks begin at multiples of a cache line, which also holds the widest vector.</summary>
    public const int Alignment = 64;

    // Kernels may read one vector past the end of a value.
    private const int Slack = 64;

    public Arena(long bytes)
    {
        Bytes = bytes + Slack;
        Data = (byte*)NativeMemory.AlignedAlloc(checked((nuint)Bytes), Alignment);
        NativeMemory.Clear(Data, (nuint)Bytes);
    }

    public byte* Data { get; private set; }

    public long Bytes { get; }

    /// <summary>
    /// Places blocks so that no two overlap in both time and space: the largest first, each into the smallest gap that holds it
    /// ("greedy by size", Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020).
    /// </summary>
    /// <returns>The offset of each block, and the bytes that all of them need.</returns>
    public static (long[] Offsets, long Bytes) Place(ReadOnlySpan<Lifetime> blocks)
    {
        long[] offsets = new long[blocks.Length];
        int[] order = [.. Enumerable.Range(0, blocks.Length)];
        long[] sizes = new long[blocks.Length];
        for (int i = 0; i < sizes.Length; i++) sizes[i] = -blocks[i].Bytes;
        Array.Sort(sizes, order);
        // Those placed so far, by offset.
        List<int> placed = [];
        long total = 0;
        foreach (int block in order)
        {
            long need = Align(Math.Max(blocks[block].Bytes, 1));
            long end = 0, best = -1, bestGap = long.MaxValue;
            foreach (int other in placed)
            {
                if (!blocks[other].Overlaps(blocks[block])) continue;
                long gap = offsets[other] - end;
                if (gap >= need && gap < bestGap) (best, bestGap) = (end, gap);
                end = Math.Max(end, offsets[other] + Align(Math.Max(blocks[other].Bytes, 1)));
            }
            offsets[block] = best >= 0 ? best : end;
            total = Math.Max(total, offsets[block] + need);
            int at = placed.FindIndex(other => offsets[other] > offsets[block]);
            placed.Insert(at < 0 ? placed.Count : at, block);
        }
        return (offsets, total);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(Data);
        Data = null;
    }

    private static long Align(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
