using System.Runtime.ExceptionServices;

namespace EdgeCnn.Training.Data;

/// <summary>Threads that fill batches ahead of the one that is read; they wait while all slots are full.</summary>
internal sealed class Prefetch : IDisposable
{
    private readonly object _gate = new();
    private readonly Batch[] _slots;
    private readonly int[] _missing;
    private readonly int _size;
    private readonly long _end;
    private readonly Thread[] _threads;
    private long _next;
    private int _reading;
    private ExceptionDispatchInfo? _failure;
    private bool _stopped;

    /// <param name="slots">Are filled in turn.</param>
    /// <param name="size">Examples in a batch.</param>
    /// <param name="first">The first batch.</param>
    /// <param name="end">The batch to stop before.</param>
    /// <param name="threads">At least one.</param>
    /// <param name="loader">Makes what a thread does with (place in the epoch, batch, place in the batch).</param>
    public Prefetch(Batch[] slots, int size, int first, int end, int threads, Func<Action<long, Batch, int>> loader)
    {
        (_slots, _size, _next, _end, _reading) = (slots, size, (long)first * size, (long)end * size, first - 1);
        _missing = new int[slots.Length];
        Array.Fill(_missing, size);
        _threads =
            [.. Enumerable.Range(0,
                Math.Max(1, threads)).Select(_ => new Thread(() => Work(loader)) { Name = "data", IsBackground = true })];
        foreach (Thread thread in _threads) thread.Start();
    }

    /// <summary>The next batch, when it is full; the one before may then be filled again.</summary>
    public Batch Next()
    {
        lock (_gate)
        {
            if (_missing[Slot(_reading)] == 0) _missing[Slot(_reading)] = _size;
            _reading++;
            Monitor.PulseAll(_gate);
            while (_missing[Slot(_reading)] > 0 && _failure is null) Monitor.Wait(_gate);
            _failure?.Throw();
            return _slots[Slot(_reading)];
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }
        foreach (Thread thread in _threads) thread.Join();
    }

    private int Slot(long batch) => (int)((batch + _slots.Length) % _slots.Length);

    private void Work(Func<Action<long, Batch, int>> loader)
    {
        try
        {
            Action<long, Batch, int> load = loader();
            while (Take() is { } place)
            {
                int slot = Slot(place / _size);
                load(place, _slots[slot], (int)(place % _size));
                lock (_gate)
                {
                    if (--_missing[slot] == 0) Monitor.PulseAll(_gate);
                }
            }
        }
        catch (Exception e)
        {
            lock (_gate)
            {
                _failure ??= ExceptionDispatchInfo.Capture(e);
                _stopped = true;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>The next place of the epoch whose batch has a free slot; null at the end.</summary>
    private long? Take()
    {
        lock (_gate)
        {
            while (!_stopped && _next < _end && _next / _size >= _reading + _slots.Length) Monitor.Wait(_gate);
            return _stopped || _next >= _end ? null : _next++;
        }
    }
}
