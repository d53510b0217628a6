namespace EdgeCnn.Engine.Kernels;

/// <summary>
/// Work of <c>count</c> equal units cut into pieces of about <c>size</c> units; the cut depends on the work alone, not on the threads.
/// </summary>
internal readonly struct Chunks
{
    /// <summary>Elements in a piece of cheap work on floats: some tens of microseconds from memory.</summary>
    public const long Elements = 1 << 15;

    private const int MostPieces = 256;
    private readonly long _count;
    private readonly long _size;

    /// <param name="count">Units of work.</param>
    /// <param name="size">Units that one piece should have.</param>
    public Chunks(long count, long size)
    {
        _count = count;
        _size = Math.Max(Math.Max(1, size), (count + MostPieces - 1) / MostPieces);
        Count = (int)Math.Max(1, (count + _size - 1) / _size);
    }

    public int Count { get; }

    /// <summary>The units of one piece: from the first up to, not including, the second.</summary>
    public (long From, long To) this[int piece] => (piece * _size, Math.Min(_count, (piece + 1) * _size));
}
