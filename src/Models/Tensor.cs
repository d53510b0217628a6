using System.Numerics;
using System.Runtime.InteropServices;

namespace EdgeCnn.Models;

/// <summary>Values with a type and a shape, dense and row-major: a model's constants, and what tests feed and read.</summary>
public sealed class Tensor
{
    private readonly Memory<byte> _bytes;

    /// <param name="type">The elements' type.</param>
    /// <param name="shape">The extents, outermost first.</param>
    /// <param name="bytes">The elements, little-endian, row-major; not copied.</param>
    /// <exception cref="ModelException">The bytes are not as many as the shape needs.</exception>
    public Tensor(ElementType type, Shape shape, Memory<byte> bytes)
    {
        if (bytes.Length != shape.Count * type.Size())
            throw new ModelException($"A {type} tensor of shape {shape} needs {shape.Count * type.Size()} bytes, not {bytes.Length}.");
        (Type, Shape, _bytes) = (type, shape, bytes);
    }

    public ElementType Type { get; }

    public Shape Shape { get; }

    public ValueInfo Info => new(Type, Shape);

    public Span<byte> Bytes => _bytes.Span;

    public ReadOnlyMemory<byte> Memory => _bytes;

    /// <summary>A tensor of zeros.</summary>
    /// <exception cref="ModelException">It would take more bytes than one array holds.</exception>
    public static Tensor Zeros(ElementType type, Shape shape) => shape.Count * type.Size() <= Array.MaxLength
        ? new(type, shape, new byte[shape.Count * type.Size()])
        : throw new ModelException($"A {type} tensor of shape {shape} is larger than 2 GiB.");

    /// <summary>A tensor with a copy of the given values.</summary>
    public static Tensor Of<T>(Shape shape, ReadOnlySpan<T> values) where T : unmanaged =>
        new(ElementTypes.Of<T>(), shape, MemoryMarshal.AsBytes(values).ToArray());

    public static Tensor Of<T>(Shape shape, T[] values) where T : unmanaged => Of(shape, (ReadOnlySpan<T>)values);

    /// <summary>The elements as they are stored.</summary>
    /// <exception cref="ModelException"><typeparamref name="T"/> is not the tensor's element type.</exception>
    public Span<T> As<T>() where T : unmanaged => ElementTypes.Of<T>() == Type
        ? MemoryMarshal.Cast<byte, T>(Bytes)
        : throw new ModelException($"A tensor of {Type} was read as {typeof(T).Name}.");

    /// <summary>A copy of the elements as 64-bit integers; floating point is cut towards zero, Bool is 0 or 1.</summary>
    public long[] ToLongs() => Type switch
    {
        ElementType.Int64 => As<long>().ToArray(),
        ElementType.Float32 or ElementType.Float16 or ElementType.Float64 => Array.ConvertAll(ToDoubles(), value => (long)value),
        ElementType.Int32 => Converted<int, long>(),
        ElementType.UInt64 => Converted<ulong, long>(),
        ElementType.UInt32 => Converted<uint, long>(),
        ElementType.Int16 => Converted<short, long>(),
        ElementType.UInt16 => Converted<ushort, long>(),
        ElementType.Int8 => Converted<sbyte, long>(),
        _ => Array.ConvertAll(Bytes.ToArray(), value => (long)value),
    };

    /// <summary>A copy of the elements as 64-bit floating point.</summary>
    public double[] ToDoubles() => Type switch
    {
        ElementType.Float32 => Converted<float, double>(),
        ElementType.Float16 => Converted<Half, double>(),
        ElementType.Float64 => As<double>().ToArray(),
        ElementType.UInt64 => Converted<ulong, double>(),
        _ => Array.ConvertAll(ToLongs(), value => (double)value),
    };

    private TTo[] Converted<TFrom, TTo>() where TFrom : unmanaged, INumber<TFrom> where TTo : unmanaged, INumber<TTo>
    {
        ReadOnlySpan<TFrom> from = As<TFrom>();
        TTo[] to = new TTo[from.Length];
        for (int i = 0; i < to.Length; i++) to[i] = TTo.CreateTruncating(from[i]);
        return to;
    }

    /// <summary>The same elements under another shape of the same count.</summary>
    public Tensor Reshaped(Shape shape) => new(Type, shape, _bytes);
}
