using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace EdgeCnn.Engine;

/// <summary>
/// The threads that share the pieces of a step. The caller's thread works too. Pieces are taken one by one from a counter, so a thread that
/// the system has suspended delays at most the one piece that it holds. Between steps a thread looks for work for a few microseconds, then
/// it sleeps;
/// between runs all sleep.
/// </summary>
internal sealed unsafe class Workers : IDisposable
{
    // Short enough that a core which another process wants is not kept busy, long enough that a wake-up (tens of microseconds) is rare
    // within a run.
    private const int Spins = 600;

    // A thread that is this late with its last piece has lost its core to another process; the system gives it back after a few
    // milliseconds.
    private static readonly long Late = Stopwatch.Frequency / 1000;

    // For so long the caller then works alone: first, and at most after being let down again and again.
    private static readonly long ShortBreak = Stopwatch.Frequency / 100;
    private static readonly long LongBreak = Stopwatch.Frequency / 5;

    private readonly Thread[] _threads;
    private readonly byte*[] _scratch;
    private readonly void* _memory;
    private readonly object _wake = new();
    private readonly object _done = new();

    private volatile Step? _step;

    // How many pieces nobody has taken yet, in the lower half; the upper half counts steps, so that a thread that comes late takes nothing
    // by mistake.
    private long _ticket;
    private int _pieces;
    private int _unfinished;
    private int _sleeping;
    private bool _callerSleeps;
    private long _aloneUntil;
    private long _break = ShortBreak;
    private volatile bool _stop;
    private volatile ExceptionDispatchInfo? _failure;

    /// <param name="threads">How many threads work, with the caller's.</param>
    /// <param name="scratchBytes">Scratch memory for each of them.</param>
    public Workers(int threads, int scratchBytes)
    {
        Threads = threads;
        nuint each = ((nuint)scratchBytes + 127) / 64 * 64;
        ScratchBytes = (long)each * threads;
        _memory = NativeMemory.AlignedAlloc(each * (nuint)threads, 64);
        NativeMemory.Clear(_memory, each * (nuint)threads);
        _scratch = new byte*[threads];
        for (int i = 0; i < threads; i++) _scratch[i] = (byte*)_memory + each * (nuint)i;
        _threads = new Thread[threads - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"edgecnn worker {worker}" };
            _threads[i].Start();
        }
    }

    public int Threads { get; }

    public long ScratchBytes { get; }

    /// <summary>Executes all pieces of a step; returns when all are done.</summary>
    public void Run(Step step)
    {
        int pieces = step.Pieces;
        if (pieces == 1 || _threads.Length == 0 || Stopwatch.GetTimestamp() < _aloneUntil)
        {
            for (int piece = 0; piece < pieces; piece++) step.Execute(piece, _scratch[0]);
            return;
        }
        Publish(step, pieces);
        TakePieces(0);
        long start = Stopwatch.GetTimestamp();
        WaitForOthers();
        if (Stopwatch.GetTimestamp() - start > Late) WorkAlone();
        if (_failure is { } failure)
        {
            _failure = null;
            failure.Throw();
        }
    }

    public void Dispose()
    {
        _stop = true;
        lock (_wake) Monitor.PulseAll(_wake);
        foreach (Thread thread in _threads) thread.Join();
        NativeMemory.AlignedFree(_memory);
    }

    private void Publish(Step step, int pieces)
    {
        long number = (Volatile.Read(ref _ticket) >> 32) + 1;
        // The ticket stands at no pieces, so nobody reads these now; the new ticket makes them visible.
        _step = step;
        _pieces = pieces;
        Volatile.Write(ref _unfinished, pieces);
        Interlocked.Exchange(ref _ticket, (number << 32) | (uint)pieces);
        if (!step.IsBrief && Volatile.Read(ref _sleeping) > 0)
        {
            lock (_wake) Monitor.PulseAll(_wake);
        }
    }

    private void TakePieces(int worker)
    {
        while (true)
        {
            long ticket = Volatile.Read(ref _ticket);
            int left = (int)ticket;
            if (left == 0) return;
            if (Interlocked.CompareExchange(ref _ticket, ticket - 1, ticket) != ticket) continue;
            // Holding a piece keeps the step from being replaced.
            int piece = _pieces - left;
            Step step = _step!;
            try
            {
                step.Execute(piece, _scratch[worker]);
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }
            if (Interlocked.Decrement(ref _unfinished) == 0 && worker > 0) WakeCaller();
        }
    }

    private void WaitForOthers()
    {
        for (int i = 0; i < Spins; i++)
        {
            if (Volatile.Read(ref _unfinished) == 0) return;
            Thread.SpinWait(2);
        }
        lock (_done)
        {
            _callerSleeps = true;
            while (Volatile.Read(ref _unfinished) > 0) Monitor.Wait(_done);
            _callerSleeps = false;
        }
    }

    /// <summary>
    /// Whoever waits for a thread that does not run loses more than that thread would have done. Breaks grow as long as one follows soon
    /// upon the other.
    /// </summary>
    private void WorkAlone()
    {
        long now = Stopwatch.GetTimestamp();
        _break = now - _aloneUntil < LongBreak ? Math.Min(2 * _break, LongBreak) : ShortBreak;
        _aloneUntil = now + _break;
    }

    private void WakeCaller()
    {
        lock (_done)
        {
            if (_callerSleeps) Monitor.Pulse(_done);
        }
    }

    private bool HasWork => (int)Volatile.Read(ref _ticket) > 0;

    private void Work(int worker)
    {
        while (!_stop)
        {
            TakePieces(worker);
            int spins = 0;
            while (spins < Spins && !HasWork && !_stop)
            {
                Thread.SpinWait(2);
                spins++;
            }
            if (spins == Spins) Sleep();
        }
    }

    private void Sleep()
    {
        lock (_wake)
        {
            Interlocked.Increment(ref _sleeping);
            while (!HasWork && !_stop) Monitor.Wait(_wake);
            Interlocked.Decrement(ref _sleeping);
        }
    }
}
