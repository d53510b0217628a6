using System.Runtime.InteropServices;
using EdgeCnn.Models;

namespace EdgeCnn.EdgeRuntime.Inference;

/// <summary>
/// The memory of one input or output for as long as the network lives, outside the garbage collector's reach; beside it the same values as
/// float where the model's own type is another.
/// </summary>
internal sealed unsafe class BoundTensor : IDisposable
{
    private const int Alignment = 64;

    private readonly int _count;
    private byte* _data;
    private float* _floats;

    /// <exception cref="ModelException">The tensor is too large to be addressed as a span.</exception>
    public BoundTensor(NamedValue value)
    {
        if (value.Shape.Count * Math.Max(sizeof(float), value.Type.Size()) > int.MaxValue)
            throw new ModelException($"{value} is too large: its values take more than 2 GiB.");
        Value = value;
        _count = (int)value.Shape.Count;
        Bytes = _count * value.Type.Size();
        _data = Allocate(Bytes);
        _floats = value.Type == ElementType.Float32 ? (float*)_data : (float*)Allocate(_count * sizeof(float));
    }

    public NamedValue Value { get; }

    /// <summary>The values in the model's own type.</summary>
    public nint Data => (nint)_data;

    /// <summary>Bytes at <see cref="Data"/>.</summary>
    public int Bytes { get; }

    public Span<float> Floats => _floats is null ? throw new ObjectDisposedException(Value.Name) : new(_floats, _count);

    /// <summary>Writes the floats in the model's own type.</summary>
    public void Store()
    {
        if (Value.Type != ElementType.Float32) FloatConversion.Store(Floats, Value.Type, new Span<byte>(_data, Bytes));
    }

    /// <summary>Reads what the network wrote as floats.</summary>
    public void Load()
    {
        if (Value.Type != ElementType.Float32) FloatConversion.Load(new ReadOnlySpan<byte>(_data, Bytes), Value.Type, Floats);
    }

    public void Dispose()
    {
        if (_data is null) return;
        if ((nint)_floats != (nint)_data) NativeMemory.AlignedFree(_floats);
        NativeMemory.AlignedFree(_data);
        _data = null;
        _floats = null;
    }

    private static byte* Allocate(int bytes)
    {
        nuint size = (nuint)Math.Max(bytes, 1);
        byte* memory = (byte*)NativeMemory.AlignedAlloc(size, Alignment);
        NativeMemory.Clear(memory, size);
        return memory;
    }
}
