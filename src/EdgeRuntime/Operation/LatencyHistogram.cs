using System.Numerics;

namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>
/// Counts durations in buckets whose width grows with the duration (32 to each doubling: within 3 % of the truth), from a microsecond to an
/// hour. Adding takes no lock and allocates nothing; any thread may read while others add.
/// </summary>
public sealed class LatencyHistogram
{
    private const int BitsPerDoubling = 5;
    private const int Doublings = 32;

    private readonly long[] _counts = new long[Doublings << BitsPerDoubling];
    private long _count;
    private long _maximum;
    private long _sum;

    public long Count => Interlocked.Read(ref _count);

    /// <summary>The longest duration so far, exactly.</summary>
    public TimeSpan Maximum => TimeSpan.FromMicroseconds(Interlocked.Read(ref _maximum));

    /// <summary>Of all durations.</summary>
    public TimeSpan Sum => TimeSpan.FromMicroseconds(Interlocked.Read(ref _sum));

    public void Add(TimeSpan duration)
    {
        long microseconds = Math.Max(0, (long)duration.TotalMicroseconds);
        Interlocked.Increment(ref _counts[Bucket(microseconds)]);
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _sum, microseconds);
        long seen = Interlocked.Read(ref _maximum);
        while (microseconds > seen)
        {
            long before = Interlocked.CompareExchange(ref _maximum, microseconds, seen);
            if (before == seen) break;
            seen = before;
        }
    }

    /// <summary>The duration that the given fraction (0 to 1) of all durations do not exceed; zero when nothing was added.</summary>
    public TimeSpan Percentile(double fraction)
    {
        long total = 0;
        foreach (ref long count in _counts.AsSpan()) total += Interlocked.Read(ref count);
        if (total == 0) return TimeSpan.Zero;
        long rank = Math.Clamp((long)Math.Ceiling(fraction * total), 1, total);
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            rank -= Interlocked.Read(ref _counts[bucket]);
            if (rank <= 0) return TimeSpan.FromMicroseconds(Math.Min(UpperEdge(bucket), Interlocked.Read(ref _maximum)));
        }
        return Maximum;
    }

    /// <summary>
    /// How many durations there are up to each edge (rising), as exactly as the buckets are; gives how many there are at all.
    /// </summary>
    public long CountUpTo(ReadOnlySpan<TimeSpan> edges, Span<long> counts)
    {
        long below = 0;
        int edge = 0;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            while (edge < edges.Length && UpperEdge(bucket) > edges[edge].TotalMicroseconds) counts[edge++] = below;
            below += Interlocked.Read(ref _counts[bucket]);
        }
        while (edge < edges.Length) counts[edge++] = below;
        return below;
    }

    private static int Bucket(long microseconds)
    {
        int shift = Math.Max(0, BitOperations.Log2((ulong)microseconds | 1) - BitsPerDoubling);
        long bucket = ((long)shift << BitsPerDoubling) + (microseconds >> shift);
        return (int)Math.Min(bucket, (Doublings << BitsPerDoubling) - 1);
    }

    private static long UpperEdge(int bucket)
    {
        // The first two runs of buckets are a microsecond wide each; see Bucket.
        int shift = Math.Max(0, (bucket >> BitsPerDoubling) - 1);
        return ((long)(bucket - (shift << BitsPerDoubling)) + 1 << shift) - 1;
    }
}
