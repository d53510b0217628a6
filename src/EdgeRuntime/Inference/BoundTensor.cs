using System.Runtime.InteropServices;
using EdgeCnn.Models;

namespace EdgeCnn.EdgeRuntime.Inference;

/// <summary>
/// The memory of one input or output for as long as the network lives, outside the garbage collector's reach; beside it the same values as float where
/// the model's own type is another.
/// </summary>
internal sealed unsafe class BoundTensor : IDisposable
{
    private const int Alignment = 64;

    private readonly int _count;
    private byte* _data;
    private float* _floats;

    /// <exception cref="ModelException">The tensor is too large for this process to address as a span.</exception>
    public BoundTensor(NamedValue value)
    {
        Value = value;
        Bytes = value.Shape.Count * value.Type.Size();
        if (value.Shape.Count * sizeof(float) > int.MaxValue) throw new ModelException($"{value} is too large: its values take more than 2 GiB.");
        _count = (int)value.Shape.Count;
        _data = Allocate(Bytes);
        _floats = value.Type == ElementType.Float32 ? (float*)_data : (float*)Allocate(_count * (long)sizeof(float));
    }

    public NamedValue Value { get; }

    /// <summary>The values in the model's own type.</summary>
    public nint Data => (nint)_data;

    /// <summary>Bytes at <see cref="Data"/>.</summary>
    public long Bytes { get; }

    public Span<float> Floats => _floats is null ? throw new ObjectDisposedException(Value.Name) : new(_floats, _count);

    /// <summary>Writes the floats in the model's own type: rounded to nearest even and clamped where that is an integer.</summary>
    public void Store()
    {
        ReadOnlySpan<float> from = Floats;
        switch (Value.Type)
        {
            case ElementType.Float32: break;
            case ElementType.Float16: Convert<Half>(from); break;
            case ElementType.Float64: Convert<double>(from); break;
            case ElementType.UInt8: Convert<byte>(from); break;
            case ElementType.Int8: Convert<sbyte>(from); break;
            case ElementType.UInt16: Convert<ushort>(from); break;
            case ElementType.Int16: Convert<short>(from); break;
            case ElementType.Int32: Convert<int>(from); break;
            case ElementType.UInt32: Convert<uint>(from); break;
            case ElementType.Int64: Convert<long>(from); break;
            case ElementType.UInt64: Convert<ulong>(from); break;
            case ElementType.Bool: Truths(from); break;
            default: throw new ModelException($"{Value} is of a type that cannot be written.");
        }
    }

    /// <summary>Reads what the network wrote as floats.</summary>
    public void Load()
    {
        switch (Value.Type)
        {
            case ElementType.Float32: break;
            case ElementType.Float16: Read<Half>(); break;
            case ElementType.Float64: Read<double>(); break;
            case ElementType.UInt8 or ElementType.Bool: Read<byte>(); break;
            case ElementType.Int8: Read<sbyte>(); break;
            case ElementType.UInt16: Read<ushort>(); break;
            case ElementType.Int16: Read<short>(); break;
            case ElementType.Int32: Read<int>(); break;
            case ElementType.UInt32: Read<uint>(); break;
            case ElementType.Int64: Read<long>(); break;
            case ElementType.UInt64: Read<ulong>(); break;
            default: throw new ModelException($"{Value} is of a type that cannot be read.");
        }
    }

    public void Dispose()
    {
        if (_data is null) return;
        if ((nint)_floats != (nint)_data) NativeMemory.AlignedFree(_floats);
        NativeMemory.AlignedFree(_data);
        _data = null;
        _floats = null;
    }

    private Span<T> As<T>() where T : unmanaged => new(_data, _count);

    private void Convert<T>(ReadOnlySpan<float> from) where T : unmanaged, System.Numerics.INumberBase<T>
    {
        Span<T> to = As<T>();
        bool integer = typeof(T) != typeof(Half) && typeof(T) != typeof(double);
        for (int i = 0; i < to.Length; i++) to[i] = T.CreateSaturating(integer ? MathF.Round(from[i]) : from[i]);
    }

    private void Truths(ReadOnlySpan<float> from)
    {
        Span<byte> to = As<byte>();
        for (int i = 0; i < to.Length; i++) to[i] = from[i] != 0 ? (byte)1 : (byte)0;
    }

    private void Read<T>() where T : unmanaged, System.Numerics.INumberBase<T>
    {
        ReadOnlySpan<T> from = As<T>();
        Span<float> to = Floats;
        for (int i = 0; i < to.Length; i++) to[i] = float.CreateSaturating(from[i]);
    }

    private static byte* Allocate(long bytes)
    {
        nuint size = (nuint)Math.Max(bytes, 1);
        byte* memory = (byte*)NativeMemory.AlignedAlloc(size, Alignment);
        NativeMemory.Clear(memory, size);
        return memory;
    }
}
