namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>
/// The newest of something, for any number of readers at the cost of one: nobody is waited for, and who is slow misses what came meanwhile.
/// Readers go on where it is published, on that thread: what they do there must not block.
/// </summary>
/// <param name="joined">Called when somebody begins to read.</param>
internal sealed class Broadcast<T>(Action joined) where T : class
{
    private TaskCompletionSource<T> _next = new();
    private int _readers;

    /// <summary>How many read now; while nobody does, there is no need to make anything.</summary>
    public int Readers => Volatile.Read(ref _readers);

    /// <summary>What was published last; null before.</summary>
    public T? Latest { get; private set; }

    public void Publish(T item)
    {
        Latest = item;
        Interlocked.Exchange(ref _next, new()).SetResult(item);
    }

    /// <summary>Everything that is published from now on and that the reader is in time for.</summary>
    public async IAsyncEnumerable<T> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        Interlocked.Increment(ref _readers);
        joined();
        try
        {
            T? last = null;
            while (true)
            {
                TaskCompletionSource<T> next = Volatile.Read(ref _next);
                // What came while the reader was busy is newer than what it had.
                T item = last is not null && Latest is { } latest && latest != last ? latest : await next.Task.WaitAsync(stop);
                last = item;
                yield return item;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _readers);
        }
    }
}
