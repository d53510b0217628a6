namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>
/// The latest 256 durations, for percentiles of "now" beside the histogram's of "ever". One thread adds, any reads; a reader may see a
/// duration that is being replaced, never half of one.
/// </summary>
public sealed class RecentDurations
{
    private const int Capacity = 256;

    private readonly long[] _ticks = new long[Capacity];
    private long _count;

    /// <summary>The latest; zero before the first.</summary>
    public TimeSpan Last => Volatile.Read(ref _count) is > 0 and var count ? TimeSpan.FromTicks(
        Volatile.Read(ref _ticks[(count - 1) % Capacity])) : TimeSpan.Zero;

    public void Add(TimeSpan duration)
    {
        Volatile.Write(ref _ticks[_count % Capacity], duration.Ticks);
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>The durations that the given fractions (0 to 1) of them do not exceed; zeros when there are none.</summary>
    public void Percentiles(ReadOnlySpan<double> fractions, Span<TimeSpan> durations)
    {
        Span<long> sorted = stackalloc long[(int)Math.Min(Volatile.Read(ref _count), Capacity)];
        for (int i = 0; i < sorted.Length; i++) sorted[i] = Volatile.Read(ref _ticks[i]);
        sorted.Sort();
        for (int i = 0; i < fractions.Length; i++)
            durations[i] = sorted.IsEmpty
                ? TimeSpan.Zero
                : TimeSpan.FromTicks(sorted[Math.Clamp((int)Math.Ceiling(fractions[i] * sorted.Length) - 1, 0, sorted.Length - 1)]);
    }
}
