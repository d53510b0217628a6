namespace EdgeCnn.Engine;

/// <summary>
/// One kernel call of the plan. The work falls into pieces that can run in any order, on any thread, at the same time; how many there are
/// is fixed when the step is made and does not depend on the number of threads, so the result has the same bits with any. Aim at pieces of
/// 20 to 200 microseconds. A step allocates nothing when it executes.
/// </summary>
internal abstract unsafe class Step
{
    /// <param name="name">The node's name.</param>
    /// <param name="reads">Buffers whose elements are needed at run time (not weights that the constructor has packed elsewhere).</param>
    /// <param name="writes">Buffers that hold results afterwards.</param>
    protected Step(string name, ReadOnlySpan<Buffer> reads, ReadOnlySpan<Buffer> writes) =>
        (Name, Reads, Writes) = (name, reads.ToArray(), writes.ToArray());

    public string Name { get; }

    public IReadOnlyList<Buffer> Reads { get; protected init; }

    public IReadOnlyList<Buffer> Writes { get; }

    /// <summary>A step that has to run just before this one: packing a matrix that is not a constant, a reduction in two rounds.</summary>
    public virtual Step? First => null;

    /// <summary>Which kernel does it, for profiles: "conv gemm 6x16 avx2".</summary>
    public abstract string Kernel { get; }

    /// <summary>Number of pieces; 1 runs on the calling thread alone.</summary>
    public virtual int Pieces => 1;

    /// <summary>Bytes of scratch memory that one piece needs while it executes.</summary>
    public virtual int ScratchBytes => 0;

    /// <summary>
    /// True when the first output may be written over input <paramref name="read"/> (an index into <see cref="Reads"/>): both have as many
    /// bytes, and every piece reads an element before it writes that place, and reads no place that another piece writes.
    /// </summary>
    public virtual bool CanOverwrite(int read) => false;

    /// <summary>Multiply-adds of one execution, for profiles; 0 when they are not what the time goes to.</summary>
    public virtual long MultiplyAdds => 0;

    /// <summary>
    /// True when the work is done before a sleeping thread has woken up (tens of microseconds): only threads that are awake share it.
    /// </summary>
    public virtual bool IsBrief => MultiplyAdds > 0 ? MultiplyAdds < 2_000_000 : Pieces < 4;

    /// <param name="piece">0 .. Pieces - 1.</param>
    /// <param name="scratch"><see cref="ScratchBytes"/> bytes, aligned to 64, of no content, for this call alone.</param>
    public abstract void Execute(int piece, byte* scratch);
}
