using System.Runtime.InteropServices;

namespace EdgeCnn.Engine;

/// <summary>
/// Native memory for packed weights and tables: allocated while steps are made, read while they run, freed with the network.
/// </summary>
internal sealed unsafe class Weights : IDisposable
{
    private const int Alignment = 64;
    private readonly List<nint> _blocks = [];

    public long Bytes { get; private set; }

    /// <summary>Room for <paramref name="count"/> elements, aligned to a cache line, zeroed.</summary>
    public T* Allocate<T>(long count) where T : unmanaged
    {
        T* block = AllocateUninitialized<T>(count);
        NativeMemory.Clear(block, (nuint)(count * sizeof(T)));
        return block;
    }

    /// <summary>The same without content: whoever writes all of it, on many threads, is the first to touch its pages.</summary>
    public T* AllocateUninitialized<T>(long count) where T : unmanaged
    {
        // A vector past the end may be read, never used.
        long bytes = checked(count * sizeof(T)) + Alignment;
        void* block = NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
        lock (_blocks)
        {
            _blocks.Add((nint)block);
            Bytes += bytes;
        }
        return (T*)block;
    }

    /// <summary>A copy of some elements.</summary>
    public T* Copy<T>(ReadOnlySpan<T> elements) where T : unmanaged
    {
        T* copy = Allocate<T>(elements.Length);
        elements.CopyTo(new Span<T>(copy, elements.Length));
        return copy;
    }

    public void Dispose()
    {
        foreach (nint block in _blocks) NativeMemory.AlignedFree((void*)block);
        _blocks.Clear();
    }
}
