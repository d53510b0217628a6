namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>
/// Room for one item between two threads: the newest wins, and whoever is slow delays nobody. Neither side allocates.
/// </summary>
internal sealed class Mailbox<T> where T : class
{
    private readonly object _lock = new();
    private T? _item;
    private bool _closed;

    /// <summary>
    /// Puts an item in, and gives back the one that nobody took in time; gives back the item itself when the mailbox is closed.
    /// </summary>
    public T? Put(T item)
    {
        lock (_lock)
        {
            if (_closed) return item;
            T? replaced = _item;
            _item = item;
            Monitor.PulseAll(_lock);
            return replaced;
        }
    }

    /// <summary>Waits until the last item has been taken, then puts this one in; false when the mailbox was closed instead.</summary>
    public bool PutWhenTaken(T item)
    {
        lock (_lock)
        {
            while (_item is not null && !_closed) Monitor.Wait(_lock);
            if (_closed) return false;
            _item = item;
            Monitor.PulseAll(_lock);
            return true;
        }
    }

    /// <summary>
    /// Takes the item, waiting for one up to <paramref name="timeout"/>; null when none came, or when the mailbox is closed and empty.
    /// </summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public T? Take(TimeSpan timeout, CancellationToken cancellation)
    {
        using CancellationTokenRegistration wakeUp = cancellation.UnsafeRegister(static box => ((Mailbox<T>)box!).WakeAll(), this);
        long deadline = timeout == Timeout.InfiniteTimeSpan
            ? long.MaxValue
            : Environment.TickCount64 + (long)Math.Min(timeout.TotalMilliseconds, int.MaxValue);
        lock (_lock)
        {
            while (_item is null && !_closed)
            {
                cancellation.ThrowIfCancellationRequested();
                long left = deadline - Environment.TickCount64;
                if (left <= 0) return null;
                Monitor.Wait(_lock, (int)Math.Min(left, int.MaxValue));
            }
            T? item = _item;
            _item = null;
            Monitor.PulseAll(_lock);
            return item;
        }
    }

    /// <summary>Nobody has put anything in since the last was taken.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock) return _item is null;
        }
    }

    /// <summary>Nothing more goes in; what is in may still be taken. Everybody who waits is released.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            Monitor.PulseAll(_lock);
        }
    }

    private void WakeAll()
    {
        lock (_lock) Monitor.PulseAll(_lock);
    }
}
